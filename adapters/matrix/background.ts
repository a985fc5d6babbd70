import type { Log } from '../../src/ports/telemetry.ts'
import { createInTurn } from './in-turn.ts'

/** Work that nothing waits for and whose failure is nobody's: it is begun again at the next occasion. */
export interface Background {
  /** One after another for each name. `what` is a clause that fits after "could not". */
  do(name: string, what: string, work: (signal: AbortSignal) => Promise<unknown>): void
  /** From now on it ends when this signal aborts. */
  until(signal: AbortSignal): void
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

export function createBackground(log: Log): Background {
  const inTurn = createInTurn()
  const underWay = new Set<Promise<unknown>>()
  let current = new AbortController().signal

  return {
    do(name, what, work) {
      const run = inTurn(name, () => {
        current.throwIfAborted()
        return work(current)
      })
      const settled = run
        .catch((error: unknown) => {
          if (current.aborted) return
          const reason = error instanceof Error ? error.message : String(error)
          log.warn({ reason }, `Could not ${what}.`)
        })
        .finally(() => underWay.delete(settled))
      underWay.add(settled)
    },
    until(signal) {
      current = signal
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}
