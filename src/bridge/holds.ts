import type { ChatId, PortalId } from '../core/ids.ts'
import type { Doubts } from './doubts.ts'
import type { Quotas } from './quotas.ts'

/** Why lines towards WeChat stand still although somebody is logged in. */
export interface Holds {
  /** The lines of which nothing may go out now. */
  held(): ReadonlySet<PortalId>
  /** The question that sends to this chat wait for. */
  heldBy(chat: ChatId): string | undefined
  /** So many sends each message from the chat is good for; they are used up. */
  quotaOf(chat: ChatId): number | undefined
}

export function createHolds(
  doubts: Pick<Doubts, 'held' | 'heldBy'>,
  quotas: Pick<Quotas, 'held' | 'heldBy'>,
): Holds {
  let parts: readonly [ReadonlySet<PortalId>, ReadonlySet<PortalId>] = [new Set(), new Set()]
  let union: ReadonlySet<PortalId> = new Set()
  return {
    held() {
      const now = [doubts.held(), quotas.held()] as const
      if (now[1].size === 0) return now[0]
      if (now[0] !== parts[0] || now[1] !== parts[1]) {
        parts = now
        union = new Set([...now[0], ...now[1]])
      }
      return union
    },
    heldBy: doubts.heldBy,
    quotaOf: quotas.heldBy,
  }
}
