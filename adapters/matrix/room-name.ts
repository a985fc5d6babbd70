import { type Chat, isOurs } from '../../src/core/chat.ts'
import { type ContactId, contactId } from '../../src/core/ids.ts'
import { nameText } from './text.ts'
import type { Words } from './words.ts'

/** What a chat's room is called. The remark is the owner's private name for a friend: it may only name rooms that nobody else is in. */
export function roomName(chat: Chat, words: Words): string {
  if (chat.kind === 'management') return words.bridge
  if (chat.kind === 'group') return nameText(chat.name, words.nameless.group)
  return nameText(chat.remark || chat.name, words.nameless.chat)
}

/** The topic: what a group announces; a friend's own name, where the room has the owner's name for them. */
export function roomTopic(chat: Chat, words: Words): string | undefined {
  if (chat.kind === 'group') return nameText(chat.topic ?? '', '', longestTopic) || undefined
  const own = nameText(chat.name, '')
  const shown = chat.kind === 'friend' && own !== '' && own !== roomName(chat, words)
  return shown ? words.ownName(own) : undefined
}

/** In UTF-16 units: an event holds 64 KB, and an announcement should be read in the room. */
const longestTopic = 2000

/** A room of two: with one other, or with the bridge itself. */
export const isDirect = (chat: Chat): boolean =>
  chat.kind === 'management' || (chat.kind !== 'group' && !isOurs(chat))

/**
 * Whom a direct chat is with: connectors call both the person and the chat with them by one id, which is one of their
 * account's. Nobody is better than somebody else, so a chat whose id says nothing of the kind is with nobody yet.
 */
export function personOf(chat: Chat): ContactId | undefined {
  const isPerson = (chat.kind === 'friend' || chat.kind === 'mp') && !isOurs(chat)
  return isPerson && chat.id.startsWith(`${chat.account}/`) ? contactId(chat.id) : undefined
}
