import { BridgeError } from '../../src/core/errors.ts'
import { statusOf } from './errors.ts'
import { type Homeserver, path } from './homeserver.ts'
import type { Names } from './ids.ts'
import { record, text } from './json.ts'

/** Who is in which room. The bot invites, ghosts join. */
export interface Membership {
  /** Invites somebody; harmless for those who are in the room. */
  invite(user: string, room: string, signal: AbortSignal): Promise<void>
  /**
   * Lets one of our ghosts into a room, as what it is called there if that is another name than everywhere. Throws
   * `gone` if the bridge itself is no longer there.
   */
  admit(user: string, room: string, signal: AbortSignal, called?: Called): Promise<void>
  /** One of our ghosts follows an invitation. */
  accept(user: string, room: string, signal: AbortSignal): Promise<void>
  /** What one of our ghosts, who is there, is called in a room from now on. */
  rename(user: string, room: string, called: Called, signal: AbortSignal): Promise<void>
  /** Everybody who is in a room. */
  all(room: string, signal: AbortSignal): Promise<readonly string[]>
  /** Takes somebody out of a room, or their invitation back. */
  remove(user: string, room: string, signal: AbortSignal): Promise<void>
  /** Declines an invitation, or leaves. */
  leave(user: string, room: string, signal: AbortSignal): Promise<void>
  /** `join`, `invite`, `leave`, `ban`, or undefined: never there, or we cannot see into the room. */
  of(user: string, room: string, signal: AbortSignal): Promise<string | undefined>
}

/** Name and picture (`mxc:`) of a user in one room. */
export interface Called {
  readonly name: string
  readonly mxc?: string | undefined
}

export function createMembership(homeserver: Homeserver, names: Names): Membership {
  const acting = (user: string) => (user === names.bot ? {} : { as: user })

  const invite: Membership['invite'] = async (user, room, signal) => {
    const where = path`/_matrix/client/v3/rooms/${room}/invite`
    const call = { method: 'POST', path: where, body: { user_id: user } } as const
    try {
      await homeserver.call({ ...call, what: 'invite somebody into a room' }, signal)
    } catch (error) {
      // In the room already, or banned: joining will tell which.
      if (statusOf(error) !== 403) throw error
    }
  }

  const of: Membership['of'] = async (user, room, signal) => {
    const where = path`/_matrix/client/v3/rooms/${room}/state/m.room.member/${user}`
    const call = { method: 'GET', path: where, what: 'look at who is in a room' } as const
    try {
      return text((await homeserver.call(call, signal)).membership)
    } catch (error) {
      if (unseen(error)) return undefined
      throw error
    }
  }

  /** With a name of its own for this room in one step: else everybody would be told of a change of name. */
  const join = async (
    user: string,
    room: string,
    called: Called | undefined,
    signal: AbortSignal,
  ) => {
    const what = 'let a ghost into a room'
    if (!called) {
      const where = path`/_matrix/client/v3/rooms/${room}/join`
      await homeserver.call({ method: 'POST', path: where, ...acting(user), what }, signal)
      return
    }
    const where = path`/_matrix/client/v3/rooms/${room}/state/m.room.member/${user}`
    const { name, mxc } = called
    const body = { membership: 'join', displayname: name, ...(mxc && { avatar_url: mxc }) }
    await homeserver.call({ method: 'PUT', path: where, body, ...acting(user), what }, signal)
  }

  return {
    invite,
    of,
    accept: (user, room, signal) => join(user, room, undefined, signal),
    rename: (user, room, called, signal) => join(user, room, called, signal),
    async all(room, signal) {
      const where = path`/_matrix/client/v3/rooms/${room}/joined_members`
      const call = { method: 'GET', path: where, what: 'look at who is in a room' } as const
      try {
        return Object.keys(record((await homeserver.call(call, signal)).joined) ?? {})
      } catch (error) {
        if (unseen(error)) return []
        throw error
      }
    },
    async admit(user, room, signal, called) {
      await invite(user, room, signal)
      try {
        await join(user, room, called, signal)
      } catch (error) {
        if (unseen(error) && (await of(names.bot, room, signal)) !== 'join') throw roomGone(error)
        throw error
      }
    },
    async remove(user, room, signal) {
      const where = path`/_matrix/client/v3/rooms/${room}/kick`
      const call = { method: 'POST', path: where, body: { user_id: user } } as const
      try {
        await homeserver.call({ ...call, what: 'take somebody out of a room' }, signal)
      } catch (error) {
        if (!unseen(error)) throw error
      }
    },
    async leave(user, room, signal) {
      const where = path`/_matrix/client/v3/rooms/${room}/leave`
      const what = 'decline an invitation'
      await homeserver.call({ method: 'POST', path: where, ...acting(user), what }, signal)
    },
  }
}

/** A room that the bridge can no longer reach. */
class RoomGone extends BridgeError {}

export const isRoomGone = (error: unknown): boolean => error instanceof RoomGone

/** The error of a room that the bridge can no longer reach. */
export function roomGone(cause: unknown): BridgeError {
  return new RoomGone(
    'The Matrix room is gone, or the bridge was removed from it; the message was not delivered. ' +
      'It is tried again in a new room.',
    { code: 'gone', heal: 'retry', certain: true },
    { cause },
  )
}

/** The homeserver says that something is not there, or not for us to see. */
export function unseen(error: unknown): boolean {
  const status = statusOf(error)
  return status === 403 || status === 404
}
