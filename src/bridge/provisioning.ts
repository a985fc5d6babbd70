import type { Chat } from '../core/chat.ts'
import { isOurs } from '../core/chat.ts'
import type { Failure } from '../core/errors.ts'
import { BridgeError } from '../core/errors.ts'
import type { ChatId, PortalId } from '../core/ids.ts'
import { roomName } from '../core/render.ts'
import type { HubPlaces } from '../ports/hub.ts'
import type { ProvisionedChat, Provisioning } from '../ports/provisioning.ts'
import type { Doors, OpenDoor } from './doors.ts'
import type { Parts, Seat } from './parts.ts'
import { portalFor } from './places.ts'
import type { Rooms } from './rooms.ts'
import type { ShownLogins } from './shown-login.ts'

/** One bridge and one of its hubs, as a program works with them. */
export interface Provisioned {
  readonly parts: Parts
  readonly doors: Pick<Doors, 'all' | 'first' | 'named' | 'states'>
  readonly shown: Pick<ShownLogins, 'asked'>
  readonly seat: Seat
  /** Ends the session of a door for good, and what goes with it. False: there was none. */
  logout(door: OpenDoor, signal: AbortSignal): Promise<boolean>
  /** Its rooms. Undefined: the bridge does not run. */
  rooms(): Rooms | undefined
}

/** How far back chats are looked through by name. */
const knownAtMost = 10_000
/** Of those that the address book finds, the first. */
const foundAtMost = 100

/** What commands do, for a program: the same rules hold. */
export function createProvisioning(ground: Provisioned): Provisioning {
  const { parts, doors, shown, seat } = ground
  const { store } = parts
  const { places } = seat.adapter

  return {
    doors: doors.states,
    login: (door) => doorOf(door).login(),
    nextLogin: async (since, signal, door) => doorOf(door).logins.next(since, signal),

    begin(options, name) {
      const door = doorOf(name)
      const now = door.login()
      if (options?.verify !== undefined) {
        return now.state === 'scanned' && now.verify === true && door.connector.login(options)
      }
      if (now.state !== 'offline') return false
      const risk = now.reason === 'risk'
      if (risk ? !options?.acceptRisk : !now.relogin) return false
      shown.asked(door.id)
      return door.connector.login(options)
    },

    async logout(signal, name) {
      const door = doorOf(name)
      const isIn = door.login().state === 'online' || door.taken() !== undefined
      return isIn && ground.logout(door, signal)
    },

    async chats(words, limit, offset) {
      const found = words.trim() ? await fitting(words) : undefined
      return store.unit(async (unit) => {
        const some = found?.slice(offset, offset + limit) ?? (await unit.knownChats(limit, offset))
        const shown: ProvisionedChat[] = []
        for (const each of some) {
          const chat = (await unit.chat((await unit.mergedInto(each.id)) ?? each.id)) ?? each
          // Only what is known has a portal: a chat of the address book alone gets one when it is linked.
          const known = await unit.chat(chat.id)
          const portal = known && (await portalFor(parts, unit, seat, chat))
          shown.push({
            chat: chat.id,
            kind: chat.kind,
            name: roomName(chat, parts.voice.language),
            ...(portal && { portal: portal.id }),
            ...(portal?.room && { room: portal.room }),
          })
        }
        return shown
      })
    },

    async link(chat, room, signal) {
      const its = running()
      const portal = await portalOf(chat)
      if (room !== undefined) {
        await (places ?? nowhere()).link(portal, room)
        its.forget(portal)
      }
      return its.room(portal, signal)
    },

    async unlink(room, _signal) {
      const its = running()
      const where: HubPlaces = places ?? nowhere()
      const portal = await where.portalAt(room)
      if (portal === undefined) return false
      if ((await where.of(portal))?.kind === 'own') {
        throw no(
          'This room was made for its chat, and stays with it. Nothing was changed.',
          'refused',
        )
      }
      await where.move(portal, 'auto')
      its.forget(portal)
      return true
    },
  }

  function doorOf(name: string | undefined): OpenDoor {
    const door = name === undefined ? doors.first : doors.named(name)
    if (door) return door
    throw no('There is no such way into WeChat (door). Nothing was changed.', 'gone')
  }

  function running(): Rooms {
    const its = ground.rooms()
    if (its) return its
    throw no('This part of the bridge is not running. Nothing was changed.', 'gone')
  }

  /** The latest first, then those that only the address book has. */
  async function fitting(words: string): Promise<readonly Chat[]> {
    const known = await store.unit((unit) => unit.knownChats(knownAtMost, 0))
    const found = await Promise.all(
      doors.all.map(
        async ({ connector }) =>
          (await connector.people?.search(words, foundAtMost).catch(() => [])) ?? [],
      ),
    )
    const all = [
      ...known.filter((chat) => fits(chat, words)),
      ...found.flat().map(({ chat }) => chat),
    ]
    return [...new Map(all.map((chat) => [chat.id, chat])).values()]
  }

  async function portalOf(id: ChatId): Promise<PortalId> {
    const portal = await store.unit(async (unit) => {
      const chat = isOurs({ id }) ? undefined : await unit.chat((await unit.mergedInto(id)) ?? id)
      return chat && portalFor(parts, unit, seat, chat)
    })
    if (portal) return portal.id
    throw no('There is no such chat. Nothing was changed.', 'gone')
  }
}

/** Are all words in one of its names? */
function fits({ name, remark = '' }: Chat, words: string): boolean {
  const names = `${name}\n${remark}`.toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => names.includes(word))
}

function nowhere(): never {
  throw no('On this hub the rooms of chats cannot be chosen. Nothing was changed.', 'refused')
}

const no = (message: string, code: Failure['code']): BridgeError =>
  new BridgeError(message, { code, heal: 'never', certain: true })
