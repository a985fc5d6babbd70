import type { AccountId, Lane } from '../core/ids.ts'
import { weChatLane } from '../core/ids.ts'
import type { Lease } from '../ports/store.ts'
import type { Login } from '../ports/wechat.ts'
import { createWeChatPace } from './allowance.ts'
import type { Doors, OpenDoor } from './doors.ts'
import type { Holds } from './holds.ts'
import type { Parts } from './parts.ts'
import type { Pump } from './pump.ts'
import { createPump } from './pump.ts'
import type { createQueues } from './queues.ts'
import type { Quotas } from './quotas.ts'
import { weChatRoute } from './wechat-route.ts'

export interface LanesGround {
  readonly parts: Parts
  readonly doors: Doors
  readonly holds: Pick<Holds, 'held'>
  readonly quotas: Quotas
  readonly queues: ReturnType<typeof createQueues>
  readonly open: Parameters<typeof weChatRoute>[3]
  readonly settled: Parameters<typeof weChatRoute>[4]
  /** All pumps that run, by their lanes. */
  readonly pumps: Map<Lane, Pump>
  /** Runs a lane for as long as the bridge runs. */
  hold(lane: Lane, work: (lease: Lease, held: AbortSignal) => Promise<void>): void
}

/**
 * The lanes of accounts. One is open while its account is online; once there, it runs for as long as the bridge does,
 * whichever door the account comes through.
 */
export function createWeChatLanes(ground: LanesGround) {
  const { parts, doors, holds, quotas, queues, pumps } = ground
  /** The door that each open lane goes through. */
  const through = new Map<Lane, string>()

  /** Something else holds for a door. */
  return ({ id }: OpenDoor, login: Login): void => {
    for (const [lane, door] of through) {
      if (door !== id) continue
      through.delete(lane)
      pumps.get(lane)?.gate(false)
    }
    if (login.state !== 'online') return
    const lane = weChatLane(login.account)
    through.set(lane, id)
    const known = pumps.get(lane)
    if (known) known.gate(true)
    else begin(lane, login.account)
  }

  function begin(lane: Lane, account: AccountId): void {
    // A connector may bear less, or more, than what is configured for all.
    const rules = { ...parts.pace, ...doors.features(account).pace }
    const pace = createWeChatPace({ ...parts, pace: rules }, lane, queues.paused)
    const route = weChatRoute(parts, account, doors, ground.open, ground.settled, quotas)
    const pump = createPump(parts, route, { held: holds.held, pace })
    pumps.set(lane, pump)
    queues.add(lane, { ...pace.view, closed: pump.closed })
    ground.hold(lane, async (lease, held) => {
      await quotas.load(account)
      await pump.run(lease, held)
    })
  }
}
