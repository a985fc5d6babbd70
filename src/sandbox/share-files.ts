import { readFileSync } from 'node:fs'
import type { Shared } from './shared.ts'
import { type Body, media } from './world.ts'

/** What the download endpoints know of a message: which of them has it, whole and as a small picture. */
export interface Files {
  readonly by: 'img' | 'voice' | 'video' | 'media' | 'map'
  readonly whole?: Uint8Array
  /** `webwxgetmsgimg` with `type=slave` (protocol §6). */
  readonly thumb?: Uint8Array
}

/** The files of a message, by the endpoint that gives them; undefined: there is nothing to download. */
export function filesOf(body: Body): Files | undefined {
  if (body.kind === 'picture') return { by: 'img', whole: body.bytes, thumb: sample('thumb.jpg') }
  if (body.kind !== 'shared') return undefined
  const { what } = body
  switch (what.kind) {
    case 'voice':
      return { by: 'voice', whole: what.bytes ?? sample('voice.mp3') }
    case 'video':
      return {
        by: 'video',
        whole: what.bytes ?? sample('clip.mp4'),
        thumb: what.poster ?? sample('clip.jpg'),
      }
    case 'file':
      return { by: 'media', whole: fileBytes(what) }
    case 'sticker':
      return { by: 'img', whole: what.bytes ?? sample('wave.gif'), thumb: sample('thumb.jpg') }
    case 'dice':
    case 'morra':
      return { by: 'img', whole: what.bytes ?? sample('throw.gif') }
    case 'appPicture':
      return { by: 'img', whole: what.bytes ?? sample('sea.jpg'), thumb: sample('thumb.jpg') }
    case 'location':
      return { by: 'map', whole: sample('map.jpg') }
    case 'link':
      return { by: 'img', thumb: what.thumb ?? sample('thumb.jpg') }
    case 'articles':
    case 'music':
    case 'miniProgram':
    case 'channel':
      return { by: 'img', thumb: sample('thumb.jpg') }
    default:
      return undefined
  }
}

/** How many bytes a shared file has. */
export function fileSize(what: Shared & { readonly kind: 'file' }): number {
  return (what.large ?? fileBytes(what)).byteLength
}

/** The bytes of a shared file; a small PDF when none were given. */
export function fileBytes(what: Shared & { readonly kind: 'file' }): Uint8Array {
  return what.bytes ?? sample('list.pdf')
}

/** A file of `media/`, read once. */
export function sample(name: string): Uint8Array {
  const bytes = SAMPLES.get(name) ?? readFileSync(media(name))
  SAMPLES.set(name, bytes)
  return bytes
}

const SAMPLES = new Map<string, Uint8Array>()
