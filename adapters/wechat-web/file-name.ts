import type { MediaRef } from '../../src/core/message.ts'
import { extensionOf } from './mime.ts'
import { cleanText } from './text.ts'

/** Receivers' file systems take names of 255 bytes. */
const maxBytes = 240

/**
 * The name media is sent under: the last part of what it is called, without anything that could lead a receiver
 * elsewhere or break a header; made up where there is none.
 */
export function fileNameOf(media: Pick<MediaRef, 'kind' | 'name'>, mime: string): string {
  const last = (media.name ?? '').split(/[/\\]/).at(-1) ?? ''
  const plain = cleanText(last.slice(-4000).replace(/\s+/gu, ' '), 4000)
  const name = plain.replace(/^[\s.]+/, '').trimEnd()
  const extension = extensionOf(mime)
  if (!name) return `${media.kind}.${extension}`
  // A recording called just so could not be opened by whoever gets it; a file is called as it is.
  const bare = media.kind !== 'file' && fileExtOf(name) === '' && extension !== 'bin'
  return fit(bare ? `${name}.${extension}` : name)
}

/** What follows the last dot; '' where there is none (protocol §7.5). */
export function fileExtOf(name: string): string {
  return /\.([^.\s]{1,20})$/.exec(name)?.[1] ?? ''
}

/** Short enough for everyone, with its extension, and never cut inside a character. */
function fit(name: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name
  const extension = fileExtOf(name)
  const end = extension ? `.${extension}` : ''
  const room = maxBytes - Buffer.byteLength(end) - 3
  let kept = ''
  let size = 0
  for (const character of name.slice(0, name.length - end.length)) {
    size += Buffer.byteLength(character)
    if (size > room) break
    kept += character
  }
  return `${kept.trimEnd()}…${end}`
}
