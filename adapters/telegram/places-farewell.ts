import { BridgeError } from '../../src/core/errors.ts'
import type { PortalId } from '../../src/core/ids.ts'
import { isGroup, isSame } from './address.ts'
import { placeWords } from './place-words.ts'
import { type At, address, type Farewell, type Kept } from './places-book.ts'
import { type Going, type GoingParts, withTopic } from './places-going.ts'
import { shownName } from './places-name.ts'
import { urlOf, whereWords } from './places-telling.ts'

/**
 * Says in the places a chat has left where it goes on, and closes topics of its own. Nothing waits for it: what Telegram
 * refuses is left unsaid, what did not reach Telegram is said later. In the chat's turn.
 */
export type Farewells = (portal: PortalId, signal: AbortSignal) => Promise<void>

export function createFarewells(parts: GoingParts, going: Going): Farewells {
  const { book, groups, topics, patient, bot, voice, log } = parts

  const say = async (kept: Kept, at: At, place: Farewell, signal: AbortSignal) => {
    const { language } = voice
    const url = urlOf(at, bot.known()?.username)
    const name = shownName(kept.shows, language, isGroup(place))
    const text = placeWords(language).movedTo(name, whereWords(at, groups, parts), url)
    const where = {
      chat_id: place.chat,
      ...(place.thread !== undefined && { message_thread_id: Number(place.thread) }),
    }
    const options = { link_preview_options: { is_disabled: true }, disable_notification: true }
    await patient.call('sendMessage', { ...where, text, ...options }, signal)
  }

  /** False: it may not. */
  const removes = (place: Farewell, signal: AbortSignal) =>
    topics.remove(place, signal).then(
      () => true,
      (error: unknown) => {
        if (isRefused(error)) return false
        throw error
      },
    )

  const crossOut = async (portal: PortalId, place: Farewell, closed: boolean) => {
    const kept = book.of(portal)
    if (!kept) return
    const farewells = kept.farewells.filter((each) => !isSame(each, place))
    const noted = closed ? withTopic(kept, place, (topic) => ({ ...topic, closed: true })) : kept
    await book.put({ ...noted, farewells })
  }

  return async (portal, signal) => {
    for (const place of book.of(portal)?.farewells ?? []) {
      const kept = book.of(portal)
      if (!kept?.at) return
      let closed = false
      try {
        const removed = place.remove && going.isUntouched(place) && (await removes(place, signal))
        if (!removed) await say(kept, kept.at, place, signal)
        if (place.close && !removed) {
          await topics.close(place, signal)
          closed = true
        }
      } catch (error) {
        log.info(
          { portal, ...address(place), reason: String(error) },
          'A place was not told that its chat has moved.',
        )
        if (!isRefused(error)) return
      }
      await crossOut(portal, place, closed)
    }
  }
}

/** Trying again would not help. Where an answer was lost it would: saying it twice does no harm. */
const isRefused = (error: unknown): boolean =>
  error instanceof BridgeError && ['refused', 'gone', 'format'].includes(error.failure.code)
