import type { Chat } from '../core/chat.ts'
import { isOurs } from '../core/chat.ts'
import type { Failure } from '../core/errors.ts'
import { BridgeError } from '../core/errors.ts'
import type { ChatId, PortalId } from '../core/ids.ts'
import { roomName } from '../core/render.ts'
import type { HubPlaces } from '../ports/hub.ts'
import type { ProvisionedChat, Provisioning } from '../ports/provisioning.ts'
import type { WeChatConnector } from '../ports/wechat.ts'
import type { LoginWatch } from './login-watch.ts'
import type { Parts, Seat } from './parts.ts'
import { portalFor } from './places.ts'
import type { Rooms } from './rooms.ts'

/** One bridge and one of its hubs, as a program works with them. */
export interface Provisioned {
  readonly parts: Parts
  readonly connector: Pick<WeChatConnector, 'login' | 'people'>
  readonly seat: Seat
  readonly logins: LoginWatch
  /** Ends the session for good, and what goes with it. False: there was none. */
  logout(signal: AbortSignal): Promise<boolean>
  /** Its rooms. Undefined: the bridge does not run. */
  rooms(): Rooms | undefined
}

/** How far back chats are looked through by name. */
const knownAtMost = 10_000
/** Of those that the address book finds, the first. */
const foundAtMost = 100

/** What commands do, for a program: the same rules hold. */
export function createProvisioning(ground: Provisioned): Provisioning {
  const { parts, connector, seat, logins } = ground
  const { store } = parts
  const { places } = seat.adapter

  return {
    login: logins.now,
    nextLogin: logins.next,

    begin(options) {
      const now = logins.now()
      if (now.state !== 'offline') return false
      const risk = now.reason === 'risk'
      if (risk ? !options?.acceptRisk : !now.relogin) return false
      return connector.login(options)
    },

    async logout(signal) {
      return logins.now().state === 'online' && ground.logout(signal)
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

  function running(): Rooms {
    const its = ground.rooms()
    if (its) return its
    throw no('This part of the bridge is not running. Nothing was changed.', 'gone')
  }

  /** The latest first, then those that only the address book has. */
  async function fitting(words: string): Promise<readonly Chat[]> {
    const known = await store.unit((unit) => unit.knownChats(knownAtMost, 0))
    const found = (await connector.people?.search(words, foundAtMost).catch(() => [])) ?? []
    const all = [...known.filter((chat) => fits(chat, words)), ...found.map(({ chat }) => chat)]
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
