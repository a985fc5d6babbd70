import type { Message, PhotoSize } from '@grammyjs/types'
import type { Files, Stored } from './files.ts'
import type { SimMediaKind } from './sim.ts'
import { pictureOf } from './sniff.ts'

/** A file on its way into a message. Widths and heights in pixels, durations in seconds. */
export interface MediaFile {
  readonly bytes: Buffer
  readonly name?: string | undefined
  readonly mime?: string | undefined
  readonly width?: number | undefined
  readonly height?: number | undefined
  readonly duration?: number | undefined
  readonly title?: string | undefined
  readonly performer?: string | undefined
  readonly sticker?: 'static' | 'animated' | 'video' | undefined
  readonly emoji?: string | undefined
  /** A picture to show before it is loaded. */
  readonly cover?: Buffer | undefined
}

/** The field (or fields) of a message with this file in it. The file is kept, and can be sent again by its id. */
export function contentOf(files: Files, kind: SimMediaKind, file: MediaFile): Partial<Message> {
  const content = kind === 'photo' ? photo(files, file) : plain(files, kind, file)
  files.showAs(
    filesOf(content).map((one) => one.file_id),
    content,
  )
  return content
}

/** What can be downloaded of a message, the best last. */
export function filesOf(message: Partial<Message>): readonly { readonly file_id: string }[] {
  const { photo: sizes, video, animation, voice, audio, document, video_note, sticker } = message
  const one = animation ?? document ?? video ?? voice ?? audio ?? video_note ?? sticker
  return sizes ?? (one ? [one] : [])
}

export const mediaKinds: readonly SimMediaKind[] = [
  'photo',
  'animation',
  'video',
  'voice',
  'audio',
  'document',
  'video_note',
  'sticker',
]

/** What kind of media a message has. */
export const kindOf = (message: Partial<Message>): SimMediaKind | undefined =>
  mediaKinds.find((kind) => message[kind] !== undefined)

// The edges of the sizes that Telegram makes of a photo.
const edges = [90, 320, 800, 1280]

function photo(files: Files, file: MediaFile): Partial<Message> {
  const seen = pictureOf(file.bytes)
  const width = file.width ?? seen?.width ?? 800
  const height = file.height ?? seen?.height ?? 600
  const longest = Math.max(width, height)
  const largest = Math.min(longest, 2560)
  // The smaller ones are other bytes: whoever takes the wrong one notices.
  const smaller = edges.filter((edge) => edge < longest).map((edge) => size(edge, preview))
  function size(edge: number, bytes: Buffer): PhotoSize {
    const mime = pictureOf(bytes)?.mime ?? 'image/jpeg'
    const { file_id, file_unique_id } = files.add({ kind: 'photo', bytes, mime })
    const scale = edge / longest
    return {
      file_id,
      file_unique_id,
      file_size: bytes.length,
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale)),
    }
  }
  return { photo: [...smaller, size(largest, file.bytes)] }
}

function plain(
  files: Files,
  kind: Exclude<SimMediaKind, 'photo'>,
  file: MediaFile,
): Partial<Message> {
  const mime = file.mime ?? mimes[kind]
  const stored = files.add({ kind, bytes: file.bytes, mime, ...(file.name && { name: file.name }) })
  const base = {
    file_id: stored.file_id,
    file_unique_id: stored.file_unique_id,
    file_size: file.bytes.length,
  }
  const named = { ...base, ...(file.name && { file_name: file.name }), mime_type: mime }
  const { width = 320, height = 240, duration = 0 } = file
  const cover = file.cover ? covered(files, file.cover) : {}
  switch (kind) {
    case 'video':
      return { video: { ...named, width, height, duration, ...covered(files), ...cover } }
    case 'animation': {
      const shown = { ...covered(files), ...cover }
      const animation = { ...named, width, height, duration, ...shown }
      // For clients of before there were animations.
      return { animation, document: { ...named, ...shown } }
    }
    case 'voice':
      return { voice: { ...base, mime_type: mime, duration } }
    case 'audio': {
      const { title, performer } = file
      return {
        audio: {
          ...named,
          duration,
          ...(title && { title }),
          ...(performer && { performer }),
          ...cover,
        },
      }
    }
    case 'document':
      return { document: { ...named, ...cover } }
    case 'video_note':
      return {
        video_note: {
          ...base,
          length: file.width ?? 240,
          duration,
          ...covered(files),
          ...cover,
        },
      }
    case 'sticker':
      return { sticker: sticker(files, file, base) }
  }
}

function sticker(
  files: Files,
  file: MediaFile,
  base: Pick<Stored, 'file_id' | 'file_unique_id'> & { readonly file_size: number },
): NonNullable<Message['sticker']> {
  const kind = file.sticker ?? 'static'
  return {
    ...base,
    type: 'regular',
    width: file.width ?? 512,
    height: file.height ?? 512,
    is_animated: kind === 'animated',
    is_video: kind === 'video',
    ...(file.emoji && { emoji: file.emoji }),
    ...covered(files),
  }
}

/** By kind, where nothing else is known. */
export const mimes: Readonly<Record<SimMediaKind, string>> = {
  photo: 'image/jpeg',
  video: 'video/mp4',
  animation: 'video/mp4',
  voice: 'audio/ogg',
  audio: 'audio/mpeg',
  document: 'application/octet-stream',
  video_note: 'video/mp4',
  sticker: 'image/webp',
}

/** `thumb` is its name of before Bot API 6.6, which is still sent beside it. */
function covered(files: Files, bytes: Buffer = preview): { readonly thumbnail: PhotoSize } {
  const both = thumbnail(files, bytes)
  return { thumbnail: both, thumb: both } as { readonly thumbnail: PhotoSize }
}

function thumbnail(files: Files, bytes: Buffer): PhotoSize {
  const seen = pictureOf(bytes)
  const { file_id, file_unique_id } = files.add({
    kind: 'thumbnail',
    bytes,
    mime: seen?.mime ?? 'image/jpeg',
  })
  const { width = 32, height = 32 } = seen ?? {}
  return { file_id, file_unique_id, file_size: bytes.length, width, height }
}

/** A grey JPEG of 32 by 32. */
export const preview: Buffer = Buffer.from(
  '/9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAARCAAgACADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKAAAAAAAB//2Q==',
  'base64',
)
