import type { ChatId } from './ids.ts'

/** A wait of `ms`, and up to `jitterMs` more, in milliseconds. */
export interface Gap {
  readonly ms: number
  readonly jitterMs: number
}

/** How fast one account may send (architecture §7): what people report as safe. */
export interface PaceRules {
  /** Between two sends to the same chat, and between two to different ones. */
  readonly sameChat: Gap
  readonly otherChat: Gap
  /** Before media, in addition. */
  readonly media: Gap
  /** Sends in any window of that length. */
  readonly perMinute: number
  readonly perHour: number
  readonly perDay: number
  /** For so long after the first login of an account the three above are multiplied by `share`. */
  readonly newcomer: { readonly forMs: number; readonly share: number }
}

/** One try to send that was begun: when (milliseconds), to whom, and whether it carried media. */
export interface Spent {
  readonly at: number
  readonly chat: ChatId
  readonly media: boolean
}
