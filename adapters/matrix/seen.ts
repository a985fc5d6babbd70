import type { RoomId } from '../../src/core/ids.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { EventLog } from './event-log.ts'
import { type Homeserver, path } from './homeserver.ts'
import { record, text } from './json.ts'
import type { Puppeting } from './puppet.ts'

export interface SeenParts {
  readonly homeserver: Homeserver
  readonly puppeting: Pick<Puppeting, 'settled'>
  readonly events: Pick<EventLog, 'latest'>
  readonly log: Log
}

const keptRooms = 5_000

/**
 * What was seen on the phone is read in the room: the owner's read marker goes to the latest event known there, as far as
 * the bridge may act as the owner. Never throws.
 */
export function createSeen({ homeserver, puppeting, events, log }: SeenParts) {
  /** How far it was read in each room by us, so that nothing is said twice. */
  const marked = new Map<RoomId, string>()

  const latest = async (room: RoomId, signal: AbortSignal): Promise<string | undefined> => {
    const known = events.latest(room)
    if (known !== undefined) return known
    const where = path`/_matrix/client/v3/rooms/${room}/messages`
    const query = { dir: 'b', limit: 1 }
    const call = { method: 'GET', path: where, query, what: 'look for the latest message' } as const
    const { chunk } = await homeserver.call(call, signal)
    return text(record(Array.isArray(chunk) ? chunk[0] : undefined)?.event_id)
  }

  return async (room: RoomId, signal: AbortSignal): Promise<void> => {
    const puppet = await puppeting.settled(signal).catch(() => undefined)
    if (!puppet) return
    try {
      const event = await latest(room, signal)
      if (event === undefined || marked.get(room) === event) return
      const where = path`/_matrix/client/v3/rooms/${room}/read_markers`
      const body = { 'm.fully_read': event, 'm.read': event }
      await puppet.call({ method: 'POST', path: where, body, what: 'mark a room as read' }, signal)
      marked.set(room, event)
      const [oldest] = marked.keys()
      if (marked.size > keptRooms && oldest !== undefined) marked.delete(oldest)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.debug({ room, reason }, 'A room could not be marked as read.')
    }
  }
}
