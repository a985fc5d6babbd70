import type { AccountId, Lane } from '../core/ids.ts'
import { accountId } from '../core/ids.ts'
import type { Meter } from '../ports/telemetry.ts'
import type { Doors } from './doors.ts'

/**
 * What a lane is called where no id of a person may be: the id of its hub, or `wechat/NAME` by the name of the door that
 * its account is of. Several lanes may have one name, where one door has had several accounts.
 */
export type LaneName = (lane: Lane) => string

export function laneNames(doors: Pick<Doors, 'of'>): LaneName {
  return (lane) => {
    const account = accountIn(lane)
    return account === undefined ? lane : `wechat/${doors.of(account).id}`
  }
}

/** The same meter, told of lanes by their names. */
export function naming(meter: Meter, nameOf: LaneName): Meter {
  return {
    accepted: (lane, kind) => meter.accepted(nameOf(lane as Lane), kind),
    tried: (lane, how, ms) => meter.tried(nameOf(lane as Lane), how, ms),
    buried: (lane, code) => meter.buried(nameOf(lane as Lane), code),
    recalled: (isFound) => meter.recalled(isFound),
  }
}

function accountIn(lane: Lane): AccountId | undefined {
  return lane.startsWith('wechat/') ? accountId(lane.slice('wechat/'.length)) : undefined
}
