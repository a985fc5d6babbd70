import PQueue from 'p-queue'
import type { ChatId } from '../core/ids.ts'
import type { Rate } from '../core/post.ts'
import type { Clock } from '../ports/clock.ts'

/** Something that wants to go out. */
export interface Turn {
  /** By what the other side counts: a room, a group, a chat. */
  readonly bucket: string
  readonly chat?: ChatId
  readonly media: boolean
  /** May it go out now? Where that is asked and denied, waiting ends. */
  isOpen(): boolean
}

/** Decides when: everything together by the lane's rate, and each bucket by its own. */
export interface Pace {
  /**
   * Runs `work` when its bucket and the lane allow; works of one bucket never overlap. Aborting ends the waiting:
   * work that has begun goes on, other work is never begun, and the promise resolves. `spend` is to be called when the
   * work is about to count on the other side.
   */
  run(turn: Turn, signal: AbortSignal, work: (spend: () => void) => Promise<void>): Promise<void>
}

/** How many idle buckets are remembered. Past that the oldest whose window has passed are dropped. */
const keptBuckets = 500

/**
 * p-queue decides how many at once; the store decides what and whether. Callers keep what they put in here few. The
 * rates are counted here: p-queue's go by the machine's clock, and would stand still for as long as that is set back.
 */
export function createPace(
  rate: { readonly concurrency: number; readonly lane?: Rate; readonly bucket?: Rate },
  clock: Clock,
): Pace {
  const lane = new PQueue({ concurrency: rate.concurrency })
  const laneWindow = slidingWindow(rate.lane, clock)
  const buckets = new Map<string, Bucket>()

  return {
    async run({ bucket: name }, signal, work) {
      const bucket = buckets.get(name) ?? newBucket()
      bucket.used = clock.steady()
      // Set anew so that the map stays in order of use.
      buckets.delete(name)
      buckets.set(name, bucket)
      forget()
      await untilBegun(signal, (begin) =>
        bucket.queue.add(async () => {
          await bucket.window.room(signal)
          await lane.add(async () => {
            // Others may have waited for the same room: whoever comes first has it.
            do await laneWindow.room(signal)
            while (!signal.aborted && !laneWindow.enter())
            if (!begin()) return
            bucket.window.enter()
            bucket.used = clock.steady()
            await work(() => undefined)
          })
        }),
      )
    },
  }

  function newBucket(): Bucket {
    const window = slidingWindow(rate.bucket, clock)
    return { queue: new PQueue({ concurrency: 1 }), window, used: 0 }
  }

  function forget(): void {
    if (buckets.size <= keptBuckets) return
    const before = clock.steady() - (rate.bucket?.perMs ?? 0)
    for (const [name, bucket] of buckets) {
      const idle = bucket.queue.size === 0 && bucket.queue.pending === 0
      if (idle && bucket.used < before) buckets.delete(name)
      if (buckets.size <= keptBuckets) return
    }
  }
}

interface Bucket {
  readonly queue: PQueue
  readonly window: Window
  used: number
}

interface Window {
  /** Resolves when there is room, or the signal aborts. */
  room(signal: AbortSignal): Promise<void>
  /** False: there is no room at this moment. */
  enter(): boolean
}

/** No more than `count` in any `perMs`. */
function slidingWindow(rate: Rate | undefined, clock: Clock): Window {
  const entered: number[] = []
  return {
    async room(signal) {
      for (let wait = waitMs(); wait > 0 && !signal.aborted; wait = waitMs()) {
        await clock.sleep(wait, signal).catch(() => undefined)
      }
    },
    enter() {
      if (waitMs() > 0) return false
      if (!rate) return true
      entered.push(clock.steady())
      if (entered.length > 2 * rate.count) entered.splice(0, entered.length - rate.count)
      return true
    },
  }

  function waitMs(): number {
    if (!rate) return 0
    const first = entered[entered.length - rate.count]
    return first === undefined ? 0 : first + rate.perMs - clock.steady()
  }
}

/** Resolves with `queued`, or as soon as the signal aborts if it has not begun by then. */
export function untilBegun(
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
    // Not all that ends has begun.
    const ended = () => signal.removeEventListener('abort', giveUp)
    queued(begin).finally(ended).then(resolve, reject)
  })
}
