import type { BridgeError } from '../../src/core/errors.ts'
import type { Key } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Open, Receipt } from '../../src/ports/outlet.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { eventContent, type Uploads } from './content.ts'
import { errcodeOf, statusOf } from './errors.ts'
import { changedBy, type EventLog } from './event-log.ts'
import type { Ghosts } from './ghosts.ts'
import { type Call, type Homeserver, needText, path } from './homeserver.ts'
import { type Names, transactionId } from './ids.ts'
import { keyField, roomEvent, roomField } from './ingress.ts'
import { type Json, text } from './json.ts'
import type { MediaRepository } from './media.ts'
import { type Membership, roomGone } from './membership.ts'
import { createPointing } from './mentions-out.ts'
import { isPuppetGone, type Puppet, type Puppeting } from './puppet.ts'
import { createRelating } from './relating.ts'
import { createUploading } from './uploading.ts'
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
  readonly puppeting: Puppeting
  readonly events: EventLog
  readonly membership: Membership
  readonly media: MediaRepository
  readonly names: Names
  readonly owner: string
  readonly words: Words
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
}

const keptEchoes = 1000
/** How far `find` reads back. A portal has one post in flight, so ours is among the speaker's latest. */
const readBack = 200
const page = 50

const doing = { what: 'send a message to its Matrix room', delivering: true }

export function createSending(parts: SendParts): Sending {
  const { homeserver, ghosts, puppeting, membership, names, owner } = parts
  const uploading = createUploading(parts)
  const relating = createRelating(parts.events, createPointing(parts))
  const echoes = new Map<Key, Receipt>()

  /** Says it as one user, and notes what it became. */
  const put = async (
    post: RoomPost,
    as: string,
    uploads: Uploads,
    call: (call: Call, signal: AbortSignal) => Promise<Json>,
    isDated: boolean,
    signal: AbortSignal,
  ): Promise<Receipt> => {
    const { related, relations } = await relating(post, as, signal)
    const answer = await call(
      {
        method: 'PUT',
        path: path`/_matrix/client/v3/rooms/${post.room}/send/m.room.message/${transactionId(post.key)}`,
        ...(isDated && post.at > 0 && { query: { ts: Math.trunc(post.at) } }),
        body: {
          ...eventContent(related, uploads, parts.words, relations),
          ...(as === owner && { [roomField]: post.room }),
        },
        ...doing,
      },
      signal,
    )
    const event = needText(answer, 'event_id', doing)
    const { changes } = relations
    parts.events.made(post.room, event, as, changes)
    return { ids: [changes ?? event], at: parts.clock.now() }
  }

  const asOurs = async (post: RoomPost, uploads: Uploads, open: Open, signal: AbortSignal) => {
    const as = await ghosts.speaker(post.speaker, open, signal)
    const call: Homeserver['call'] = (asked, until) =>
      homeserver.call(as === names.bot ? asked : { ...asked, as }, until)
    try {
      return await put(post, as, uploads, call, true, signal)
    } catch (error) {
      if (!outside(error)) throw error
      if (as === names.bot || statusOf(error) === 404) throw roomGone(error)
    }
    // Not in the room yet, or kicked, or a homeserver that was set up anew does not know the ghost.
    await ghosts.register(as, signal)
    await membership.admit(as, post.room, signal)
    return put(post, as, uploads, call, true, signal)
  }

  /** Undefined: the owner cannot say it, so that a user of ours has to. */
  const asOwner = async (
    post: RoomPost,
    uploads: Uploads,
    puppet: Puppet,
    signal: AbortSignal,
  ): Promise<Receipt | undefined> => {
    const say = () => put(post, owner, uploads, puppet.call, puppet.isDated, signal)
    try {
      return await say()
    } catch (error) {
      if (isPuppetGone(error)) return undefined
      if (!outside(error)) throw error
    }
    try {
      await puppeting.enter(post.room, signal)
      return await say()
    } catch (error) {
      if (isPuppetGone(error)) return undefined
      if (!outside(error)) throw error
      await puppeting.doubt(signal)
      return undefined
    }
  }

  return {
    async send(post, open, signal) {
      const uploads = await uploading(post, open, signal)
      const puppet = post.speaker.type === 'me' ? await puppeting.settled(signal) : undefined
      const said = puppet && (await asOwner(post, uploads, puppet, signal))
      return said ?? asOurs(post, uploads, open, signal)
    },

    async find(post, _since, signal) {
      const echo = echoes.get(post.key)
      if (echo) return echo
      let found: Receipt | undefined
      let from: string | undefined
      for (let read = 0; read < readBack; read += page) {
        const batch = await back(post, from, signal)
        if (batch === 'gone') return 'absent'
        for (const raw of batch.chunk) {
          const event = roomEvent(raw, parts.clock.now())
          if (event?.content[keyField] !== post.key) continue
          if (!speakersOf(post).includes(event.sender)) continue
          // Copied from what a user of ours said, or in another room.
          if (event.sender === owner && event.content[roomField] !== post.room) continue
          found = { ids: [changedBy(event.content) ?? event.id], at: event.at }
          // The owner's client may have copied the key into another message: theirs is the one it was copied from.
          if (event.sender !== owner) return found
        }
        if (batch.end === undefined) break
        from = batch.end
      }
      return found ?? 'absent'
    },

    echoed(key, receipt) {
      echoes.set(key, receipt)
      const [oldest] = echoes.keys()
      if (echoes.size > keptEchoes && oldest !== undefined) echoes.delete(oldest)
    },
  }

  /** Who can have said it: whether there was a puppet then is not known. */
  function speakersOf({ speaker }: RoomPost): readonly string[] {
    if (speaker.type === 'contact') return [names.ghost(speaker.contact)]
    return speaker.type === 'me' ? [names.me, owner] : [names.bot]
  }

  async function back(post: RoomPost, from: string | undefined, signal: AbortSignal) {
    // Only what this speaker said: others could bury it, and the times in events are what their senders claim.
    const filter = JSON.stringify({ senders: speakersOf(post), types: ['m.room.message'] })
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
