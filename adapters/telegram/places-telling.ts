import { oneLine } from '../../src/core/one-line.ts'
import type { PlaceNow } from '../../src/ports/hub.ts'
import { type Address, isGroup } from './address.ts'
import type { PlacesBase } from './parts.ts'
import { placeWords } from './place-words.ts'
import type { At } from './places-book.ts'
import type { Groups, ShutBy } from './places-groups.ts'

/** An address that leads there, where Telegram has one. */
export function urlOf({ chat, thread }: Address, bot: string | undefined): string | undefined {
  if (!isGroup({ chat })) return bot && `https://t.me/${bot}`
  // Only supergroups have addresses, and those lead to a message: the first one of a topic has its number.
  return chat.startsWith('-100') ? `https://t.me/c/${chat.slice(4)}/${thread ?? '1'}` : undefined
}

/** What a person is told of a place. Undefined for the management room. */
export function placeNow(at: At, groups: Groups, { bot }: PlacesBase): PlaceNow | undefined {
  const { kind } = at
  if (kind === 'management') return undefined
  const title = isGroup(at) ? groups.title(at.chat) : undefined
  const url = urlOf(at, bot.known()?.username)
  return { kind, ...(title && { name: oneLine(title, 64) }), ...(url && { url }) }
}

/** Where a chat goes on, within a sentence. */
export function whereWords(at: At, groups: Groups, { voice }: PlacesBase): string {
  const words = placeWords(voice.language)
  const title = oneLine(groups.title(at.chat) ?? '', 64) || words.nameless
  if (isGroup(at)) return at.kind === 'forum' ? words.inForum(title) : words.inGroup(title)
  return at.thread === undefined ? words.inFlat : words.inTopic
}

/** Why nothing goes into a group, and what helps. */
export function shutSentence(by: ShutBy, title: string | undefined): string {
  const group = `the Telegram group “${oneLine(title ?? '', 64) || 'without a name'}”`
  return {
    out: `The bot is not in ${group} any more. Messages wait until it is added again, or the chat is moved elsewhere.`,
    mute: `The bot may not write in ${group}. Messages wait until it gets the right to send messages, or the chat is moved elsewhere.`,
    topics: `The bot may not make topics in ${group}. Messages wait until it is an administrator with the right “Manage topics”, or the chat is moved elsewhere.`,
    left: `The owner is not in ${group} any more, so nothing is shown there. Messages wait until the owner is back, or the chat is moved elsewhere.`,
    noForum: `Topics are switched off in ${group}. Messages wait until they are on again, or the chat is moved elsewhere.`,
  }[by]
}
