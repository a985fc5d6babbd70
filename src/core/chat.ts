import type { AccountId, ChatId, ContactId } from './ids.ts'
import { accountId, chatId } from './ids.ts'
import type { MediaRef } from './message.ts'

/**
 * A person or MP. `name` is the name they gave themselves; `remark` is our private name for them and must never
 * be shown in a room that others can see. Both are hostile text: plain, undecorated, never markup.
 */
export interface Contact {
  readonly id: ContactId
  readonly name: string
  readonly remark?: string
  readonly avatar?: MediaRef
}

/** Someone in a group, with the nickname they have there, if it is another than their name. */
export interface Member extends Contact {
  readonly nick?: string
}

/**
 * `self` is the file helper (WeChat's chat with oneself). `management` is the room where the user talks to the
 * bridge itself: it has no counterpart in WeChat.
 */
export type ChatKind = 'friend' | 'group' | 'mp' | 'self' | 'management'

/** A conversation. `name` may be empty only for unnamed groups whose members are not known yet. */
export interface Chat {
  readonly id: ChatId
  readonly account: AccountId
  readonly kind: ChatKind
  readonly name: string
  readonly remark?: string
  readonly avatar?: MediaRef
  /**
   * Groups: what its owner announces to all, as it stands. Core's own: announcements set it, in the order they arrive, and
   * no connector does; whatever else is told of a chat leaves it.
   */
  readonly topic?: string
  /** Groups: how many members, where known. */
  readonly members?: number
  /** It may be one that is known already, under which it was not found again; the user is asked (architecture §8). */
  readonly unconfirmed?: true
  /** WeChat's own "mute notifications" and "sticky on top", where known to be on. */
  readonly muted?: true
  readonly pinned?: true
  /** No friend or member any more: what is written here will not arrive. */
  readonly left?: true
}

/**
 * Who said it. `group` carries the nickname used in that group (may be empty). `system` is WeChat itself,
 * `bridge` is us: what the bridge says in a room.
 */
export type Sender =
  | { readonly type: 'contact' | 'subscription'; readonly contact: Contact }
  | { readonly type: 'group'; readonly contact: Contact; readonly nick: string }
  | { readonly type: 'myself' | 'system' | 'bridge' }

/** The chat behind every hub's management room. */
export const management: Chat = {
  id: chatId('bridge/management'),
  account: accountId('bridge'),
  kind: 'management',
  name: 'WeChat bridge',
}

/** The room of all official accounts, where they share one. What they say in it is each one's own. */
export const accountsRoom: Chat = {
  id: chatId('bridge/mps'),
  account: management.account,
  kind: 'mp',
  name: 'Official accounts',
}

/** Is it the bridge's own, and no conversation in WeChat? */
export const isOurs = ({ id }: Pick<Chat, 'id'>): boolean => id.startsWith('bridge/')
