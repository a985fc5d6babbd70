import type { MediaRef } from '../../src/core/message.ts'
import { oneLine } from '../../src/core/one-line.ts'
import type { Opened } from '../../src/ports/outlet.ts'
import type { Upload } from './api.ts'

/** How Telegram shows a file. */
export type Shown = 'photo' | 'animation' | 'video' | 'voice' | 'audio' | 'document'

/** Photos may have so many bytes (ecosystem §2.1), and edges of so many pixels together (Bot API, sendPhoto). */
const photo = { bytes: 10 * 1024 * 1024, edges: 10_000, ratio: 20 }
const longestName = 120

/** How a medium is shown, by what it is and what its bytes are. What Telegram shows as nothing special is a document. */
export function shownAs(media: MediaRef, opened: Pick<Opened, 'mime' | 'bytes'>): Shown {
  const mime = plain(opened.mime)
  switch (media.kind) {
    case 'image':
    case 'sticker':
      if (mime === 'image/gif') return 'animation'
      return isPhoto(media, mime, opened.bytes) ? 'photo' : 'document'
    case 'video':
      return videos.has(mime) ? 'video' : 'document'
    case 'voice':
      return voices.has(mime) ? 'voice' : 'document'
    case 'file':
      return songs.has(mime) ? 'audio' : 'document'
  }
}

/** What a file is called. Its name is looked at by Telegram: one that does not tell what is in it gets an ending that does. */
export function nameOf(media: MediaRef, mime: string, shown: Shown, otherwise: string): string {
  const ending = endings.get(plain(mime))
  const own = short((media.name ?? '').split(/[\\/]/).at(-1) ?? '')
  const isShown = shown !== 'document' && shown !== 'audio'
  const base = (isShown ? own.replace(/\.\w{1,5}$/, '') : own) || otherwise
  const hasEnding = !isShown && /\.\w{1,10}$/.test(base)
  return ending && !hasEnding ? `${base}.${ending}` : base
}

/** On one line, with its ending, which tells what to open it with. */
function short(name: string): string {
  const line = oneLine(name, name.length)
  if (line.length <= longestName) return line
  const ending = /\.\w{1,10}$/.exec(line)?.[0] ?? ''
  return oneLine(line.slice(0, line.length - ending.length), longestName - ending.length) + ending
}

export const uploadOf = (opened: Opened, name: string): Upload => ({
  stream: opened.stream,
  name,
  mime: opened.mime,
})

function isPhoto({ width, height }: MediaRef, mime: string, bytes: number | undefined): boolean {
  if (!photos.has(mime) || (bytes ?? 0) > photo.bytes) return false
  if (!width || !height) return true
  const ratio = Math.max(width / height, height / width)
  return width + height <= photo.edges && ratio <= photo.ratio
}

/** Without what may stand behind it: `audio/ogg; codecs=opus`. */
const plain = (mime: string): string => (mime.split(';')[0] ?? '').trim().toLowerCase()

const photos = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/bmp'])
const videos = new Set(['video/mp4', 'video/quicktime', 'video/x-m4v'])
const voices = new Set(['audio/ogg', 'audio/mpeg', 'audio/mp3', 'audio/mp4', 'audio/x-m4a'])
const songs = new Set(['audio/mpeg', 'audio/mp3', 'audio/mp4', 'audio/x-m4a'])

const endings: ReadonlyMap<string, string> = new Map([
  ['image/jpeg', 'jpg'],
  ['image/png', 'png'],
  ['image/webp', 'webp'],
  ['image/bmp', 'bmp'],
  ['image/gif', 'gif'],
  ['video/mp4', 'mp4'],
  ['video/quicktime', 'mov'],
  ['video/webm', 'webm'],
  ['audio/ogg', 'ogg'],
  ['audio/mpeg', 'mp3'],
  ['audio/mp3', 'mp3'],
  ['audio/mp4', 'm4a'],
  ['audio/x-m4a', 'm4a'],
  ['audio/amr', 'amr'],
  ['audio/silk', 'silk'],
  ['audio/wav', 'wav'],
  ['application/pdf', 'pdf'],
  ['application/zip', 'zip'],
])
