import { type Homeserver, path } from './homeserver.ts'
import type { Names } from './ids.ts'
import { type Membership, unseen } from './membership.ts'
import type { RoomBook } from './room-book.ts'

export interface StandInParts {
  /** Patient: nobody waits for it. */
  readonly homeserver: Homeserver
  readonly membership: Pick<Membership, 'leave'>
  readonly names: Names
  readonly book: Pick<RoomBook, 'portalAt'>
}

/**
 * The user that stands for the owner goes where the owner speaks for themselves, or people would see two of them. It comes
 * back by speaking again. Throws BridgeErrors.
 */
export function createStandIn({ homeserver, membership, names, book }: StandInParts) {
  return async (signal: AbortSignal): Promise<void> => {
    const what = 'see where the user is that stands for the owner'
    const call = { method: 'GET', path: path`/_matrix/client/v3/joined_rooms`, what } as const
    try {
      const { joined_rooms: rooms } = await homeserver.call({ ...call, as: names.me }, signal)
      for (const room of Array.isArray(rooms) ? rooms : []) {
        if (typeof room !== 'string' || (await book.portalAt(room)) === undefined) continue
        await leave(room, signal)
      }
    } catch (error) {
      // There is no such user: it has never spoken.
      if (!unseen(error)) throw error
    }
  }

  async function leave(room: string, signal: AbortSignal): Promise<void> {
    await membership.leave(names.me, room, signal).catch((error: unknown) => {
      if (!unseen(error)) throw error
    })
  }
}
