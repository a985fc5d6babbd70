import { BridgeError } from '../core/errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Open } from '../ports/outlet.ts'

/** How long something may do nothing, in milliseconds. */
export interface Patience {
  readonly stuckMs: number
  /** What it is, for sentences: "sending". */
  readonly what: string
}

/** How long what was aborted may take to end: after being stuck, and when the bridge stops. */
const endingMs = 10_000
const stoppingMs = 2_000
/** Made once: a stack for each delivery would cost more than the rest of this. */
const ended = new Error('it has ended')

/**
 * Runs `work`, but not for ever: when it makes no progress for `stuckMs`, or `signal` aborts, its signal is aborted; and
 * when it does not end then either, it is abandoned. Then this rejects with a BridgeError (`timeout`, not certain), and
 * `late` is told should the work bring something after all.
 */
export async function watched<T>(
  clock: Clock,
  { stuckMs, what }: Patience,
  signal: AbortSignal,
  work: (signal: AbortSignal, progress: () => void) => Promise<T>,
  late: (value: T) => void = () => undefined,
): Promise<T> {
  // There are two of these for each post: joining signals (`any`) would cost more than the rest of it.
  const stop = new AbortController()
  const watching = new AbortController()
  let ending: AbortController | undefined
  let moved = clock.steady()
  let isStuck = false
  let isOver = false
  let abandoned = false
  const aborted = () => {
    stop.abort(signal.reason)
    watching.abort(signal.reason)
  }
  if (signal.aborted) aborted()
  else signal.addEventListener('abort', aborted, { once: true })
  const progress = () => {
    moved = clock.steady()
  }
  const working = (async () => work(stop.signal, progress))()
  working.then(
    (value) => {
      if (abandoned) late(value)
    },
    () => undefined,
  )
  try {
    return await Promise.race([working, watch()])
  } catch (thrown) {
    if (!isStuck || thrown instanceof BridgeError) throw thrown
    throw stuckAt(what)
  } finally {
    signal.removeEventListener('abort', aborted)
    isOver = true
    watching.abort(ended)
    ending?.abort(ended)
  }

  async function watch(): Promise<never> {
    const until = watching.signal
    for (let left = stuckMs; left > 0 && !until.aborted; left = moved + stuckMs - clock.steady()) {
      await clock.sleep(left, until).catch(() => undefined)
    }
    if (isOver) throw ended
    isStuck = !signal.aborted
    if (isStuck) stop.abort(stuckAt(what))
    ending = new AbortController()
    await clock.sleep(isStuck ? endingMs : stoppingMs, ending.signal)
    abandoned = true
    throw stuckAt(what)
  }
}

/** Bytes that flow are progress. */
export function noticing(open: Open, progress: () => void): Open {
  return async (media) => {
    const opened = await open(media)
    progress()
    const reader = opened.stream.getReader()
    const stream = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await reader.read()
          progress()
          if (done) controller.close()
          else controller.enqueue(value)
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    )
    return { ...opened, stream }
  }
}

function stuckAt(what: string): BridgeError {
  const failure = { code: 'timeout', heal: 'retry', certain: false } as const
  return new BridgeError(`Nothing moved any more while ${what}: it was given up.`, failure)
}
