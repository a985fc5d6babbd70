/** Does something some time soon, in the place of what the same `key` stands for and has not begun. */
export type AtLeisure = (key: string, work: () => Promise<void>) => void

/** So many things are done at a time, and so many wait; what waited longest is let be beyond that. */
const atOnce = 4
const waitingAtMost = 1_000

/** For what is worth one try, in order per key, and must be in nobody's way. `missed` is told what failed. */
export function createAtLeisure(missed: (error: unknown) => void): AtLeisure {
  const waiting = new Map<string, () => Promise<void>>()
  const busy = new Set<string>()

  return (key, work) => {
    waiting.delete(key)
    waiting.set(key, work)
    const [oldest] = waiting.keys()
    if (waiting.size > waitingAtMost && oldest !== undefined) waiting.delete(oldest)
    next()
  }

  function next(): void {
    if (busy.size >= atOnce) return
    for (const [key, work] of waiting) {
      if (busy.has(key)) continue
      waiting.delete(key)
      busy.add(key)
      void done(key, work)
      return
    }
  }

  async function done(key: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      missed(error)
    }
    busy.delete(key)
    next()
  }
}
