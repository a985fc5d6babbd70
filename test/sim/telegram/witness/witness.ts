import type {
  BotCommand,
  ChatFullInfo,
  ChatMember,
  ForumTopic,
  Message,
  MessageEntity,
  Update,
  UserFromGetMe,
  WebhookInfo,
} from '@grammyjs/types'
import type { SimMediaKind } from '../sim.ts'

/**
 * A Bot API client that we did not write, driven in its own idiom. What it does with the simulator, and what it makes of
 * the answers, is the evidence that the simulator is a Bot API (real-parts §4).
 */
export interface Witness {
  readonly name: string
  /** What the client cannot do or does not see, and why. */
  readonly lacks: Readonly<Partial<Record<Lack, string>>>
  connect(apiRoot: string, token: string): Promise<Client>
  /** How the client says what was refused. */
  sayingOf(refusal: Refusal): Said
  /** How it says that no answer came. */
  readonly cut: Said
  /** Fields of messages that the client does not know, and leaves out. */
  readonly unknown: readonly string[]
}

/** `reactions`: updates about them. `newest`: fields and methods of the last years, in what it has parsed. */
export type Lack = 'reactions' | 'newest'

/** What the simulator answered. */
export interface Refusal {
  readonly code: number
  readonly description: string
  /** Seconds. */
  readonly retryAfter?: number
  readonly movedTo?: number
}

/** The client's error, as its users see it: its class, and what it says. */
export interface Said {
  readonly class: string
  readonly code?: number
  readonly message?: string
  /** Seconds. */
  readonly retryAfter?: number
  readonly movedTo?: number
}

/** What a deed of a client rejects with. */
export class ClientError extends Error {
  readonly said: Said
  constructor(said: Said) {
    super(`${said.class}: ${said.message ?? ''}`)
    this.said = said
  }
}

export type Mode = 'HTML' | 'MarkdownV2' | 'Markdown'

/** Text or caption. */
export interface Words {
  readonly text?: string
  readonly mode?: Mode
  readonly entities?: readonly MessageEntity[]
}

export interface Button {
  readonly label: string
  readonly data?: string
  readonly url?: string
}

/** Where something is said. */
export interface Place {
  readonly chat: number
  readonly thread?: number
  readonly replyTo?: number
  /** Said even if what it answers is gone. */
  readonly alone?: boolean
  readonly buttons?: readonly (readonly Button[])[]
}

/** A file: bytes in base64, or a `file_id` or URL. */
export type Upload = { readonly bytes: string; readonly name: string } | { readonly known: string }

export interface Media extends Words {
  readonly kind: SimMediaKind
  readonly file: Upload
  readonly cover?: Upload
}

export interface Which {
  readonly chat: number
  readonly message: number
}

/** An update as the client's own routing sorted it: see `kinds`. */
export interface Heard {
  readonly kind: string
  readonly update: number
  readonly chat?: number
  readonly from?: number
  readonly thread?: number
  readonly text?: string
  /** What is marked in the text, as the client cuts it out. */
  readonly marks?: readonly (readonly [type: string, fragment: string])[]
  /** What follows the name of a command. */
  readonly payload?: string
  /** Of the file, the largest of a photo. */
  readonly file?: string
}

/** How updates are sorted, in this order: the first that fits. */
export const kinds = [
  'command',
  'text',
  'photo',
  'animation',
  'video',
  'voice',
  'audio',
  'document',
  'video_note',
  'sticker',
  'venue',
  'location',
  'contact',
  'poll',
  'dice',
  'new_chat_members',
  'left_chat_member',
  'migrate_to_chat_id',
  'migrate_from_chat_id',
  'pinned_message',
  'forum_topic_created',
] as const

/** Besides messages: `edited_message`, `callback_query`, `my_chat_member`, `message_reaction`. */
export const besides = [
  'edited_message',
  'callback_query',
  'my_chat_member',
  'message_reaction',
] as const

/** What a client of each kind can be asked to do. Deeds that are refused reject with a `ClientError`. */
export interface Client {
  me(): Promise<UserFromGetMe>
  text(how: Place & Words): Promise<Message>
  file(how: Place & Media): Promise<Message>
  album(how: Place & { readonly members: readonly Media[] }): Promise<readonly Message[]>
  /** With a title it is a venue. */
  spot(
    how: Place & {
      readonly latitude: number
      readonly longitude: number
      readonly title?: string
      readonly address?: string
    },
  ): Promise<Message>
  contact(how: Place & { readonly phone: string; readonly name: string }): Promise<Message>
  poll(
    how: Place & { readonly question: string; readonly options: readonly string[] },
  ): Promise<Message>
  dice(how: Place): Promise<Message>
  typing(how: { readonly chat: number }): Promise<true>
  editText(how: Which & Words & Pick<Place, 'buttons'>): Promise<Message>
  editCaption(how: Which & Words): Promise<Message>
  editFile(how: Which & Media): Promise<Message>
  editButtons(how: Which & Pick<Place, 'buttons'>): Promise<Message>
  remove(how: Which): Promise<true>
  removeAll(how: { readonly chat: number; readonly messages: readonly number[] }): Promise<true>
  forward(how: Which & { readonly from: number }): Promise<Message>
  copy(how: Which & { readonly from: number }): Promise<{ readonly message_id: number }>
  pin(how: Which): Promise<true>
  react(how: Which & { readonly emoji: string }): Promise<true>
  answer(how: { readonly query: string; readonly text: string }): Promise<true>
  createTopic(how: { readonly chat: number; readonly name: string }): Promise<ForumTopic>
  renameTopic(how: {
    readonly chat: number
    readonly thread: number
    readonly name: string
  }): Promise<true>
  closeTopic(how: { readonly chat: number; readonly thread: number }): Promise<true>
  reopenTopic(how: { readonly chat: number; readonly thread: number }): Promise<true>
  deleteTopic(how: { readonly chat: number; readonly thread: number }): Promise<true>
  setMenu(how: {
    readonly commands: readonly BotCommand[]
    readonly language?: string
  }): Promise<true>
  menu(how: { readonly language?: string }): Promise<readonly BotCommand[]>
  chat(how: { readonly chat: number }): Promise<ChatFullInfo>
  member(how: { readonly chat: number; readonly user: number }): Promise<ChatMember>
  admins(how: { readonly chat: number }): Promise<readonly ChatMember[]>
  /** `getFile` and the download itself: the bytes in base64. */
  download(how: { readonly file: string }): Promise<string>
  updates(how: {
    readonly offset?: number
    readonly limit?: number
    readonly timeout?: number
    readonly allowed?: readonly string[]
  }): Promise<readonly Update[]>
  setHook(how: {
    readonly url: string
    readonly secret?: string
    readonly drop?: boolean
  }): Promise<true>
  dropHook(how: { readonly drop?: boolean }): Promise<true>
  hook(): Promise<WebhookInfo>
  /** Any method, past the client's own functions. */
  raw(how: {
    readonly method: string
    readonly params: Readonly<Record<string, unknown>>
  }): Promise<unknown>
  /** Asks for updates by itself from now on. */
  polls(): Promise<true>
  /** Takes updates that are brought with this secret, at the address it resolves with; it has not told the server. */
  listens(how: { readonly secret: string }): Promise<string>
  /** All it was told while it polled or listened. */
  heard(): Promise<readonly Heard[]>
  /** Stops what `polls` and `listens` began. */
  stops(): Promise<true>
}
