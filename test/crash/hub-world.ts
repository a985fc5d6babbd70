import { plainOf } from '../support/plain.ts'
import type { RawHub, RawMedia } from '../support/raw-hub.ts'

/** What a person sees in a room, as often as it was posted there. */
export interface Shown {
  readonly id: string
  readonly room: string
  /** The same for each time that one thing was posted, where the hub knows it. */
  readonly key: string
  /** The words. Of what was posted together, each line. */
  readonly lines: readonly string[]
  /** The bridge says it, and nobody else. */
  readonly isBridge: boolean
  readonly replyTo?: string
  /** Of the media it shows. */
  readonly sha256?: string
  /** It is said beside it that it may be there twice. */
  readonly isMarked?: boolean
}

/** A hub as its people use it: what both kinds of crash tests look at. */
export interface HubWorld {
  /** Everything that was posted, doubles included, in the order it came. */
  readonly posts: readonly Shown[]
  /** What persons did that the bridge has not confirmed yet. */
  readonly waiting: number
  /** The owner writes; `!wx …` is a command. Resolves with the event. */
  say(room: string, text: string, replyTo?: string): Promise<string>
  give(room: string, media: RawMedia): Promise<string>
  /** The owner takes something of theirs back. */
  redact(room: string, target: string): Promise<void>
}

export function rawWorld(hub: RawHub): HubWorld {
  const posts: Shown[] = []
  return {
    get posts() {
      for (const { id, room, key, post, media } of hub.posts.slice(posts.length)) {
        posts.push({
          id,
          room,
          key,
          lines: [plainOf(post.body)],
          isBridge: post.speaker.type === 'bridge',
          ...(post.replyToEvent && { replyTo: post.replyToEvent }),
          ...(media && { sha256: media.sha256 }),
        })
      }
      return posts
    },
    get waiting() {
      return hub.events.waiting
    },
    say: async (room, text, replyTo) => hub.say(room, text, replyTo),
    give: async (room, media) => hub.give(room, media),
    redact: async (room, target) => void hub.redact(room, target),
  }
}
