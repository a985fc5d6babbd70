import { management } from '../core/chat.ts'
import { toBridgeError } from '../core/errors.ts'
import type { EventId } from '../core/ids.ts'
import type { Notice } from '../core/notice.ts'
import type { Post } from '../core/post.ts'
import { words } from '../core/render.ts'
import type { HubAdapter, RoomPost } from '../ports/hub.ts'
import type { Open } from '../ports/outlet.ts'
import type { Route } from './delivery.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'
import type { Rooms } from './rooms.ts'

const hour = 3_600_000

/** The lane of a hub: posts get their room and the event they answer. */
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
      find: (post, since, signal) => adapter.find(post, since, signal),
      async send(post, opener, signal) {
        try {
          return await adapter.send(post, opener, signal)
        } catch (error) {
          // A room that is not there any more is made again at the next try.
          if (toBridgeError(error).failure.code === 'gone') rooms.forget(post.portal)
          throw error
        }
      },
    },
    open,
    onUncertain: 'resend',
    giveUpMs: 24 * hour,

    async address(job, signal) {
      const post = job as Post
      const room = await rooms.room(post.portal, signal)
      const { replyTo } = post
      const event = replyTo && (await parts.store.unit((unit) => unit.eventOf(replyTo, adapter.id)))
      return { ...post, room, body: bodyOf(post, event), ...(event && { replyToEvent: event }) }
    },

    async bury(unit, item, error) {
      const message = await unit.message(item.job.message)
      if (!message) return
      const id = `${item.job.key}/${item.seq}`
      if (message.content.kind === 'notice') {
        // Said once more where the owner surely looks; one that cannot be shown there either goes no further.
        if (message.chat === management.id) return
        return say(parts, unit, management, message.content.notice, id)
      }
      const { language } = parts.voice
      const what = words(message.content, language).slice(0, 80)
      const { code } = error.failure
      // Bytes may be had later, by asking for them again; then it is they, and not the room, that are gone.
      const isMedia = item.job.type === 'post' && item.job.body.kind === 'media'
      const again = isMedia && { seq: String(item.seq) }
      const notice: Notice = { type: 'notShown', code, detail: error.message, what, ...again }
      const chat = code === 'gone' && !isMedia ? management : await unit.chat(message.chat)
      await say(parts, unit, chat ?? management, notice, id, message)
    },
  }
}

/** The words of a post: with the quotation where there is nothing in the room that they could answer. */
function bodyOf({ body, replyTo }: Post, event: EventId | undefined): Post['body'] {
  if (!('unquoted' in body)) return body
  const { unquoted, ...said } = body
  return replyTo && !event && unquoted ? { ...said, text: unquoted } : said
}
