import type { ChatId, RoomId } from '../core/ids.ts'
import { accountOf, mintPortalId } from '../core/ids.ts'
import type { Doors } from './doors.ts'
import type { Parts, Seat } from './parts.ts'

/** What has been read where. Known since this start only: the marks themselves are never worth keeping. */
export interface Reads {
  /** Something came that the user may not have seen. */
  unread(chat: ChatId): void
  /** The user saw it on the phone. */
  elsewhere(chat: ChatId): Promise<void>
  /** The user has seen what is in a room of this chat. */
  here(chat: ChatId): Promise<void>
}

/** How often the phone is told of one chat at most. */
const markMs = 5_000
/** A hub is told when no more was told of a chat for so long. */
const seenMs = 1_000

/** The phone is told when there is something to tell: at once, or when its time has come. */
export function createReads(
  parts: Parts,
  doors: Pick<Doors, 'ofChat' | 'isOnline'>,
  stopping: AbortSignal,
): Reads {
  const { store, clock, log } = parts
  const seats = parts.seats.filter(({ adapter }) => adapter.seen)
  /** Chats in which nothing is unread. */
  const read = new Set<ChatId>()
  const markedAt = new Map<ChatId, number>()
  const marking = new Set<ChatId>()
  /** Chats of which the hubs are about to be told. */
  const telling = new Set<ChatId>()

  return {
    unread: (chat) => void read.delete(chat),

    async elsewhere(chat) {
      await store.unit((unit) => unit.markRead(chat, clock.now()))
      read.add(chat)
      if (seats.length > 0 && !telling.has(chat)) void tell(chat)
    },

    async here(chat) {
      if (read.has(chat)) return
      await store.unit((unit) => unit.markRead(chat, clock.now()))
      read.add(chat)
      if (parts.marksRead === false) return
      if (doors.ofChat(chat).connector.markRead && !marking.has(chat)) void mark(chat)
    },
  }

  async function tell(chat: ChatId): Promise<void> {
    telling.add(chat)
    await clock.sleep(seenMs, stopping).catch(() => undefined)
    telling.delete(chat)
    // What came while waiting has not been seen.
    if (stopping.aborted || !read.has(chat)) return
    for (const seat of seats) {
      try {
        const room = await roomOf(seat, chat)
        if (room) await seat.adapter.seen?.(room, stopping)
      } catch (error) {
        if (!stopping.aborted)
          log.info({ chat, error: String(error) }, 'a chat was not shown as read')
      }
    }
  }

  /** Official accounts that share a room are not all read where one of them is. */
  function roomOf({ adapter }: Seat, chat: ChatId): Promise<RoomId | undefined> {
    return store.unit(async (unit) => {
      const known = await unit.chat((await unit.mergedInto(chat)) ?? chat)
      if (!known) return undefined
      return (await unit.portalOf(known.id, adapter.id, () => mintPortalId(parts.random))).room
    })
  }

  async function mark(chat: ChatId): Promise<void> {
    marking.add(chat)
    try {
      const wait = (markedAt.get(chat) ?? 0) + markMs - clock.now()
      if (wait > 0) await clock.sleep(wait, stopping)
      // What came while waiting has not been seen.
      if (!doors.isOnline(accountOf(chat)) || !read.has(chat)) return
      markedAt.set(chat, clock.now())
      await doors.ofChat(chat).connector.markRead?.(chat, stopping)
    } catch (error) {
      if (!stopping.aborted) log.info({ chat, error: String(error) }, 'a chat was not marked read')
    } finally {
      marking.delete(chat)
    }
  }
}
