import type { Lane } from '../core/ids.ts'
import type { Item } from '../ports/store.ts'

/** How much of what may go out in one window has gone out. */
export interface Used {
  readonly used: number
  readonly of: number
}

/** What an account may still send (architecture §7 "Pace"). */
export interface Allowance {
  readonly minute: Used
  readonly hour: Used
  readonly day: Used
  /** WeChat said it is too often: nothing goes out before then, in milliseconds since 1970. */
  readonly pausedUntil?: number
  /** The three above are lower than configured, because the account is new here. */
  readonly newcomer?: true
}

/** A back-off that has begun: nothing of this lane goes out until then (milliseconds since 1970). */
export interface Pause {
  readonly lane: Lane
  readonly until: number
  readonly ms: number
  /** What was refused: the person who wrote it is told, whoever else is. */
  readonly refused: Item
}

/** The line of one account towards WeChat, as it stands now. */
export interface QueueView {
  allowance(): Allowance
  /**
   * In how many milliseconds from now the `place`-th next send begins (1 is the very next), if nothing goes wrong, where
   * `chats` chats take turns. Back-off included; being offline is not. An estimate.
   */
  estimate(place: number, chats?: number): number
  /** Why nothing goes out at all now. `offline`: until a login; `rate`: until `allowance().pausedUntil`. */
  closed(): 'offline' | 'rate' | undefined
}

/** The lines of all accounts that were online since the start. */
export interface Queues {
  /** Undefined: this account was not online since the start, so nothing of it goes out. */
  of(lane: Lane): QueueView | undefined
  /** Told whenever WeChat has said that it is too often. What a listener throws is logged. */
  onPause(listener: (pause: Pause) => Promise<void>): void
}
