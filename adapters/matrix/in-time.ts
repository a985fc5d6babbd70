import type { Clock } from '../../src/ports/clock.ts'

/** How long a message may wait for the picture of its speaker or room. */
export const pictureMs = 5_000

/** The work's result, or a rejection when it takes longer than `ms`; the work itself goes on. */
export async function inTime<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  work: Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const late = clock.sleep(ms, AbortSignal.any([signal, over.signal])).then(() => {
    throw new Error(`it took longer than ${ms} ms`)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([work, late])
  } finally {
    over.abort()
  }
}
