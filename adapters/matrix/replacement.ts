import { type Homeserver, path } from './homeserver.ts'
import { type Json, record, text } from './json.ts'
import { unseen } from './membership.ts'
import type { RoomState } from './room-state.ts'

/** What a room that is to take the place of another says about itself. */
export interface Replacement {
  readonly predecessor: string | undefined
  /** Who made it. */
  readonly maker: string | undefined
  readonly levels: Json | undefined
}

/** Looks at a room that the bot is in. */
export async function replacementAt(
  { homeserver, state }: { readonly homeserver: Homeserver; readonly state: RoomState },
  room: string,
  signal: AbortSignal,
): Promise<Replacement> {
  const create = await state.get(room, 'm.room.create', '', signal)
  return {
    predecessor: text(record(create?.predecessor)?.room_id),
    maker: await makerOf(homeserver, room, signal),
    levels: await state.get(room, 'm.room.power_levels', '', signal),
  }
}

/** Who sent the first event of a room; the state alone does not say it since version 11. */
export async function makerOf(
  homeserver: Homeserver,
  room: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const where = path`/_matrix/client/v3/rooms/${room}/messages`
  const query = { dir: 'f', limit: 1, filter: '{"types":["m.room.create"]}' }
  const call = { method: 'GET', path: where, query, what: 'see who made a room' } as const
  try {
    const answer = await homeserver.call(call, signal)
    const first = Array.isArray(answer.chunk) ? record(answer.chunk[0]) : undefined
    return first?.type === 'm.room.create' ? text(first.sender) : undefined
  } catch (error) {
    if (unseen(error)) return undefined
    throw error
  }
}
