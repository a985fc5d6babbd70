import type { Clock } from '../../src/ports/clock.ts'
import { record, text } from './json.ts'

/** What is said within so many milliseconds counts as the load of now. */
const latelyMs = 1_000
/** For each of our own posts that came back lately but one, the homeserver is given so many milliseconds to gather. */
const eachMs = 40
/**
 * Longer it is never given. By then some ten posts or more are gathered under load, and ten times as many would cost the
 * homeserver hardly less for each. What a person says meanwhile waits as long at most, which is little beside what WeChat takes.
 */
const mostMs = 400

/**
 * What we say comes back to us, and each transaction is a call and three writes for the homeserver. It sends no other
 * while one is not answered (synapse/appservice/scheduler.py, `_send_request`): so the answer to a transaction that brings
 * nothing but our own waits the longer the more we say, and what we say meanwhile comes back in one. While we say little it
 * is answered at once, and what somebody else says always is.
 */
export function createGathering(
  owns: (user: string) => boolean,
  clock: Clock,
  signal: AbortSignal,
): (events: readonly unknown[]) => Promise<void> {
  const isOwn = (raw: unknown) => owns(text(record(raw)?.sender) ?? '')
  let lately: readonly { readonly at: number; readonly posts: number }[] = []

  /** How many of our own came lately, with these. */
  const load = (posts: number): number => {
    const now = clock.steady()
    lately = [...lately.filter(({ at }) => now - at < latelyMs), { at: now, posts }]
    return lately.reduce((sum, one) => sum + one.posts, 0)
  }

  return async (events) => {
    const own = events.filter(isOwn).length
    if (own === 0) return
    const ms = Math.min(mostMs, (load(own) - 1) * eachMs)
    if (own < events.length || ms <= 0) return
    await clock.sleep(ms, signal).catch(() => {})
  }
}
