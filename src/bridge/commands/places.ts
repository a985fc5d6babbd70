import type { RoomId } from '../../core/ids.ts'
import type { Notice } from '../../core/notice.ts'
import { roomName } from '../../core/render.ts'
import type { HubPlaces } from '../../ports/hub.ts'
import type { Portal } from '../../ports/store.ts'
import { whereOf } from './chats.ts'
import { listed, portalNamed, wantedOf } from './listing.ts'
import type { Ask, Reply, Said, Tools, Verbs } from './verb.ts'
import { isNumber, refuse, say } from './verb.ts'

const kinds = ['auto', 'private', 'forum', 'flat'] as const
type Kind = (typeof kinds)[number]

/** Where chats go, on a hub that leaves it to a person. */
export function placeVerbs(tools: Tools): Verbs {
  const { parts } = tools
  const nameOf = ({ chat }: Portal) => roomName(chat, parts.voice.language)

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
    const here = ownChat(ask)
    const [word] = words
    if (words.length === 1 && word?.toLowerCase() === 'all') {
      const at = asked.there ?? here?.room
      return at ? homed(places, at) : say({ type: 'usage', usage: '!wx link all', place: 'group' })
    }
    const { page, words: text } = wantedOf(words)
    const named = text && words.length === 1 ? await portalNamed(tools, ask, text) : undefined
    if (!named && isNumber(text)) return refuse('noChatHere')
    if (!here && !named) return listed(tools, ask, 'link', { words: text, page })
    if (here && named && named.id !== here.id) return refuse('otherHere')
    if (here && text && !named) return 'usage'
    const portal = named ?? here
    if (!portal) return refuse('noChatHere')
    const { there } = asked
    return there === undefined ? invited(places, portal) : linked(places, portal, there)
  }

  function invited(places: HubPlaces, portal: Portal): Reply {
    return {
      async beside() {
        const url = await places.invitation(portal.id)
        return { notice: { type: 'linkBy', name: nameOf(portal), url }, here: true }
      },
    }
  }

  function linked(places: HubPlaces, portal: Portal, there: RoomId): Reply {
    return {
      async beside(signal) {
        await made(portal, signal)
        return moved(portal, await places.link(portal.id, there))
      },
    }
  }

  async function unlink(ask: Ask, places: HubPlaces): Promise<Reply | 'usage'> {
    const { words } = ask
    const [word] = words
    if (words.length > 1) return 'usage'
    if (word?.toLowerCase() === 'all') return homed(places, undefined)
    const portal = word === undefined ? ownChat(ask) : await portalNamed(tools, ask, word)
    if (!portal) return word === undefined ? inChat('unlink') : refuse('noChatHere')
    return movedTo(places, portal, 'auto')
  }

  async function place(ask: Ask, places: HubPlaces): Promise<Reply | 'usage'> {
    const { words } = ask
    const kind = kinds.find((each) => each === words.at(-1)?.toLowerCase())
    const [word, ...more] = kind ? words.slice(0, -1) : words
    if (more.length > 0) return 'usage'
    const portal = word === undefined ? ownChat(ask) : await portalNamed(tools, ask, word)
    if (!portal) {
      if (word === undefined) return inChat('place auto|private|forum|flat')
      return ownChat(ask) ? 'usage' : refuse('noChatHere')
    }
    if (kind) return movedTo(places, portal, kind)
    return {
      async beside() {
        const where = await places.of(portal.id)
        const at = where && { where: whereOf(where) }
        return {
          notice: { type: 'place', name: nameOf(portal), portal: portal.id, ...at },
          here: true,
        }
      },
    }
  }

  function movedTo(places: HubPlaces, portal: Portal, kind: Kind): Reply {
    return {
      async beside(signal) {
        await made(portal, signal)
        return moved(portal, await places.move(portal.id, kind))
      },
    }
  }

  /** The hub knows nothing of a chat that it has never shown: there is nothing to be moved. */
  async function made({ id, hub, room }: Portal, signal: AbortSignal): Promise<void> {
    if (room === undefined) await tools.rooms(hub).room(id, signal)
  }

  function moved(portal: Portal, where: Parameters<typeof whereOf>[0]): Said {
    const notice: Notice = {
      type: 'place',
      name: nameOf(portal),
      portal: portal.id,
      where: whereOf(where),
      now: true,
    }
    return { notice, here: true }
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

/** The chat of the room it is said in, if it is one's. */
const ownChat = ({ place, portal }: Ask): Portal | undefined =>
  place.kind === 'management' ? undefined : portal

const inChat = (usage: string): Reply =>
  say({ type: 'usage', usage: `!wx ${usage}`, place: 'chat' })
