import type { Chat } from '../core/chat.ts'
import { roomName } from '../core/render.ts'
import type { Parts } from './parts.ts'

/** Can rooms of chats be places that others are in? There the owner's private names are nobody's to read. */
export const isOpen = ({ seats }: Pick<Parts, 'seats'>): boolean =>
  seats.some(({ adapter }) => adapter.places !== undefined)

/** What a chat is called wherever it may be read. */
export const openName = (parts: Pick<Parts, 'voice' | 'seats'>, chat: Chat): string =>
  roomName(isOpen(parts) ? openly(chat) : chat, parts.voice.language)

/** With the door it is of, where there are several: two accounts may have friends of one name. */
export function marked(
  { doorOf }: Pick<Parts, 'doorOf'>,
  chat: Pick<Chat, 'account'>,
  name: string,
) {
  const door = doorOf?.(chat.account)
  return door === undefined ? name : `${name} · ${door}`
}

/** Without the owner's private name for it. */
export function openly({ remark: _, ...chat }: Chat): Chat {
  return chat
}
