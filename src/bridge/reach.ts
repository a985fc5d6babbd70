import type { Failure } from '../core/errors.ts'
import type { Clock } from '../ports/clock.ts'

/** Whether the other side of a lane is there, as far as its deliveries tell. */
export interface Reach {
  /** A delivery ended: without a failure where it was taken. */
  ended(failure?: Failure): void
  isThere(): boolean
}

/**
 * It is away after so many failures with nothing delivered in between. One alone may be about what was sent, or about
 * bytes of it that could not be had.
 */
const failures = 3
/** While something waits it is tried more often than that; after it nobody knows any more. Milliseconds. */
const holdsMs = 10 * 60_000

export function createReach(clock: Pick<Clock, 'steady'>): Reach {
  let inRow = 0
  let lastAt = 0
  return {
    ended(failure) {
      inRow = failure && isAway(failure) ? inRow + 1 : 0
      lastAt = clock.steady()
    },
    isThere: () => inRow < failures || clock.steady() - lastAt > holdsMs,
  }
}

/** Whoever refuses something is there; and of what the bridge itself was stopped over, nothing is known. */
export const isAway = ({ code, reason }: Failure): boolean =>
  (code === 'network' || code === 'timeout' || code === 'server') && reason !== 'stopped'
