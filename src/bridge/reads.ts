import type { ChatId } from '../core/ids.ts'
import type { WeChatConnector } from '../ports/wechat.ts'
import type { Parts } from './parts.ts'

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

/** The phone is told when there is something to tell: at once, or when its time has come. */
export function createReads(
  parts: Parts,
  connector: Pick<WeChatConnector, 'markRead'>,
  isOnline: () => boolean,
  stopping: AbortSignal,
): Reads {
  const { store, clock, log } = parts
  /** Chats in which nothing is unread. */
  const read = new Set<ChatId>()
  const markedAt = new Map<ChatId, number>()
  const marking = new Set<ChatId>()

  return {
    unread: (chat) => void read.delete(chat),

    async elsewhere(chat) {
      await store.unit((unit) => unit.markRead(chat, clock.now()))
      read.add(chat)
    },

    async here(chat) {
      if (read.has(chat)) return
      await store.unit((unit) => unit.markRead(chat, clock.now()))
      read.add(chat)
      if (connector.markRead && !marking.has(chat)) void mark(chat)
    },
  }

  async function mark(chat: ChatId): Promise<void> {
    marking.add(chat)
    try {
      const wait = (markedAt.get(chat) ?? 0) + markMs - clock.now()
      if (wait > 0) await clock.sleep(wait, stopping)
      // What came while waiting has not been seen.
      if (!isOnline() || !read.has(chat)) return
      markedAt.set(chat, clock.now())
      await connector.markRead?.(chat, stopping)
    } catch (error) {
      if (!stopping.aborted) log.info({ chat, error: String(error) }, 'a chat was not marked read')
    } finally {
      marking.delete(chat)
    }
  }
}
