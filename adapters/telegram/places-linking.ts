import type { Chat } from '../../src/core/chat.ts'
import { BridgeError } from '../../src/core/errors.ts'
import { accountId, chatId, type PortalId, type RoomId } from '../../src/core/ids.ts'
import type { HubPlaces, PlaceKind, PlaceNow } from '../../src/ports/hub.ts'
import { type Address, addressOfRoom, isGroup, isSame } from './address.ts'
import { placeWords } from './place-words.ts'
import { address, fresh, type Kept, keyOf } from './places-book.ts'
import { refusal } from './places-errors.ts'
import type { Farewells } from './places-farewell.ts'
import type { Going, GoingParts } from './places-going.ts'
import type { Invitations } from './places-invitations.ts'
import { shownName } from './places-name.ts'
import { look } from './places-rights.ts'
import { placeNow } from './places-telling.ts'
import { saidBy } from './places-trouble.ts'
import type { InTurn } from './places-turn.ts'

export interface LinkingParts extends GoingParts {
  readonly inTurn: InTurn
  readonly invitations: Invitations<PortalId>
}

/** How long a person waits for an answer. */
const patienceMs = 60_000

/** What people ask for: linking, moving, choosing the group with topics. */
export function createLinking(parts: LinkingParts, going: Going, farewells: Farewells): HubPlaces {
  const { book, groups, bot, people, voice, inTurn, invitations } = parts
  /** Places that a chat is being linked to just now. */
  const claimed = new Map<string, PortalId>()

  const refuse = () => placeWords(voice.language).refuse
  const known = (portal: PortalId): Kept => book.of(portal) ?? fresh(portal, unnamed)

  /** Where something was said, as a place of Telegram's. */
  const placeOf = (here: RoomId): Address | undefined => {
    const kept = book.of(here)
    if (kept) return kept.at && address(kept.at)
    const found = addressOfRoom(here)
    return found && { ...found, chat: groups.now(found.chat) }
  }

  const now = (portal: PortalId): PlaceNow => {
    const at = book.of(portal)?.at
    return (at && placeNow(at, groups, parts)) ?? { kind: 'flat' }
  }

  /** Throws where the bot could do nothing for a chat there. */
  const check = async (chat: string, makes: boolean, signal: AbortSignal): Promise<string> => {
    const found = await look(parts, chat, makes, signal)
    if (found.to !== undefined) {
      await parts.follow(chat, found.to)
      return check(found.to, makes, signal)
    }
    const title = found.title || placeWords(voice.language).nameless
    const why = {
      out: refuse().away,
      notGroup: refuse().notGroup,
      mute: refuse().mute(title),
      noForum: refuse().notForum(title),
      topics: refuse().topicRight(title),
      left: refuse().away,
    }
    if (found.by) throw refusal(why[found.by])
    await groups.named(chat, found.title)
    await groups.open(chat)
    return chat
  }

  /** Throws where the place is another chat's, be it that it only comes back there. */
  const checkFree = (portal: PortalId, place: Address) => {
    const other = book.shownAt(place) ?? book.madeFor(place)
    if (other && other.portal !== portal) throw refusal(occupied(other, place))
    const claimant = claimed.get(keyOf(place))
    if (claimant && claimant !== portal) throw refusal(occupied(known(claimant), place))
  }
  const occupied = ({ shows }: Kept, place: Address): string =>
    refuse().occupied(shownName(shows, voice.language, isGroup(place)))

  const link = async (portal: PortalId, given: Address, signal: AbortSignal): Promise<PlaceNow> => {
    if (!isGroup(given) && given.chat !== people.owner()) throw refusal(refuse().notGroup)
    if (!isGroup(given) && given.thread === undefined) throw refusal(refuse().management)
    checkFree(portal, given)
    claimed.set(keyOf(given), portal)
    try {
      const chat = isGroup(given) ? await check(given.chat, false, signal) : given.chat
      const place = { ...given, chat }
      await inTurn(portal, async () => {
        checkFree(portal, place)
        const kept = known(portal)
        const { wanted: _, ...rest } = kept
        await going.settle(kept, signal, { wished: { ...rest, linked: place }, strict: true })
        await farewells(portal, signal)
      })
      return now(portal)
    } finally {
      claimed.delete(keyOf(given))
    }
  }

  const move = async (
    portal: PortalId,
    to: Exclude<PlaceKind, 'linked' | 'own'> | 'auto',
    signal: AbortSignal,
  ): Promise<PlaceNow> => {
    if (to === 'private' && !(await bot.refresh(signal)).topics) throw refusal(refuse().noTopics)
    if (to === 'forum') {
      const home = groups.home()
      if (home === undefined) throw refusal(refuse().noHome)
      await check(home, true, signal)
    }
    await inTurn(portal, async () => {
      const kept = known(portal)
      const { linked: _, wanted: __, ...rest } = kept
      const wished = to === 'auto' ? rest : { ...rest, wanted: to }
      try {
        await going.settle(kept, signal, { wished, strict: to !== 'auto' })
      } catch (error) {
        throw isAnswer(error) ? unmade(error) : error
      }
      await farewells(portal, signal)
    })
    return now(portal)
  }
  const unmade = (error: unknown): BridgeError => refusal(refuse().topicFailed(saidBy(error)))

  return {
    of: async (portal) => {
      const at = book.of(portal)?.at
      return at && placeNow(at, groups, parts)
    },
    async link(portal, here) {
      if (people.owner() === undefined) throw refusal(refuse().noOwner)
      const place = placeOf(here)
      if (!place) throw refusal(refuse().notGroup)
      const at = book.of(portal)?.at
      // It is there already, be it in a topic of its own.
      if (at?.thread !== undefined && isSame(at, place)) return now(portal)
      return link(portal, place, AbortSignal.timeout(patienceMs))
    },
    async invitation(portal) {
      const { username, readsGroups } = await bot.info(AbortSignal.timeout(patienceMs))
      const link = `https://t.me/${username}?startgroup=${invitations.make(portal)}`
      // In privacy mode only an administrator hears everything.
      return readsGroups ? link : `${link}&admin=manage_chat`
    },
    async move(portal, to) {
      if (people.owner() === undefined) throw refusal(refuse().noOwner)
      return move(portal, to, AbortSignal.timeout(patienceMs))
    },
    async home(here) {
      if (here === undefined) {
        await groups.setHome(undefined)
        parts.changed()
        return undefined
      }
      const place = placeOf(here)
      if (!place || !isGroup(place)) throw refusal(refuse().noHome)
      const chat = await check(place.chat, true, AbortSignal.timeout(patienceMs))
      await groups.setHome(chat)
      parts.changed()
      return placeNow({ kind: 'forum', chat }, groups, parts)
    },
    async portalAt(here) {
      const place = addressOfRoom(here)
      const kept =
        book.of(here) ?? (place && book.shownAt({ ...place, chat: groups.now(place.chat) }))
      return kept?.at?.kind === 'management' ? undefined : kept?.portal
    },
  }
}

/** Telegram has heard it, and does not do it. */
const isAnswer = (error: unknown): boolean =>
  error instanceof BridgeError &&
  ['refused', 'gone', 'format', 'server'].includes(error.failure.code)

/** A chat of which nothing is known yet but that it is to go somewhere. */
const unnamed: Chat = { id: chatId(''), account: accountId(''), kind: 'friend', name: '' }
