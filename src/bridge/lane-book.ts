import type { ShutWhy } from '../core/hub.ts'
import type { HubId, Lane } from '../core/ids.ts'
import { hubLane } from '../core/ids.ts'
import type { LaneName } from './lane-names.ts'
import type { Parts } from './parts.ts'
import type { Pulses } from './pulses.ts'
import type { Pump } from './pump.ts'
import type { HubStandings } from './standings.ts'

/**
 * What has become of a lane that this process runs, or wants to: nobody has it yet (`starting`), it is ours (`held`),
 * somebody else's (`taken`), or its work failed and begins anew (`stopped`).
 */
export type LaneState =
  | { readonly state: 'starting' | 'taken' | 'stopped' }
  | { readonly state: 'held'; readonly epoch: number }

/** A lane, as those see it who watch the bridge. */
export type LaneNow = LaneState & {
  /** {@link LaneName} */
  readonly name: string
  /** Absent in lanes towards WeChat. */
  readonly hub?: HubNow
}

export interface HubNow {
  /** Why it takes nothing, if so; `silent`: it has to say how it stands, and has not yet. */
  readonly shut?: ShutWhy | 'silent'
  /** False: the last deliveries did not get there, or the hub does not answer. */
  readonly isThere: boolean
}

/** The state of each lane of this process. */
export interface LaneBook {
  /** Told by who holds a lane (`holdLane`). */
  teller(lane: Lane): (state: LaneState) => void
  /** Those of the hubs first, and from the beginning. */
  now(): readonly LaneNow[]
}

export interface LaneGround {
  readonly standings: Pick<HubStandings, 'now' | 'hasTold'>
  readonly pumps: ReadonlyMap<Lane, Pick<Pump, 'isThere'>>
  readonly pulses: Pick<Pulses, 'isThere'>
  readonly nameOf: LaneName
}

export function createLaneBook({ seats }: Pick<Parts, 'seats'>, ground: LaneGround): LaneBook {
  const { standings, pumps, pulses, nameOf } = ground
  const hubs = new Map(seats.map(({ adapter: { id } }) => [hubLane(id), id]))
  const states = new Map<Lane, LaneState>([...hubs.keys()].map((lane) => [lane, starting]))

  return {
    teller: (lane) => (state) => void states.set(lane, state),
    now: () =>
      [...states].map(([lane, state]) => {
        const hub = hubs.get(lane)
        return { ...state, name: nameOf(lane), ...(hub && { hub: hubNow(hub, lane) }) }
      }),
  }

  function hubNow(id: HubId, lane: Lane): HubNow {
    const standing = standings.now().find(({ hub }) => hub === id)?.standing
    const shut = standings.hasTold(id) ? standing?.open === false && standing.why : 'silent'
    const isThere = (pumps.get(lane)?.isThere() ?? true) && pulses.isThere(id)
    return { ...(shut && { shut }), isThere }
  }
}

const starting: LaneState = { state: 'starting' }
