import type { Sender } from './chat.ts'
import type { AccountId, ChatId, ContactId, HubId, MediaId, MessageId } from './ids.ts'
import type { Notice } from './notice.ts'
import type { Mentioned, Rich } from './runs.ts'

export type MediaKind = 'image' | 'voice' | 'video' | 'file' | 'sticker'

/**
 * A name for bytes that live elsewhere. `source` says who minted it (`wechat/<account>` or a hub id); only that
 * side can turn `token` into bytes. `mime` is what the source claimed: trust what is sniffed on opening more.
 */
export interface MediaRef {
  readonly id: MediaId
  readonly source: string
  readonly kind: MediaKind
  readonly mime: string
  readonly name?: string
  /** Size, where the source told it. */
  readonly bytes?: number
  readonly width?: number
  readonly height?: number
  /** Duration in milliseconds. */
  readonly ms?: number
  readonly token: string
}

/**
 * Another message that this one points at. `aliases` are all ids it may be stored under, best first. `preview` is
 * what the pointing side quotes of it, `who` whom it names as the one who said it; both may be empty. `what` is its
 * type (`kindWord`) where it is no text.
 */
export interface Target {
  readonly aliases: readonly string[]
  readonly preview: string
  readonly who?: string
  readonly what?: string
}

/**
 * What to take for the recalled message when no alias names a stored one (protocol §5.7, steps 2 and 3): the
 * latest message of oneself in the chat, or the latest of the same sender within three minutes.
 */
export type RecallGuess = 'mine' | 'sender'

/** One article of an official account's push. `url` is http(s) or empty. */
export interface Article {
  readonly title: string
  readonly url: string
  readonly digest?: string
}

/**
 * One line of a merged chat history. `at` is the time as WeChat wrote it (it names no zone); `text` is what was
 * said or, where it is no text, its title; `what` is then its type (`kindWord`); `lines` is a history within the
 * history.
 */
export interface HistoryLine {
  readonly who: string
  readonly at: string
  readonly text: string
  readonly what?: string
  readonly url?: string
  readonly lines?: readonly HistoryLine[]
}

/**
 * What is said. Plain data: it survives JSON. Texts are plain text, never markup; every `url` is an absolute http(s)
 * address or empty. Optional texts are absent rather than empty.
 */
export type Content =
  /** `rich` says the same with the formatting it was written with, where it was written on a hub. */
  | { readonly kind: 'text'; readonly text: string; readonly rich?: Rich }
  /** `poster` is a video's still picture. `via` is the app it was shared from. */
  | {
      readonly kind: MediaKind
      readonly media: MediaRef
      readonly caption?: string
      readonly poster?: MediaRef
      readonly via?: string
    }
  /** A sticker that WeChat gives nobody the bytes of (from its store). */
  | { readonly kind: 'bareSticker' }
  /** A thrown die (1 to 6), or rock, paper, scissors: `morra` (1 scissors, 2 rock, 3 paper). 0: not known. */
  | { readonly kind: 'throw'; readonly game: 'dice' | 'morra'; readonly result: number }
  /**
   * In degrees as WeChat writes them: inside China those of Chinese maps (GCJ-02). `label` is the address, `poi` the
   * name of the place. `map` is a small picture of it.
   */
  | {
      readonly kind: 'location'
      readonly latitude: number
      readonly longitude: number
      readonly label: string
      readonly poi: string
      readonly map?: MediaRef
    }
  | { readonly kind: 'liveLocation'; readonly phase: 'started' | 'ended' }
  /** `mp`: it is an official account's. `contact` is who it shows, to add them by. */
  | {
      readonly kind: 'card'
      readonly name: string
      readonly mp: boolean
      readonly alias?: string
      readonly region?: string
      readonly contact?: ContactId
    }
  | {
      readonly kind: 'link'
      readonly title: string
      readonly url: string
      readonly description?: string
      readonly source?: string
      readonly thumb?: MediaRef
    }
  /** A push of an official account: at least one article. */
  | { readonly kind: 'articles'; readonly articles: readonly Article[]; readonly source?: string }
  | {
      readonly kind: 'music'
      readonly title: string
      readonly url: string
      readonly artist?: string
      readonly source?: string
      readonly thumb?: MediaRef
    }
  /** Something from the video channels: a card of a channel, a video, or a live show. */
  | {
      readonly kind: 'channel'
      readonly what: 'card' | 'video' | 'live'
      readonly author: string
      readonly text: string
      readonly url: string
    }
  | {
      readonly kind: 'miniProgram'
      readonly title: string
      readonly app: string
      readonly url: string
      readonly thumb?: MediaRef
    }
  | { readonly kind: 'history'; readonly title: string; readonly lines: readonly HistoryLine[] }
  /** An answer to another message, quoting it. */
  | { readonly kind: 'quote'; readonly text: string; readonly target: Target }
  | {
      readonly kind: 'recall'
      readonly target: Target
      readonly text: string
      readonly guess?: RecallGuess
      /** The message it names was here once, and is not kept any more. */
      readonly forgotten?: true
    }
  /** Someone wants to be a friend. `request` names it in `accept`. */
  | {
      readonly kind: 'friendRequest'
      readonly name: string
      readonly greeting: string
      readonly request: string
    }
  /** An invitation to a group that only the phone can accept. */
  | { readonly kind: 'groupInvite'; readonly text: string; readonly url: string }
  /** A text that everyone in a group adds a line to. */
  | { readonly kind: 'solitaire'; readonly text: string }
  /** What a group's owner announces to all. Empty: what was announced there is taken away. */
  | { readonly kind: 'announcement'; readonly text: string }
  | { readonly kind: 'redPacket'; readonly greeting: string; readonly mine: boolean }
  /** `amount` as WeChat writes it, with its currency; may be empty. */
  | {
      readonly kind: 'transfer'
      readonly amount: string
      readonly memo: string
      readonly phase: 'offered' | 'taken' | 'returned' | 'unknown'
    }
  /** A call, which only the phone can take. `text` is what WeChat says of it, if it does. */
  | {
      readonly kind: 'call'
      readonly medium: 'voice' | 'video' | 'unknown'
      readonly phase: 'ringing' | 'ended' | 'unknown'
      readonly text: string
    }
  | { readonly kind: 'pat'; readonly text: string }
  /** Who joined, left or changed; `changed` lists whom to look at again. */
  | { readonly kind: 'system'; readonly text: string; readonly changed: readonly ContactId[] }
  /** Any other grey line of WeChat's. */
  | { readonly kind: 'note'; readonly text: string }
  /**
   * Something we cannot read. The raw event stays in the inbox; the room shows a line. `type` is what it is called by
   * (`kindWord`), `summary` what WeChat says of it, which may be empty.
   */
  | { readonly kind: 'unsupported'; readonly type: string; readonly summary: string }
  /** What the bridge itself says. */
  | { readonly kind: 'notice'; readonly notice: Notice }

export type Kind = Content['kind']
export type Of<K extends Kind> = Content & { readonly kind: K }

/**
 * Who wrote a message on a hub, by the hub's own name of the person, which only means something there. `answers` is the
 * message it answers.
 */
export interface Writer {
  readonly hub: HubId
  readonly from: string
  readonly answers?: MessageId
}

/** A name in a text of WeChat's (`@` is not part of it) that surely stands for one member of the group. */
export interface Mention {
  readonly name: string
  readonly who: Mentioned
}

export interface Message {
  readonly id: MessageId
  /** MsgId, ClientMsgId, …: whatever a recall or quote may name. Grows when a send is receipted. */
  readonly aliases: readonly string[]
  readonly account: AccountId
  readonly chat: ChatId
  readonly sender: Sender
  /** When it was said, in milliseconds. */
  readonly at: number
  readonly mentionsMe: boolean
  /** Whom its text names, as far as that is certain. */
  readonly mentions?: readonly Mention[]
  readonly content: Content
  /** Where it was written on a hub. */
  readonly by?: Writer
  /** It stands for this message, as what that was changed to ({@link versionId}). */
  readonly edits?: MessageId
}

/** The media a content is, if it is one. */
export function mediaOf(content: Content): MediaRef | undefined {
  return 'media' in content ? content.media : undefined
}

/** All media of a content, what it is first: also posters, thumbnails, maps. */
export function allMediaOf(content: Content): readonly MediaRef[] {
  const found: (MediaRef | undefined)[] = [mediaOf(content)]
  if ('poster' in content) found.push(content.poster)
  if ('thumb' in content) found.push(content.thumb)
  if ('map' in content) found.push(content.map)
  return found.filter((each) => each !== undefined)
}
