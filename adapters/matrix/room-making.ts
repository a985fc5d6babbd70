import type { Chat } from '../../src/core/chat.ts'
import { BridgeError } from '../../src/core/errors.ts'
import { type PortalId, type RoomId, roomId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import { bridgeInfo, bridgeKey, bridgeTypes, servants, servantsType } from './bridge-info.ts'
import { errcodeOf, statusOf } from './errors.ts'
import { type Homeserver, needText, path } from './homeserver.ts'
import { type Names, sha256 } from './ids.ts'
import type { Json } from './json.ts'
import type { Membership } from './membership.ts'
import { powerAtMaking } from './power.ts'
import { makerOf } from './replacement.ts'
import { isDirect, roomName, roomTopic } from './room-name.ts'
import { createRoomVersion } from './room-version.ts'
import type { RoomWords } from './room-words.ts'
import type { Words } from './words.ts'

/** A room that is there now. What it was given is known only if it was made just now. */
export interface MadeRoom {
  readonly room: RoomId
  readonly name?: string
  readonly topic?: string | undefined
  readonly info?: string
  readonly served?: boolean
}

/** Whom and what a new room is made with, beside its chat. */
export interface Making {
  /** The ghost of the other one, in a direct chat. */
  readonly person?: string | undefined
  readonly space?: string | undefined
}

export interface RoomMakerParts {
  readonly homeserver: Homeserver
  readonly membership: Membership
  readonly names: Names
  readonly owner: string
  readonly roomVersion?: string | undefined
  readonly words: Words
  readonly roomWords: () => RoomWords
  readonly domain: string
  readonly clock: Clock
  readonly log: Log
  readonly trace?: Trace | undefined
}

/** How long a room whose making we did not see to its end is given to become whole. */
const patienceMs = 15_000
const lookAgainMs = 250

/**
 * Makes the room of a portal, once: its alias is unique, so whoever comes second (after a crash, or a lost answer)
 * meets the first room and takes it up (architecture §8).
 */
export function createRoomMaker(parts: RoomMakerParts) {
  const { homeserver, membership, names, owner, clock } = parts

  const versionOf = createRoomVersion(homeserver, parts.roomVersion)

  const create = async (
    portal: PortalId,
    chat: Chat,
    { person, space }: Making,
    signal: AbortSignal,
  ): Promise<MadeRoom> => {
    const doing = { what: 'make a Matrix room' }
    const name = roomName(chat, parts.words)
    const topic = roomTopic(chat, parts.words)
    const { network } = parts.roomWords()
    const info = bridgeInfo({ portal, bot: names.bot, owner, network, name })
    const served = person !== undefined
    const body = {
      room_alias_name: names.aliasLocalpart(portal),
      preset: 'private_chat',
      visibility: 'private',
      name,
      ...(topic !== undefined && { topic }),
      invite: [owner, ...(person === undefined ? [] : [person])],
      is_direct: isDirect(chat),
      power_level_content_override: powerAtMaking(await versionOf(signal), owner, names.bot),
      ...(parts.roomVersion && { room_version: parts.roomVersion }),
      initial_state: [
        ...bridgeTypes.map((type) => ({ type, state_key: bridgeKey(portal), content: info })),
        ...(served ? [{ type: servantsType, content: servants(names.bot, names.me) }] : []),
        ...(space === undefined ? [] : [parent(space, parts.domain)]),
      ],
    }
    const call = { method: 'POST', path: '/_matrix/client/v3/createRoom', body } as const
    const answer = await homeserver.call({ ...call, ...doing }, signal)
    const room = roomId(needText(answer, 'room_id', doing))
    parts.trace?.('makingRoom', portal)
    return { room, name, topic, info: sha256(JSON.stringify(info)), served }
  }

  /**
   * Takes up the room behind the portal's alias. Synapse sets the alias before the room has any event, and goes on
   * making it when the caller is gone: so a room that looks unfinished is given time, and only one that never
   * became ours is given up.
   */
  const adopt = async (portal: PortalId, signal: AbortSignal): Promise<MadeRoom | 'nothing'> => {
    const doing = { what: 'take up a room made before' }
    const where = path`/_matrix/client/v3/directory/room/${names.alias(portal)}`
    const found = await homeserver.call({ method: 'GET', path: where, ...doing }, signal)
    const room = roomId(needText(found, 'room_id', doing))
    const until = clock.now() + patienceMs
    // The owner's invitation is the last thing in the making of a room.
    while (!(await membership.of(owner, room, signal)) && clock.now() < until) {
      await clock.sleep(lookAgainMs, signal)
    }
    if ((await membership.of(names.bot, room, signal)) !== 'join') {
      parts.log.warn({ portal, room }, 'A room was never finished; it is made again.')
      await homeserver.call({ method: 'DELETE', path: where, ...doing }, signal)
      return 'nothing'
    }
    if ((await makerOf(homeserver, room, signal)) !== names.bot) throw foreign(names.alias(portal))
    parts.log.info({ portal, room }, 'A room made before a stop was taken up again.')
    return { room }
  }

  return async (
    portal: PortalId,
    chat: Chat,
    making: Making,
    signal: AbortSignal,
  ): Promise<MadeRoom> => {
    try {
      return await create(portal, chat, making, signal)
    } catch (error) {
      if (!taken(error)) throw error
    }
    const before = await adopt(portal, signal)
    return before === 'nothing' ? create(portal, chat, making, signal) : before
  }
}

/** 409 is what Synapse says when two makings of one room overlap. */
const taken = (error: unknown) => errcodeOf(error) === 'M_ROOM_IN_USE' || statusOf(error) === 409

const foreign = (alias: string) =>
  new BridgeError(
    `The alias ${alias} leads to a room that the bridge did not make; it is not used. ` +
      'Delete that alias on the homeserver.',
    { code: 'refused', heal: 'never', certain: true },
  )

const parent = (space: string, domain: string): Json => ({
  type: 'm.space.parent',
  state_key: space,
  content: { via: [domain], canonical: true },
})
