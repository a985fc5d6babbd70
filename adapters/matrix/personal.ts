import type { PortalId, RoomId } from '../../src/core/ids.ts'
import type { Background } from './background.ts'
import { statusOf } from './errors.ts'
import { path } from './homeserver.ts'
import { createInTurn } from './in-turn.ts'
import { type Json, record } from './json.ts'
import { createPatient, type PatientPorts } from './patient.ts'
import type { Puppet } from './puppet.ts'
import type { Kept, RoomBook, Whose } from './room-book.ts'

/** What is the owner's own to set, done for them where they let the bridge: only what WeChat says, and only once. */
export interface Personal {
  /** In the background: favourites, muted rooms and direct chats, as they are in WeChat by what the book says then. */
  settle(portal: PortalId): void
  /** In the background: takes back what is ours of a room that a portal is not in any more. */
  release(portal: PortalId, left: Kept): void
  /** The same for all rooms there are, as WeChat last said: their account may be used from now on. */
  settleAll(): Promise<void>
  /** The owner's account leaves a room and forgets it. False: it may not be used. */
  forget(room: RoomId, signal: AbortSignal): Promise<boolean>
  /** Gives the bot its rights in a room of the owner's. False: that could not be. */
  empower(room: RoomId, levels: Json, signal: AbortSignal): Promise<boolean>
}

export interface PersonalParts extends PatientPorts {
  puppet(signal: AbortSignal): Promise<Puppet | undefined>
  readonly book: RoomBook
  readonly background: Background
}

type Owner = Pick<Puppet, 'user' | 'call'>

/** Something of the owner's account. `set` and `unset` may be repeated. */
interface Thing {
  isSet(): Promise<boolean>
  set(): Promise<unknown>
  unset(): Promise<unknown>
}

export function createPersonal(parts: PersonalParts): Personal {
  const { puppet, book, background } = parts
  const inTurn = createInTurn()

  const call = (
    me: Owner,
    method: 'GET' | 'PUT' | 'DELETE' | 'POST',
    where: string,
    signal: AbortSignal,
    body?: Json,
  ) =>
    me.call(
      { method, path: where, what: "set up the owner's account", ...(body && { body }) },
      signal,
    )

  /** The answer, or undefined where there is nothing. */
  const look = (me: Owner, where: string, signal: AbortSignal) =>
    unlessNone(call(me, 'GET', where, signal))

  const tag = (me: Owner, room: RoomId, name: string, signal: AbortSignal): Thing => {
    const all = path`/_matrix/client/v3/user/${me.user}/rooms/${room}/tags`
    const one = `${all}${path`/${name}`}`
    return {
      isSet: async () => record((await look(me, all, signal))?.tags)?.[name] !== undefined,
      set: () => call(me, 'PUT', one, signal, {}),
      unset: () => unlessNone(call(me, 'DELETE', one, signal)),
    }
  }

  /** An override with the room's id is what clients show as muted. */
  const silence = (me: Owner, room: RoomId, signal: AbortSignal): Thing => {
    const rule = path`/_matrix/client/v3/pushrules/global/override/${room}`
    const conditions = [{ kind: 'event_match', key: 'room_id', pattern: room }]
    return {
      isSet: async () => (await look(me, rule, signal)) !== undefined,
      set: () => call(me, 'PUT', rule, signal, { actions: [], conditions }),
      unset: () => unlessNone(call(me, 'DELETE', rule, signal)),
    }
  }

  /** Clients know by this which rooms are talks with whom; whatever else is in it stays. */
  const list = (me: Owner, user: string, room: RoomId, signal: AbortSignal) =>
    inTurn('m.direct', async () => {
      const where = path`/_matrix/client/v3/user/${me.user}/account_data/m.direct`
      const all = (await look(me, where, signal)) ?? {}
      const rooms = Array.isArray(all[user]) ? (all[user] as unknown[]) : []
      if (rooms.includes(room)) return
      await call(me, 'PUT', where, signal, { ...all, [user]: [...rooms, room] })
    })

  /** What is to be is read when it begins: whatever is told later finds in the book what was done until then. */
  const settle = async (portal: PortalId, signal: AbortSignal) => {
    const kept = await book.of(portal)
    if (!kept || isSettled(kept)) return
    const its = await puppet(signal)
    if (!its) return
    const me = calmly(its)
    const { room, person, pin, mute } = kept
    const note = async (what: Partial<Kept>) => {
      let isThere = false
      await book.change(portal, (now) => {
        isThere = now.room === room
        return isThere ? { ...now, ...what } : now
      })
      return isThere
    }
    const { favourite, silent, low } = things(me, room, signal)
    await follow(pin, kept.pinned, favourite, (pinned) => note({ pinned }))
    await follow(mute, kept.muted, silent, (muted) => note({ muted }))
    await follow(mute, kept.quiet, low, (quiet) => note({ quiet }))
    if (person === undefined || isListed(kept)) return
    await list(me, person, room, signal)
    await note({ direct: true })
  }

  const release = async ({ room, pinned, muted, quiet }: Kept, signal: AbortSignal) => {
    const its = await puppet(signal)
    if (!its) return
    const { favourite, silent, low } = things(calmly(its), room, signal)
    if (isOurs(pinned)) await favourite.unset()
    if (isOurs(muted)) await silent.unset()
    if (isOurs(quiet)) await low.unset()
  }

  const calmly = (its: Puppet): Owner => ({ user: its.user, ...createPatient(its, parts) })

  const things = (me: Owner, room: RoomId, signal: AbortSignal) => ({
    favourite: tag(me, room, 'm.favourite', signal),
    silent: silence(me, room, signal),
    low: tag(me, room, 'm.lowpriority', signal),
  })

  const it: Personal = {
    async settleAll() {
      for (const portal of await book.portals()) it.settle(portal)
    },
    settle(portal) {
      const work = (signal: AbortSignal) => settle(portal, signal)
      background.do(`personal/${portal}`, "set up the owner's account for a room", work)
    },
    release(portal, left) {
      if (![left.pinned, left.muted, left.quiet].some(isOurs)) return
      const work = (signal: AbortSignal) => release(left, signal)
      background.do(`personal/${portal}`, "clear the owner's account of a room", work)
    },
    async forget(room, signal) {
      const me = await puppet(signal)
      if (!me) return false
      try {
        await call(me, 'POST', path`/_matrix/client/v3/rooms/${room}/leave`, signal, {})
        await call(me, 'POST', path`/_matrix/client/v3/rooms/${room}/forget`, signal, {})
        return true
      } catch (error) {
        if (statusOf(error) === undefined) throw error
        return false
      }
    },
    async empower(room, levels, signal) {
      const me = await puppet(signal)
      if (!me) return false
      const where = path`/_matrix/client/v3/rooms/${room}/state/m.room.power_levels`
      try {
        await call(me, 'PUT', where, signal, levels)
        return true
      } catch (error) {
        if (statusOf(error) === undefined) throw error
        return false
      }
    },
  }
  return it
}

/**
 * Sets what is not set, and takes away what we set. `note` keeps whose it is now: before anything is set too, or what we were
 * interrupted in would be taken for the owner's own later, and stay for ever. It answers false where nothing is to be done
 * in this room any more.
 */
async function follow(
  wanted: boolean | undefined,
  before: Whose | undefined,
  thing: Thing,
  note: (whose: Whose | undefined) => Promise<boolean>,
): Promise<void> {
  if (isSo(wanted, before)) return
  if (wanted) {
    if (before === undefined) {
      if (await thing.isSet()) return void (await note('theirs'))
      if (!(await note('begun'))) return
    }
    await thing.set()
    await note('ours')
  } else {
    if (isOurs(before)) await thing.unset()
    await note(undefined)
  }
}

const isOurs = (whose: Whose | undefined): boolean => whose === 'ours' || whose === 'begun'

const isSo = (wanted: boolean | undefined, whose: Whose | undefined): boolean =>
  wanted === true ? whose === 'ours' || whose === 'theirs' : whose === undefined

const isListed = ({ person, direct, kind }: Kept): boolean =>
  person === undefined || direct === true || kind === 'linked'

const isSettled = (kept: Kept): boolean =>
  isSo(kept.pin, kept.pinned) &&
  isSo(kept.mute, kept.muted) &&
  isSo(kept.mute, kept.quiet) &&
  isListed(kept)

async function unlessNone(asked: Promise<Json>): Promise<Json | undefined> {
  try {
    return await asked
  } catch (error) {
    if (statusOf(error) === 404) return undefined
    throw error
  }
}
