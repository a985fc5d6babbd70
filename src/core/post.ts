import type { ChatKind } from './chat.ts'
import type { ChatId, ContactId, Key, MessageId, PortalId, RoomId } from './ids.ts'
import type { MediaKind, MediaRef } from './message.ts'
import type { Mentioned, Rich } from './runs.ts'

/** Something to press: it says the words of a command, or leads to an address. */
export type Button =
  | { readonly label: string; readonly words: readonly string[] }
  | { readonly label: string; readonly url: string }

/** Rows of buttons. */
export type Buttons = readonly (readonly Button[])[]

/** Who speaks in the room: a contact (a ghost, where the hub has ghosts), the account's owner, or the bridge. */
export type Speaker =
  | {
      readonly type: 'contact'
      readonly contact: ContactId
      readonly name: string
      /** In the group it is said in they go by this, if it is another than their name. */
      readonly nick?: string
      readonly avatar?: MediaRef
    }
  | { readonly type: 'me' }
  | { readonly type: 'bridge' }

export type Body =
  /** `unquoted` is said instead where what it answers has no event in the room to point at. */
  | {
      readonly kind: 'text' | 'notice'
      readonly text: Rich
      readonly unquoted?: Rich
      /** Only where the hub's features say so. */
      readonly buttons?: Buttons
    }
  | {
      readonly kind: 'media'
      readonly media: MediaRef
      readonly caption?: Rich
      readonly poster?: MediaRef
    }
  /** In degrees of WGS-84, as GPS has them; `label` is one line about the place. */
  | {
      readonly kind: 'location'
      readonly latitude: number
      readonly longitude: number
      readonly label: string
    }
  /**
   * Take back what a message is in the room. Only where the hub's features say so. `instead`: no notice tells of it, so
   * that one has to where there is nothing to take back; its parts begin with this number.
   */
  | { readonly kind: 'redaction'; readonly target: MessageId; readonly instead?: number }

/** One delivery to a room. A message makes one or several (`part` counts from 0). */
export interface Post {
  readonly type: 'post'
  readonly key: Key
  readonly portal: PortalId
  readonly message: MessageId
  readonly part: number
  /** When the message was said, in milliseconds. */
  readonly at: number
  readonly speaker: Speaker
  /** The message this one answers, quotes or is about; the pump finds its event in the room, if it has one. */
  readonly replyTo?: MessageId
  readonly body: Body
  /** Recalls that are told in this post too: a burst is told as one. */
  readonly folded?: readonly MessageId[]
  /** It rings no bell. */
  readonly silent?: true
  /** The name it is said under, where no ghost speaks and the adapter leads with it (`speakers: 'lead'`). */
  readonly who?: string
  /** Instead of the portal's room: an answer to someone who asked elsewhere. */
  readonly there?: RoomId
  /** Whom it calls, whether or not its words name them; also beside media. */
  readonly calls?: readonly Mentioned[]
  /** Where the hub can change what it shows, it takes the place of this message. */
  readonly replaces?: MessageId
}

export type SendBody =
  /** `mentions`: members of the group whom its words name, where the connector can call them. */
  | { readonly kind: 'text'; readonly text: string; readonly mentions?: readonly ContactId[] }
  | { readonly kind: 'media'; readonly media: MediaRef }
  /** Take back what was sent before; the pump fills in what WeChat called it. */
  | { readonly kind: 'recall'; readonly target: MessageId; readonly part: number }

/** One delivery to WeChat. */
export interface Send {
  readonly type: 'send'
  readonly key: Key
  /** Minted once per send and repeated on every retry: 17 decimal digits, unique per account (protocol §2.9). */
  readonly clientId: string
  /** The line it keeps its order in: the chat's own, whichever hub it was written in (`sendLine`). */
  readonly portal: PortalId
  readonly message: MessageId
  readonly part: number
  readonly chat: ChatId
  readonly body: SendBody
}

export type Job = Post | Send

export interface Rate {
  readonly count: number
  readonly perMs: number
}

/** Per kind of media: what is taken. Empty `mimes` takes all. `caption` is the longest caption in characters. */
export type MediaLimits = {
  readonly [K in MediaKind]?: {
    readonly maxBytes: number
    readonly mimes: readonly string[]
    readonly caption: number
  }
}

/** What a hub can do. Read by `fit` once; adapters never choose a fallback. */
export interface HubFeatures {
  /** Can the bridge make rooms, or must a person link them? */
  readonly rooms: 'create' | 'link'
  /**
   * Does each contact speak as itself, does a name in front speak (`fit` puts it there), or does the adapter lead with
   * `Post.who` where the room does not make it clear (`fit` leaves {@link leadRoom} units for it)?
   */
  readonly speakers: 'ghost' | 'prefix' | 'lead'
  readonly text: { readonly limit: number; readonly format: 'html' | 'plain' }
  readonly media: MediaLimits
  readonly reply: boolean
  /** Can what was posted be taken back? */
  readonly redact: boolean
  /** Can a place be shown as one? */
  readonly location: boolean
  /** Can buttons stand under a text? */
  readonly buttons?: true
  /** Can what was posted be changed? */
  readonly edits?: true
  /**
   * Chats may share one room, the management room: what is written there goes to the chat of the message it answers, and
   * where that is none, the person is asked.
   */
  readonly shared?: true
  /** Posts are so few a minute that texts waiting in line may be posted as one. */
  readonly merges?: true
  /** How commands begin there, for the words that name them; `!wx ` where nothing is said (those are taken everywhere). */
  readonly commandPrefix?: string
}

/** So many UTF-16 units of a text or caption are left to the adapter that leads with names. */
export const leadRoom = 140

/** What a connector can do. Read by `answer` before anything is promised to the user. */
export interface ConnectorFeatures {
  /** `session`: names change at each login, and the connector matches them to lasting ids itself. */
  readonly ids: 'stable' | 'session'
  readonly chats: readonly ChatKind[]
  readonly contacts: boolean
  readonly recallEvents: boolean
  /** Longest text of one send, in characters (UTF-16 units). */
  readonly text: number
  readonly media: MediaLimits
  /** Can an answer name the message it quotes? False: the quotation goes as words in front. */
  readonly quote: boolean
  /** How long after sending one's own message may be recalled, in milliseconds. 0: never. */
  readonly recallMs: number
  /** There is one chat, with the person themselves. */
  readonly oneChat?: true
  /** Can a text call members of a group ({@link SendBody} `mentions`)? */
  readonly mentions?: true
  /**
   * A chat takes only so many sends after each message from it, and none when that is longer ago than `withinMs`
   * milliseconds. What is over waits for the next message.
   */
  readonly quota?: { readonly per: 'inbound'; readonly sends: number; readonly withinMs: number }
  /** What holds for it instead of what is configured for all (`wechat.pace`). Milliseconds. */
  readonly pace?: Partial<Allowed>
}

/** Gaps between sends, each with up to `jitterMs` more, and how many in a minute, an hour, a day. */
export interface Allowed {
  readonly sameChat: { readonly ms: number; readonly jitterMs: number }
  readonly otherChat: { readonly ms: number; readonly jitterMs: number }
  readonly media: { readonly ms: number; readonly jitterMs: number }
  readonly perMinute: number
  readonly perHour: number
  readonly perDay: number
}
