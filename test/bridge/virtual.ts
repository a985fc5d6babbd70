import type { Clock } from '../../src/ports/clock.ts'

/** Time that stands still until the test lets it pass; sleepers wake in order. */
export interface VirtualClock extends Clock {
  /** How much time has really passed, in milliseconds: what `steady` says. */
  readonly passed: number
  /** Sets what the machine takes for the time, without any passing. */
  set(by: number): void
  /** When the next sleeper wakes, in steady time. */
  next(): number | undefined
  /** Lets time pass up to then. Sleepers due by then wake, earliest first, each at its time; `settled` between them. */
  pass(ms: number, settled: () => Promise<void>): Promise<void>
}

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

export function virtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let steady = 0
  let offset = start
  const sleepers = new Set<Sleeper>()
  const first = (): Sleeper | undefined => {
    let found: Sleeper | undefined
    for (const each of sleepers) if (!found || each.at < found.at) found = each
    return found
  }
  return {
    now: () => offset + steady,
    steady: () => steady,
    get passed() {
      return steady
    },
    set: (by) => {
      offset += by
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const stop = () => {
          sleepers.delete(sleeper)
          reject(signal.reason)
        }
        const sleeper = {
          at: steady + Math.max(0, ms),
          wake: () => {
            sleepers.delete(sleeper)
            signal.removeEventListener('abort', stop)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal.addEventListener('abort', stop, { once: true })
      }),
    next: () => first()?.at,
    async pass(ms, settled) {
      const end = steady + ms
      await settled()
      for (let due = first(); due && due.at <= end; due = first()) {
        steady = Math.max(steady, due.at)
        due.wake()
        await settled()
      }
      steady = end
      await settled()
    },
  }
}
