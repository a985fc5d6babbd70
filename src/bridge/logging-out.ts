import { backoff } from '../core/backoff.ts'
import type { Contact } from '../core/chat.ts'
import { management } from '../core/chat.ts'
import type { AccountId, HubId, PortalId } from '../core/ids.ts'
import { accountOf } from '../core/ids.ts'
import type { Login } from '../ports/wechat.ts'
import type { Among, Doors, OpenDoor } from './doors.ts'
import { say } from './notices.ts'
import type { Parts, Seat } from './parts.ts'
import type { Rooms } from './rooms.ts'

/** Ends the session because the person wants it, and what goes with that. */
export interface LoggingOut {
  /** False: nobody was logged in. Throws what the connector throws: then nothing else has happened. */
  logout(signal: AbortSignal): Promise<boolean>
  /** Where the login stands now. Online, rooms are wanted again; else what a crash cut off is brought to its end. */
  told(login: Login): void
}

/** Whose rooms are to go, and on which hubs they have not yet. */
interface Written {
  readonly me: Pick<Contact, 'id' | 'name'>
  readonly hubs: readonly HubId[]
}

/** A hub is asked so often; its rooms are not worth more. */
const tries = 8

/** Those of all doors. */
export function createLeavings(
  parts: Parts,
  doors: Pick<Doors, 'all' | 'among'>,
  rooms: (hub: HubId) => Pick<Rooms, 'forget'> | undefined,
  stopping: AbortSignal,
) {
  const elsewhere = (door: OpenDoor) => (account: AccountId) =>
    doors.all.some((each) => {
      if (each === door) return false
      const now = each.login()
      const isOn = now.state === 'online' && now.account === account
      return isOn || each.taken()?.account === account
    })
  const all = new Map(
    doors.all.map((door) => [
      door,
      createLoggingOut(parts, door, doors.among(door), rooms, stopping, elsewhere(door)),
    ]),
  )
  const of = (door: OpenDoor): LoggingOut => all.get(door)!
  return {
    of,
    logout: (door: OpenDoor, signal: AbortSignal) => of(door).logout(signal),
  }
}

/**
 * Of one door: what another account has stays as it is. A session that ends by itself (a kick, or as it expired) is none of this: the person goes on with the rooms after the
 * next login.
 */
export function createLoggingOut(
  parts: Parts,
  { id, connector, login }: Pick<OpenDoor, 'id' | 'connector' | 'login'>,
  { isFirst, isOnly }: Among,
  rooms: (hub: HubId) => Pick<Rooms, 'forget'> | undefined,
  stopping: AbortSignal,
  isElsewhere: (account: AccountId) => boolean = () => false,
): LoggingOut {
  const { store, clock, random, log, vault } = parts
  const place = isFirst ? 'loggedOut' : `loggedOut/${id}`
  const seats = () => parts.seats.filter(({ adapter }) => adapter.loggedOut)
  let back = new AbortController()
  /** Nothing is known yet of the login of before. */
  let isNew = true
  let line: Promise<unknown> = Promise.resolve()

  return {
    async logout(signal) {
      const before = login()
      if (before.state !== 'online') return connector.logout(signal)
      const { me } = before
      const hubs = seats().map(({ adapter }) => adapter.id)
      // Before the session ends: after that nobody could tell a logout from a kick.
      if (hubs.length > 0) await note(() => write({ me: { id: me.id, name: me.name }, hubs }))
      let wasOne = false
      try {
        wasOne = await connector.logout(signal)
      } finally {
        if (!wasOne) await note(() => vault.drop(place))
      }
      if (wasOne) clear(me, hubs)
      return wasOne
    },

    told(now) {
      // The session may be there still.
      if (now.state === 'offline' && undecided.has(now.reason)) return
      const wasNew = isNew
      isNew = false
      if (now.state === 'online') {
        back.abort()
        if (seats().length > 0) void note(() => vault.drop(place))
      } else if (wasNew && seats().length > 0) {
        void note(async () => {
          const kept = await read()
          if (kept) clear(kept.me, kept.hubs)
        })
      }
    },
  }

  function clear(me: Contact, hubs: readonly HubId[]): void {
    if (isElsewhere(accountOf(me.id))) return void note(() => vault.drop(place))
    back = new AbortController()
    const both = AbortSignal.any([stopping, back.signal])
    for (const seat of seats()) if (hubs.includes(seat.adapter.id)) void cleared(seat, me, both)
  }

  /** One after another; what fails is only not remembered. */
  function note(work: () => Promise<void>): Promise<void> {
    const next = line.then(work).catch((error: unknown) => {
      if (!stopping.aborted) log.warn({ error: String(error) }, 'a logout could not be noted')
    })
    line = next
    return next
  }

  function write(what: Written): Promise<void> {
    return vault.set(place, JSON.stringify(what))
  }

  async function read(): Promise<Written | undefined> {
    const text = await vault.get(place)
    return text === undefined ? undefined : JSON.parse(text)
  }

  function isDone(hub: HubId): Promise<void> {
    return note(async () => {
      const kept = await read()
      if (!kept) return
      const hubs = kept.hubs.filter((each) => each !== hub)
      await (hubs.length > 0 ? write({ ...kept, hubs }) : vault.drop(place))
    })
  }

  /** After a login the rooms are in use again: what is not gone by then stays. */
  async function cleared(seat: Seat, me: Contact, signal: AbortSignal): Promise<void> {
    const { adapter } = seat
    if (!adapter.loggedOut) return
    for (let attempt = 1; attempt <= tries && !signal.aborted; attempt++) {
      // It goes on through another door by now: its rooms are in use.
      if (isElsewhere(accountOf(me.id))) return note(() => vault.drop(place))
      try {
        await emptied(seat, me, await adapter.loggedOut(me, signal, !isOnly))
        return await isDone(adapter.id)
      } catch (error) {
        if (signal.aborted) return
        log.warn(
          { hub: adapter.id, error: String(error) },
          'rooms were not cleared after the logout',
        )
        await clock.sleep(backoff(attempt, random()), signal).catch(() => undefined)
      }
    }
  }

  async function emptied({ adapter }: Seat, me: Contact, gone: readonly PortalId[]): Promise<void> {
    const portals = await store.unit(async (unit) => {
      const found: PortalId[] = []
      for (const id of gone) {
        const portal = await unit.portal(id)
        if (portal?.hub !== adapter.id || portal.chat.id === management.id) continue
        if (!isOnly && portal.chat.account !== accountOf(me.id)) continue
        await unit.unbindRoom(id)
        found.push(id)
      }
      if (found.length > 0) {
        const notice = { type: 'roomsCleared', count: found.length } as const
        const once = `${isFirst ? '' : `${id}/`}${adapter.id}/${clock.now()}`
        await say(parts, unit, management, notice, once, undefined, { only: adapter.id })
      }
      return found
    })
    for (const id of portals) rooms(adapter.id)?.forget(id)
  }
}

/** Offline for these reasons, somebody may be logged in all the same. */
const undecided: ReadonlySet<string> = new Set(['starting', 'unreachable'])
