import type { Code } from './errors.ts'

/** Why a connector is offline. `detail` beside it is the other side's own sentence, hostile text. */
export type OfflineReason =
  | 'starting'
  | 'loggedOut'
  | 'kicked'
  | 'refused'
  | 'expired'
  | 'cancelled'
  | 'unreachable'

/** Why something a person wrote was not even queued for WeChat. */
export type Refusal =
  | { readonly why: 'kind'; readonly kind: string }
  | { readonly why: 'tooLarge'; readonly bytes: number; readonly limit: number }
  | { readonly why: 'format'; readonly mime: string }
  | { readonly why: 'empty' }
  | { readonly why: 'tooLate' }
  | { readonly why: 'notMine' }

/**
 * What the bridge says in a room, as data: the words are chosen where it is shown (`render.ts`), in that
 * person's language. `detail` is an adapter's English sentence or the other side's own words.
 */
export type Notice =
  | { readonly type: 'welcome' }
  | { readonly type: 'online'; readonly name: string }
  | {
      readonly type: 'offline'
      readonly reason: OfflineReason
      readonly detail?: string
      readonly relogin: boolean
    }
  /** Answers a person's own message: it did not go to WeChat. `certain` false: it may have gone. */
  | {
      readonly type: 'notSent'
      readonly code: Code
      readonly certain: boolean
      readonly detail: string
      readonly seq: string
    }
  /** Answers a person's own message that they took back: in WeChat it stays, or may stay. */
  | {
      readonly type: 'notRecalled'
      readonly code: Code
      readonly certain: boolean
      readonly detail: string
    }
  /** A person wrote in a room that belongs to no chat. */
  | { readonly type: 'noChat'; readonly preview: string }
  /** Answers a person's own message: it was not even queued. */
  | { readonly type: 'refused'; readonly refusal: Refusal }
  /** Something from WeChat could not be shown in this room. */
  | {
      readonly type: 'notShown'
      readonly code: Code
      readonly detail: string
      readonly what: string
    }
  | { readonly type: 'help' }
  | {
      readonly type: 'status'
      readonly state: string
      readonly name?: string
      readonly chats: number
      readonly queued: number
      readonly dead: number
    }
  | { readonly type: 'unknownCommand'; readonly word: string }
  | { readonly type: 'done'; readonly what: 'login' | 'logout' | 'resend' }
  | { readonly type: 'nothingToDo'; readonly what: 'login' | 'logout' | 'resend' }
