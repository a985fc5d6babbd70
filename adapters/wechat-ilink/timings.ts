/** How long things may take, in milliseconds. Tests shorten them. */
export interface Timings {
  /** How long a long poll is held where WeChat does not say it (`ecosystem §1.3`). */
  readonly hold: number
  /** How much longer than it is held an answer is waited for. */
  readonly grace: number
  readonly call: number
  /** The last call when it is stopped: nobody waits for it longer. */
  readonly goodbye: number
  readonly upload: number
  readonly download: number
  /** First wait after a failure; doubles up to `backoffMax`. */
  readonly backoff: number
  readonly backoffMax: number
  /** Between polls that came back at once. */
  readonly gap: number
  /** So long nothing may work before it is told that WeChat cannot be reached. */
  readonly outage: number
  /** How long a login code is believed to live. */
  readonly codeLife: number
  /** How long a send rests that WeChat refused for its quota. */
  readonly quota: number
  /** Waits before the second, third, … try of a download. */
  readonly mediaRetries: readonly number[]
}

export const defaultTimings: Timings = {
  hold: 35_000,
  grace: 10_000,
  call: 15_000,
  goodbye: 1_000,
  upload: 600_000,
  download: 60_000,
  backoff: 1_000,
  backoffMax: 300_000,
  gap: 1_000,
  outage: 60_000,
  codeLife: 300_000,
  quota: 300_000,
  mediaRetries: [2_000, 5_000],
}

/** The wait before try `attempt` (1, 2, …): doubling, with up to a fifth of jitter. */
export function backoff(timings: Timings, attempt: number, random: () => number): number {
  const plain = Math.min(timings.backoffMax, timings.backoff * 2 ** Math.min(attempt - 1, 20))
  return Math.round(plain * (0.8 + random() * 0.2))
}
