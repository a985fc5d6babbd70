import type { Message, Update } from '@grammyjs/types'
import type { Entry } from './method.ts'

/** The clock of the simulator: limits, dates and expiry go by it. */
export interface SimClock {
  /** Milliseconds since 1970. */
  now(): number
}

export interface SimOptions {
  readonly clock?: SimClock
  /** Topics in private chats (the bot's Threaded Mode). Default true. */
  readonly privateTopics?: boolean
  /** Is the bot told of everything in groups? Default true (privacy mode off). */
  readonly readsGroups?: boolean
  /** The limits of real-parts §4 point 6. Default true. */
  readonly limits?: boolean
  /** A local Bot API server: files up to 2000 MB, given as paths in this folder. */
  readonly filesDir?: string
  /**
   * What is sent into a deleted topic of a private chat lands outside topics, and is answered with success, as Telegram
   * did in spring 2026. Default false: 400 `message thread not found`.
   */
  readonly straysFromTopics?: boolean
}

/** What a person sends, beside text. */
export interface SimFile {
  readonly bytes: Uint8Array
  readonly name?: string
  readonly mime?: string
  readonly width?: number
  readonly height?: number
  /** Seconds. */
  readonly duration?: number
  /** Stickers: `static`, `animated` (.tgs), `video` (.webm); and the emoji they stand for. */
  readonly sticker?: 'static' | 'animated' | 'video'
  readonly emoji?: string
}

export type SimMediaKind =
  | 'photo'
  | 'video'
  | 'animation'
  | 'voice'
  | 'audio'
  | 'document'
  | 'video_note'
  | 'sticker'

/** Where and how a person says something. */
export interface Saying {
  /** Message number in that chat. */
  readonly replyTo?: number
  readonly thread?: number
  readonly caption?: string
  /** As the Bot API has them, in UTF-16 units. */
  readonly entities?: Message['entities']
  readonly album?: string
}

/** A person with a Telegram client. Everything resolves once the server has it, with the message as it is kept. */
export interface SimUser {
  readonly id: number
  readonly name: string
  readonly username?: string
  says(chat: number, text: string, how?: Saying): Promise<Message>
  sends(chat: number, kind: SimMediaKind, file: SimFile, how?: Saying): Promise<Message>
  /** Location, venue, contact, poll, dice: the field of the message as the Bot API has it. */
  gives(chat: number, fields: Partial<Message>, how?: Saying): Promise<Message>
  album(
    chat: number,
    files: readonly {
      readonly kind: SimMediaKind
      readonly file: SimFile
      readonly caption?: string
    }[],
    how?: Saying,
  ): Promise<readonly Message[]>
  edits(chat: number, message: number, text: string): Promise<Message>
  /** Deletes for everyone: a bot never hears of it. */
  deletes(chat: number, message: number): Promise<void>
  reacts(chat: number, message: number, emoji: string): Promise<void>
  /** Presses the button with this label under a message. Resolves with the bot's answer to it, once it comes. */
  taps(chat: number, message: number, label: string): Promise<{ readonly text?: string }>
  /** What this person sees in a chat (or a topic of it) now, oldest first: what was deleted is gone, edits are shown. */
  sees(chat: number, thread?: number): readonly Message[]
  /** The bytes of what is shown in a message. */
  bytesOf(message: Message): Uint8Array
  /** Topics in a chat, those deleted left out. */
  topics(chat: number): readonly SimTopic[]
  /** Opens the private chat with the bot: its number. */
  starts(payload?: string): Promise<number>
  blocks(): Promise<void>
  unblocks(): Promise<void>
  /** Makes a group with the bot in it: its number. `payload`: by way of `?startgroup=`. */
  makesGroup(title: string, how?: SimGroupOptions): Promise<number>
  addsBot(chat: number): Promise<void>
  kicksBot(chat: number): Promise<void>
  /** What the bot may do there as administrator, from now on. None: it is none. */
  promotesBot(chat: number, rights: readonly SimRight[]): Promise<void>
  joins(chat: number): Promise<void>
  leaves(chat: number): Promise<void>
  /** Makes a topic: its number. */
  makesTopic(chat: number, name: string): Promise<number>
  deletesTopic(chat: number, thread: number): Promise<void>
  /** Only topics of forums can be closed. */
  closesTopic(chat: number, thread: number): Promise<void>
  reopensTopic(chat: number, thread: number): Promise<void>
  renamesTopic(chat: number, thread: number, name: string): Promise<void>
  /** The group becomes a supergroup: its new number. */
  upgrades(chat: number): Promise<number>
}

export type SimRight =
  | 'can_manage_topics'
  | 'can_pin_messages'
  | 'can_delete_messages'
  | 'can_invite_users'
  | 'can_change_info'
  | 'can_restrict_members'

export interface SimTopic {
  readonly thread: number
  readonly name: string
  readonly closed: boolean
}

export interface SimGroupOptions {
  /** Default supergroup; `forum`: one with topics. */
  readonly type?: 'group' | 'supergroup' | 'forum'
  /** Is the bot in it from the start? Default true. */
  readonly bot?: boolean
  /** May the bot manage topics, pin, delete? Default true. */
  readonly admin?: boolean
  readonly payload?: string
}

/** What goes wrong with the next calls that fit. */
export interface SimFault {
  /** A method's name; absent: any (but getUpdates). */
  readonly method?: string
  /** How often. Default 1. */
  readonly times?: number
  /**
   * `status` with `description` (and `retryAfter` seconds): refused. `lost`: done, and the connection is reset instead of
   * an answer. `reset`: reset while the request is read. `slow`: the answer waits until `until` resolves.
   */
  readonly what:
    | { readonly status: number; readonly description?: string; readonly retryAfter?: number }
    | 'lost'
    | 'reset'
    | { readonly slow: Promise<void> }
}

/** A strict Bot API on 127.0.0.1, in the test's process. */
export interface TelegramSim {
  /** What a client must be told. */
  readonly apiRoot: string
  readonly token: string
  readonly bot: { readonly id: number; readonly username: string; readonly name: string }
  /** Every call but getUpdates, as it was answered. */
  readonly calls: readonly Entry[]
  /** How many calls were answered with 429, and when (by the clock). */
  readonly floods: readonly number[]
  user(name: string, how?: { readonly username?: string; readonly language?: string }): SimUser
  fails(fault: SimFault): void
  /** Sends an update again that was confirmed before, as Telegram may. */
  repeats(update: number): void
  /** All updates there ever were. */
  readonly updates: readonly Update[]
  /** Updates that no client has confirmed yet. */
  readonly waiting: number
  setPrivateTopics(on: boolean): void
  /** No longer answers; a later `up` answers again at the same address. */
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}
