import type { Chat } from '../../src/core/chat.ts'
import { roomName } from '../../src/core/render.ts'
import type { Language } from '../../src/core/words.ts'

/** Telegram's limit for the name of a topic, in characters. */
const longest = 128

const unseen = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/gu
const graphemes = new Intl.Segmenter()

/**
 * What the topic of a chat is called: one line of at most 128 UTF-16 units. In a group others may see it, and the owner's
 * private name for a friend is not theirs to see.
 */
export function topicName(chat: Chat, language: Language, inGroup: boolean): string {
  const plain = line(roomName(inGroup ? openly(chat) : chat, language))
  // A name of nothing but marks that cannot be seen is no name.
  return cut(plain) || cut(line(roomName({ ...openly(chat), name: '' }, language)))
}

/** The chat as others may see it. */
export function openly({ remark: _, ...chat }: Chat): Chat {
  return chat
}

/** Its name within a sentence of ours, short. */
export function shownName(chat: Chat, language: Language, inGroup: boolean): string {
  const name = topicName(chat, language, inGroup)
  return name.length <= 48 ? name : cut(name, 48)
}

const line = (text: string): string =>
  text.slice(0, 1000).toWellFormed().replace(unseen, ' ').replace(/\s+/gu, ' ').trim()

/** At most so many UTF-16 units, whole characters, as Telegram may count either. */
function cut(text: string, limit = longest): string {
  if (text.length <= limit) return text
  let kept = ''
  for (const { segment } of graphemes.segment(text)) {
    if (kept.length + segment.length >= limit) break
    kept += segment
  }
  return `${kept}…`
}
