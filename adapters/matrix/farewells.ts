import { type PortalId, portalId, type RoomId } from '../../src/core/ids.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Background } from './background.ts'
import { statusOf } from './errors.ts'
import { type Homeserver, path } from './homeserver.ts'
import { type Names, transactionId } from './ids.ts'
import { createInTurn } from './in-turn.ts'
import { parse, record, text } from './json.ts'
import { type Membership, unseen } from './membership.ts'
import type { RoomState } from './room-state.ts'
import type { RoomWords } from './room-words.ts'
import type { Space } from './space.ts'

/** A room that is to be left. */
export interface Farewell {
  readonly room: RoomId
  /** Whose room it was. */
  readonly portal: PortalId
  /** `leave`: the bridge goes. `delete`: the owner goes, too. `merged`: its chat goes on in `to`. */
  readonly how: 'leave' | 'delete' | 'merged'
  readonly to?: string | undefined
  /** It is a person's own room: nothing in it is changed. */
  readonly isTheirs?: boolean
}

/** Rooms that are left for good. What was begun is finished, also after a crash. */
export interface Farewells {
  /** Durable once it resolves; the leaving itself goes on. */
  add(all: readonly Farewell[]): Promise<void>
  /** Leaves what is to be left, if a room of this portal is among it. */
  finish(portal: PortalId, signal: AbortSignal): Promise<void>
  /** In the background: leaves what is to be left, also what a crash left behind. */
  go(): Promise<void>
}

export interface FarewellParts {
  readonly homeserver: Homeserver
  readonly state: RoomState
  readonly membership: Membership
  readonly space: Pick<Space, 'exclude'>
  readonly names: Names
  readonly owner: string
  readonly roomWords: () => RoomWords
  readonly vault: Vault
  readonly background: Background
  readonly log: Log
  /** The owner's own account, where it may be used, forgets the room; false: it may not be used. */
  forget(room: RoomId, signal: AbortSignal): Promise<boolean>
}

export function createFarewells(parts: FarewellParts): Farewells {
  const { homeserver, state, membership, names, owner, vault } = parts
  const inTurn = createInTurn()

  const pending = async (): Promise<readonly Farewell[]> => {
    const entries = parse(await vault.get('farewells'))
    return (Array.isArray(entries) ? entries : []).flatMap(farewellIn)
  }
  const alter = (how: (all: readonly Farewell[]) => readonly Farewell[]) =>
    inTurn('list', async () => {
      const all = how(await pending())
      if (all.length === 0) await vault.drop('farewells')
      else await vault.set('farewells', JSON.stringify(all))
    })

  /** Who waits for the rooms of one portal comes in between two of the others. */
  const finish = (room: RoomId, signal: AbortSignal) =>
    inTurn('finish', async () => {
      const farewell = (await pending()).find((one) => one.room === room)
      if (!farewell) return
      await leave(farewell, signal)
      await alter((all) => all.filter((one) => one.room !== room))
    })

  const finishAll = async (signal: AbortSignal) => {
    for (const { room } of await pending()) {
      try {
        await finish(room, signal)
      } catch (error) {
        if (signal.aborted) throw error
        const reason = error instanceof Error ? error.message : String(error)
        // The others can be left all the same; this one is tried again at the next start.
        parts.log.warn({ room, reason }, 'A room could not be left.')
      }
    }
  }

  const leave = async (farewell: Farewell, signal: AbortSignal) => {
    const { room, portal, how, to, isTheirs = false } = farewell
    await parts.space.exclude(room, signal)
    if ((await membership.of(names.bot, room, signal)) === 'join') {
      if (how === 'merged' && to !== undefined && !isTheirs) await pointTo(room, to, signal)
      const users = await ghostsIn(room, signal)
      for (const user of users) await quit(user, room, signal)
      if (!isTheirs) await sendOff(room, how, signal)
    }
    await unname(portal, room, signal)
    await quit(names.bot, room, signal)
    parts.log.info({ room, how }, 'A room was left.')
  }

  /** Clients lead on from the old room, and say why. */
  const pointTo = async (room: RoomId, to: string, signal: AbortSignal) => {
    const body = parts.roomWords().merged
    const before = await state.get(room, 'm.room.tombstone', '', signal)
    if (before?.replacement_room === to) return
    const id = transactionId(`merged/${room}`)
    const where = path`/_matrix/client/v3/rooms/${room}/send/m.room.message/${id}`
    const notice = { msgtype: 'm.notice', body, 'm.mentions': {} }
    const call = { method: 'PUT', path: where, body: notice } as const
    try {
      await homeserver.call({ ...call, what: 'say where a chat goes on' }, signal)
      await state.put(room, 'm.room.tombstone', '', { body, replacement_room: to }, signal)
    } catch (error) {
      // Where it may not say so any more, it can go all the same.
      if (!unseen(error)) throw error
    }
  }

  const sendOff = async (room: RoomId, how: Farewell['how'], signal: AbortSignal) => {
    const there = await membership.of(owner, room, signal)
    if (there !== 'invite' && there !== 'join') return
    // An invitation into a room where nobody is would stand for ever.
    if (there === 'join' && how !== 'delete') return
    if (how === 'delete' && (await parts.forget(room, signal))) return
    await membership.remove(owner, room, signal)
  }

  const ghostsIn = async (room: RoomId, signal: AbortSignal): Promise<readonly string[]> => {
    const all = await membership.all(room, signal)
    return all.filter((user) => names.speaks(user))
  }

  const quit = (user: string, room: RoomId, signal: AbortSignal) =>
    membership.leave(user, room, signal).catch((error: unknown) => {
      if (!unseen(error)) throw error
    })

  /** The alias that makes a portal's room the only one; it is not taken away from another room. */
  const unname = async (portal: PortalId, room: RoomId, signal: AbortSignal) => {
    const where = path`/_matrix/client/v3/directory/room/${names.alias(portal)}`
    const what = 'take away the alias of a room'
    try {
      const found = await homeserver.call({ method: 'GET', path: where, what }, signal)
      if (found.room_id !== room) return
      await homeserver.call({ method: 'DELETE', path: where, what }, signal)
    } catch (error) {
      if (statusOf(error) !== 404) throw error
    }
  }

  return {
    add: (more) =>
      alter((all) => {
        const rooms = new Set(all.map(({ room }) => room))
        return [...all, ...more.filter(({ room }) => !rooms.has(room))]
      }),
    async finish(portal, signal) {
      for (const one of await pending()) if (one.portal === portal) await finish(one.room, signal)
    },
    async go() {
      if ((await pending()).length === 0) return
      parts.background.do('farewells', 'leave rooms that are to be left', finishAll)
    },
  }
}

function farewellIn(entry: unknown): readonly Farewell[] {
  const it = record(entry)
  const room = text(it?.room)
  const portal = text(it?.portal)
  const how = it?.how
  if (!it || !room || !portal) return []
  if (how !== 'leave' && how !== 'delete' && how !== 'merged') return []
  const base = { room: room as RoomId, portal: portalId(portal), how, to: text(it.to) } as const
  return [it.isTheirs === true ? { ...base, isTheirs: true } : base]
}
