import type { Clock } from '../../src/ports/clock.ts'
import { record, text } from './json.ts'

/** How long the homeserver is given to gather, in milliseconds: nobody notices so much, and some ten posts fit in. */
const gatherMs = 100

/**
 * What we say comes back to us, and each transaction costs the homeserver a third of what a message does. It sends no other
 * while one is not answered: so the answer to a transaction that brings nothing but our own waits a little, and what we
 * say meanwhile comes back in one. What somebody else says is answered at once.
 */
export function createGathering(
  owns: (user: string) => boolean,
  clock: Clock,
  signal: AbortSignal,
): (events: readonly unknown[]) => Promise<void> {
  const isOwn = (raw: unknown) => owns(text(record(raw)?.sender) ?? '')
  return async (events) => {
    if (events.length === 0 || !events.every(isOwn)) return
    await clock.sleep(gatherMs, signal).catch(() => {})
  }
}
