import type { Chat } from '../../src/core/chat.ts'
import { nameText } from './text.ts'
import type { Words } from './words.ts'

/** What a chat's room is called. The remark is the owner's private name for a friend: it may only name rooms that nobody else is in. */
export function roomName(chat: Chat, words: Words): string {
  if (chat.kind === 'management') return words.bridge
  if (chat.kind === 'group') return nameText(chat.name, words.nameless.group)
  return nameText(chat.remark || chat.name, words.nameless.chat)
}

/** The topic: a friend's own name, where the room has the owner's name for them. */
export function roomTopic(chat: Chat, words: Words): string | undefined {
  const own = nameText(chat.name, '')
  const shown = chat.kind === 'friend' && own !== '' && own !== roomName(chat, words)
  return shown ? words.ownName(own) : undefined
}
