import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Inhabitant } from './appservice.ts'
import type { RoomEvent } from './ingress.ts'
import type { Handing } from './intake.ts'
import type { Mailboxes } from './mailboxes.ts'
import type { Whose } from './whose.ts'

export interface DeliveringParts {
  readonly whose: Whose
  readonly mailboxes: Mailboxes
  readonly clock: Clock
  readonly log: Log
  /** Who is in now. */
  inhabitant(owner: string): Inhabitant | undefined
  /** Something was put into the mailbox of somebody who is in. */
  waiting(owner: string): void
}

/** Longer than this nobody waits for somebody else's part of the bridge. */
const othersWaitMs = 3_000

/**
 * An event as something to be kept: by the person whose it is or, while they cannot take it, in their mailbox. Nobody's
 * is kept by nobody.
 */
export function createDelivering(parts: DeliveringParts): (event: RoomEvent) => Handing {
  const { whose, mailboxes, clock } = parts
  return (event) => {
    let since: number | undefined
    return {
      event: event.id,
      room: event.room,
      async to() {
        const owner = await whose.event(event)
        if (owner === undefined) return
        const inhabitant = parts.inhabitant(owner)
        since ??= clock.steady()
        // There is nobody else who would wait, so the homeserver may: it has more room than we.
        const isPatient = whose.isAlone() || clock.steady() - since < othersWaitMs
        if (inhabitant && isPatient && (await mailboxes.isEmpty(owner))) {
          return await handingOf(inhabitant, event, parts.log)?.to()
        }
        await mailboxes.put(owner, event.raw)
        if (inhabitant) parts.waiting(owner)
      },
    }
  }
}

/** What an event is to somebody. One that makes them stumble must not stop those behind it, now and at every repeat. */
export function handingOf(inhabitant: Inhabitant, event: RoomEvent, log: Log): Handing | undefined {
  try {
    return inhabitant.read(event)
  } catch (error) {
    log.error({ event: event.id, error: String(error) }, 'An event could not be read; left out.')
    return undefined
  }
}
