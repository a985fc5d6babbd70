import type { SimFile, SimMediaKind } from '../sim.ts'
import { png } from '../world-stage.ts'
import type { Upload } from './witness.ts'

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/** A file to be uploaded. */
export const upload = ({ bytes, name = 'file' }: SimFile): Upload => ({
  bytes: base64(bytes),
  name,
})

const ogg = Buffer.concat([
  Buffer.from('OggS'),
  Buffer.alloc(24),
  Buffer.from('OpusHead'),
  Buffer.alloc(90),
])
// Every byte there is, and what looks like the end of a part of a form.
const awkward = Buffer.concat([
  Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  Buffer.from('\r\n--\r\n\r\n--boundary--\r\n'),
])

/** A file of each kind. */
export const samples: Readonly<Record<SimMediaKind, SimFile & { readonly name: string }>> = {
  photo: { bytes: png(640, 480), name: 'p.png' },
  video: { bytes: Buffer.concat([Buffer.from('video'), awkward]), name: 'v.mp4' },
  animation: { bytes: Buffer.concat([Buffer.from('anim'), awkward]), name: 'a.mp4' },
  voice: { bytes: ogg, name: 'v.ogg', duration: 3 },
  audio: { bytes: Buffer.concat([Buffer.from('ID3\u0004'), awkward]), name: 's.mp3' },
  document: { bytes: awkward, name: '文件 1.txt', mime: 'text/plain' },
  video_note: { bytes: Buffer.concat([Buffer.from('note'), awkward]), name: 'n.mp4' },
  sticker: {
    bytes: Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoIAAgADMDOJaQAA3AAzQAA', 'base64'),
    name: 's.webp',
    sticker: 'static',
    emoji: '😀',
  },
}

export const mediaKinds = Object.keys(samples) as readonly SimMediaKind[]

export { base64, png }
