import type { Clock } from '../../src/ports/clock.ts'

/** So long after a sign, in milliseconds. */
const againMs = [2_000, 8_000] as const

/**
 * While Synapse ends catching up with an application service that was away, it stores what is said at that moment and sends
 * none of it before another transaction fails (synapse/appservice/scheduler.py, `_Recoverer`). So all rooms are looked
 * into again soon after each sign that one of the two was away. Each sign begins the waits anew.
 */
export function createLookingAgain(
  clock: Pick<Clock, 'sleep'>,
  signal: AbortSignal,
  look: () => void,
): () => void {
  let waiting = new AbortController()
  return () => {
    waiting.abort()
    waiting = new AbortController()
    const until = AbortSignal.any([signal, waiting.signal])
    for (const ms of againMs) void clock.sleep(ms, until).then(look, () => {})
  }
}
