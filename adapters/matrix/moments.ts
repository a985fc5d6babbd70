import type { Clock } from '../../src/ports/clock.ts'
import type { HubSink } from '../../src/ports/hub.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Inhabitant } from './appservice.ts'
import { readsOf } from './ephemeral.ts'
import type { Names } from './ids.ts'

export interface MomentsParts {
  readonly names: Names
  readonly clock: Clock
  readonly log: Log
  /** Where it is told, once somebody listens. */
  sink(): HubSink | undefined
  /** The room where the owner talks to the bridge, once there is one. */
  home(): Promise<string | undefined>
}

/** So many receipts are told at the same time; who reads that much will read more. */
const mostAtOnce = 100

/** What happens at a moment and is never told twice: that somebody has read, and that the homeserver is back. */
export function createMoments(
  parts: MomentsParts,
): Required<Pick<Inhabitant, 'fleeting' | 'returned' | 'home'>> {
  const { names, clock, log } = parts
  let running = 0
  return {
    home: parts.home,
    fleeting(event) {
      for (const read of readsOf(event, clock.now())) {
        const sink = parts.sink()
        if (!sink || names.owns(read.from) || running >= mostAtOnce) continue
        running++
        sink
          .event(read, JSON.stringify({ type: event.type, room_id: event.room }))
          .catch((error: unknown) => log.debug({ error: String(error) }, 'A receipt was not told.'))
          .finally(() => running--)
      }
    },
    // What waits for another try is tried now: that it is open is not news, but a good moment.
    returned: () => parts.sink()?.standing?.({ open: true, rooms: [] }),
  }
}
