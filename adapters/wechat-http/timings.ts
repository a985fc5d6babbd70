import type { Random } from '../../src/ports/clock.ts'

/** How long things may take, in milliseconds. Tests shorten them. */
export interface Timings {
  /** An answer to anything that sends nothing. */
  readonly askMs: number
  /** An answer to a text, a recall. */
  readonly sendMs: number
  /** An answer to media, which the gateway may have to fetch first. */
  readonly mediaMs: number
  /** How long the gateway may hold a question for events. */
  readonly pollMs: number
  /** Between two looks at where the login stands. */
  readonly beatMs: number
  /** The first pause after a failure; the next ones double, up to the last. */
  readonly firstPauseMs: number
  readonly lastPauseMs: number
  /** How long an own message without a client_id waits for the answers to sends on their way. */
  readonly echoMs: number
}

export const defaultTimings: Timings = {
  askMs: 20_000,
  sendMs: 60_000,
  // Less than the core waits for a send (5 minutes).
  mediaMs: 270_000,
  pollMs: 25_000,
  beatMs: 20_000,
  firstPauseMs: 1_000,
  lastPauseMs: 300_000,
  echoMs: 5_000,
}

/** The pause after so many failures in a row (from 1), with a quarter of jitter. */
export function pauseAfter(timings: Timings, failures: number, random: Random): number {
  const { firstPauseMs, lastPauseMs } = timings
  const pause = Math.min(firstPauseMs * 2 ** Math.min(failures - 1, 20), lastPauseMs)
  return pause * (0.75 + random() / 4)
}
