import { BridgeError } from '../core/errors.ts'
import type { PortalId, RoomId } from '../core/ids.ts'
import type { HubAdapter } from '../ports/hub.ts'
import type { Open } from '../ports/outlet.ts'
import type { Portal } from '../ports/store.ts'
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
 * and start otherwise. Two who ask at the same time share one answer, for the chat as it is when the second asks. `used` is
 * told of each room that the adapter gave.
 */
export function createRooms(
  parts: Parts,
  adapter: HubAdapter,
  open: Open,
  used: (portal: PortalId) => void = () => undefined,
): Rooms {
  const ensured = new Map<PortalId, { readonly chat: string; readonly room: RoomId }>()
  /** Those that are known to be as they were when they were read last: they need not be read for each post. */
  const unchanged = new Map<PortalId, RoomId>()
  let changes = 0
  parts.store.onPortals(() => {
    changes++
    unchanged.clear()
  })
  const underWay = new Map<PortalId, Promise<RoomId>>()
  /** Somebody has joined those who wait for it: perhaps because the chat is another now. */
  const joined = new Set<PortalId>()
  /** Where portals went since this process began. */
  const moves = new Map<PortalId, RoomId>()

  return {
    room(portal, signal) {
      const known = unchanged.get(portal)
      if (known !== undefined) return Promise.resolve(known)
      const running = underWay.get(portal)
      if (running !== undefined) {
        joined.add(portal)
        return running
      }
      const asking = ensure(portal, signal)
      underWay.set(portal, asking)
      return asking
    },
    forget(portal) {
      unchanged.delete(portal)
      ensured.delete(portal)
    },
    moved(portal, room) {
      unchanged.delete(portal)
      moves.set(portal, room)
      const known = ensured.get(portal)
      if (known) ensured.set(portal, { ...known, room })
      used(portal)
    },
  }

  async function ensure(id: PortalId, signal: AbortSignal): Promise<RoomId> {
    let room: RoomId | undefined
    try {
      for (;;) {
        joined.delete(id)
        const before = changes
        const portal = await parts.store.unit((unit) => unit.portal(id))
        // What has gone meanwhile has its room all the same.
        if (!portal && room !== undefined) return room
        if (!portal) throw gone(id)
        const chat = JSON.stringify(portal.chat)
        const known = ensured.get(id)
        if (known?.chat !== chat || known.room !== portal.room) room = await given(portal, signal)
        else if (!joined.has(id)) {
          if (before === changes) unchanged.set(id, known.room)
          return known.room
        }
      }
    } finally {
      // In the same moment as the last look, so that nobody joins in between.
      underWay.delete(id)
    }
  }

  async function given({ id, chat, room: now }: Portal, signal: AbortSignal): Promise<RoomId> {
    const before = moves.get(id)
    const answer = await adapter.ensureRoom(id, chat, open, signal)
    parts.trace('afterRoom', id)
    const since = moves.get(id)
    const room = since !== undefined && since !== before ? since : answer
    if (room !== now) await parts.store.unit((unit) => unit.bindRoom(id, room))
    ensured.set(id, { chat: JSON.stringify(chat), room })
    used(id)
    return room
  }
}

const gone = (id: PortalId): BridgeError =>
  new BridgeError(`Portal ${id} does not exist any more; nothing was sent.`, {
    code: 'gone',
    heal: 'never',
    certain: true,
  })
