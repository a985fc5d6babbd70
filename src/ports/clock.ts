/** Time. `sleep` rejects with the signal's reason when aborted. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  sleep(ms: number, signal: AbortSignal): Promise<void>
}

/** A number in [0, 1), for jitter and ids that need not be secret. */
export type Random = () => number
