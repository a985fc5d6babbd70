import { type Homeserver, path } from './homeserver.ts'
import type { Json } from './json.ts'
import { unseen } from './membership.ts'

/** The state of rooms, as the bot sees and sets it. */
export interface RoomState {
  /** Undefined: there is none, or it is not for us to see. */
  get(room: string, type: string, key: string, signal: AbortSignal): Promise<Json | undefined>
  put(room: string, type: string, key: string, content: Json, signal: AbortSignal): Promise<void>
}

export function createRoomState(homeserver: Homeserver): RoomState {
  return {
    async get(room, type, key, signal) {
      const call = { method: 'GET', path: where(room, type, key), what: 'look at a room' } as const
      try {
        return await homeserver.call(call, signal)
      } catch (error) {
        if (unseen(error)) return undefined
        throw error
      }
    },
    async put(room, type, key, body, signal) {
      const call = { method: 'PUT', path: where(room, type, key), body } as const
      await homeserver.call({ ...call, what: `set ${type} in a room` }, signal)
    },
  }
}

/** An empty state key leaves the path with a slash at its end, which not every homeserver takes. */
const where = (room: string, type: string, key: string): string => {
  const state = path`/_matrix/client/v3/rooms/${room}/state/${type}`
  return key === '' ? state : `${state}${path`/${key}`}`
}
