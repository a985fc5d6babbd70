import type { Chat } from '../../src/core/chat.ts'
import type { PortalId, RoomId } from '../../src/core/ids.ts'
import type { Background } from './background.ts'
import { statusOf } from './errors.ts'
import { path } from './homeserver.ts'
import { createInTurn } from './in-turn.ts'
import { type Json, record } from './json.ts'
import type { Puppet } from './puppet.ts'
import type { Kept, RoomBook, Whose } from './room-book.ts'

/** What is the owner's own to set, done for them where they let the bridge: only what WeChat says, and only once. */
export interface Personal {
  /** In the background: favourites, muted rooms and direct chats, as they are in WeChat. */
  settle(portal: PortalId, chat: Pick<Chat, 'pinned' | 'muted'>, kept: Kept): void
  /** The same for all rooms there are, as WeChat last said: their account may be used from now on. */
  settleAll(): Promise<void>
  /** The owner's account leaves a room and forgets it. False: it may not be used. */
  forget(room: RoomId, signal: AbortSignal): Promise<boolean>
  /** Gives the bot its rights in a room of the owner's. False: that could not be. */
  empower(room: RoomId, levels: Json, signal: AbortSignal): Promise<boolean>
}

export interface PersonalParts {
  puppet(signal: AbortSignal): Promise<Puppet | undefined>
  readonly book: RoomBook
  readonly background: Background
}

export function createPersonal({ puppet, book, background }: PersonalParts): Personal {
  const inTurn = createInTurn()

  const call = (
    me: Puppet,
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
  const look = async (me: Puppet, where: string, signal: AbortSignal) => {
    try {
      return await call(me, 'GET', where, signal)
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
  }

  /** Sets what is not set, and takes away what we set: whose it is now. */
  const follow = async (
    wanted: boolean,
    before: Whose | undefined,
    thing: { isSet(): Promise<boolean>; set(): Promise<unknown>; unset(): Promise<unknown> },
  ): Promise<Whose | undefined> => {
    if (wanted === (before !== undefined)) return before
    if (wanted) {
      if (await thing.isSet()) return 'theirs'
      await thing.set()
      return 'ours'
    }
    if (before === 'ours' && (await thing.isSet())) await thing.unset()
    return undefined
  }

  const tag = (me: Puppet, room: RoomId, name: string, signal: AbortSignal) => {
    const all = path`/_matrix/client/v3/user/${me.user}/rooms/${room}/tags`
    const one = `${all}${path`/${name}`}`
    return {
      isSet: async () => record((await look(me, all, signal))?.tags)?.[name] !== undefined,
      set: () => call(me, 'PUT', one, signal, {}),
      unset: () => call(me, 'DELETE', one, signal),
    }
  }

  /** An override with the room's id is what clients show as muted. */
  const silence = (me: Puppet, room: RoomId, signal: AbortSignal) => {
    const rule = path`/_matrix/client/v3/pushrules/global/override/${room}`
    const conditions = [{ kind: 'event_match', key: 'room_id', pattern: room }]
    return {
      isSet: async () => (await look(me, rule, signal)) !== undefined,
      set: () => call(me, 'PUT', rule, signal, { actions: [], conditions }),
      unset: () => call(me, 'DELETE', rule, signal),
    }
  }

  /** Clients know by this which rooms are talks with whom; whatever else is in it stays. */
  const list = (
    me: Puppet,
    user: string,
    room: RoomId,
    before: string | undefined,
    signal: AbortSignal,
  ) =>
    inTurn('m.direct', async () => {
      const where = path`/_matrix/client/v3/user/${me.user}/account_data/m.direct`
      const all = (await look(me, where, signal)) ?? {}
      const rooms = Array.isArray(all[user]) ? (all[user] as unknown[]) : []
      if (rooms.includes(room)) return
      const others = rooms.filter((one) => one !== before)
      await call(me, 'PUT', where, signal, { ...all, [user]: [...others, room] })
    })

  const settle = async (
    portal: PortalId,
    chat: Pick<Chat, 'pinned' | 'muted'>,
    signal: AbortSignal,
  ) => {
    const me = await puppet(signal)
    const kept = await book.of(portal)
    if (!me || !kept) return
    const { room, person } = kept
    const pinned = await follow(
      chat.pinned === true,
      kept.pinned,
      tag(me, room, 'm.favourite', signal),
    )
    const muted = await follow(chat.muted === true, kept.muted, silence(me, room, signal))
    const low = tag(me, room, 'm.lowpriority', signal)
    const quiet = await follow(chat.muted === true, kept.quiet, low)
    let { direct } = kept
    if (person !== undefined && !direct && kept.kind !== 'linked') {
      await list(me, person, room, undefined, signal)
      direct = true
    }
    await book.change(portal, (now) =>
      now.room === room ? { ...now, pinned, muted, quiet, direct } : now,
    )
  }

  const it: Personal = {
    async settleAll() {
      for (const portal of await book.portals()) {
        const kept = await book.of(portal)
        if (!kept) continue
        const { pin, mute } = kept
        it.settle(portal, { ...(pin && { pinned: true }), ...(mute && { muted: true }) }, kept)
      }
    },
    settle(portal, chat, kept) {
      const isSame =
        (chat.pinned === true) === (kept.pinned !== undefined) &&
        (chat.muted === true) === (kept.muted !== undefined && kept.quiet !== undefined)
      const isListed = kept.person === undefined || kept.direct === true
      if (isSame && isListed) return
      const work = (signal: AbortSignal) => settle(portal, chat, signal)
      background.do(`personal/${portal}`, "set up the owner's account for a room", work)
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
