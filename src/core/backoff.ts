/**
 * How long to wait before attempt number `attempt` (1 is the first retry): exponential from 1 s, at most 5 min,
 * with full jitter so that many waiters spread out. `random` is in [0, 1). Milliseconds, at least 250.
 */
export function backoff(attempt: number, random: number): number {
  const ceiling = Math.min(300_000, 1000 * 2 ** Math.min(attempt - 1, 20))
  return Math.max(250, Math.round(ceiling * random))
}
