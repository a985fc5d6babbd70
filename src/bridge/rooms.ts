import { BridgeError } from '../core/errors.ts'
import type { PortalId, RoomId } from '../core/ids.ts'
import type { HubAdapter } from '../ports/hub.ts'
import type { Open } from '../ports/outlet.ts'
import type { Parts } from './parts.ts'

/** Portal → room, made exactly once and kept up to date. */
export interface Rooms {
  room(portal: PortalId, signal: AbortSignal): Promise<RoomId>
  /** The adapter is asked anew for this one. */
  forget(portal: PortalId): void
  /** It goes on in another room, which is bound to it already; whoever is just being told of the old one gets this. */
  moved(portal: PortalId, room: RoomId): void
}

/**
 * The adapter is asked again only when the chat has changed since this process asked last: at most once per chat
 * and start otherwise. Two who ask at the same time share one answer. `used` is told of each room that the adapter gave.
 */
export function createRooms(
  parts: Parts,
  adapter: HubAdapter,
  open: Open,
  used: (portal: PortalId) => void = () => undefined,
): Rooms {
  const ensured = new Map<PortalId, { readonly chat: string; readonly room: RoomId }>()
  const underWay = new Map<PortalId, Promise<RoomId>>()
  /** Where portals went since this process began. */
  const moves = new Map<PortalId, RoomId>()

  return {
    room(portal, signal) {
      const running = underWay.get(portal)
      if (running !== undefined) return running
      const asking = ensure(portal, signal).finally(() => underWay.delete(portal))
      underWay.set(portal, asking)
      return asking
    },
    forget: (portal) => void ensured.delete(portal),
    moved(portal, room) {
      moves.set(portal, room)
      const known = ensured.get(portal)
      if (known) ensured.set(portal, { ...known, room })
      used(portal)
    },
  }

  async function ensure(id: PortalId, signal: AbortSignal): Promise<RoomId> {
    const portal = await parts.store.unit((unit) => unit.portal(id))
    if (!portal) {
      const failure = { code: 'gone', heal: 'never', certain: true } as const
      throw new BridgeError(`Portal ${id} does not exist any more; nothing was sent.`, failure)
    }
    const chat = JSON.stringify(portal.chat)
    const known = ensured.get(id)
    if (known?.chat === chat && known.room === portal.room) return known.room
    const before = moves.get(id)
    const given = await adapter.ensureRoom(id, portal.chat, open, signal)
    parts.trace('afterRoom', id)
    const since = moves.get(id)
    const room = since !== undefined && since !== before ? since : given
    if (room !== portal.room) await parts.store.unit((unit) => unit.bindRoom(id, room))
    ensured.set(id, { chat, room })
    used(id)
    return room
  }
}
