import type { Clock, Random } from '../../src/ports/clock.ts'

/** Secrets that were written in a room, each under a name that may be written down, and good for one try. */
export interface Offers {
  keep(secret: string): string
  /** Undefined: there is none by this name (any more). */
  take(name: string): string | undefined
}

const keptMs = 10 * 60_000
const most = 20

/** Kept in memory only: after a restart they have to be written again. */
export function createOffers({
  clock,
  random,
}: {
  readonly clock: Clock
  readonly random: Random
}): Offers {
  const kept = new Map<string, { readonly secret: string; readonly until: number }>()
  return {
    keep(secret) {
      const name = `kept-${clock.now().toString(36)}-${random().toString(36).slice(2)}`
      kept.set(name, { secret, until: clock.now() + keptMs })
      const [oldest] = kept.keys()
      if (kept.size > most && oldest !== undefined) kept.delete(oldest)
      return name
    },
    take(name) {
      const found = kept.get(name)
      kept.delete(name)
      return found && clock.now() < found.until ? found.secret : undefined
    },
  }
}
