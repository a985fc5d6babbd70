import type { RoomId } from '../../core/ids.ts'
import type { Notice } from '../../core/notice.ts'
import type { HubPlaces, PlaceNow } from '../../ports/hub.ts'
import type { Portal } from '../../ports/store.ts'
import { portalFor } from '../places.ts'
import { whereOf } from './chats.ts'
import { listed, portalNamed, wantedOf } from './listing.ts'
import { nameHere } from './naming.ts'
import type { Ask, Reply, Said, Tools, Verbs } from './verb.ts'
import { isNumber, refuse, say } from './verb.ts'

const kinds = ['auto', 'private', 'forum', 'flat'] as const
type Kind = (typeof kinds)[number]

/** Where chats go, on a hub that leaves it to a person. */
export function placeVerbs(tools: Tools): Verbs {
  const { parts } = tools

  return {
    link: {
      usage: 'link [NUMBER|all]',
      for: 'owner',
      run: (ask) => withPlaces(ask, (places) => link(ask, places)),
    },
    unlink: {
      usage: 'unlink [all]',
      for: 'owner',
      run: (ask) => withPlaces(ask, (places) => unlink(ask, places)),
    },
    place: {
      usage: 'place [auto|private|forum|flat]',
      for: 'owner',
      run: (ask) => withPlaces(ask, (places) => place(ask, places)),
    },
  }

  async function withPlaces(
    { asked }: Ask,
    work: (places: HubPlaces) => Promise<Reply | 'usage'>,
  ): Promise<Reply | 'usage'> {
    const { places } = asked.seat.adapter
    return places ? work(places) : refuse('noPlaces')
  }

  /** In a place that shows no chat, that is where it goes; elsewhere a group for it is to be picked. */
  async function link(ask: Ask, places: HubPlaces): Promise<Reply | 'usage'> {
    const { words, asked } = ask
    const here = await ownRoom(ask)
    const [word] = words
    if (words.length === 1 && word?.toLowerCase() === 'all') {
      if (places.only) return refuse('noTopics')
      const at = asked.there ?? here?.room
      return at ? homed(places, at) : say({ type: 'usage', usage: '!wx link all', place: 'group' })
    }
    const { page, words: text } = wantedOf(words)
    const named = text && words.length === 1 ? await roomNamed(ask, text) : undefined
    if (!named && isNumber(text)) return refuse('noChatHere')
    if (!here && !named) return listed(tools, ask, 'link', { words: text, page })
    if (here && named && named.id !== here.id) return refuse('otherHere')
    if (here && text && !named) return 'usage'
    const portal = named ?? here
    if (!portal) return refuse('noChatHere')
    const { there } = asked
    if (there === undefined && places.only) return howToLink(ask, portal)
    return there === undefined ? invited(ask, places, portal) : linked(ask, places, portal, there)
  }

  /** There is no address for it: the bot is asked into the room, and told there. */
  function howToLink(ask: Ask, portal: Portal): Reply {
    return {
      async beside() {
        const name = await nameHere(parts, ask, portal.chat)
        return { notice: { type: 'linkHere', name, portal: portal.id }, here: true }
      },
    }
  }

  function invited(ask: Ask, places: HubPlaces, portal: Portal): Reply {
    return {
      async beside() {
        const url = await places.invitation(portal.id)
        const name = await nameHere(parts, ask, portal.chat)
        return { notice: { type: 'linkBy', name, url }, here: true }
      },
    }
  }

  function linked(ask: Ask, places: HubPlaces, portal: Portal, there: RoomId): Reply {
    return {
      async beside(signal) {
        if (!places.only) await made(portal, signal)
        return moved(
          ask,
          portal,
          await settled(portal, await places.link(portal.id, there), signal),
        )
      },
    }
  }

  async function unlink(ask: Ask, places: HubPlaces): Promise<Reply | 'usage'> {
    const { words } = ask
    const [word] = words
    if (words.length > 1) return 'usage'
    if (word?.toLowerCase() === 'all') {
      return places.only ? refuse('noTopics') : homed(places, undefined)
    }
    const portal = await (word === undefined ? ownRoom(ask) : roomNamed(ask, word))
    if (!portal) return word === undefined ? inChat('unlink') : refuse('noChatHere')
    return movedTo(ask, places, portal, 'auto')
  }

  async function place(ask: Ask, places: HubPlaces): Promise<Reply | 'usage'> {
    const { words } = ask
    const kind = kinds.find((each) => each === words.at(-1)?.toLowerCase())
    if (kind && places.only) return refuse('noTopics')
    const [word, ...more] = kind ? words.slice(0, -1) : words
    if (more.length > 0) return 'usage'
    const portal = await (word === undefined ? ownRoom(ask) : roomNamed(ask, word))
    if (!portal) {
      if (word === undefined) {
        return inChat(places.only ? 'place' : 'place auto|private|forum|flat')
      }
      return isOwn(ask) ? 'usage' : refuse('noChatHere')
    }
    if (kind) return movedTo(ask, places, portal, kind)
    return {
      async beside() {
        const where = await places.of(portal.id)
        const at = where && { where: whereOf(where) }
        const name = await nameHere(parts, ask, portal.chat)
        const only = places.only && { only: places.only }
        return { notice: { type: 'place', name, portal: portal.id, ...at, ...only }, here: true }
      },
    }
  }

  function movedTo(ask: Ask, places: HubPlaces, portal: Portal, kind: Kind): Reply {
    return {
      async beside(signal) {
        await made(portal, signal)
        return moved(ask, portal, await settled(portal, await places.move(portal.id, kind), signal))
      },
    }
  }

  /**
   * What is written there from now on is for the chat, and what is posted goes there: not only from the next post on. A
   * topic is made by that.
   */
  async function settled(
    { id, hub }: Portal,
    where: PlaceNow,
    signal: AbortSignal,
  ): Promise<PlaceNow> {
    tools.rooms(hub).forget(id)
    if (where.kind === 'own' || where.kind === 'linked') await tools.rooms(hub).room(id, signal)
    return where
  }

  /** The hub knows nothing of a chat that it has never shown: there is nothing to be moved. */
  async function made({ id, hub, room }: Portal, signal: AbortSignal): Promise<void> {
    if (room === undefined) await tools.rooms(hub).room(id, signal)
  }

  /** Where it has gone others may read what is said. */
  async function moved(
    ask: Ask,
    portal: Portal,
    where: Parameters<typeof whereOf>[0],
  ): Promise<Said> {
    const notice: Notice = {
      type: 'place',
      name: await nameHere(parts, ask, portal.chat),
      portal: portal.id,
      where: whereOf(where),
      now: true,
    }
    return { notice, here: true }
  }

  /** Official accounts may share a room: it is that which goes somewhere. */
  async function roomOf(ask: Ask, portal: Portal | undefined): Promise<Portal | undefined> {
    return portal && portalFor(parts, ask.unit, ask.asked.seat, portal.chat)
  }

  async function roomNamed(ask: Ask, word: string): Promise<Portal | undefined> {
    return roomOf(ask, await portalNamed(tools, ask, word))
  }

  /** That it is said in, if it is a chat's. */
  async function ownRoom(ask: Ask): Promise<Portal | undefined> {
    return isOwn(ask) ? roomOf(ask, ask.portal) : undefined
  }
}

function homed(places: HubPlaces, here: RoomId | undefined): Reply {
  return {
    async beside() {
      const where = await places.home(here)
      return { notice: { type: 'home', ...(where && { where: whereOf(where) }) }, here: true }
    },
  }
}

const isOwn = ({ place }: Ask): boolean => place.kind !== 'management'

const inChat = (usage: string): Reply =>
  say({ type: 'usage', usage: `!wx ${usage}`, place: 'chat' })
