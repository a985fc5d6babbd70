import { management } from '../core/chat.ts'
import { toBridgeError } from '../core/errors.ts'
import type { EventId } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Notice } from '../core/notice.ts'
import { oneLine } from '../core/one-line.ts'
import type { Body, Job, Post } from '../core/post.ts'
import { openly, words } from '../core/render.ts'
import type { HubAdapter, RoomPost } from '../ports/hub.ts'
import type { Open, Receipt } from '../ports/outlet.ts'
import type { Unit } from '../ports/store.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'
import { nothingTaken } from './recalls.ts'
import type { Rooms } from './rooms.ts'
import type { Route } from './route.ts'

const hour = 3_600_000

/** The lane of a hub: posts get their room and the event they answer, or those that they take back. */
export function hubRoute(
  parts: Parts,
  adapter: HubAdapter,
  rooms: Rooms,
  open: Open,
): Route<RoomPost> {
  return {
    outlet: {
      rate: adapter.rate,
      bucket: (post) => adapter.bucket(post),
      async find(post, since, signal) {
        const found = isEmpty(post) ? nothing() : await adapter.find(post, since, signal)
        return typeof found === 'string' ? found : taken(post, found)
      },
      async send(post, opener, signal) {
        try {
          const sent = isEmpty(post) ? nothing() : await adapter.send(post, opener, signal)
          return await taken(post, sent)
        } catch (error) {
          // A room that is not there any more is made again at the next try.
          if (toBridgeError(error).failure.code === 'gone') rooms.forget(post.portal)
          throw error
        }
      },
    },
    open,
    onUncertain: 'resend',
    repeated: (post) => ({ ...post, repeat: true }),
    giveUpMs: 24 * hour,
    ...(adapter.stuckMs !== undefined && { stuckMs: adapter.stuckMs }),

    async address(job, signal) {
      const post = job as Post
      const { body } = post
      if (body.kind === 'redaction') return redaction(post, body, signal)
      const room = post.there ?? (await rooms.room(post.portal, signal))
      const { replyTo, replaces } = post
      const [event, replaced] =
        replyTo || replaces
          ? await parts.store.unit(async (unit) => [
              replyTo && (await unit.eventOf(replyTo, adapter.id)),
              replaces && (await unit.eventOf(replaces, adapter.id)),
            ])
          : []
      return {
        ...post,
        room,
        body: bodyOf(body, event),
        ...(event && { replyToEvent: event }),
        ...(replaced && { replacesEvent: replaced }),
      }
    },

    async bury(unit, item, error) {
      if (item.job.type === 'post' && item.job.body.kind === 'redaction') {
        await nothingTaken(parts, unit, adapter, item.job)
        return void (await unit.withdraw(item.job.key))
      }
      const message = await unit.message(item.job.message)
      if (!message) return
      const id = `${item.job.key}/${item.seq}`
      if (message.content.kind === 'notice') {
        // Said once more where the owner surely looks; one that cannot be shown there either goes no further.
        const isThere = item.job.type === 'post' && item.job.there !== undefined
        if (message.chat === management.id && !isThere) return
        return say(parts, unit, management, message.content.notice, id)
      }
      const what = await named(unit, message, item.job)
      const { code, reason } = error.failure
      // Bytes may be had later, by asking for them again; then it is they, and not the room, that are gone.
      const isMedia = item.job.type === 'post' && item.job.body.kind === 'media'
      // What was recalled is not on the phone either.
      const again = (isMedia || message.content.kind === 'recall') && { seq: String(item.seq) }
      const exactly = { detail: error.message, ...(reason && { reason }) }
      const notice: Notice = { type: 'notShown', code, ...exactly, what, ...again }
      const chat = code === 'gone' && !isMedia ? management : await unit.chat(message.chat)
      await say(parts, unit, chat ?? management, notice, id, message)
    },
  }

  /** Each of the messages that were posted as one, in their words. */
  async function named(unit: Unit, message: Message, job: Job): Promise<string> {
    const others = job.type === 'post' && job.body.kind === 'text' ? (job.folded ?? []) : []
    const all = [message]
    for (const id of others) {
      const other = await unit.message(id)
      if (other) all.push(other)
    }
    const { language } = parts.voice
    return all.map((each) => oneLine(words(openly(each), language), 80)).join(' / ')
  }

  /** Whatever came before it in the room's line has its event by now, or never will. */
  async function redaction(
    post: Post,
    { target }: Extract<Body, { readonly kind: 'redaction' }>,
    signal: AbortSignal,
  ): Promise<RoomPost> {
    const redacts = await parts.store.unit((unit) => unit.soleEventsOf(target, adapter.id))
    return { ...post, room: await rooms.room(post.portal, signal), redacts }
  }

  /** Of what it was to take back, nothing may be in the room, or in another room. */
  async function taken(post: RoomPost, receipt: Receipt): Promise<Receipt> {
    if (post.body.kind === 'redaction' && receipt.ids.length === 0) {
      await parts.store.unit((unit) => nothingTaken(parts, unit, adapter, post))
    }
    return receipt
  }

  function nothing(): Receipt {
    return { ids: [], at: parts.clock.now() }
  }
}

/** Nothing of what it takes back is in the room: that is the end of it. */
const isEmpty = ({ body, redacts = [] }: RoomPost): boolean =>
  body.kind === 'redaction' && redacts.length === 0

/**
 * The words of a post: with the quotation where there is nothing in the room that they could answer. Where there is, the
 * adapter may find that it cannot be pointed at.
 */
function bodyOf(body: Body, event: EventId | undefined): Body {
  if (!('unquoted' in body) || event) return body
  const { unquoted, ...said } = body
  return unquoted ? { ...said, text: unquoted } : said
}
