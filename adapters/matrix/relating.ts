import type { RoomPost } from '../../src/ports/hub.ts'
import type { Relations } from './content.ts'
import type { EventLog } from './event-log.ts'
import type { Pointing } from './mentions-out.ts'

/** A post with what it refers to in its room. */
export interface Related {
  /** It says what it answers in words, where nothing in the room can be pointed at. */
  readonly related: RoomPost
  readonly relations: Relations
}

/**
 * Finds what a post can refer to: only what is in the same room (a chat may have moved), and only its own sender can change
 * a message, or clients would show nothing at all.
 */
export function createRelating(
  events: EventLog,
  pointingOf: (post: RoomPost) => Promise<Pointing>,
) {
  return async (post: RoomPost, sender: string, signal: AbortSignal): Promise<Related> => {
    const { replyToEvent, replacesEvent, body } = post
    const there = replyToEvent && (await events.find(post.room, replyToEvent, signal))
    const isUnquoted = replyToEvent !== undefined && !there && 'unquoted' in body && body.unquoted
    const related = isUnquoted ? { ...post, body: { ...body, text: isUnquoted } } : post
    const pointing = await pointingOf(related)
    const changes = replacesEvent && (await changeable(post.room, replacesEvent, sender, signal))
    if (changes) return { related, relations: { pointing, changes } }
    return {
      related,
      relations: { pointing, ...(there && { answers: there.changes ?? replyToEvent }) },
    }
  }

  async function changeable(
    room: string,
    event: string,
    sender: string,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const was = await events.find(room, event, signal)
    const origin = was?.changes ? await events.find(room, was.changes, signal) : was
    return origin?.isMessage && origin.sender === sender ? (was?.changes ?? event) : undefined
  }
}
