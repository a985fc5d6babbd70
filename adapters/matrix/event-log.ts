import { eventId } from '../../src/core/ids.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import { statusOf } from './errors.ts'
import { type Homeserver, path } from './homeserver.ts'
import { type RoomEvent, roomEvent } from './ingress.ts'
import { type Json, record, text } from './json.ts'

/** What is known of an event that is in a room. */
export interface Whereabouts {
  readonly sender: string
  /** It can be changed: it is a message, and not taken back. */
  readonly isMessage: boolean
  /** It only changed another one, which is the one to point at. */
  readonly changes?: string
}

/** Which event is in which room. What was seen in this run is known without asking. */
export interface EventLog {
  /** An event that came, or that we made. Cheap: called for every event. */
  saw(event: RoomEvent): void
  /** One of our own, as the homeserver confirmed it. */
  made(room: string, event: string, sender: string, changes?: string): void
  /** Undefined: there is no such event in the room, or not for us to see. Throws BridgeErrors. */
  find(room: string, event: string, signal: AbortSignal): Promise<Whereabouts | undefined>
  /** The latest event known of a room, by the order in which they came. */
  latest(room: string): string | undefined
  /** Whether one came before another, as far as that is known. */
  isBefore(event: string, other: string): boolean
}

interface Entry extends Whereabouts {
  readonly room: string
  readonly order: number
}

const keptEvents = 20_000
const keptRooms = 5_000

export function createEventLog(homeserver: Homeserver): EventLog {
  const entries = new Map<string, Entry>()
  const rooms = new Map<string, string>()
  let counter = 0

  const note = (room: string, event: string, entry: Whereabouts) => {
    keep(entries, event, { ...entry, room, order: counter++ }, keptEvents)
  }

  const ask = async (room: string, id: string, signal: AbortSignal) => {
    const where = path`/_matrix/client/v3/rooms/${room}/event/${id}`
    const call = { method: 'GET', path: where, what: 'look at a message that is answered' } as const
    try {
      return roomEvent({ room_id: room, ...(await homeserver.call(call, signal)) }, 0)
    } catch (error) {
      const status = statusOf(error)
      if (status === 404 || status === 403) return undefined
      throw error
    }
  }

  return {
    saw(event) {
      if (event.type === 'm.room.redaction') {
        const target = text(event.raw.redacts) ?? text(event.content.redacts) ?? ''
        const entry = entries.get(target)
        if (entry) entries.set(target, { ...entry, isMessage: false })
      }
      if (!entries.has(event.id)) note(event.room, event.id, whereaboutsOf(event))
      keep(rooms, event.room, event.id, keptRooms)
    },
    made(room, event, sender, changes) {
      if (!entries.has(event))
        note(room, event, { sender, isMessage: true, ...(changes && { changes }) })
      keep(rooms, room, event, keptRooms)
    },
    async find(room, event, signal) {
      const known = entries.get(event)
      if (known) return known.room === room ? known : undefined
      const found = await ask(room, event, signal)
      if (!found || found.room !== room) return undefined
      const entry = whereaboutsOf(found)
      // Not by `note`: it is old, whenever it was looked at.
      keep(entries, event, { ...entry, room, order: -1 }, keptEvents)
      return entry
    },
    latest: (room) => rooms.get(room),
    isBefore(event, other) {
      const one = entries.get(event)
      const two = entries.get(other)
      return one !== undefined && two !== undefined && one.order < two.order
    },
  }
}

/** The event that an event's content changes, if that is what it is for. */
export function changedBy(content: Json): string | undefined {
  const relation = record(content['m.relates_to'])
  return relation?.rel_type === 'm.replace' ? text(relation.event_id) : undefined
}

/** An echo of a post that took the place of another: it is what the other one is now. */
export function asChanged(event: RoomEvent, told: HubEvent | undefined): HubEvent | undefined {
  const changes = told?.type === 'echo' ? changedBy(event.content) : undefined
  return told && changes !== undefined ? { ...told, id: eventId(changes) } : told
}

function whereaboutsOf({ sender, type, content, raw }: RoomEvent): Whereabouts {
  const changes = changedBy(content)
  const isRedacted = record(raw.unsigned)?.redacted_because !== undefined
  return {
    sender,
    isMessage: type === 'm.room.message' && !isRedacted,
    ...(changes && { changes }),
  }
}

/** The last one written is the last one dropped. */
function keep<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key)
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
