import { management } from '../core/chat.ts'
import type { HubId, PortalId } from '../core/ids.ts'
import { mintPortalId } from '../core/ids.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'

/** The management room exists from the first start on, and says what it is. */
export function introduce(parts: Parts): Promise<ReadonlyMap<HubId, PortalId>> {
  return parts.store.unit(async (unit) => {
    await unit.saveChats([management])
    const portals = new Map<HubId, PortalId>()
    for (const { adapter } of parts.seats) {
      const fresh = () => mintPortalId(parts.random)
      portals.set(adapter.id, (await unit.portalOf(management.id, adapter.id, fresh)).id)
    }
    await say(parts, unit, management, { type: 'welcome' }, 'welcome')
    return portals
  })
}
