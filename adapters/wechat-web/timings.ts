/** How long things may take, in milliseconds. Tests shorten them. */
export interface Timings {
  /** A long poll: the server holds it about 25 s (protocol §2.2, §4.2). */
  readonly poll: number
  readonly call: number
  /** The address book may be slow (protocol §3.5). */
  readonly contacts: number
  readonly upload: number
  readonly download: number
  /** First wait after a failure; doubles up to `backoffMax` (protocol §4.4). */
  readonly backoff: number
  readonly backoffMax: number
  /** Between polls that came back at once (protocol §2.2), and between syncs that brought nothing (§4.4). */
  readonly gap: number
  /** Between two questions about contacts: bursts fail (protocol §3.6, §7.9). */
  readonly batchGap: number
  /** First wait after a rate limit while receiving. */
  readonly limited: number
  /** How long a login code is believed to live (protocol §2.2). */
  readonly codeLife: number
  /** Waits before the second, third, … try of a download (protocol §6.3, §6.6). */
  readonly mediaRetries: readonly number[]
}

export const defaultTimings: Timings = {
  poll: 35_000,
  call: 30_000,
  contacts: 90_000,
  upload: 120_000,
  download: 60_000,
  backoff: 1_000,
  backoffMax: 60_000,
  gap: 1_000,
  batchGap: 2_000,
  limited: 60_000,
  codeLife: 300_000,
  mediaRetries: [2_000, 5_000, 10_000],
}

/** The wait before try `attempt` (1, 2, …): doubling, with up to a fifth of jitter. */
export function backoff(timings: Timings, attempt: number, random: () => number): number {
  const plain = Math.min(timings.backoffMax, timings.backoff * 2 ** Math.min(attempt - 1, 20))
  return Math.round(plain * (0.8 + random() * 0.2))
}
