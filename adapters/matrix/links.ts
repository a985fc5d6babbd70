import { BridgeError } from '../../src/core/errors.ts'
import { eventId, type PortalId, type RoomId, roomId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { HubEvent, HubPlaces, PlaceNow } from '../../src/ports/hub.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Background } from './background.ts'
import { type Homeserver, path } from './homeserver.ts'
import { type Names, transactionId } from './ids.ts'
import { createInTurn } from './in-turn.ts'
import { text } from './json.ts'
import { type Membership, unseen } from './membership.ts'
import { lacks } from './power.ts'
import type { Kept, RoomBook } from './room-book.ts'
import type { RoomState } from './room-state.ts'
import type { RoomWords } from './room-words.ts'
import type { Rooms } from './rooms.ts'
import type { Space } from './space.ts'

export interface LinkParts {
  readonly homeserver: Homeserver
  readonly state: RoomState
  readonly membership: Membership
  readonly book: RoomBook
  readonly rooms: Pick<Rooms, 'again' | 'isManagement'>
  readonly space: Pick<Space, 'now' | 'exclude' | 'include'>
  readonly names: Names
  readonly owner: string
  readonly roomWords: () => RoomWords
  readonly clock: Clock
  readonly background: Background
  readonly log: Log
  claim(room: RoomId): Promise<void>
  /** A portal is not in this room any more: what its owner's account was given for it goes, in the background. */
  release(portal: PortalId, left: Kept): void
  /** Tells core, which keeps it. */
  tell(event: HubEvent, raw: string): Promise<void>
}

const patienceMs = 60_000
/** A room is a place to be shown in even if the bot cannot take back what others write, or name it. */
const needed = new Set(['speak', 'ghosts', 'invite'])

/** Chats in rooms that their owner has brought: the bot comes where the owner invites it (`Invitations`). */
export function createLinks(parts: LinkParts): HubPlaces {
  const { book, state, membership, names, rooms } = parts
  const inTurn = createInTurn()
  const words = () => parts.roomWords().refused
  const patience = () => AbortSignal.timeout(patienceMs)

  const nowAt = async (kept: Kept, signal: AbortSignal): Promise<PlaceNow> => {
    const url = `https://matrix.to/#/${encodeURIComponent(kept.room)}`
    if (kept.kind !== 'linked') return { kind: 'own', ...(kept.name && { name: kept.name }), url }
    const name = text((await state.get(kept.room, 'm.room.name', '', signal))?.name)
    return { kind: 'linked', ...(name && { name }), url }
  }

  /** Throws `refused` where the room cannot show a chat. */
  const check = async (portal: PortalId, here: RoomId, signal: AbortSignal) => {
    const other = await book.portalAt(here)
    if (rooms.isManagement(here) || (await parts.space.now()) === here) throw refusal(words().ours)
    if (other !== undefined && other !== portal) throw refusal(words().taken)
    if ((await membership.of(names.bot, here, signal)) !== 'join') throw refusal(words().outside)
    if (await state.get(here, 'm.room.encryption', '', signal)) throw refusal(words().encrypted)
    const levels = await state.get(here, 'm.room.power_levels', '', signal)
    const missing = lacks(levels, names.bot).filter(({ need }) => needed.has(need))
    if (missing.length > 0) throw refusal(words().cannot(names.bot, missing))
  }

  const tellMoved = async (portal: PortalId, from: RoomId, to: RoomId) => {
    const at = parts.clock.now()
    const id = eventId(`moved/${portal}/${at}`)
    const told = { type: 'moved', id, room: from, at, from: parts.owner, to } as const
    await parts.tell(told, JSON.stringify(told))
  }

  const say = async (room: string, body: string, signal: AbortSignal) => {
    const id = transactionId(`linked/${room}/${parts.clock.now()}`)
    const where = path`/_matrix/client/v3/rooms/${room}/send/m.room.message/${id}`
    const notice = { msgtype: 'm.notice', body, 'm.mentions': {} }
    const call = { method: 'PUT', path: where, body: notice, what: 'say something' } as const
    await parts.homeserver.call(call, signal)
  }

  /** The room that is left: it is said there, and it is not among the chats any more. */
  const quit = (portal: PortalId, room: RoomId) =>
    parts.background.do('links', 'leave the room that a chat was in', async (signal) => {
      if ((await book.of(portal))?.room === room) return
      await parts.space.exclude(room, signal)
      await say(room, parts.roomWords().linked, signal).catch((error: unknown) => {
        if (!unseen(error)) throw error
      })
      const users = (await membership.all(room, signal)).filter((user) => names.speaks(user))
      for (const user of users) {
        if ((await book.of(portal))?.room === room) return
        await membership.leave(user, room, signal).catch((error: unknown) => {
          if (!unseen(error)) throw error
        })
      }
    })

  const link: HubPlaces['link'] = async (portal, here) => {
    const signal = patience()
    // One room, one chat: nobody else comes in between the look and the note.
    const { left, now } = await inTurn(here, async () => {
      await check(portal, here, signal)
      return settle(portal, here)
    })
    if (left) {
      parts.release(portal, left)
      await tellMoved(portal, left.room, here)
      quit(portal, left.room)
    }
    parts.space.include(portal)
    return nowAt(now, signal)
  }

  const settle = (portal: PortalId, here: RoomId) =>
    book.turn(portal, async () => {
      const kept = await book.of(portal)
      if (kept?.room === here) return { left: undefined, now: kept }
      const own = kept?.kind === 'linked' ? kept.own : kept?.room
      const { account } = kept ?? {}
      const now: Kept = { room: here, kind: 'linked', own, account, opened: true }
      await parts.claim(here)
      await book.keep(portal, now)
      return { left: kept, now }
    })

  const placeOf = async (portal: PortalId, signal: AbortSignal): Promise<PlaceNow> => {
    const kept = await book.of(portal)
    return kept ? nowAt(kept, signal) : { kind: 'own' }
  }

  /** Back to the room of its own: the old one if the bot is still in it, or a new one. */
  const unlink = async (portal: PortalId): Promise<PlaceNow> => {
    const signal = patience()
    const left = await book.turn(portal, async () => {
      const kept = await book.of(portal)
      if (kept?.kind !== 'linked') return undefined
      const isThere =
        kept.own !== undefined && (await membership.of(names.bot, kept.own, signal)) === 'join'
      const { own, account } = kept
      // Not opened: the owner may have left it.
      if (own !== undefined && isThere) await book.keep(portal, { room: roomId(own), account })
      else await book.drop(portal)
      return kept
    })
    if (!left) return placeOf(portal, signal)
    parts.release(portal, left)
    // Who has not asked for it in this run asks before the next post.
    await rooms.again(portal, signal)
    const kept = await book.of(portal)
    if (kept) await tellMoved(portal, left.room, kept.room)
    quit(portal, left.room)
    return placeOf(portal, signal)
  }

  return {
    only: 'rooms',
    async of(portal) {
      const kept = await book.of(portal)
      return kept && nowAt(kept, patience())
    },
    link,
    async invitation() {
      throw refusal(words().invite(names.bot))
    },
    async move(portal, to) {
      if (to !== 'auto') throw refusal(words().kinds)
      return unlink(portal)
    },
    async home() {
      throw refusal(words().home)
    },
    async portalAt(here) {
      return rooms.isManagement(here) ? undefined : book.portalAt(here)
    },
  }
}

const refusal = (message: string) =>
  new BridgeError(message, { code: 'refused', heal: 'never', certain: true })
