import type { Code, Reason } from './errors.ts'

/** A number, or more than that. */
export interface Count {
  readonly count: number
  readonly more?: true
}

/** About when: so many milliseconds from now, which is `at` by the clock where the person lives. */
export interface When {
  readonly inMs: number
  readonly at: string
}

/**
 * Why something waits: `pace`, so as not to be faster than WeChat tolerates; `rate`, WeChat wants a pause; `offline`,
 * nobody is logged in; `trouble`, it was tried and did not work; `doubt`, a question is open; `quota`, the chat takes
 * no more until a message comes from it (`sends`: so many for each).
 */
export type Wait =
  | { readonly why: 'pace'; readonly when: When }
  | { readonly why: 'rate'; readonly when: When }
  | { readonly why: 'offline' | 'trouble' | 'doubt' }
  | { readonly why: 'quota'; readonly sends: number }

/** A place in line, and about when its turn comes, where that can be told. */
export interface Standing {
  readonly place: Count
  readonly when?: When
}

/** How much of an allowance is used. */
export interface Used {
  readonly used: number
  readonly of: number
}

export interface Allowance {
  readonly minute: Used
  readonly hour: Used
  readonly day: Used
  /** They are lower than usual: the account is new here. */
  readonly newcomer?: true
}

/** How the line of the account that is logged in through a door goes on. */
export interface DoorLane {
  readonly door: string
  readonly allowance?: Allowance
  readonly wait?: Wait
}

/** What waits for a person's word. `seq` is what `resend` and `drop` call it. */
export interface Letter {
  readonly seq: string
  /** The name of the chat, where it is not clear from the room. */
  readonly chat?: string
  /** One line about it: hostile text. */
  readonly what: string
  /** When it was written, by the clock. */
  readonly at: string
  /** To WeChat, into a room, or the recall of something. */
  readonly way: 'send' | 'post' | 'recall'
  /** Given up, or never begun. */
  readonly state: 'dead' | 'held'
  /** False: it may have been delivered. */
  readonly certain: boolean
  readonly code?: Code
  readonly reason?: Reason
  readonly said?: string
}

/** What the bridge says about what waits, as data (see `Notice`). */
export type QueueNotice =
  /** Answers a person's own message: it does not go out at once. */
  | { readonly type: 'waiting'; readonly place: Count; readonly wait: Wait }
  /** There are so many more chats in which people wait than were told. */
  | { readonly type: 'othersWait'; readonly chats: Count; readonly wait: Wait }
  /** What waits in one chat. */
  | {
      readonly type: 'line'
      readonly waiting: Count
      readonly first?: Standing
      readonly last?: Standing
      readonly wait?: Wait
      readonly letters: Count
    }
  /** What waits in all chats. */
  | {
      readonly type: 'queue'
      readonly waiting: Count
      readonly chats: Count
      readonly longest: readonly { readonly name: string; readonly waiting: Count }[]
      readonly allowance?: Allowance
      /** Why nothing goes out now. */
      readonly wait?: Wait
      /** Instead of those two, where there are several doors. */
      readonly lanes?: readonly DoorLane[]
      readonly letters: Count
    }
  /** Answers a person's own message: it is not sent before they say so. `chats`: so many get the same text. */
  | {
      readonly type: 'heldBack'
      readonly why: 'repeated'
      readonly seq: string
      readonly chats: Count
      readonly withinMs: number
    }
  | { readonly type: 'heldBack'; readonly why: 'restored'; readonly seq: string }
  /** What waits for a person's word; `more`: so many are not shown. */
  | { readonly type: 'letters'; readonly letters: readonly Letter[]; readonly more: Count }
  /** So many are in line again; of them `twice` may arrive a second time; `left` may have arrived and were let be. */
  | {
      readonly type: 'resent'
      readonly what?: string
      readonly count: number
      readonly twice: number
      readonly left: number
      readonly more?: true
      /** Others wait for a word. */
      readonly others?: true
    }
  /** So many are forgotten; of them `perhaps` may have arrived. */
  | {
      readonly type: 'dropped'
      readonly what?: string
      readonly count: number
      readonly perhaps: number
      readonly more?: true
      readonly others?: true
    }
