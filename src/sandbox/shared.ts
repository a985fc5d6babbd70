import type { Large } from './large.ts'
import type { Who } from './sandbox.ts'

/**
 * Everything people send besides texts and pictures, in our words; the sandbox makes wire messages of it
 * (protocol §5.5–§5.9). Where `bytes` may be left out, a small file that comes with the sandbox is taken.
 */
export type Shared =
  | { readonly kind: 'voice'; readonly bytes?: Uint8Array; readonly ms?: number }
  | SharedVideo
  | {
      readonly kind: 'file'
      readonly name: string
      readonly bytes?: Uint8Array
      /** Instead of `bytes`. */
      readonly large?: Large
    }
  /** `cdnurl`: where the XML says the picture also is. */
  | { readonly kind: 'sticker'; readonly bytes?: Uint8Array; readonly cdnurl?: string }
  /** From the sticker store: no content, and nothing to download (trap 57). */
  | { readonly kind: 'storeSticker' }
  /** 1 to 6. */
  | { readonly kind: 'dice'; readonly result: number; readonly bytes?: Uint8Array }
  | {
      readonly kind: 'morra'
      readonly result: 'scissors' | 'rock' | 'paper'
      readonly bytes?: Uint8Array
    }
  | SharedLocation
  | { readonly kind: 'liveLocation'; readonly phase: 'start' | 'end' }
  /** A friend, a stranger or an official account of this world. */
  | { readonly kind: 'card'; readonly who: Who }
  | SharedLink
  /** What an official account pushes; one item comes as one element, not as a list (trap 59). */
  | { readonly kind: 'articles'; readonly items: readonly Article[]; readonly source?: string }
  | {
      readonly kind: 'music'
      readonly title: string
      readonly artist: string
      readonly url: string
      readonly stream?: string
      readonly source?: string
    }
  | {
      readonly kind: 'miniProgram'
      readonly name: string
      readonly title: string
      readonly page?: string
    }
  | {
      readonly kind: 'channel'
      readonly what: 'video' | 'live' | 'card'
      readonly name: string
      readonly text?: string
    }
  | { readonly kind: 'history'; readonly title: string; readonly lines: readonly HistoryLine[] }
  /** A reply as phones send it: `of` is the MsgId of what it answers. */
  | { readonly kind: 'quote'; readonly text: string; readonly of: string }
  /** A reply as older clients send it: plain text with a row of dashes. */
  | {
      readonly kind: 'plainQuote'
      readonly text: string
      readonly name: string
      readonly quoted: string
    }
  | { readonly kind: 'solitaire'; readonly text: string }
  | { readonly kind: 'announcement'; readonly text: string }
  /** Usually a system line; `app`: the app message 2001. */
  | { readonly kind: 'redPacket'; readonly app?: boolean; readonly memo?: string }
  | {
      readonly kind: 'transfer'
      /** As written: `¥0.10`. */
      readonly amount: string
      readonly memo?: string
      readonly phase: 'sent' | 'accepted' | 'returned'
    }
  | { readonly kind: 'call'; readonly phase: 'invite' | 'voip' | 'ended'; readonly text?: string }
  /** `who` is patted. */
  | { readonly kind: 'pat'; readonly who: Who; readonly form?: 'text' | 'sysmsg' }
  | { readonly kind: 'groupInvite'; readonly group: string; readonly url?: string }
  | { readonly kind: 'appText'; readonly text: string }
  | { readonly kind: 'appPicture'; readonly bytes?: Uint8Array; readonly app?: string }
  /** "Not supported on web": the text, and the title the server may leave in FileName. */
  | {
      readonly kind: 'prompt'
      readonly text?: string
      readonly title?: string
      readonly appMsgType?: number
    }
  /** MsgType `type` with a content of no known kind; `app`: an app message of that type. */
  | {
      readonly kind: 'unknown'
      readonly type: number
      readonly app?: boolean
      readonly content?: string
    }

export interface SharedVideo {
  readonly kind: 'video'
  readonly bytes?: Uint8Array
  readonly seconds?: number
  readonly poster?: Uint8Array
  /** MsgType 62 instead of 43. */
  readonly micro?: boolean
}

export interface SharedLocation {
  readonly kind: 'location'
  readonly latitude: number
  readonly longitude: number
  readonly label?: string
  readonly poi?: string
  /** The form of 2016, with nothing but a link in Content. */
  readonly historic?: boolean
}

export interface SharedLink {
  readonly kind: 'link'
  readonly title: string
  readonly url: string
  readonly description?: string
  readonly source?: string
  readonly thumb?: Uint8Array
}

export interface Article {
  readonly title: string
  readonly url: string
  readonly digest?: string
  readonly cover?: string
}

/** One line of a merged history; `lines` makes it a history of its own. */
export interface HistoryLine {
  readonly name: string
  /** `2023-11-14 22:13`. */
  readonly time: string
  readonly text: string
  readonly type?: 'text' | 'image' | 'video' | 'link' | 'location' | 'file'
  readonly lines?: readonly HistoryLine[]
}
