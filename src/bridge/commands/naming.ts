import type { Chat } from '../../core/chat.ts'
import { roomName } from '../../core/render.ts'
import type { Portal } from '../../ports/store.ts'
import { openly } from '../open-names.ts'
import type { Parts, Seat } from '../parts.ts'
import type { Ask } from './verb.ts'

/**
 * What a chat is called in the room of a portal. Where others may be in it, that is not the owner's private name for a
 * friend.
 */
export async function nameIn(
  { voice }: Pick<Parts, 'voice'>,
  { adapter }: Seat,
  room: Pick<Portal, 'id'>,
  chat: Chat,
): Promise<string> {
  const where = await adapter.places?.of(room.id)
  const isOthersToo = where?.kind === 'linked' || where?.kind === 'forum'
  return roomName(isOthersToo ? openly(chat) : chat, voice.language)
}

/** The same, where a command was said, which is where it is answered. */
export async function nameHere(
  parts: Pick<Parts, 'voice'>,
  { asked, place, portal }: Ask,
  chat: Chat,
): Promise<string> {
  if (asked.there !== undefined) return roomName(openly(chat), parts.voice.language)
  if (place.kind === 'management') return roomName(chat, parts.voice.language)
  return nameIn(parts, asked.seat, portal, chat)
}
