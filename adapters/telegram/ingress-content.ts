import type { MediaRef } from '../../src/core/message.ts'
import { plainText } from './entities-in.ts'
import { isService, otherKinds } from './ingress-kinds.ts'
import { forwardLine, type Own, quotedLines } from './ingress-origin.ts'
import { contactText, placeText } from './ingress-place.ts'
import { type MediaIn, type MediaReading, mediaIn, type TooLarge } from './media-in.ts'
import { type Json, optional, record, text } from './updates-json.ts'

export interface ContentReading extends MediaReading {
  readonly own: Own
  /** Is this the message of its album that tells where all of it was forwarded from? */
  leads(album: string): boolean
}

/** What a message says; or what it is, where it cannot be said (`unsupported` is a word for people). */
export type ContentIn =
  | { readonly text?: string; readonly media?: MediaRef; readonly album?: string }
  | { readonly unsupported: string; readonly tooLarge?: TooLarge }

/** What is in a message. Undefined: nothing that a person said. Never throws. */
export function contentIn(body: Json, reading: ContentReading): ContentIn | undefined {
  const found = mediaIn(body, reading) ?? wordsIn(body, reading)
  if (found === undefined) return otherIn(body)
  if ('unsupported' in found) return found
  const album = albumIn(body)
  const caption = plainText(text(body.caption) ?? '', body.caption_entities)
  const origin =
    album === undefined || reading.leads(album) ? forwardLine(body, reading.own, reading.words) : ''
  const lines = [origin, quotedLines(body, reading.words), found.text ?? '', caption]
  return {
    ...optional('text', lines.filter((line) => line !== '').join('\n') || undefined),
    ...('media' in found && { media: found.media, ...optional('album', album) }),
  }
}

function wordsIn(body: Json, { words }: ContentReading): MediaIn | undefined {
  const said = text(body.text)
  if (said !== undefined) return { text: plainText(said, body.entities) }
  if (record(body.venue) || record(body.location)) {
    const place = placeText(body, words)
    return place === undefined ? { unsupported: 'location' } : { text: place }
  }
  const contact = record(body.contact)
  if (!contact) return undefined
  const card = contactText(contact)
  return card === undefined ? { unsupported: 'contact' } : { text: card }
}

/** What Telegram knows and we do not is said to be so: it would be missed in WeChat. */
function otherIn(body: Json): ContentIn | undefined {
  const known = Object.keys(body).find((field) => otherKinds[field] !== undefined)
  if (known !== undefined) return { unsupported: otherKinds[known] ?? 'message' }
  return isService(body) ? undefined : { unsupported: 'message' }
}

function albumIn(body: Json): string | undefined {
  const album = text(body.media_group_id)
  return album !== undefined && album.length <= 64 ? album : undefined
}
