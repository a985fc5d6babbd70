import type { Lane } from '../core/ids.ts'
import type { Parts } from './parts.ts'

/** So long after the other side is back, what failed against it just before may have been put off once more. */
const againMs = 10_000

/** The other side is back: what was put off because of it goes on at once, also what was on its way when it returned. */
export function hastened(parts: Parts, lane: Lane, stopping: AbortSignal): void {
  const { clock } = parts
  freed(parts, lane)
  clock.sleep(againMs, stopping).then(
    () => freed(parts, lane),
    () => undefined,
  )
}

/** What was put off in a lane goes on at once. */
export function freed(parts: Parts, lane: Lane, then: () => void = () => undefined): void {
  const { store, clock, log } = parts
  const now = clock.now()
  store
    .unit((unit) => unit.hasten(lane, now, now))
    .catch((error: unknown) => log.warn({ lane, error: String(error) }, 'not hastened'))
    .finally(then)
}
