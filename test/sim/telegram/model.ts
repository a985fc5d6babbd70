import type { BotCommand, Chat, Message, ReactionType, User } from '@grammyjs/types'
import type { Files } from './files.ts'
import type { WorldPorts } from './seam.ts'
import type { SimRight } from './sim.ts'

/** Everything there is: people, chats, files. One per simulator. */
export interface State {
  readonly ports: WorldPorts
  readonly bot: User
  readonly chats: Map<number, ChatState>
  readonly people: Map<number, User>
  readonly files: Files
  readonly queries: Map<string, Query>
  /** By scope and language. */
  readonly commands: Map<string, readonly BotCommand[]>
  /** `name`, `description` and `short_description`, by kind and language. */
  readonly texts: Map<string, string>
  privateTopics: boolean
  /** A number never given before. */
  next(): number
}

export interface ChatState {
  readonly id: number
  readonly type: 'private' | 'group' | 'supergroup'
  title: string
  readonly forum: boolean
  /** Whose chat with the bot this is. */
  readonly person?: User
  /** Who is or was here; the bot too. */
  readonly members: Map<number, Standing>
  readonly messages: Map<number, Kept>
  readonly topics: Map<number, Topic>
  /** The General topic of a forum. */
  readonly general: { name: string; closed: boolean; hidden: boolean }
  /** Numbers of messages, the latest last. */
  pinned: number[]
  /** The highest message number. */
  last: number
  migratedTo?: number
}

/** In a private chat the bot is `member` once the person started it, `kicked` while it is blocked. */
export interface Standing {
  readonly status: 'creator' | 'administrator' | 'member' | 'left' | 'kicked'
  readonly rights?: readonly SimRight[]
}

export interface Topic {
  readonly thread: number
  name: string
  readonly color: number
  emoji: string
  closed: boolean
  readonly by: number
}

/** A message as it is now; replaced, never changed. */
export interface Kept {
  message: Message
  readonly by: number
  /** By whom. */
  readonly reactions: Map<number, readonly ReactionType[]>
}

/** A pressed button that waits for its answer. */
export interface Query {
  readonly at: number
  answered: boolean
  answer(text: string | undefined): void
}

export const allRights: readonly SimRight[] = [
  'can_manage_topics',
  'can_pin_messages',
  'can_delete_messages',
  'can_invite_users',
  'can_change_info',
  'can_restrict_members',
]

export const newChat = (
  fields: Pick<ChatState, 'id' | 'type' | 'title' | 'forum'> & { readonly person?: User },
): ChatState => ({
  ...fields,
  members: new Map(),
  messages: new Map(),
  topics: new Map(),
  general: { name: 'General', closed: false, hidden: false },
  pinned: [],
  last: 0,
})

/** Seconds since 1970. */
export const seconds = (state: State): number => Math.floor(state.ports.clock.now() / 1000)

/** The chat as a message names it. */
export function chatOf(chat: ChatState): Chat {
  if (chat.type === 'private' && chat.person) {
    const { id, first_name, username } = chat.person
    return { id, type: 'private', first_name, ...(username && { username }) }
  }
  if (chat.type === 'group') return { id: chat.id, type: 'group', title: chat.title }
  return {
    id: chat.id,
    type: 'supergroup',
    title: chat.title,
    ...(chat.forum && { is_forum: true as const }),
  }
}

/** Has this chat topics now? */
export const hasTopics = (state: State, chat: ChatState): boolean =>
  chat.type === 'private' ? state.privateTopics : chat.forum

export const isIn = (standing: Standing | undefined): boolean =>
  standing !== undefined && standing.status !== 'left' && standing.status !== 'kicked'

/** May this member do that? Everybody may everything in private. */
export function may(chat: ChatState, who: number, right: SimRight): boolean {
  if (chat.type === 'private') return true
  const standing = chat.members.get(who)
  if (standing?.status === 'creator') return true
  return standing?.status === 'administrator' && (standing.rights ?? allRights).includes(right)
}
