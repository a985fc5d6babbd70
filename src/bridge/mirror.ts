import type { Chat } from '../core/chat.ts'
import { isOurs } from '../core/chat.ts'
import { fit, whoOf } from '../core/fit.ts'
import type { HubId } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Post } from '../core/post.ts'
import type { Portal, Unit } from '../ports/store.ts'
import { gather } from './gathering.ts'
import { enqueue } from './lining.ts'
import type { Parts, Seat } from './parts.ts'
import { portalFor } from './places.ts'
import { postOf } from './posts.ts'
import { tellRecall } from './recalls.ts'
import { isSilent } from './silence.ts'

/** What else is told of where a message is shown. `only`: on no other hub. */
export interface Showing extends Pick<Post, 'there' | 'replaces'> {
  readonly only?: HubId
}

/**
 * Enqueue a saved message for every hub but `except` (where it came from), as the posts it makes there. `about`
 * is what it recalls or answers. In the caller's transaction; doing it twice enqueues once.
 */
export async function mirror(
  parts: Parts,
  unit: Unit,
  message: Message,
  about?: Message,
  except?: HubId,
  { only, ...shown }: Showing = {},
): Promise<void> {
  const seats = parts.seats.filter(
    ({ adapter }) => adapter.id !== except && (!only || adapter.id === only),
  )
  if (seats.length === 0) return
  const chat = await chatOf(unit, message)
  const silent = await isSilent(unit, message, chat)
  for (const seat of seats) {
    const { adapter } = seat
    if (message.content.kind === 'articles' && isGathered(seat, chat)) {
      await gather(parts, unit, adapter.id, message, chat)
      continue
    }
    const portal = await portalFor(parts, unit, seat, chat)
    if (message.content.kind === 'recall') {
      const telling = { adapter, portal, recall: message, original: about, from: 0 }
      await tellRecall(parts, unit, telling)
      continue
    }
    const posts = postsOf(parts, seat, portal, message, about, silent)
    const placed = posts.map((post, part) => placedAs(post, part, shown))
    await enqueue(unit, adapter, portal, placed, parts.clock.now())
  }
}

/** What a message is in one room. */
export function postsOf(
  { voice }: Pick<Parts, 'voice'>,
  { adapter: { features } }: Seat,
  portal: Portal,
  message: Message,
  about: Message | undefined,
  silent: boolean,
): readonly Post[] {
  const who = whoOf(message, features, voice)
  const manner = { ...(silent && { silent }), ...(who && { who }) }
  return fit(message, about, features, voice).map((body, part) =>
    postOf(message, portal, part, body, voice, about?.id, manner),
  )
}

/** Tell a recall once more: it was told as one of something never seen, and now that has come. */
export async function retell(
  parts: Parts,
  unit: Unit,
  recall: Message,
  original: Message,
): Promise<void> {
  const chat = await chatOf(unit, recall)
  for (const seat of parts.seats) {
    const { adapter } = seat
    const portal = await portalFor(parts, unit, seat, chat)
    const from = fit(recall, undefined, adapter.features, parts.voice).length
    await tellRecall(parts, unit, { adapter, portal, recall, original, from })
  }
}

/** All of it is elsewhere; only its beginning takes the place of what was there before. */
function placedAs(post: Post, part: number, { there, replaces }: Showing): Post {
  return { ...post, ...(there && { there }), ...(replaces && part === 0 && { replaces }) }
}

const isGathered = ({ mps }: Seat, chat: Chat): boolean =>
  mps === 'digest' && chat.kind === 'mp' && !isOurs(chat)

/** A chat that was not saved has no rooms either: whoever asks for its portal is told so. */
export async function chatOf(unit: Unit, { chat, account }: Message): Promise<Chat> {
  return (await unit.chat(chat)) ?? { id: chat, account, kind: 'friend', name: '' }
}
