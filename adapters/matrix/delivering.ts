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
        if (inhabitant && whose.isAlone() && (await mailboxes.isEmpty(owner))) {
          return await handingOf(inhabitant, event, parts.log)?.to()
        }
        const left = othersWaitMs - (clock.steady() - since)
        if (inhabitant && left > 0 && (await mailboxes.isEmpty(owner))) {
          const handing = handingOf(inhabitant, event, parts.log)
          if (!handing || (await isTaken(handing, left))) return
        }
        await mailboxes.put(owner, event.raw)
        if (inhabitant) parts.waiting(owner)
      },
    }
  }

  /** False: it takes too long. It may still succeed, and who takes an event twice knows it again. */
  async function isTaken(handing: Handing, ms: number): Promise<boolean> {
    const over = new AbortController()
    const late = clock.sleep(ms, over.signal).then(
      () => false,
      () => false,
    )
    const taken = handing.to().then(() => true)
    try {
      return await Promise.race([taken, late])
    } finally {
      over.abort()
      taken.catch(() => undefined)
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
