import sharp from 'sharp'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { findFfmpeg } from '../../../adapters/convert/ffmpeg.ts'
import type { Token } from '../../../adapters/telegram/media-in.ts'
import { createDownload } from '../../../adapters/telegram/media-in-download.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { mediaId } from '../../../src/core/ids.ts'
import type { MediaRef } from '../../../src/core/message.ts'
import { bytesOf, fixture, pieces, surroundings } from './incoming.ts'

let around: ReturnType<typeof surroundings>
let download: ReturnType<typeof createDownload>
const signal = new AbortController().signal
const ffmpeg = findFfmpeg()
const hasFfmpeg = (await ffmpeg) !== undefined

const ref = (token: Token | string, mime = 'image/png'): MediaRef => ({
  id: mediaId(`telegram/${JSON.stringify(token)}`),
  source: 'telegram',
  kind: 'sticker',
  mime,
  token: typeof token === 'string' ? token : JSON.stringify(token),
})
async function opened(media: MediaRef, how = signal) {
  const { stream, mime, bytes } = await download(media, how)
  const all = await bytesOf(stream)
  if (bytes !== undefined) expect(all.byteLength).toBe(bytes)
  return { all, mime }
}
const webp = () =>
  sharp({ create: { width: 8, height: 8, channels: 4, background: 'red' } })
    .webp()
    .toBuffer()
const garbage = Buffer.from('nothing that anybody could read')

beforeEach(() => {
  around = surroundings()
  download = createDownload(around.parts, ffmpeg)
})

describe('opening media from Telegram', () => {
  it('gives what needs no conversion as it is', async () => {
    around.files.set('F', garbage)
    expect(await opened(ref({ fileId: 'F' }, 'video/mp4'))).toEqual({
      all: garbage,
      mime: 'video/mp4',
    })
  })

  it('converts a still sticker, and keeps it for a while', async () => {
    around.files.set('F', await webp())
    const media = ref({ fileId: 'F', convert: 'png' })
    for (let time = 0; time < 2; time++) {
      const { all, mime } = await opened(media)
      expect(mime).toBe('image/png')
      expect((await sharp(all).metadata()).format).toBe('png')
    }
    expect(around.fetched).toEqual(['F'])
  })

  it('gives a sticker it cannot read as the file it is', async () => {
    around.files.set('F', garbage)
    expect(await opened(ref({ fileId: 'F', convert: 'png' }))).toEqual({
      all: garbage,
      mime: 'image/webp',
    })
    expect(around.log.text()).toContain('cannot be converted')
    expect(around.log.text()).not.toContain('anybody')
  })

  it('does not take a large file into memory', async () => {
    const large = Buffer.alloc(5 << 20, 7)
    around.files.set('F', large)
    const { all, mime } = await opened(ref({ fileId: 'F', convert: 'png' }))
    expect(mime).toBe('image/webp')
    expect(all.equals(large)).toBe(true)
  })

  it.runIf(hasFfmpeg)('makes a video sticker a GIF', async () => {
    around.files.set('F', await fixture('moving.webm'))
    const { all, mime } = await opened(ref({ fileId: 'F', convert: 'gif' }))
    expect(mime).toBe('image/gif')
    expect((await sharp(all).metadata()).pages).toBeGreaterThan(1)
  })

  it('shows the still picture of a video sticker it cannot read, or the file', async () => {
    around.files.set('F', garbage).set('T', await webp())
    expect(await opened(ref({ fileId: 'F', convert: 'gif', still: 'T' }))).toMatchObject({
      mime: 'image/png',
    })
    expect(await opened(ref({ fileId: 'F', convert: 'gif' }))).toEqual({
      all: garbage,
      mime: 'video/webm',
    })
    download = createDownload(around.parts, Promise.resolve(undefined))
    expect(await opened(ref({ fileId: 'F', convert: 'gif', still: 'T' }))).toMatchObject({
      mime: 'image/png',
    })
  })

  it('makes a recording MP3', async () => {
    around.files.set('F', await fixture('voice.ogg'))
    const { all, mime } = await opened(ref({ fileId: 'F', convert: 'mp3' }))
    expect(mime).toBe('audio/mpeg')
    expect(all.readUInt16BE(0)).toBe(0xfff3)
    expect(all.byteLength).toBeGreaterThan(15_000)
  })

  it('gives a recording it cannot read as the file it is', async () => {
    around.files.set('F', garbage)
    expect(await opened(ref({ fileId: 'F', convert: 'mp3' }))).toEqual({
      all: garbage,
      mime: 'audio/ogg',
    })
  })

  it('gives up a recording that breaks in the middle, and gives it as it is the next time', async () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue()
    const ogg = Buffer.from(await fixture('voice.ogg'))
    ogg.fill(0xff, 5000, 7000)
    around.files.set('F', ogg)
    const media = ref({ fileId: 'F', convert: 'mp3' })
    await expect(opened(media)).rejects.toMatchObject({
      failure: { code: 'format', heal: 'retry', certain: true },
    })
    const { all, mime } = await opened(media)
    expect(mime).toBe('audio/ogg')
    expect(all.equals(ogg)).toBe(true)
    printed.mockRestore()
  })

  it('lets go of a recording that is not read to its end', async () => {
    let cancelled = false
    const ogg = await fixture('voice.ogg')
    const source = pieces(ogg)
    const reader = source.getReader()
    around.parts.patient.file = async () => ({
      stream: new ReadableStream({
        async pull(controller) {
          const { value } = await reader.read()
          if (value) controller.enqueue(value)
          else controller.close()
        },
        cancel() {
          cancelled = true
        },
      }),
    })
    const { stream } = await download(ref({ fileId: 'F', convert: 'mp3' }), signal)
    await stream.cancel()
    expect(cancelled).toBe(true)
  })

  it('fails as Telegram does, and does not take that for a bad file', async () => {
    const failure = { code: 'tooLarge', heal: 'never', certain: true } as const
    around.files.set('F', new BridgeError('too large', failure))
    for (const convert of ['png', 'gif', 'mp3'] as const) {
      await expect(opened(ref({ fileId: 'F', convert }))).rejects.toMatchObject({ failure })
    }
    const broken = await fixture('voice.ogg')
    let asked = 0
    around.parts.patient.file = async () => {
      asked++
      return { stream: pieces(broken, 1000) }
    }
    for (const convert of ['png', 'mp3'] as const) {
      const media = ref({ fileId: 'G', convert })
      await expect(opened(media)).rejects.toMatchObject({ failure: { code: 'network' } })
    }
    expect(asked).toBe(2)
  })

  it('stops with the bridge', async () => {
    around.files.set('F', await fixture('moving.webm'))
    const media = ref({ fileId: 'F', convert: 'gif' })
    const slow = createDownload(around.parts, Promise.resolve('/bin/cat'))
    await expect(slow(media, AbortSignal.abort())).rejects.toMatchObject({
      failure: { heal: 'retry', certain: true },
    })
  })

  it('takes no reference of anybody else', async () => {
    await expect(opened(ref('mxc://e.org/x'))).rejects.toMatchObject({
      failure: { code: 'bug', heal: 'never' },
    })
  })
})
