import type { TelegramOptions } from './options.ts'
import type { At, Kept, Topic } from './places-book.ts'

/** What there is to go to. */
export interface World {
  /** Where chats go that are linked nowhere. */
  readonly place: TelegramOptions['place']
  /** The private chat with the owner. */
  readonly owner: string
  /** Can there be topics in it? */
  readonly topics: boolean
  /** Telegram did not make topics there of late, although there can be some. */
  readonly troubled: boolean
  /** The group with topics that was chosen for chats. */
  readonly home: string | undefined
}

/** A place that is there, or a topic that has to be made in a chat of Telegram's. */
export type Choice = At | { readonly kind: 'private' | 'forum'; readonly make: string }

/**
 * Where a chat belongs: a group it is linked to; a topic in the owner's private chat; one in the chosen group; else the
 * private chat as it is. A person's wish comes before the settings, and nothing is ever moved into a group that others may be in
 * when the private chat was asked for.
 */
export function choose(kept: Kept, world: World): Choice {
  if (kept.shows.kind === 'management') return { kind: 'management', chat: world.owner }
  if (kept.linked) return { kind: 'linked', ...kept.linked }
  const wish = kept.wanted ?? (world.place === 'auto' ? undefined : world.place)
  for (const kind of orderOf(wish, isSettled(kept, world))) {
    const found = kind === 'private' ? inPrivate(kept, world) : inHome(kept, world)
    if (found) return found
  }
  return { kind: 'flat', chat: world.owner }
}

/** The topic of a chat in one of Telegram's. */
export const topicIn = ({ topics }: Kept, chat: string): Topic | undefined =>
  topics.find((topic) => topic.chat === chat)

function orderOf(
  wish: 'private' | 'forum' | 'flat' | undefined,
  settled: boolean,
): readonly ('private' | 'forum')[] {
  if (wish === 'flat') return []
  if (wish === 'private') return ['private']
  return wish === 'forum' || settled ? ['forum', 'private'] : ['private', 'forum']
}

/** It has only ever had a topic in the group: that topics in private have come since is no reason to tear it away. */
const isSettled = (kept: Kept, { home, owner }: World): boolean =>
  kept.at?.kind === 'forum' && kept.at.chat === home && !topicIn(kept, owner)

function inPrivate(kept: Kept, { owner, topics, troubled }: World): Choice | undefined {
  if (!topics) return undefined
  const topic = topicIn(kept, owner)
  if (topic && !topic.lost) return { kind: 'private', chat: owner, thread: topic.thread }
  return troubled ? undefined : { kind: 'private', make: owner }
}

function inHome(kept: Kept, { home }: World): Choice | undefined {
  if (home === undefined) return undefined
  const topic = topicIn(kept, home)
  if (!topic || topic.lost) return { kind: 'forum', make: home }
  return { kind: 'forum', chat: home, thread: topic.thread }
}
