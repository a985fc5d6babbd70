import type { Chat } from '../core/chat.ts'
import type { ChatId, HubId } from '../core/ids.ts'
import type { WeChatSink } from '../ports/wechat.ts'
import type { Parts } from './parts.ts'
import type { Rooms } from './rooms.ts'
import { knownPortal } from './rosters.ts'

/**
 * A chat that has changed is brought to the hubs that make rooms with people in them, one after another. None is made for
 * it. What fails is not tried again: the next post in that room does the same. The answer tells of chats as `told` does.
 */
export function lookedAfter(
  parts: Pick<Parts, 'store' | 'seats' | 'log'>,
  told: WeChatSink['chats'],
  rooms: (hub: HubId) => Pick<Rooms, 'room'>,
  signal: AbortSignal,
): WeChatSink['chats'] {
  const { store, log } = parts
  const hubs = parts.seats
    .filter(({ adapter }) => adapter.features.speakers === 'ghost')
    .map(({ adapter }) => adapter.id)
  const wished = new Set<ChatId>()
  let isAtWork = false

  const now = (chats: readonly Chat[]): Promise<ReadonlyMap<ChatId, string>> =>
    store.unit(async (unit) => {
      const found = new Map<ChatId, string>()
      for (const { id } of chats) {
        const chat = await unit.chat(id)
        if (chat) found.set(id, JSON.stringify(chat))
      }
      return found
    })

  const show = async (chat: ChatId) => {
    for (const hub of hubs) {
      try {
        const portal = await store.unit((unit) => knownPortal(unit, chat, hub))
        if (portal?.room !== undefined) await rooms(hub).room(portal.id, signal)
      } catch (error) {
        log.debug({ hub, error: String(error) }, 'a room is not as its chat is yet')
      }
    }
  }

  const work = async () => {
    if (isAtWork) return
    isAtWork = true
    for (const chat of wished) {
      if (signal.aborted) break
      wished.delete(chat)
      await show(chat)
    }
    isAtWork = false
  }

  return async (chats) => {
    if (hubs.length === 0) return told(chats)
    const before = await now(chats)
    const answer = await told(chats)
    for (const [id, after] of await now(chats)) {
      const known = before.get(id)
      if (known !== undefined && known !== after) wished.add(id)
    }
    void work()
    return answer
  }
}
