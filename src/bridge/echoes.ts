import type { HubId, PortalId } from '../core/ids.ts'
import type { HubEvent } from '../ports/hub.ts'
import type { Unit } from '../ports/store.ts'
import type { By } from './events.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'
import { isForgotten } from './sending.ts'

/** What there is to do about an event of a hub, once it is known whether it is a post of ours. Undefined: nothing more. */
export type Echoes = (event: HubEvent) => Promise<HubEvent | undefined>

/**
 * Our own posts, seen coming back, settle their deliveries. What could be a copy that a person made (`otherwise`) is told
 * from the post where that can be: where it is in another chat's room, or the post is known to be this event. Where it
 * cannot, it may be the post itself, said twice because an answer was lost: it does not go to WeChat, where it may have
 * come from, and its person is told so.
 */
export function createEchoes(parts: Parts, hub: HubId): Echoes {
  const { store, log } = parts
  return async (event) => {
    if (event.type !== 'echo') return event
    return store.unit(async (unit) => {
      const is = event.otherwise ? await whatIs(unit, event) : 'ours'
      if (is === 'copy') return event.otherwise
      if (is === 'ours') await unit.settle(event.key, { ids: [event.id], at: event.at })
      else await doubted(unit, event)
      return undefined
    })
  }

  async function whatIs(unit: Unit, { id, key, room }: By<'echo'>) {
    if (await unit.messageAt(hub, id)) return 'ours'
    const portal = await unit.portalIn(hub, room)
    if (portal && !isFor(key, portal.id)) return 'copy'
    const state = await unit.stateOf(key)
    return state === undefined || state === 'sent' ? 'either' : 'ours'
  }

  async function doubted(unit: Unit, { id, room, at }: By<'echo'>): Promise<void> {
    log.warn({ hub, event: id }, 'an event that is a post of ours, or a copy of it, was not sent')
    const portal = await unit.portalIn(hub, room)
    // Of what a backup has forgotten, nearly all is the posts themselves.
    if (!portal || isForgotten(parts, at)) return
    await say(parts, unit, portal.chat, { type: 'copied' }, id, undefined, { only: hub })
  }
}

const isFor = (key: string, portal: PortalId): boolean => key.startsWith(`post/${portal}/`)
