import { z } from 'zod'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Asking } from './asking.ts'
import { GatewayFault } from './faults.ts'
import type { Intake } from './intake.ts'
import type { Kept } from './kept-login.ts'
import { pauseAfter, type Timings } from './timings.ts'
import type { Turns } from './turns.ts'

export interface PullParts {
  readonly asking: Asking
  readonly turns: Turns
  readonly intake: Intake
  readonly clock: Clock
  readonly random: Random
  readonly timings: Timings
  readonly log: Log
  kept(): Kept
  keep(more: { readonly cursor: string | undefined }): Promise<void>
  /** All that had been waiting is told. */
  caughtUp(): void
}

/** As in `wire.ts`, but that each event is judged by itself. */
const list = z.object({ events: z.array(z.unknown()).max(500), next: z.string().max(1000) })

/** Asks for events, and keeps the cursor once they are kept, until the signal aborts. Throws a GatewayFault. */
export async function pull(parts: PullParts, signal: AbortSignal): Promise<void> {
  const { kept, timings, clock, log } = parts
  for (let isLive = false; ; ) {
    const { cursor } = kept()
    const asked = clock.steady()
    try {
      const answer = await next(parts, cursor, isLive ? timings.pollMs : 0, signal)
      await takeAll(parts, answer.events, isLive, signal)
      if (answer.next !== cursor) await parts.keep({ cursor: answer.next })
      if (answer.events.length > 0) {
        // The same again and again is no reason to hurry.
        if (answer.next === cursor) await clock.sleep(1000, signal)
        continue
      }
    } catch (thrown) {
      if (!(thrown instanceof GatewayFault && thrown.status === 410)) throw thrown
      if (cursor === undefined) throw thrown
      log.error({}, 'The gateway does not know any more what came next: something may be missing')
      await parts.keep({ cursor: undefined })
      continue
    }
    if (!isLive) parts.caughtUp()
    // Who does not wait is not asked without a pause.
    else if (clock.steady() - asked < 500) await clock.sleep(1000, signal)
    isLive = true
  }
}

function next(
  { asking }: PullParts,
  cursor: string | undefined,
  waitMs: number,
  signal: AbortSignal,
) {
  const after = cursor === undefined ? '' : `&after=${encodeURIComponent(cursor)}`
  return asking.insist(`/v1/events?wait=${Math.round(waitMs / 1000)}${after}`, list, signal, waitMs)
}

/** Again and again, until they are kept. What was said of the login before now is over. */
async function takeAll(
  { turns, intake, clock, random, timings, log }: PullParts,
  events: readonly unknown[],
  logins: boolean,
  signal: AbortSignal,
): Promise<void> {
  for (let failures = 1; ; failures++) {
    try {
      await turns.run(() => intake.take(events, { logins }))
      return
    } catch (thrown) {
      signal.throwIfAborted()
      const error = thrown instanceof Error ? thrown.name : 'error'
      log.warn({ error, failures }, 'Events of the gateway could not be kept yet')
      await clock.sleep(pauseAfter(timings, failures, random), signal)
    }
  }
}
