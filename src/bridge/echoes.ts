import type { HubId } from '../core/ids.ts'
import type { HubEvent } from '../ports/hub.ts'
import type { Unit } from '../ports/store.ts'
import type { By } from './events.ts'
import type { Parts } from './parts.ts'

/** What there is to do about an event of a hub, once it is known whether it is a post of ours. Undefined: nothing more. */
export type Echoes = (event: HubEvent) => Promise<HubEvent | undefined>

/** Our own posts, seen coming back, settle their deliveries; what a person copied from one is theirs. */
export function createEchoes({ store }: Pick<Parts, 'store'>, hub: HubId): Echoes {
  return async (event) => {
    if (event.type !== 'echo') return event
    return store.unit(async (unit) => {
      if (event.otherwise && (await isCopy(unit, event))) return event.otherwise
      await unit.settle(event.key, { ids: [event.id], at: event.at })
      return undefined
    })
  }

  /**
   * A post becomes one event: whoever bears its key beside that is a copy of it. As long as none is known, this is it. The
   * delivery may be forgotten, and its event still known.
   */
  async function isCopy(unit: Unit, { id, key }: By<'echo'>): Promise<boolean> {
    if (await unit.messageAt(hub, id)) return false
    const state = await unit.stateOf(key)
    return state === undefined || state === 'sent'
  }
}
