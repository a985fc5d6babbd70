import { BridgeError } from '../../src/core/errors.ts'
import { type EventId, eventId, type RoomId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Receipt } from '../../src/ports/outlet.ts'
import { statusOf } from './errors.ts'
import { changedBy } from './event-log.ts'
import { type Homeserver, needText, path } from './homeserver.ts'
import { type Names, transactionId } from './ids.ts'
import { keyField, type RoomEvent, roomField } from './ingress.ts'
import { type Json, record, text } from './json.ts'
import { unseen } from './membership.ts'
import { isPuppetGone, type Puppeting } from './puppet.ts'
import type { Words } from './words.ts'

/** Taking back what was posted. */
export interface Redacting {
  /**
   * Takes back all the events of a post; what is taken back already, or is not there, is done. The receipt names the
   * redactions.
   */
  redact(post: RoomPost, signal: AbortSignal): Promise<Receipt>
  /** Are all of them taken back? */
  find(post: RoomPost, signal: AbortSignal): Promise<Receipt | 'absent'>
  /** Is it one that was made here as the owner? Homeservers may leave out what else says so. */
  isOurs(event: RoomEvent): boolean
}

export interface RedactingParts {
  readonly homeserver: Homeserver
  readonly puppeting: Pick<Puppeting, 'now'>
  readonly owner: string
  readonly names: Names
  readonly words: Words
  readonly clock: Clock
}

/**
 * What became of an event: the redaction that took it back, or who sent it, and what it changes; undefined: there is no
 * such event.
 */
type Fate =
  | { readonly by: string }
  | { readonly sender: string; readonly changes?: string | undefined }
  | undefined

export function createRedacting(parts: RedactingParts): Redacting {
  const { homeserver, names, words, clock } = parts
  const doing = { what: 'take back a message in its Matrix room', delivering: true }
  const receipt = (ids: readonly string[]): Receipt => ({ ids, at: clock.now() })

  const fate = async (room: RoomId, event: EventId, signal: AbortSignal): Promise<Fate> => {
    const where = path`/_matrix/client/v3/rooms/${room}/event/${event}`
    const call = { method: 'GET', path: where, what: 'look at a message that was posted' } as const
    let answer: Json
    try {
      answer = await homeserver.call(call, signal)
    } catch (error) {
      if (statusOf(error) === 404) return undefined
      throw error
    }
    const because = record(record(answer.unsigned)?.redacted_because)
    if (because) return { by: text(because.event_id) ?? event }
    const changes = changedBy(record(answer.content) ?? {})
    return { sender: text(answer.sender) ?? names.bot, changes }
  }

  /** The events, and what those only changed: else that would show again. */
  const all = async (post: RoomPost, signal: AbortSignal) => {
    const found: { event: EventId; was: Fate }[] = []
    for (const event of post.redacts ?? []) {
      const was = await fate(post.room, event, signal)
      found.push({ event, was })
      const changed = was && 'changes' in was && was.changes ? eventId(was.changes) : undefined
      if (!changed || post.redacts?.includes(changed)) continue
      found.push({ event: changed, was: await fate(post.room, changed, signal) })
    }
    return found
  }

  const asOwner = new Set<string>()

  const put = async (post: RoomPost, event: EventId, as: string, signal: AbortSignal) => {
    // The homeserver knows it again by this, should the answer be lost.
    const transaction = transactionId(`${post.key} ${event}`)
    const call = {
      method: 'PUT',
      path: path`/_matrix/client/v3/rooms/${post.room}/redact/${event}/${transaction}`,
      body: {
        reason: words.recalled,
        ...(as === parts.owner && { [keyField]: post.key, [roomField]: post.room }),
      },
      ...doing,
    } as const
    const puppet = as === parts.owner ? parts.puppeting.now() : undefined
    // Before it is asked: the event may be here before the answer.
    if (puppet) noteIn(asOwner, event)
    const asked = puppet
      ? puppet.call(call, signal)
      : homeserver.call({ ...call, ...(as !== names.bot && { as }) }, signal)
    try {
      return needText(await asked, 'event_id', doing)
    } catch (error) {
      // What is not taken back here may be theirs to take back.
      if (error instanceof BridgeError && error.failure.certain) asOwner.delete(event)
      throw error
    }
  }

  /** Each takes back its own; what the owner wrote without us, and what a ghost left behind, the bot takes back. */
  const byWhom = (sender: string): string => {
    const isPuppets = sender === parts.owner && parts.puppeting.now() !== undefined
    return names.owns(sender) || isPuppets ? sender : names.bot
  }

  return {
    isOurs: ({ type, sender, raw, content }) =>
      type === 'm.room.redaction' &&
      sender === parts.owner &&
      asOwner.has(text(raw.redacts) ?? text(content.redacts) ?? ''),
    async redact(post, signal) {
      const ids: string[] = []
      for (const { event, was } of await all(post, signal)) {
        if (!was) continue
        if ('by' in was) {
          ids.push(was.by)
          continue
        }
        const as = byWhom(was.sender)
        const done = put(post, event, as, signal).catch((error: unknown) => {
          if (as === names.bot || !(unseen(error) || isPuppetGone(error))) throw error
          return put(post, event, names.bot, signal)
        })
        ids.push(await done)
      }
      return receipt(ids)
    },

    async find(post, signal) {
      const ids: string[] = []
      for (const { was } of await all(post, signal)) {
        if (was && !('by' in was)) return 'absent'
        if (was) ids.push(was.by)
      }
      return receipt(ids)
    },
  }
}

const mostNoted = 1_000

function noteIn(noted: Set<string>, event: string): void {
  noted.add(event)
  const [oldest] = noted
  if (noted.size > mostNoted && oldest !== undefined) noted.delete(oldest)
}
