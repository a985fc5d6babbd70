import type { Log } from '../../src/ports/telemetry.ts'
import { type Homeserver, path } from './homeserver.ts'
import { count, type Json, record, text } from './json.ts'

/** Kinds of events that mean something to the bridge when they happen in a room. */
const types = [
  'm.room.message',
  'm.sticker',
  'm.reaction',
  'm.room.redaction',
  'm.room.tombstone',
  'm.room.member',
  'm.room.encrypted',
  'm.room.encryption',
  'm.beacon_info',
  'org.matrix.msc3672.beacon_info',
  'm.poll.start',
  'org.matrix.msc3381.poll.start',
  'm.poll.response',
  'm.call.invite',
] as const

/** Most rooms have nothing new: the first look at one is a short one. */
const firstPage = 10
const page = 100
const most = 1_000

/** What is to be read of a room's timeline. */
export interface Reach {
  readonly room: string
  /** Nothing that is older (milliseconds, by the clocks of the homeservers). */
  readonly after: number
  /** Milliseconds, by our clock. */
  readonly now: number
  readonly bot: string
  /** What is older than this one, and it itself, is not wanted. */
  isEnough(event: Json): boolean
}

/**
 * What happened lately in a room, oldest first. Nothing from before the bot came into it, which is not the bridge's.
 * Throws BridgeErrors.
 */
export async function lately(
  homeserver: Homeserver,
  { room, after, now, bot, isEnough }: Reach,
  log: Log,
  signal: AbortSignal,
): Promise<readonly Json[]> {
  const where = path`/_matrix/client/v3/rooms/${room}/messages`
  const filter = JSON.stringify({ types, lazy_load_members: true })
  const found: Json[] = []
  let from: string | undefined
  do {
    if (found.length >= most) {
      log.warn({ room, read: most }, 'So much was said in a room that what is older was not read.')
      break
    }
    const limit = from === undefined ? firstPage : page
    const query = { dir: 'b', limit, filter, ...(from !== undefined && { from }) }
    const call = { method: 'GET', path: where, query, what: 'read what is new in a room' } as const
    const answer = await homeserver.call(call, signal)
    const chunk = (Array.isArray(answer.chunk) ? answer.chunk : []).flatMap((raw: unknown) => {
      const event = record(raw)
      return event ? [{ ...event, room_id: room }] : []
    })
    from = text(answer.end)
    let isOver = chunk.length === 0
    for (const event of chunk) {
      isOver = timeOf(event, now) < after || isEnough(event)
      if (isOver) break
      found.push(event)
      isOver = isComing(event, bot)
      if (isOver) break
    }
    if (isOver) break
  } while (from !== undefined)
  return found.reverse()
}

/** Has the bot come into the room with it? */
function isComing(event: Json, bot: string): boolean {
  if (event.type !== 'm.room.member' || event.state_key !== bot) return false
  const before = record(record(event.unsigned)?.prev_content)
  return record(event.content)?.membership === 'join' && before?.membership !== 'join'
}

/** When it came to the homeserver. The event says when it was said, which is earlier for what was told late (`?ts=`). */
function timeOf(event: Json, now: number): number {
  const age = count(record(event.unsigned)?.age)
  return Math.max(count(event.origin_server_ts) ?? 0, age === undefined ? 0 : now - age)
}
