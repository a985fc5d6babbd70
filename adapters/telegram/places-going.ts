import { BridgeError } from '../../src/core/errors.ts'
import { roomId } from '../../src/core/ids.ts'
import { type Address, isGroup, isSame } from './address.ts'
import type { PlacesBase } from './parts.ts'
import {
  type At,
  address,
  type Book,
  type Farewell,
  goneTo,
  type Kept,
  keyOf,
  type Topic,
} from './places-book.ts'
import { type Choice, choose, topicIn, type World } from './places-choice.ts'
import { held, unowned } from './places-errors.ts'
import type { Groups, ShutBy } from './places-groups.ts'
import { topicName } from './places-name.ts'
import { shutSentence } from './places-telling.ts'
import { saidBy, troubleOf } from './places-trouble.ts'
import type { Topics } from './topics.ts'

/** How a chat comes to where it belongs. All of it in the chat's turn (`places-turn.ts`). */
export interface Going {
  /** Throws where nobody owns the bot, or Telegram cannot be asked what there is. */
  world(signal: AbortSignal): Promise<World>
  /** The same, as far as it is known now. */
  known(): World | undefined
  /**
   * Brings a chat to where it belongs. Throws where it can be nowhere now, and leaves everything as it was. Of what is
   * `wished` instead of what is kept, nothing is noted before the chat is there.
   */
  settle(kept: Kept, signal: AbortSignal, asked?: Asked): Promise<Kept>
  /** Somebody may say something there now. */
  touched(place: Address): void
  /** It is a topic that was just made, in which nothing was said. */
  isUntouched(place: Address): boolean
  /** Topics in private are not to be had, whatever Telegram says of the bot: for a while nobody tries. */
  trouble(why: string): void
}

/** What a person has asked for. `strict`: there, or nothing changes. */
export interface Asked {
  readonly wished: Kept
  readonly strict: boolean
}

export interface GoingParts extends PlacesBase {
  readonly book: Book
  readonly groups: Groups
  readonly topics: Topics
  /** A group became another: all that is kept follows. */
  follow(from: string, to: string): Promise<void>
  /** A group takes nothing now. Its owner is told, once; nothing waits for that. */
  shut(chat: string, by: ShutBy): Promise<void>
}

const troubledMs = 30 * 60_000
const youngMs = 5 * 60_000
/** So many answers of 5xx in a row are more than a hiccup. */
const hiccups = 1
const mostTries = 4

export function createGoing(parts: GoingParts): Going {
  const { book, groups, topics, people, options, bot, clock, log } = parts
  let troubledUntil = Number.NEGATIVE_INFINITY
  let failures = 0
  /** Topics made by this process in which nothing can have been said, and when: in steady milliseconds. */
  const untouched = new Map<string, number>()

  const isUntouched = (place: Address) =>
    clock.steady() - (untouched.get(keyOf(place)) ?? Number.NEGATIVE_INFINITY) < youngMs

  const known = (): World | undefined => {
    const owner = people.owner()
    const info = bot.known()
    if (owner === undefined || !info) return undefined
    const troubled = clock.steady() < troubledUntil
    return { place: options.place, owner, topics: info.topics, troubled, home: groups.home() }
  }

  const world = async (signal: AbortSignal): Promise<World> => {
    if (people.owner() === undefined) throw unowned()
    if (!bot.known()) await bot.info(signal)
    const found = known()
    if (!found) throw unowned()
    return found
  }

  const trouble = (why: string) => {
    troubledUntil = clock.steady() + troubledMs
    log.warn(
      { why },
      'Telegram makes no topics in private now; chats without one share the chat with the bot.',
    )
  }

  /** Makes a topic. What is not noted of it after a crash is an empty topic that nobody knows. */
  const make = async (kept: Kept, wished: Kept, choice: Making, signal: AbortSignal) => {
    const name = topicName(wished.shows, parts.voice.language, isGroup({ chat: choice.make }))
    if (kept.making !== choice.make) await book.put({ ...kept, making: choice.make })
    const thread = await topics.make(choice.make, name, wished.shows.kind, signal)
    const at = { chat: choice.make, thread }
    const other = book.shownAt(at) ?? book.madeFor(at)
    if (other && other.portal !== kept.portal) throw taken()
    failures = 0
    untouched.set(keyOf(at), clock.steady())
    const old = topicIn(wished, choice.make)
    const topic: Topic = { ...at, name, madeAt: clock.now(), ...(old?.lost && { again: true }) }
    const others = wished.topics.filter((each) => each.chat !== choice.make)
    const former = old ? [address(old), ...wished.former] : wished.former
    log.info({ portal: kept.portal, ...at }, 'A topic was made.')
    return {
      now: { ...wished, topics: [...others, topic], former },
      at: { kind: choice.kind, ...at },
    }
  }

  /** Being there is durable, with all that was wished, at once. */
  const arrive = async (kept: Kept, wished: Kept, at: At, asked: boolean): Promise<Kept> => {
    const { making, ...rest } = wished
    const isThere = kept.at && isSame(kept.at, at) && kept.at.kind === at.kind
    if (isThere && wished === kept && making === undefined) return kept
    const shown = book.shownAt(at)
    if (at.kind !== 'flat' && shown && shown.portal !== kept.portal) throw taken()
    const bye = farewellTo(kept, at, asked, groups.home())
    const isUnused = bye !== undefined && ownTopic(kept) && isUntouched(bye)
    const left = bye && { ...bye, ...(isUnused && { remove: true as const }) }
    const farewells = kept.farewells.filter((each) => !isSame(each, at))
    const now = {
      ...goneTo({ ...rest, ...(kept.at && { at: kept.at }) }, at),
      // What is to be deleted is nothing to come back to.
      ...(isUnused && { topics: rest.topics.filter((topic) => !isSame(topic, bye)) }),
      farewells: left ? [...farewells, left] : farewells,
    }
    // That everyone may write was said of other people.
    if (kept.at && isGroup(at) && kept.at.chat !== at.chat) {
      await people.relay(roomId(kept.portal), false)
    }
    await book.put(now)
    parts.changed()
    return now
  }

  const settle = async (kept: Kept, signal: AbortSignal, asked?: Asked): Promise<Kept> => {
    for (let tries = 1; ; tries++) {
      const base = book.of(kept.portal) ?? kept
      const wished = asked?.wished ?? base
      const choice = choose(wished, await world(signal))
      if (!('make' in choice)) return arrive(base, wished, choice, asked !== undefined)
      let made: Awaited<ReturnType<typeof make>>
      try {
        made = await make(base, wished, choice, signal)
      } catch (error) {
        if (signal.aborted || tries === mostTries) throw error
        if (asked?.strict && troubleOf(error)?.type !== 'migrated') throw error
        await unmade(choice, error, signal)
        continue
      }
      return arrive(base, made.now, made.at, asked !== undefined)
    }
  }

  /** A topic could not be made. Resolves where there may be another way now. */
  const unmade = async (choice: Making, error: unknown, signal: AbortSignal): Promise<void> => {
    const found = troubleOf(error)
    if (found?.type === 'migrated') return parts.follow(choice.make, found.to)
    if (choice.kind === 'forum') {
      const by = found && shuts[found.type]
      if (!by) throw error
      await parts.shut(choice.make, by)
      throw held(shutSentence(by, groups.title(choice.make)), error)
    }
    if (!(error instanceof BridgeError) || found?.type === 'blocked') throw error
    const { code } = error.failure
    // Where nothing is reached, or the pace is too high, the private chat as it is would be no better.
    if (code === 'network' || code === 'timeout' || code === 'rate' || code === 'config')
      throw error
    if (code === 'server' && ++failures <= hiccups) throw error
    failures = 0
    const info = await bot.refresh(signal).catch(() => bot.known())
    if (info?.topics) trouble(saidBy(error) || code)
  }

  const touched = (place: Address) => void untouched.delete(keyOf(place))

  return { world, known, settle, touched, isUntouched, trouble }
}

type Making = Extract<Choice, { readonly make: string }>

/** What Telegram says when a group with topics takes none. */
const shuts: { readonly [type: string]: ShutBy | undefined } = {
  out: 'out',
  mute: 'mute',
  noForum: 'noForum',
  noRight: 'topics',
}

/**
 * What is said in the place a chat leaves: always where a person had linked it or asks for it to go, and in a group with
 * topics that is not the chosen one any more. Not where it only makes room for a while.
 */
function farewellTo(
  { at: old, topics, shows }: Kept,
  at: At,
  asked: boolean,
  home: string | undefined,
): Farewell | undefined {
  if (!old || isSame(old, at) || shows.kind === 'management') return undefined
  if (topics.some((topic) => topic.lost && isSame(topic, old))) return undefined
  const isOver = old.kind === 'linked' || (old.kind === 'forum' && old.chat !== home)
  if (!asked && !isOver) return undefined
  const close = isGroup(old) && topics.some((topic) => isSame(topic, old))
  return { ...address(old), ...(close && { close: true }) }
}

const taken = (): BridgeError =>
  new BridgeError(
    'That place in Telegram shows another chat already; nothing was delivered. It is tried again.',
    { code: 'server', heal: 'retry', certain: true },
  )

/** The topic a chat is in, if it is one of its own. */
export const ownTopic = ({ topics, at }: Kept): Topic | undefined =>
  at && topics.find((topic) => isSame(topic, at))

/** The kept with one of its topics changed. */
export const withTopic = (kept: Kept, of: Address, change: (topic: Topic) => Topic): Kept => ({
  ...kept,
  topics: kept.topics.map((topic) => (isSame(topic, of) ? change(topic) : topic)),
})
