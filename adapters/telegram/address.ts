import { type EventId, eventId, type RoomId, roomId } from '../../src/core/ids.ts'

/** A place in Telegram: a chat, or one topic of it. Chat ids exceed what a number is sure of, so they are text here. */
export interface Address {
  readonly chat: string
  readonly thread?: string
}

/** How a message is named outside the adapter: Telegram numbers messages per chat. */
export const eventOf = (chat: number | string, message: number | string): EventId =>
  eventId(`${chat}/${message}`)

/** The chat and number of a message by its event. Undefined: it names no message. */
export function messageOf(
  event: EventId,
): { readonly chat: string; readonly message: number } | undefined {
  const found = /^(-?\d+)\/(\d+)$/.exec(event)
  return found?.[1] && found[2] ? { chat: found[1], message: Number(found[2]) } : undefined
}

/**
 * The room of a place that shows no chat of WeChat's. That of a place which does is its portal's id: it stays the same
 * when the chat moves.
 */
export const roomOfAddress = ({ chat, thread }: Address): RoomId =>
  roomId(thread === undefined ? chat : `${chat}/${thread}`)

/** The place a room of `roomOfAddress` names. Undefined: it is a portal's. */
export function addressOfRoom(room: RoomId): Address | undefined {
  const found = /^(-?\d+)(?:\/(\d+))?$/.exec(room)
  if (!found?.[1]) return undefined
  return { chat: found[1], ...(found[2] && { thread: found[2] }) }
}

export const isSame = (one: Address, other: Address): boolean =>
  one.chat === other.chat && one.thread === other.thread

/** Groups and channels have negative ids. */
export const isGroup = ({ chat }: Address): boolean => chat.startsWith('-')
