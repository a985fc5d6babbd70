import type { PortalId } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Item } from '../ports/store.ts'

const hour = 3_600_000
/**
 * Being asked to wait says nothing about what is sent: WeChat's rate limits come in pauses of up to an hour, and two of
 * them must not cost a message. After a day the person should know all the same.
 */
const waitMs = 24 * hour
/** A process that has just begun tries for so long, whatever earlier ones did. */
const atLeastMs = 600_000

interface Failing {
  readonly login: number
  readonly retry?: number
  readonly wait?: number
  readonly last: number
}

/**
 * When a line has failed long enough for its first item to be given up: `giveUpMs` of failing, or the item's age if
 * that is less. Waiting for an allowance or a login is not failing. It is measured in time that really passed, so
 * setting the machine's clock gives up nothing.
 */
export function createTiring(clock: Clock, giveUpMs: number) {
  const lines = new Map<PortalId, Failing>()

  return {
    /** A try of this item failed. Is it to be given up? */
    isTired(item: Item, heal: 'retry' | 'wait', login: number): boolean {
      const now = clock.steady()
      const known = lines.get(item.portal)
      const since = known?.login === login && now - known.last <= waitMs ? known : undefined
      const began = since?.[heal] ?? now - earlier(item, heal, since)
      // A pause in between is no failure to deliver.
      const { retry: _, ...waiting } = since ?? {}
      const others = heal === 'wait' ? waiting : since
      lines.delete(item.portal)
      lines.set(item.portal, { ...others, [heal]: began, login, last: now })
      forget(now)
      const age = clock.now() - item.since
      const failing = now - began
      return (age < 0 ? failing : Math.min(age, failing)) >= (heal === 'wait' ? waitMs : giveUpMs)
    },
    delivered(portal: PortalId): void {
      lines.delete(portal)
    },
  }

  /** For how long it failed before this process, at most: it was tried, but nobody knows since when. */
  function earlier(item: Item, heal: 'retry' | 'wait', known: Failing | undefined): number {
    if (item.attempt === 0 || heal === 'wait' || known) return 0
    return Math.max(0, Math.min(clock.now() - item.since, giveUpMs - atLeastMs))
  }

  function forget(now: number): void {
    for (const [portal, { last }] of lines) {
      if (now - last <= waitMs) return
      lines.delete(portal)
    }
  }
}
