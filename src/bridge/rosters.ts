import { backoff } from '../core/backoff.ts'
import type { Member } from '../core/chat.ts'
import { toBridgeError } from '../core/errors.ts'
import type { ChatId, HubId, PortalId } from '../core/ids.ts'
import type { HubAdapter } from '../ports/hub.ts'
import type { Open } from '../ports/outlet.ts'
import type { Portal, Unit } from '../ports/store.ts'
import type { Doors } from './doors.ts'
import type { Parts } from './parts.ts'

/** So many tries of one list that fails for reasons of its own (`bug`), before it waits for the next change. */
const mostTries = 3

/** Who is in the groups, for hubs whose rooms have members. Only rooms that are there; none is made for it. */
export interface Rosters {
  /** What `WeChatSink.members` told. Durable enough: it is told anew at each login. */
  changed(groups: readonly ChatId[]): Promise<void>
  /** A hub's room of a portal was made, or used for the first time since this start. */
  used(hub: HubId, portal: PortalId): void
  /** Those in a group, as the connector knows them now, else as it last did. Never rejects. */
  of(group: ChatId): Promise<readonly Member[]>
  /** Gives one hub the lists, if its rooms have members, until the signal aborts. */
  run(adapter: HubAdapter, signal: AbortSignal): Promise<void>
}

interface Wishes {
  readonly groups: Set<ChatId>
  /** With the number of tries so far. */
  readonly portals: Map<PortalId, number>
  wake(): void
}

/**
 * In the background, one list at a time on each hub: the newest there is when its turn comes. What was given before in
 * this process is not given again. An outage is waited for; whatever else fails is tried again at the next change.
 */
export function createRosters(parts: Parts, doors: Pick<Doors, 'ofChat'>, open: Open): Rosters {
  const { store, clock, random, log } = parts
  const wishes = new Map<HubId, Wishes>(
    parts.seats
      .filter(({ adapter }) => adapter.members)
      .map(({ adapter }) => [
        adapter.id,
        { groups: new Set(), portals: new Map(), wake: () => undefined },
      ]),
  )
  const given = new Map<PortalId, string>()
  const last = new Map<ChatId, readonly Member[]>()

  return {
    async changed(groups) {
      for (const wish of wishes.values()) {
        for (const group of groups) wish.groups.add(group)
        wish.wake()
      }
    },

    used(hub, portal) {
      const wish = wishes.get(hub)
      wish?.portals.set(portal, 0)
      wish?.wake()
    },

    async of(group) {
      try {
        return await membersOf(group)
      } catch {
        return last.get(group) ?? []
      }
    },

    run(adapter, signal) {
      const wish = wishes.get(adapter.id)
      return wish ? work(adapter, wish, signal) : new Promise((end) => onAbort(signal, end))
    },
  }

  async function membersOf(group: ChatId): Promise<readonly Member[]> {
    const members = (await doors.ofChat(group).connector.people?.members(group)) ?? []
    last.set(group, members)
    return members
  }

  async function work(adapter: HubAdapter, wish: Wishes, signal: AbortSignal): Promise<void> {
    let failures = 0
    while (!signal.aborted) {
      try {
        await findRooms(adapter, wish)
        const [portal] = wish.portals.keys()
        if (portal === undefined) {
          await nextWish(wish, signal)
          continue
        }
        failures = (await give(adapter, wish, portal, signal)) ? 0 : failures + 1
      } catch (thrown) {
        failures += 1
        log.warn({ hub: adapter.id, error: String(thrown) }, 'the rosters cannot be looked up now')
      }
      if (failures > 0) {
        await clock.sleep(backoff(failures, random()), signal).catch(() => undefined)
      }
    }
  }

  /** The portals whose rooms show groups that have changed. */
  async function findRooms({ id }: HubAdapter, wish: Wishes): Promise<void> {
    for (const group of wish.groups) {
      const portal = await store.unit((unit) => knownPortal(unit, group, id))
      wish.groups.delete(group)
      if (portal?.room) wish.portals.set(portal.id, 0)
    }
  }

  /** False: it is to be tried again, after the others. */
  async function give(
    adapter: HubAdapter,
    wish: Wishes,
    id: PortalId,
    signal: AbortSignal,
  ): Promise<boolean> {
    const tries = wish.portals.get(id) ?? 0
    const portal = await store.unit((unit) => unit.portal(id))
    // What changes from here on is another wish.
    wish.portals.delete(id)
    if (portal?.room === undefined || portal.chat.kind !== 'group') return true
    const { room, chat } = portal
    let members: readonly Member[]
    try {
      // The remarks are the owner's own business: who is in the room may see what is told here.
      members = (await membersOf(chat.id)).map(({ remark: _, ...member }) => member)
    } catch {
      // Nobody is logged in, or the group is not known in this login: it is told of when that changes.
      return true
    }
    if (members.length === 0) return true
    const list = JSON.stringify([room, members])
    if (given.get(id) === list) return true
    try {
      await adapter.members?.(id, room, chat, members, open, signal)
      given.set(id, list)
      return true
    } catch (thrown) {
      if (signal.aborted) return true
      const { failure, message } = toBridgeError(thrown)
      log.warn({ hub: adapter.id, portal: id, error: message }, 'the members are not shown yet')
      const isLost = failure.heal === 'never' || (failure.code === 'bug' && tries + 1 >= mostTries)
      if (!isLost && !wish.portals.has(id)) wish.portals.set(id, tries + 1)
      return isLost
    }
  }
}

/** The portal of a chat on a hub, if it has one. */
export const knownPortal = (unit: Unit, chat: ChatId, hub: HubId): Promise<Portal | undefined> =>
  unit.portalAlready(chat, hub)

function nextWish(wish: Wishes, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (wish.groups.size > 0 || wish.portals.size > 0) return resolve()
    const forget = onAbort(signal, resolve)
    wish.wake = () => {
      forget()
      resolve()
    }
  })
}

/** Calls it once when the signal aborts, or has; returns how to take that back. */
function onAbort(signal: AbortSignal, then: () => void): () => void {
  const stop = () => then()
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return () => signal.removeEventListener('abort', stop)
}
