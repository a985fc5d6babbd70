import type { Chat } from '../../src/core/chat.ts'
import { type PortalId, type RoomId, roomId } from '../../src/core/ids.ts'
import type { Open } from '../../src/ports/outlet.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { statusOf } from './errors.ts'
import { path } from './homeserver.ts'
import { inTime, pictureMs } from './in-time.ts'
import { createInTurn } from './in-turn.ts'
import { type Json, parse, record, text } from './json.ts'
import type { MediaRepository } from './media.ts'
import { createRoomMaker, type RoomMakerParts } from './room-making.ts'
import { roomName, roomTopic } from './room-name.ts'

/** The rooms of the portals: each made once, kept in step with its chat. */
export interface Rooms {
  ensure(portal: PortalId, chat: Chat, open: Open, signal: AbortSignal): Promise<RoomId>
  /** The room where the owner talks to the bridge, once it has been made. */
  management(): Promise<RoomId | undefined>
  isManagement(room: string): boolean
  /** The owner came into a room, or left it. */
  ownerIs(there: boolean, room: string): void
  /** Before something is said in a room: the owner who has left it is invited again, or nobody would hear it. */
  summon(room: RoomId, signal: AbortSignal): Promise<void>
  /** The room of a portal is not there any more: the next `ensure` makes another. */
  forget(portal: PortalId): Promise<void>
}

export interface RoomParts extends RoomMakerParts {
  /** What happens in this room is ours to hear, from now on and after every start. */
  claim(room: RoomId): Promise<void>
  readonly media: MediaRepository
  readonly vault: Vault
}

/** What a room was really given. A person's own changes stay until the chat itself changes. */
interface Known {
  readonly room: RoomId
  readonly name?: string | undefined
  readonly topic?: string | undefined
  readonly avatar?: string | undefined
  /** The owner has their rights and their invitation. */
  readonly opened?: boolean
}

/** The owner may redact, rename and kick; the bot made the room and stays above. */
const ownersLevel = 50
const botsLevel = 100

export function createRooms(parts: RoomParts): Rooms {
  const { homeserver, membership, names, owner, vault, words } = parts
  const make = createRoomMaker(parts)
  const inTurn = createInTurn()
  let managed: RoomId | undefined
  /** Portals whose owner's membership was looked at in this run. */
  const checked = new Set<PortalId>()
  /** Rooms the owner left while we looked; `open` sees to those left while the bridge was down. */
  const deserted = new Set<string>()

  const statePath = (room: RoomId, type: string) =>
    path`/_matrix/client/v3/rooms/${room}/state/${type}`
  const what = 'set up a room'

  const setState = (room: RoomId, type: string, content: Json, signal: AbortSignal) =>
    homeserver.call({ method: 'PUT', path: statePath(room, type), body: content, what }, signal)

  const powerLevels = async (room: RoomId, signal: AbortSignal): Promise<Json> => {
    const where = statePath(room, 'm.room.power_levels')
    try {
      return await homeserver.call({ method: 'GET', path: where, what }, signal)
    } catch (error) {
      if (statusOf(error) !== 404) throw error
      return { users: { [names.bot]: botsLevel } }
    }
  }

  /** The owner's rights and invitation: not part of making, because room v12 forbids listing the creator. */
  const open = async (known: Known, signal: AbortSignal): Promise<Known> => {
    if (known.opened) return known
    const levels = await powerLevels(known.room, signal)
    const users = record(levels.users) ?? {}
    if (users[owner] === undefined) {
      const content = { ...levels, users: { ...users, [owner]: ownersLevel } }
      await setState(known.room, 'm.room.power_levels', content, signal)
    }
    const before = await membership.of(owner, known.room, signal)
    if (before !== 'join' && before !== 'invite') {
      await membership.invite(owner, known.room, signal)
    }
    return { ...known, opened: true }
  }

  const dress = async (
    known: Known,
    chat: Chat,
    opener: Open,
    signal: AbortSignal,
  ): Promise<Known> => {
    const { room } = known
    let now = known
    const name = roomName(chat, words)
    if (now.name !== name) {
      await setState(room, 'm.room.name', { name }, signal)
      now = { ...now, name }
    }
    const topic = roomTopic(chat, words)
    if (now.topic !== topic) {
      await setState(room, 'm.room.topic', { topic: topic ?? '' }, signal)
      now = { ...now, topic }
    }
    if (chat.avatar && now.avatar !== chat.avatar.id) {
      // A room without its picture works; its messages must not wait for one.
      try {
        const picture = parts.media.upload(chat.avatar, opener, signal)
        const { mxc } = await inTime(parts.clock, pictureMs, signal, picture)
        await setState(room, 'm.room.avatar', { url: mxc }, signal)
        now = { ...now, avatar: chat.avatar.id }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        parts.log.info({ room, reason }, 'A room has no picture for now.')
      }
    }
    return now
  }

  const ensure = async (portal: PortalId, chat: Chat, opener: Open, signal: AbortSignal) => {
    const place = `room/${portal}`
    let known = knownIn(await vault.get(place))
    const remember = async (now: Known): Promise<Known> => {
      if (JSON.stringify(now) !== JSON.stringify(known)) {
        await vault.set(place, JSON.stringify(now))
        known = now
      }
      return now
    }
    const made = known ?? (await remember(await make(portal, chat, signal)))
    await parts.claim(made.room)
    const opened = await remember(
      await open(checked.has(portal) ? made : { ...made, opened: false }, signal),
    )
    checked.add(portal)
    await remember(await dress(opened, chat, opener, signal))
    if (chat.kind === 'management' && managed !== made.room) {
      await vault.set('management', made.room)
      managed = made.room
    }
    return made.room
  }

  return {
    ensure: (portal, chat, opener, signal) =>
      inTurn(portal, () => ensure(portal, chat, opener, signal)),
    async management() {
      const room = await vault.get('management')
      managed = room === undefined ? managed : roomId(room)
      return managed
    },
    isManagement: (room) => room === managed,
    ownerIs(there, room) {
      if (there) deserted.delete(room)
      else deserted.add(room)
    },
    async summon(room, signal) {
      if (!deserted.has(room)) return
      await membership.invite(owner, room, signal)
      deserted.delete(room)
    },
    forget: (portal) => inTurn(portal, () => vault.drop(`room/${portal}`)),
  }
}

function knownIn(json: string | undefined): Known | undefined {
  const entry = record(parse(json))
  const room = text(entry?.room)
  if (!entry || !room) return undefined
  return {
    room: roomId(room),
    name: text(entry.name),
    topic: text(entry.topic),
    avatar: text(entry.avatar),
    opened: entry.opened === true,
  }
}
