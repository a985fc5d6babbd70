import type { RoomId } from '../../src/core/ids.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Puppet, Puppeting } from './puppet.ts'

const keptRooms = 5_000

/**
 * Brings the owner into the rooms that are made for them, where the bridge may act as them: once in a run. Never throws:
 * the invitation is there all the same.
 */
export function createEntering(puppeting: Pick<Puppeting, 'settled' | 'enter'>, log: Log) {
  /** By the puppet who went in: what another one did says nothing. */
  const entered = new WeakMap<Puppet, Set<RoomId>>()
  return async (room: RoomId, signal: AbortSignal): Promise<void> => {
    const puppet = await puppeting.settled(signal).catch(() => undefined)
    if (!puppet) return
    const rooms = entered.get(puppet) ?? new Set()
    entered.set(puppet, rooms)
    if (rooms.has(room)) return
    try {
      await puppeting.enter(room, signal)
      rooms.add(room)
      const [oldest] = rooms
      if (rooms.size > keptRooms && oldest !== undefined) rooms.delete(oldest)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.debug({ room, reason }, 'The owner was invited into a room, but not brought there.')
    }
  }
}
