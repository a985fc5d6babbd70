import { BridgeError } from '../../src/core/errors.ts'
import type { PortalId } from '../../src/core/ids.ts'
import { type Address, isGroup, isSame } from './address.ts'
import { type At, address, type Kept, type Topic } from './places-book.ts'
import { held } from './places-errors.ts'
import { type Going, type GoingParts, ownTopic, withTopic } from './places-going.ts'
import type { ShutBy } from './places-groups.ts'
import { shutSentence } from './places-telling.ts'
import { type Trouble, troubleOf } from './places-trouble.ts'

/** `since` is in steady milliseconds. */
export interface Stuck {
  readonly at: Address
  readonly since: number
}

/** What is done about what Telegram says of a place. In the chat's turn. */
export interface Repair {
  /** See `Places.failed`. */
  failed(
    portal: PortalId,
    error: Error,
    signal: AbortSignal,
    used: Address | undefined,
  ): Promise<'again' | Error>
  /** The topic is not there: another one is made next. */
  lost(portal: PortalId, topic: Address): Promise<void>
  /** See `Places.strayed`. */
  strayed(portal: PortalId, used: Address): Promise<void>
  /** Chats whose topics are closed, and that the bot may not open. */
  readonly stuck: Map<PortalId, Stuck>
}

/** A topic that took the place of one that was gone, and is gone within this time, is Telegram's trouble. */
const youngMs = 60_000

const closedSentence =
  'The topic of the chat is closed, and the bot may not open it. Messages wait until somebody opens it, or makes the bot ' +
  'an administrator with the right “Manage topics”.'
const vanishingSentence =
  'The topic of the chat is gone as soon as it is made. Messages wait; it is tried again in a minute.'

export function createRepair(parts: GoingParts, going: Going): Repair {
  const { book, groups, topics, bot, clock, people, log } = parts
  const stuck = new Map<PortalId, Stuck>()

  const lost = async (portal: PortalId, topic: Address) => {
    const kept = book.of(portal)
    if (!kept) return
    if (kept.topics.some((each) => isSame(each, topic) && !each.lost)) {
      await book.put(withTopic(kept, topic, (each) => ({ ...each, lost: true })))
    } else if (kept.linked && isSame(kept.linked, topic)) {
      // A person's own topic is theirs to make again.
      const { linked: _, ...rest } = kept
      await book.put(rest)
    }
    log.info({ portal, ...address(topic) }, 'A topic is gone; the chat gets another.')
  }

  const isVanishing = (topic: Topic | undefined): boolean =>
    topic?.again === true && clock.now() - topic.madeAt < youngMs

  const strayed = async (portal: PortalId, used: Address) => {
    const kept = book.of(portal)
    if (!kept?.at || !isSame(kept.at, used)) return
    if (isVanishing(ownTopic(kept))) going.trouble('what is posted into new topics is not in them')
    await lost(portal, used)
  }

  const gone = async (kept: Kept, at: At, error: Error, signal: AbortSignal) => {
    if (at.thread === undefined) return error
    const vanishing = isVanishing(ownTopic(kept))
    if (at.kind === 'private') {
      const info = await bot.refresh(signal).catch(() => bot.known())
      // While there are no topics at all, this one may still come back.
      if (info && !info.topics) return 'again'
      if (vanishing) going.trouble('topics vanish as soon as they are made')
    }
    await lost(kept.portal, at)
    return vanishing && isGroup(at) ? held(vanishingSentence, error) : 'again'
  }

  const closed = async (kept: Kept, at: At, error: Error, signal: AbortSignal) => {
    try {
      if (at.thread === undefined) await topics.reopenGeneral(at.chat, signal)
      else await topics.reopen(at, signal)
    } catch (thrown) {
      const trouble = troubleOf(thrown)?.type
      if (trouble === 'topicGone') return gone(kept, at, error, signal)
      if (trouble !== 'noRight') return thrown instanceof Error ? thrown : error
      stuck.set(kept.portal, { at, since: clock.steady() })
      parts.changed()
      return held(closedSentence, error)
    }
    if (ownTopic(kept)?.closed) {
      await book.put(withTopic(kept, at, ({ closed: _, ...topic }) => topic))
    }
    return 'again'
  }

  const shut = async (at: At, by: ShutBy, error: Error) => {
    if (!isGroup(at)) return by === 'out' ? held(unknownSentence, error) : error
    await parts.shut(at.chat, by)
    return held(shutSentence(by, groups.title(at.chat)), error)
  }

  const mend = async (
    kept: Kept,
    at: At,
    trouble: Trouble,
    error: Error,
    signal: AbortSignal,
  ): Promise<'again' | Error> => {
    switch (trouble.type) {
      case 'migrated':
        await parts.follow(at.chat, trouble.to)
        return 'again'
      case 'topicGone':
        return gone(kept, at, error, signal)
      case 'topicClosed':
        return closed(kept, at, error, signal)
      case 'noForum':
      case 'out':
      case 'mute':
        return shut(at, trouble.type, error)
      case 'blocked':
        return at.chat === people.owner() ? held(blockedSentence, error) : error
      default:
        return error
    }
  }

  return {
    stuck,
    lost,
    strayed,
    async failed(portal, error, signal, used) {
      const trouble = troubleOf(error)
      const kept = book.of(portal)
      const at = kept?.at
      if (!trouble || !kept) return error
      // Somebody else has mended it meanwhile.
      if (!at || (used && !isSame(used, at))) return 'again'
      return mend(kept, at, trouble, error, signal)
    },
  }
}

const blockedSentence =
  'The owner has blocked the bot in Telegram; nothing was delivered. Messages wait until it is unblocked.'

const unknownSentence =
  'This bot has no chat with its owner: it may be another bot than before. Nothing was delivered; messages wait until the ' +
  'owner writes to it.'

/** In a place that shows no chat there is nothing to mend: what was to be said there is given up. */
export function failedElsewhere(error: Error): Error {
  const trouble = troubleOf(error)?.type
  if (trouble === undefined || trouble === 'media') return error
  return new BridgeError(
    'The place in Telegram that was to be answered in is not there any more, or takes nothing; it was not delivered.',
    { code: 'gone', heal: 'never', certain: true },
    { cause: error },
  )
}
