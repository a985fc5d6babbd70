import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { type Homeserver, path } from './homeserver.ts'
import { inTime } from './in-time.ts'
import type { RoomEvent } from './ingress.ts'
import { record, text } from './json.ts'
import { guardedName } from './look-alike.ts'

/** What the people of a room are called there. */
export interface Calling {
  /** An event may say that somebody has come, gone, or is called something else. */
  saw(event: RoomEvent): void
  /** What to call somebody in front of what they say: guarded against names that look like another's. Never throws. */
  nameOf(user: string, room: string, signal: AbortSignal): Promise<string>
}

export interface CallingParts {
  readonly homeserver: Homeserver
  readonly clock: Clock
  readonly log: Log
  /** Names that nobody else may seem to have, beside those of the people in the room. */
  readonly reserved: readonly string[]
}

const mostRooms = 200
const patienceMs = 5_000
/** A room that could not be asked about is asked about again no sooner. */
const againMs = 60_000

type Members = Map<string, string>

/** What people are called, asked once for each room in which others than the owner write, and followed from then on. */
export function createCalling({ homeserver, clock, log, reserved }: CallingParts): Calling {
  const rooms = new Map<string, Promise<Members | undefined>>()
  const failed = new Map<string, number>()
  const others = reserved.map((name) => ({ user: '', name }))

  const ask = async (room: string, signal: AbortSignal): Promise<Members | undefined> => {
    const where = path`/_matrix/client/v3/rooms/${room}/joined_members`
    const call = { method: 'GET', path: where, what: 'ask who is in a room' } as const
    try {
      const answer = await inTime(clock, patienceMs, signal, homeserver.call(call, signal))
      const joined = Object.entries(record(answer.joined) ?? {})
      return new Map(joined.map(([user, one]) => [user, text(record(one)?.display_name) ?? '']))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.info({ room, reason }, 'It is not known what people in a room are called.')
      return undefined
    }
  }

  const asking = async (room: string, signal: AbortSignal): Promise<Members | undefined> => {
    const before = failed.get(room)
    const isLate = before !== undefined && clock.now() - before < againMs
    const found = isLate ? undefined : await ask(room, signal)
    if (found) return found
    rooms.delete(room)
    if (!isLate) keep(failed, room, clock.now())
    return undefined
  }

  const members = (room: string, signal: AbortSignal): Promise<Members | undefined> => {
    let known = rooms.get(room)
    if (!known) {
      known = asking(room, signal)
      keep(rooms, room, known)
    }
    return known
  }

  return {
    saw({ type, room, stateKey, content }) {
      if (type !== 'm.room.member' || stateKey === undefined) return
      const name = text(content.displayname) ?? ''
      // Behind what is being asked just now: the answer may be older than this.
      void rooms.get(room)?.then((known) => {
        if (content.membership === 'join') known?.set(stateKey, name)
        else known?.delete(stateKey)
      })
    },

    async nameOf(user, room, signal) {
      const all = await members(room, signal)
      // Who cannot be told from others is called by their id.
      if (!all) return guardedName({ user, name: '' }, [])
      const named = [...all].map(([id, name]) => ({ user: id, name }))
      return guardedName({ user, name: all.get(user) ?? '' }, [...others, ...named])
    },
  }
}

function keep<V>(map: Map<string, V>, name: string, value: V): void {
  map.set(name, value)
  const [oldest] = map.keys()
  if (map.size > mostRooms && oldest !== undefined) map.delete(oldest)
}
