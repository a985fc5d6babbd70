import PQueue from 'p-queue'
import type { ChatId } from '../core/ids.ts'
import type { Rate } from '../core/post.ts'
import type { Clock } from '../ports/clock.ts'
import type { Outlet } from '../ports/outlet.ts'

/** Something that wants to go out. */
export interface Turn {
  /** By what the other side counts: a room, a group, a chat. */
  readonly bucket: string
  readonly chat?: ChatId
  readonly media: boolean
  /** May it go out now? Where that is asked and denied, waiting ends. */
  isOpen(): boolean
  /** Told where its bucket has no room yet: others are not to wait for that. Until then. */
  aside?(waiting: Promise<void>): void
}

/** Decides when: everything together by the lane's rate, and each bucket by its own. */
export interface Pace {
  /**
   * Runs `work` when its bucket and the lane allow; works of one bucket never overlap. Aborting ends the waiting:
   * work that has begun goes on, other work is never begun, and the promise resolves. `spend` is to be called when the
   * work is about to count on the other side.
   */
  run(turn: Turn, signal: AbortSignal, work: (spend: () => void) => Promise<void>): Promise<void>
  /** The other side wants this bucket to wait, for so many milliseconds. */
  pause?(bucket: string, ms: number): void
}

/** How many idle buckets are remembered. Past that the oldest whose window has passed are dropped. */
const keptBuckets = 500

/**
 * p-queue decides how many at once; the store decides what and whether. Callers keep what they put in here few. The
 * rates are counted here: p-queue's go by the machine's clock, and would stand still for as long as that is set back.
 */
export function createPace(rate: Outlet<never>['rate'], clock: Clock): Pace {
  const lane = new PQueue({ concurrency: rate.concurrency })
  const laneWindow = slidingWindow(rate.lane ? [rate.lane] : [], clock)
  const buckets = new Map<string, Bucket>()

  return {
    async run({ bucket: name, aside }, signal, work) {
      const bucket = touched(name)
      const room = Promise.withResolvers<void>()
      if (!isIdle(bucket) || !bucket.window.open()) aside?.(room.promise)
      await untilBegun(signal, (begin) =>
        bucket.queue.add(async () => {
          await bucket.window.room(signal)
          room.resolve()
          await lane.add(async () => {
            // Others may have waited for the same room: whoever comes first has it.
            do await laneWindow.room(signal)
            while (!signal.aborted && !laneWindow.enter())
            if (!begin()) return
            bucket.window.enter()
            bucket.used = clock.steady()
            await work(() => undefined).finally(() => bucket.window.arrived())
          })
        }),
      ).finally(room.resolve)
    },

    pause: (name, ms) => touched(name).window.pause(ms),
  }

  /** The bucket of this name, made if need be, as the one used last. */
  function touched(name: string): Bucket {
    const bucket = buckets.get(name) ?? newBucket(name)
    bucket.used = clock.steady()
    // Set anew so that the map stays in order of use.
    buckets.delete(name)
    buckets.set(name, bucket)
    forget()
    return bucket
  }

  function newBucket(name: string): Bucket {
    const rates = rate.buckets?.(name) ?? (rate.bucket ? [rate.bucket] : [])
    const longestMs = Math.max(0, ...rates.map(({ perMs }) => perMs))
    const window = slidingWindow(rates, clock)
    return { queue: new PQueue({ concurrency: 1 }), window, longestMs, used: 0 }
  }

  function forget(): void {
    if (buckets.size <= keptBuckets) return
    for (const [name, bucket] of buckets) {
      const isOver = bucket.used < clock.steady() - bucket.longestMs && !bucket.window.paused()
      if (isIdle(bucket) && isOver) buckets.delete(name)
      if (buckets.size <= keptBuckets) return
    }
  }
}

interface Bucket {
  readonly queue: PQueue
  readonly window: Window
  readonly longestMs: number
  used: number
}

const isIdle = ({ queue }: Bucket): boolean => queue.size === 0 && queue.pending === 0

interface Window {
  open(): boolean
  /** Resolves when there is room, or the signal aborts. */
  room(signal: AbortSignal): Promise<void>
  /** False: there is no room at this moment. */
  enter(): boolean
  /**
   * What entered last has been answered. When it arrived nobody knows, but not later than this: long windows are counted
   * from there. Only for those who enter one after another.
   */
  arrived(): void
  /** No room for so many milliseconds. */
  pause(ms: number): void
  paused(): boolean
}

/**
 * Where the other side counts by seconds it is lenient by more than an answer takes, and to wait for each answer would
 * cost much of the rate. In milliseconds.
 */
const shortMs = 5_000

/** For each rate: no more than `count` in any `perMs`. */
function slidingWindow(rates: readonly Rate[], clock: Clock): Window {
  const entered: number[] = []
  const answered: number[] = []
  const most = Math.max(0, ...rates.map(({ count }) => count))
  let pausedUntil = Number.NEGATIVE_INFINITY
  return {
    open: () => waitMs() <= 0,
    async room(signal) {
      for (let wait = waitMs(); wait > 0 && !signal.aborted; wait = waitMs()) {
        await clock.sleep(wait, signal).catch(() => undefined)
      }
    },
    enter() {
      if (waitMs() > 0) return false
      if (most === 0) return true
      for (const times of [entered, answered]) {
        times.push(clock.steady())
        if (times.length > 2 * most) times.splice(0, times.length - most)
      }
      return true
    },
    arrived() {
      if (answered.length > 0) answered[answered.length - 1] = clock.steady()
    },
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, clock.steady() + ms)
    },
    paused: () => pausedUntil > clock.steady(),
  }

  function waitMs(): number {
    const opens = rates.map(({ count, perMs }) => {
      const times = perMs > shortMs ? answered : entered
      const first = times[times.length - count]
      return first === undefined ? Number.NEGATIVE_INFINITY : first + perMs
    })
    const wait = Math.max(pausedUntil, ...opens) - clock.steady()
    return wait > 0 ? wait : 0
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
