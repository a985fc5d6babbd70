import type { Chat } from '../../src/core/chat.ts'
import { management } from '../../src/core/chat.ts'
import type { ShutRoom } from '../../src/core/hub.ts'
import { type PortalId, portalId, type RoomId, roomId } from '../../src/core/ids.ts'
import { oneLine } from '../../src/core/one-line.ts'
import { addressOfRoom, isGroup, isSame, roomOfAddress } from './address.ts'
import type { PlacesBase } from './parts.ts'
import { placeWords } from './place-words.ts'
import type { Located, Places } from './places.ts'
import { type Book, createBook, fresh, type Kept } from './places-book.ts'
import { choose } from './places-choice.ts'
import { held, nowhere, surely, unowned } from './places-errors.ts'
import { addressOf, createHappened, isUsed } from './places-events.ts'
import { createFarewells } from './places-farewell.ts'
import { createGoing, ownTopic, withTopic } from './places-going.ts'
import { createGroups, type ShutBy } from './places-groups.ts'
import { createInvitations } from './places-invitations.ts'
import { createLinking } from './places-linking.ts'
import { topicName } from './places-name.ts'
import { createRepair, failedElsewhere } from './places-repair.ts'
import { isIn, look } from './places-rights.ts'
import { shutSentence } from './places-telling.ts'
import { troubleOf } from './places-trouble.ts'
import { createInTurn } from './places-turn.ts'
import { createTopics } from './topics.ts'

/** How often it is looked whether what is shut has opened. */
const lookMs = 60_000
/** How often Telegram is asked whether there are topics in private. */
const askMs = 600_000
/** For so long a room is shut because its topic is closed; then a post finds out. */
const stuckMs = 300_000
const tellMs = 60_000

/** Where chats go, over what the vault keeps (architecture §8). */
export function createPlaces(base: PlacesBase): Places {
  const { vault, clock, log, people, bot, voice } = base
  const groups = createGroups(vault)
  const book = createBook(vault, log, groups.now)
  const topics = createTopics(base.patient)
  const inTurn = createInTurn()
  const invitations = createInvitations<PortalId>(clock)

  const follow = async (from: string, to: string) => {
    if (from === to) return
    const isNews = groups.now(from) !== to
    await groups.migrated(from, to)
    // Also where it was known: it may not have come this far then.
    await book.adopt()
    if (!isNews) return
    log.info({ from, to }, 'A group has become a supergroup; its chats follow.')
    base.changed()
  }

  const shut = async (chat: string, by: ShutBy) => {
    const isNews = groups.shutBy(chat) === undefined
    await groups.close(chat, by)
    base.changed()
    const owner = people.owner()
    if (!isNews || owner === undefined) return
    const words = placeWords(voice.language)
    const text = words.groupShut(oneLine(groups.title(chat) ?? '', 64) || words.nameless, by)
    base.patient
      .call('sendMessage', { chat_id: owner, text }, AbortSignal.timeout(tellMs))
      .catch((error: unknown) =>
        log.info({ chat, reason: String(error) }, 'The owner was not told of a group.'),
      )
  }

  const parts = { ...base, book, groups, topics, follow, shut, inTurn, invitations }
  const going = createGoing(parts)
  const farewells = createFarewells(parts, going)
  const repair = createRepair(parts, going)
  const linking = createLinking(parts, going, farewells)
  const happened = createHappened({ ...parts, linking, stuck: repair.stuck })
  let managed: PortalId | undefined
  let askedAt = Number.NEGATIVE_INFINITY

  const locatedOf = ({ portal, shows, at }: Kept): Located | undefined =>
    at && { ...at, portal, shows }

  const located = (room: RoomId): Located | undefined => {
    const kept = book.of(room)
    if (kept) return locatedOf(kept)
    const bare = addressOfRoom(room)
    return (
      bare && {
        ...{ ...bare, chat: groups.now(bare.chat) },
        kind: 'management',
        portal: managed ?? portalId('management'),
        shows: management,
      }
    )
  }

  /** Whether there can be topics is the owner's to change at any time. Not to know it any better is no trouble. */
  const ask = async ({ shows, linked }: Kept, signal: AbortSignal) => {
    if (shows.kind === 'management' || linked || clock.steady() - askedAt < askMs) return
    const isFirst = askedAt === Number.NEGATIVE_INFINITY
    askedAt = clock.steady()
    if (!isFirst || !bot.known()) await bot.refresh(signal).catch(() => undefined)
  }

  /** Why nothing can be posted where a chat is. */
  const shutWhy = (kept: Kept): string | undefined => {
    const world = going.known()
    const choice = world ? choose(kept, world) : kept.at
    if (!choice) return undefined
    const chat = 'make' in choice ? choice.make : choice.chat
    const by = groups.shutBy(chat)
    // Where the topic is made already, those that cannot be made are no obstacle.
    const isObstacle = by !== 'topics' || 'make' in choice
    if (by && isObstacle) return shutSentence(by, groups.title(chat))
    const stuck = repair.stuck.get(kept.portal)
    return stuck && kept.at && isSame(stuck.at, kept.at)
      ? 'The topic of the chat is closed, and the bot may not open it.'
      : undefined
  }

  const open = async (kept: Kept, signal: AbortSignal): Promise<Kept> => {
    const topic = ownTopic(kept)
    if (!topic?.closed || !isGroup(topic)) return kept
    try {
      await topics.reopen(topic, signal)
    } catch (error) {
      // An administrator may post all the same; else posting tells.
      const trouble = troubleOf(error)
      if (!trouble)
        log.info({ portal: kept.portal, reason: String(error) }, 'A topic was not reopened.')
      return kept
    }
    const now = withTopic(kept, topic, ({ closed: _, ...rest }) => rest)
    await book.put(now)
    return now
  }

  const ready = async (kept: Kept, signal: AbortSignal): Promise<Located> => {
    await ask(kept, signal)
    const why = shutWhy(kept)
    if (why !== undefined) throw held(`${why} Nothing was delivered.`)
    const settled = await going.settle(kept, signal)
    const found = locatedOf(await open(settled, signal))
    if (!found) throw nowhere()
    going.touched(found)
    return found
  }

  /** A person's own name for a topic stays until the chat's changes. */
  const rename = async (kept: Kept, signal: AbortSignal) => {
    const topic = ownTopic(kept)
    if (!topic || topic.lost) return
    const name = topicName(kept.shows, voice.language, isGroup(topic))
    if (name === topic.name) return
    try {
      await topics.rename(topic, name, signal)
    } catch (error) {
      const trouble = troubleOf(error)?.type
      log.info({ portal: kept.portal, reason: String(error) }, 'A topic was not renamed.')
      if (trouble === 'topicGone') return repair.lost(kept.portal, topic)
      // It may not, and will not be able to: asked again at the next name.
      if (trouble !== 'noRight') return
    }
    await book.put(withTopic(kept, topic, (each) => ({ ...each, name })))
  }

  const ensure = async (portal: PortalId, chat: Chat, signal: AbortSignal) => {
    const shows = shownOf(chat)
    const before = book.of(portal) ?? fresh(portal, shows)
    const changed = JSON.stringify(before.shows) !== JSON.stringify(shows)
    if (changed || !book.of(portal)) await book.put({ ...before, shows })
    if (chat.kind === 'management') managed = portal
    const kept = book.of(portal) ?? before
    if (shutWhy(kept) === undefined) {
      const settled = await going.settle(kept, signal)
      await rename(settled, signal)
    }
    await farewells(portal, signal)
    return roomId(portal)
  }

  const opened = async (chat: string, signal: AbortSignal) => {
    if (!isUsed(chat, book, groups.home())) return groups.open(chat)
    const by = groups.shutBy(chat)
    const owner = people.owner()
    if (by === 'left' && owner !== undefined && !(await isIn(parts, chat, owner, signal))) return
    const found = await look(parts, chat, by === 'topics' || by === 'noForum', signal)
    if (found.to !== undefined) return follow(chat, found.to)
    if (found.by === by) return undefined
    if (found.by && found.by !== 'notGroup') await groups.close(chat, found.by)
    else await groups.open(chat)
    return base.changed()
  }

  const lookOnce = async (signal: AbortSignal) => {
    for (const [portal, { since }] of repair.stuck) {
      if (clock.steady() - since >= stuckMs) repair.stuck.delete(portal)
    }
    for (const chat of groups.shut()) {
      // One that cannot be asked about says nothing of the others.
      await opened(chat, signal).catch((error: unknown) =>
        log.info({ chat, reason: String(error) }, 'Whether a group has opened could not be seen.'),
      )
    }
    for (const { portal, farewells: left } of [...book.all()]) {
      if (left.length > 0) await inTurn(portal, () => farewells(portal, signal))
    }
    base.changed()
  }

  return {
    ...linking,
    async load() {
      await groups.load()
      await book.load()
      for (const { portal, shows } of book.all()) if (shows.kind === 'management') managed = portal
    },
    ensure: (portal, chat, signal) => {
      if (people.owner() === undefined) return Promise.reject(unowned())
      return inTurn(portal, () => ensure(portal, chat, signal))
    },
    located,
    async ready(room, signal) {
      const portal = book.of(room)?.portal
      if (portal !== undefined) {
        return inTurn(portal, () => ready(book.of(portal) as Kept, signal)).catch(surely)
      }
      const found = located(room)
      if (!found) throw nowhere()
      return found
    },
    roomAt(message) {
      const at = addressOf(message)
      const here = { ...at, chat: groups.now(at.chat) }
      going.touched(here)
      const kept = book.shownAt(here)
      if (kept) return roomId(kept.portal)
      const isManaged = here.chat === people.owner() && here.thread === undefined
      return isManaged && managed !== undefined ? roomId(managed) : roomOfAddress(here)
    },
    isManagement(room) {
      if (managed !== undefined && room === roomId(managed)) return true
      const owner = people.owner()
      return owner !== undefined && room === roomOfAddress({ chat: owner })
    },
    isOurs: (room) => isOurs(room, book, groups.now, people.owner(), groups.home()),
    async failed(room, thrown, signal, used) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      const portal = book.of(room)?.portal
      if (portal === undefined) return failedElsewhere(error)
      return inTurn(portal, () => repair.failed(portal, error, signal, used)).catch(surely)
    },
    async strayed(room, used) {
      const kept = book.of(room)
      if (!kept?.at || !isSame(kept.at, used)) return
      await inTurn(kept.portal, () => repair.strayed(kept.portal, used))
    },
    happened,
    shut(): readonly ShutRoom[] {
      return [...book.all()].flatMap((kept) => {
        const detail = shutWhy(kept)
        return detail === undefined ? [] : [{ portal: kept.portal, detail }]
      })
    },
    async watch(signal) {
      while (!signal.aborted) {
        await clock.sleep(lookMs, signal).catch(() => undefined)
        if (signal.aborted) return
        await lookOnce(signal).catch((error: unknown) =>
          log.info({ reason: String(error) }, 'Whether groups have opened could not be seen.'),
        )
      }
    },
  }
}

/** A chat as it is kept: its picture is nowhere shown. */
function shownOf({ avatar: _, ...chat }: Chat): Chat {
  return chat
}

/** See `Places.isOurs`. */
function isOurs(
  room: RoomId,
  book: Book,
  now: (chat: string) => string,
  owner: string | undefined,
  home: string | undefined,
): boolean {
  if (book.of(room)) return true
  const bare = addressOfRoom(room)
  if (!bare) return false
  const at = { ...bare, chat: now(bare.chat) }
  return at.chat === owner || book.wasAt(at) || isUsed(at.chat, book, home)
}
