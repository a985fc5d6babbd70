import { backoff } from '../core/backoff.ts'
import { type BridgeError, toBridgeError } from '../core/errors.ts'
import type { Item, Unit } from '../ports/store.ts'
import type { Parts } from './parts.ts'

/** How often what nobody foresaw is tried. */
export const bugTries = 3

/** What is done until it succeeds, for as long as that makes sense; `signal` ends it. `aside`: while it is waited. */
export function persisting(
  { store, clock, random, log }: Parts,
  giveUpMs: number,
  signal: AbortSignal,
  aside: (waiting: Promise<void>) => Promise<void>,
) {
  return { patiently, durably }

  /** Asks until there is an answer. What can heal is asked again with back-off; what cannot is the answer. */
  async function patiently<T>(item: Item, ask: () => Promise<T>): Promise<T | BridgeError> {
    const began = clock.steady()
    for (let attempt = 1; ; attempt++) {
      try {
        return await ask()
      } catch (thrown) {
        signal.throwIfAborted()
        const error = toBridgeError(thrown)
        const { code, heal, afterMs } = error.failure
        const hopeless = heal === 'never' || (code === 'bug' && attempt >= bugTries)
        const tired = clock.steady() - began >= giveUpMs
        if (hopeless || tired) return error
        log.warn({ ...about(item), code, error: error.message }, 'cannot tell yet; asking again')
        await aside(clock.sleep(afterMs ?? backoff(attempt, random()), signal))
      }
    }
  }

  /**
   * The outcome is known: it is written down however long the store takes to come back, and urgently: what a crash keeps
   * from being written down is uncertain.
   */
  async function durably(item: Item, work: (unit: Unit) => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await store.unit(work, { urgent: true })
      } catch (thrown) {
        const error = toBridgeError(thrown)
        if (signal.aborted || error.failure.heal === 'never') throw error
        log.error({ ...about(item), error: error.message }, 'the store cannot write; waiting')
        await clock.sleep(backoff(attempt, random()), signal)
      }
    }
  }
}

/** Fields for the log: which delivery it is. */
export function about(item: Item): Readonly<Record<string, unknown>> {
  const { key, message } = item.job
  return { lane: item.lane, portal: item.portal, message, key, attempt: item.attempt }
}
