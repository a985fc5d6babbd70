import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Inhabitant } from './appservice.ts'
import { handingOf } from './delivering.ts'
import { roomEvent } from './ingress.ts'
import type { Mailboxes } from './mailboxes.ts'

/** Hands over what was kept for somebody, whenever there is something. */
export interface Fetching {
  fetch(): void
  settled(): Promise<void>
}

export function createFetching(
  { mailboxes, clock, log }: { mailboxes: Mailboxes; clock: Clock; log: Log },
  inhabitant: Inhabitant,
  signal: AbortSignal,
): Fetching {
  let work: Promise<void> | undefined
  let again = false
  const one = async (raw: unknown) => {
    const event = roomEvent(raw, clock.now())
    if (event) await handingOf(inhabitant, event, log)?.to()
  }
  const fetch = () => {
    again = true
    if (work || signal.aborted) return
    again = false
    work = mailboxes.empty(inhabitant.owner, one, signal).finally(() => {
      work = undefined
      // Something may have come in the last moment.
      if (again) fetch()
    })
  }
  return { fetch, settled: async () => work }
}
