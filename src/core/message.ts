import type { Sender } from './chat.ts'
import type { AccountId, ChatId, ContactId, MediaId, MessageId } from './ids.ts'
import type { Notice } from './notice.ts'

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

/** Another message that this one points at. `aliases` are all ids it may be stored under, best first. */
export interface Target {
  readonly aliases: readonly string[]
  readonly preview: string
}

/**
 * What to take for the recalled message when no alias names a stored one (protocol §5.7, steps 2 and 3): the
 * latest message of oneself in the chat, or the latest of the same sender within three minutes.
 */
export type RecallGuess = 'mine' | 'sender'

/** What is said. Plain data: it survives JSON. Texts are plain text, never markup. */
export type Content =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: MediaKind; readonly media: MediaRef; readonly caption?: string }
  | {
      readonly kind: 'recall'
      readonly target: Target
      readonly text: string
      readonly guess?: RecallGuess
    }
  /** Who joined, left or changed; `changed` lists whom to look at again. */
  | { readonly kind: 'system'; readonly text: string; readonly changed: readonly ContactId[] }
  /** Any other grey line of WeChat's. */
  | { readonly kind: 'note'; readonly text: string }
  /** Something we cannot read yet. The raw event stays in the inbox; the room shows a line. */
  | { readonly kind: 'unsupported'; readonly type: string; readonly summary: string }
  /** What the bridge itself says. */
  | { readonly kind: 'notice'; readonly notice: Notice }

export type Kind = Content['kind']
export type Of<K extends Kind> = Extract<Content, { readonly kind: K }>

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
  readonly content: Content
}

/** The media a content carries, if any. */
export function mediaOf(content: Content): MediaRef | undefined {
  return 'media' in content ? content.media : undefined
}
