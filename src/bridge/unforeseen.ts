import { toBridgeError } from '../core/errors.ts'
import type { Log } from '../ports/telemetry.ts'

/** After so many tries in a row it will not go better the next time. */
const mostTries = 3
/** How many troubled things are remembered. */
const mostKnown = 1_000

/**
 * Does `work`; what nobody foresaw (`bug`) is thrown a few times, for whoever offers the thing offers it again, and then
 * `instead` is done: one event that cannot be handled must not stop all that come behind it.
 */
export type InsteadOf = <T>(
  id: string,
  work: () => Promise<T>,
  instead: () => Promise<T>,
) => Promise<T>

export function createInsteadOf(log: Log): InsteadOf {
  const tries = new Map<string, number>()

  return async (id, work, instead) => {
    try {
      const done = await work()
      tries.delete(id)
      return done
    } catch (thrown) {
      const error = toBridgeError(thrown)
      if (error.failure.code !== 'bug') throw thrown
      const count = (tries.get(id) ?? 0) + 1
      tries.set(id, count)
      const [oldest] = tries.keys()
      if (tries.size > mostKnown && oldest !== undefined) tries.delete(oldest)
      if (count < mostTries) throw thrown
      log.error(
        { event: id, error: error.message },
        'an event cannot be handled; it is kept as it came',
      )
      const done = await instead()
      tries.delete(id)
      return done
    }
  }
}
