import type { Chat } from '../core/chat.ts'
import type { ChatId, Lane, MediaId, MessageId } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { ByteRange } from './media.ts'
import type { Opened } from './outlet.ts'
import type { DeadLetter } from './store.ts'

/** How far one's own message got on its way to WeChat. All parts together: the worst state counts. */
export type Delivery = 'queued' | 'sending' | 'sent' | 'dead' | 'unknown' | 'held'

export interface Archived {
  /** Grows with each saved message; pages and order go by it. */
  readonly seq: number
  readonly message: Message
  /** Only for messages written on a hub and meant for WeChat. */
  readonly delivery?: Delivery
  /** The outbox item to name in `resend` and `drop`, while the delivery is dead, unknown or held. */
  readonly resend?: number
  /** For a recall or a notice: what it is about, as far as it is known. */
  readonly about?: Message
  /** True once a recall of this message has been seen. */
  readonly recalled: boolean
  /** Its media was given up: a code of errors (`gone`, `tooLarge`, …). It can be asked for again. */
  readonly missing?: string
}

export interface ChatEntry {
  readonly chat: Chat
  readonly last?: Archived
  /** Until when (milliseconds) the user has read it on another device, where known. */
  readonly readAt?: number
}

export type Change =
  | { readonly type: 'chats' }
  /** A message was saved, or its delivery or recall state changed. */
  | { readonly type: 'message'; readonly chat: ChatId; readonly message: MessageId }
  /** Bytes have been kept, or given up. */
  | { readonly type: 'media'; readonly media: MediaId }

export interface LaneDepth {
  readonly lane: Lane
  readonly queued: number
  readonly since: number
}

/** The read side of the store: writes nothing, and sees only what is committed. */
export interface Archive {
  /** Chats that have messages, latest first, then the others by name. */
  chats(): Promise<readonly ChatEntry[]>
  chat(id: ChatId): Promise<Chat | undefined>
  /** Messages of a chat with `seq` below `before` (default: the latest), at most `limit`, oldest first. */
  messages(chat: ChatId, limit: number, before?: number): Promise<readonly Archived[]>
  message(id: MessageId): Promise<Archived | undefined>
  /** Bytes of kept media, or a range of them (see `MediaStore.open`). Undefined: not kept (yet, or any more). */
  media(id: MediaId, range?: ByteRange): Promise<Opened | undefined>
  depth(): Promise<{ readonly queued: number; readonly dead: number }>
  /** Each lane that has work, with how much, and since when (milliseconds) the first of it is enqueued. */
  lanes(): Promise<readonly LaneDepth[]>
  /** What waits for a person's word, latest first, with `seq` below `before`. */
  deadLetters(limit: number, before?: number): Promise<readonly DeadLetter[]>
  /** Called after commits. */
  watch(tell: (change: Change) => void): () => void
}
