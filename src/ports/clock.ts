/** Time. `sleep` rejects with the signal's reason when aborted. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Milliseconds since some moment. Never goes back, and does not jump when the machine's time is set. */
  steady(): number
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** A number in [0, 1), for jitter and ids that need not be secret. */
export type Random = () => number
