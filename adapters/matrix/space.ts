import { type PortalId, portalId, type RoomId, roomId } from '../../src/core/ids.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Background } from './background.ts'
import { errcodeOf, statusOf } from './errors.ts'
import { type Homeserver, needText, path } from './homeserver.ts'
import { type Names, sha256 } from './ids.ts'
import { createInTurn } from './in-turn.ts'
import { parse, record, text } from './json.ts'
import { type Membership, unseen } from './membership.ts'
import { powerAtMaking } from './power.ts'
import type { RoomBook } from './room-book.ts'
import type { RoomState } from './room-state.ts'
import type { RoomWords } from './room-words.ts'

/** One person's space: a room of rooms that holds all their chats. Its failures are nobody's to wait for. */
export interface Space {
  /** Undefined: there is none, or not yet. */
  now(): Promise<RoomId | undefined>
  /** In the background: makes the space if it is not there, and puts the room in if it is not in it. */
  include(portal: PortalId): void
  /** Takes a room out. */
  exclude(room: string, signal: AbortSignal): Promise<void>
  /** It goes on as another room. */
  follow(room: RoomId): Promise<void>
}

export interface SpaceParts {
  readonly isWanted: boolean
  readonly homeserver: Homeserver
  readonly state: RoomState
  readonly membership: Membership
  readonly book: RoomBook
  readonly names: Names
  readonly owner: string
  readonly domain: string
  readonly versionOf: (signal: AbortSignal) => Promise<string | undefined>
  readonly roomVersion?: string | undefined
  readonly roomWords: () => RoomWords
  readonly vault: Vault
  readonly background: Background
  readonly log: Log
  claim(room: RoomId): Promise<void>
  /** The owner's own account, if it may be used, comes in by itself. */
  enter(room: RoomId, signal: AbortSignal): Promise<void>
}

/** What is remembered: the room and the name it was given. */
interface Known {
  readonly room: RoomId
  readonly name?: string | undefined
}

export function createSpace(parts: SpaceParts): Space {
  const { homeserver, state, membership, book, names, owner, vault, background } = parts
  // Somebody else's space is not taken up, be it that the bridge had another owner before.
  const alias = portalId(`space/${sha256(owner).slice(0, 12)}`)
  const via = [parts.domain]
  const inTurn = createInTurn()
  let isChecked = false

  const known = async (): Promise<Known | undefined> => {
    const entry = record(parse(await vault.get('space')))
    const room = text(entry?.room)
    return room === undefined ? undefined : { room: roomId(room), name: text(entry?.name) }
  }
  const remember = (now: Known) => vault.set('space', JSON.stringify(now))

  const make = async (signal: AbortSignal): Promise<Known> => {
    const doing = { what: 'make the space of all chats' }
    const name = parts.roomWords().network
    const version = await parts.versionOf(signal)
    const body = {
      room_alias_name: names.aliasLocalpart(alias),
      preset: 'private_chat',
      visibility: 'private',
      name,
      invite: [owner],
      creation_content: { type: 'm.space' },
      power_level_content_override: {
        ...powerAtMaking(version, owner, names.bot),
        // A space is a list, and nobody talks in it.
        events_default: 50,
      },
      ...(parts.roomVersion && { room_version: parts.roomVersion }),
    }
    const call = { method: 'POST', path: '/_matrix/client/v3/createRoom', body } as const
    try {
      const answer = await homeserver.call({ ...call, ...doing }, signal)
      return { room: roomId(needText(answer, 'room_id', doing)), name }
    } catch (error) {
      if (errcodeOf(error) !== 'M_ROOM_IN_USE' && statusOf(error) !== 409) throw error
    }
    const where = path`/_matrix/client/v3/directory/room/${names.alias(alias)}`
    const found = await homeserver.call({ method: 'GET', path: where, ...doing }, signal)
    const room = roomId(needText(found, 'room_id', doing))
    if ((await membership.of(names.bot, room, signal)) === 'join') return { room }
    // Never finished, or left: what holds its alias is no space of ours.
    await homeserver.call({ method: 'DELETE', path: where, ...doing }, signal)
    return make(signal)
  }

  /** The space, made if it is not there; looked at once a run. */
  const ensure = (signal: AbortSignal): Promise<RoomId> =>
    inTurn('space', async () => {
      let now = await known()
      if (now && !isChecked && (await membership.of(names.bot, now.room, signal)) !== 'join') {
        parts.log.warn({ space: now.room }, 'The space is not there any more; it is made again.')
        now = undefined
      }
      if (!now) {
        now = await make(signal)
        await remember(now)
        await parts.claim(now.room)
        await parts.enter(now.room, signal)
      }
      isChecked = true
      const name = parts.roomWords().network
      if (now.name !== name) {
        await state.put(now.room, 'm.room.name', '', { name }, signal)
        await remember({ ...now, name })
      }
      return now.room
    })

  const include = async (portal: PortalId, signal: AbortSignal) => {
    const space = await ensure(signal)
    const kept = await book.of(portal)
    if (!kept || kept.space === space) return
    try {
      await state.put(space, 'm.space.child', kept.room, { via }, signal)
    } catch (error) {
      // Perhaps it is not ours any more: the next one looks again.
      if (unseen(error)) isChecked = false
      throw error
    }
    const parent = { via, canonical: true }
    await state.put(kept.room, 'm.space.parent', space, parent, signal).catch((error: unknown) => {
      // Where a person made the room, the bot may have no right to; the space still has it.
      if (!unseen(error)) throw error
    })
    const { room } = kept
    await book.change(portal, (now) => (now.room === room ? { ...now, space } : now))
  }

  return {
    now: async () => (parts.isWanted ? (await known())?.room : undefined),
    include(portal) {
      if (!parts.isWanted) return
      background.do('space', 'put a room into the space', (signal) => include(portal, signal))
    },
    async exclude(room, signal) {
      const space = (await known())?.room
      if (space === undefined) return
      const child = await state.get(space, 'm.space.child', room, signal)
      if (child?.via === undefined) return
      await state.put(space, 'm.space.child', room, {}, signal).catch((error: unknown) => {
        if (!unseen(error)) throw error
      })
    },
    // Whoever is at it has the old one in hand, and would put it back.
    follow: (room) =>
      inTurn('space', async () => {
        await remember({ ...(await known()), room })
        await parts.claim(room)
      }),
  }
}
