import type { Writable } from 'node:stream'
import type { Content, Of } from '../../../src/core/message.ts'
import type { Opened } from '../../../src/ports/outlet.ts'
import type { Raw } from '../raw.ts'
import type { Result } from './result.ts'
import type { GroupMember, Sent, User } from './user.ts'

/** itchat's types (protocol §8.1), as handlers register for them. `useless` is what itchat drops. */
export const kinds = [
  'text',
  'map',
  'card',
  'sharing',
  'picture',
  'recording',
  'attachment',
  'video',
  'friends',
  'system',
  'note',
  'useless',
] as const

export type Kind = (typeof kinds)[number]

/** What every message has. */
export interface Common {
  /** Decimal, beyond 2^53. */
  readonly msgId: string
  readonly msgType: number
  readonly fromUserName: string
  readonly toUserName: string
  /** When it was said, in milliseconds. */
  readonly at: number
  /** Oneself said it, on another device. */
  readonly isMine: boolean
  /** How oneself is called. */
  readonly myNickName: string
  /** In a group, someone called us, or all, by name. */
  readonly isAt: boolean
  /** What it says in words: the text, a title, a file's name, a grey line. */
  readonly text: string
  /** The other side of the chat: the friend, the group, the official account. */
  readonly chat: User
  /** Who in the group said it; undefined elsewhere, for oneself, and for WeChat's own lines. */
  readonly sender: GroupMember | undefined
  /** The same, read as the bridge reads it: quotes, histories, mini programs, transfers and all others. */
  readonly content: Content
  /** As received, without the group's prefix in `payload`. */
  readonly raw: Raw
  readonly payload: string
  /** Answers into the chat, also to what oneself wrote on the phone. */
  reply(text: string): Promise<Result<Sent>>
}

/** What media messages have beside. */
export interface Downloadable {
  /** As itchat names it; a file's own name, made safe. */
  readonly fileName: string
  /** The bytes, as a stream. Throws a BridgeError, `gone` when WeChat has none. */
  open(): Promise<Opened>
  /** Into a file (made anew) or a stream. `mime` is what the bytes show, `postFix` the extension that fits it. */
  download(
    target: string | Writable,
  ): Promise<Result<{ readonly mime: string; readonly postFix: string; readonly bytes: number }>>
}

/** Arguments for `addFriend`, as a friend request brings them. */
export interface Request {
  readonly userName: string
  readonly nickName: string
  readonly greeting: string
  readonly ticket: string
}

/** Someone's card. `userName` fits `addFriend`. */
export interface Card {
  readonly userName: string
  readonly nickName: string
  readonly alias: string
  readonly province: string
  readonly city: string
  readonly sex: number
}

export type TextMessage = Common & { readonly kind: 'text' }
export type MapMessage = Common & {
  readonly kind: 'map'
  readonly place: Of<'location'> | undefined
}
export type CardMessage = Common & { readonly kind: 'card'; readonly card: Card }
export type SharingMessage = Common & { readonly kind: 'sharing'; readonly url: string }
export type MediaMessage = Common &
  Downloadable & { readonly kind: 'picture' | 'recording' | 'attachment' | 'video' }
export type FriendsMessage = Common & { readonly kind: 'friends'; readonly request: Request }
/** `uins`: chats used lately on the phone; `chatrooms`: groups that changed. */
export type SystemMessage = Common & {
  readonly kind: 'system'
  readonly info: 'uins' | 'chatrooms'
  readonly userNames: readonly string[]
}
/** `recall`: which message was taken back. */
export type NoteMessage = Common & {
  readonly kind: 'note'
  readonly recall: Of<'recall'> | undefined
}
export type UselessMessage = Common & { readonly kind: 'useless' }

export type ClientMessage =
  | TextMessage
  | MapMessage
  | CardMessage
  | SharingMessage
  | MediaMessage
  | FriendsMessage
  | SystemMessage
  | NoteMessage
  | UselessMessage

/** The messages of a kind. */
export type MessageOf<K extends Kind> = K extends MediaMessage['kind']
  ? MediaMessage
  : Extract<ClientMessage, { readonly kind: K }>

export function isMedia(message: ClientMessage): message is MediaMessage {
  return 'download' in message
}
