import PQueue from 'p-queue'
import type { Rate } from '../core/post.ts'

/** Decides when: everything together by the lane's rate, and each bucket by its own. */
export interface Pace {
  /**
   * Runs `work` when its bucket and the lane allow; works of one bucket never overlap. Aborting ends the waiting:
   * work that has begun goes on, other work is never begun, and the promise resolves.
   */
  run(bucket: string, signal: AbortSignal, work: () => Promise<void>): Promise<void>
}

/** How many idle buckets are remembered. Past that the oldest whose window has passed are dropped. */
const keptBuckets = 500

/** p-queue decides when; the store decides what and whether. Callers keep what they put in here few. */
export function createPace(rate: {
  readonly concurrency: number
  readonly lane?: Rate
  readonly bucket?: Rate
}): Pace {
  const lane = queue(rate.concurrency, rate.lane)
  const buckets = new Map<string, { readonly queue: PQueue; used: number }>()

  return {
    async run(name, signal, work) {
      const bucket = buckets.get(name) ?? { queue: queue(1, rate.bucket), used: 0 }
      bucket.used = performance.now()
      // Set anew so that the map stays in order of use.
      buckets.delete(name)
      buckets.set(name, bucket)
      forget()
      await untilBegun(signal, (begin) =>
        bucket.queue.add(() => lane.add(() => (begin() ? work() : Promise.resolve()))),
      )
    },
  }

  function forget(): void {
    if (buckets.size <= keptBuckets) return
    const before = performance.now() - (rate.bucket?.perMs ?? 0)
    for (const [name, bucket] of buckets) {
      const idle = bucket.queue.size === 0 && bucket.queue.pending === 0
      if (idle && bucket.used < before) buckets.delete(name)
      if (buckets.size <= keptBuckets) return
    }
  }
}

const queue = (concurrency: number, rate: Rate | undefined) =>
  new PQueue({
    concurrency,
    ...(rate && { intervalCap: rate.count, interval: rate.perMs, strict: true }),
  })

/** Resolves with `queued`, or as soon as the signal aborts if it has not begun by then. */
function untilBegun(
  signal: AbortSignal,
  queued: (begin: () => boolean) => Promise<void>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = () => {
      signal.removeEventListener('abort', giveUp)
      return !signal.aborted
    }
    const giveUp = () => resolve()
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    queued(begin).then(resolve, reject)
  })
}
