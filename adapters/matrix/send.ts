import type { BridgeError } from '../../src/core/errors.ts'
import type { Key } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Open, Receipt } from '../../src/ports/outlet.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { eventContent, type Uploads } from './content.ts'
import { errcodeOf, statusOf } from './errors.ts'
import type { Ghosts } from './ghosts.ts'
import { type Homeserver, needText, path } from './homeserver.ts'
import { type Names, transactionId } from './ids.ts'
import { keyField, roomEvent } from './ingress.ts'
import { text } from './json.ts'
import type { MediaRepository, Uploaded } from './media.ts'
import { type Membership, roomGone } from './membership.ts'
import type { Words } from './words.ts'

/** Posts on their way into rooms. */
export interface Sending {
  send(post: RoomPost, open: Open, signal: AbortSignal): Promise<Receipt>
  find(post: RoomPost, since: number, signal: AbortSignal): Promise<Receipt | 'absent'>
  /** One of our posts was seen coming back. */
  echoed(key: Key, receipt: Receipt): void
}

export interface SendParts {
  readonly homeserver: Homeserver
  readonly ghosts: Ghosts
  readonly membership: Membership
  readonly media: MediaRepository
  readonly names: Names
  readonly words: Words
  readonly clock: Clock
  readonly log: Log
}

const keptUploads = 200
const keptEchoes = 1000
/** How far `find` reads back. A portal has one post in flight, so ours is among the speaker's latest. */
const readBack = 200
const page = 50

export function createSending(parts: SendParts): Sending {
  const { homeserver, ghosts, membership, names } = parts
  const uploads = new Map<string, Uploaded>()
  const echoes = new Map<Key, Receipt>()

  /** A retry of the same post does not upload its bytes again. */
  const upload = async (
    post: RoomPost,
    media: MediaRef,
    open: Open,
    signal: AbortSignal,
  ): Promise<Uploaded> => {
    const kept = `${post.key} ${media.id}`
    const before = uploads.get(kept)
    if (before) return before
    const uploaded = await parts.media.upload(media, open, signal)
    keep(uploads, kept, uploaded, keptUploads)
    return uploaded
  }

  /** The still picture of a video is worth one try: without it the video shows all the same. */
  const uploadsOf = async (post: RoomPost, open: Open, signal: AbortSignal): Promise<Uploads> => {
    const { body } = post
    if (body.kind !== 'media') return {}
    const media = await upload(post, body.media, open, signal)
    if (!body.poster) return { media }
    const poster = await upload(post, body.poster, open, signal).catch((error: unknown) => {
      if (signal.aborted) throw error
      parts.log.debug({ key: post.key, error: String(error) }, 'A video goes without its picture.')
    })
    return poster ? { media, poster } : { media }
  }

  const put = async (post: RoomPost, as: string, content: object, signal: AbortSignal) => {
    const doing = { what: 'send a message to its Matrix room', delivering: true }
    const answer = await homeserver.call(
      {
        method: 'PUT',
        path: path`/_matrix/client/v3/rooms/${post.room}/send/m.room.message/${transactionId(post.key)}`,
        ...(as !== names.bot && { as }),
        ...(post.at > 0 && { query: { ts: Math.trunc(post.at) } }),
        body: { ...content },
        ...doing,
      },
      signal,
    )
    return needText(answer, 'event_id', doing)
  }

  return {
    async send(post, open, signal) {
      const as = await ghosts.speaker(post.speaker, open, signal)
      const content = eventContent(post, await uploadsOf(post, open, signal), parts.words)
      const receipt = (event: string): Receipt => ({ ids: [event], at: parts.clock.now() })
      try {
        return receipt(await put(post, as, content, signal))
      } catch (error) {
        if (!outside(error)) throw error
        if (as === names.bot || statusOf(error) === 404) throw roomGone(error)
      }
      // Not in the room yet, or kicked, or a homeserver that was set up anew does not know the ghost.
      await ghosts.register(as, signal)
      await membership.admit(as, post.room, signal)
      return receipt(await put(post, as, content, signal))
    },

    async find(post, _since, signal) {
      const echo = echoes.get(post.key)
      if (echo) return echo
      let from: string | undefined
      for (let read = 0; read < readBack; read += page) {
        const batch = await back(post, from, signal)
        if (batch === 'gone') return 'absent'
        for (const raw of batch.chunk) {
          const event = roomEvent(raw, parts.clock.now())
          if (!event || !names.owns(event.sender)) continue
          if (event.content[keyField] === post.key) return { ids: [event.id], at: event.at }
        }
        if (batch.end === undefined) return 'absent'
        from = batch.end
      }
      return 'absent'
    },

    echoed: (key, receipt) => keep(echoes, key, receipt, keptEchoes),
  }

  function speakerOf({ speaker }: RoomPost): string {
    if (speaker.type === 'contact') return names.ghost(speaker.contact)
    return speaker.type === 'me' ? names.me : names.bot
  }

  async function back(post: RoomPost, from: string | undefined, signal: AbortSignal) {
    // Only what this speaker said: others could bury it, and the times in events are what their senders claim.
    const filter = JSON.stringify({ senders: [speakerOf(post)], types: ['m.room.message'] })
    const query = { dir: 'b', limit: page, filter, ...(from !== undefined && { from }) }
    const where = path`/_matrix/client/v3/rooms/${post.room}/messages`
    const call = { method: 'GET', path: where, query, what: 'read a room back' } as const
    try {
      const answer = await homeserver.call(call, signal)
      const chunk: readonly unknown[] = Array.isArray(answer.chunk) ? answer.chunk : []
      return { chunk, end: text(answer.end) }
    } catch (error) {
      // Sending will say the same, in words for the person.
      if (outside(error)) return 'gone' as const
      throw error
    }
  }
}

const outside = (error: unknown): error is BridgeError =>
  errcodeOf(error) === 'M_FORBIDDEN' || statusOf(error) === 404

function keep<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.set(key, value)
  const [oldest] = map.keys()
  if (map.size > most && oldest !== undefined) map.delete(oldest)
}
