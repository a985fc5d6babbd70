import type { Code } from '../core/errors.ts'

/** Fields of a log line. Never bodies, names of people, tokens or cookies. */
export type Fields = Readonly<Record<string, unknown>>

export interface Log {
  debug(fields: Fields, text: string): void
  info(fields: Fields, text: string): void
  warn(fields: Fields, text: string): void
  error(fields: Fields, text: string): void
}

/** How one try of a delivery ended. `failed`: it surely was not delivered. `unsure`: nobody can tell from the answer. */
export type Tried = 'delivered' | 'failed' | 'unsure'

/**
 * Counts what happens, for machines that watch the bridge. What it is told names lanes (the name of a hub, or
 * `wechat/NAME` by the name of a door) and kinds, never a person or a chat. Must not throw.
 */
export interface Meter {
  /** Something new was taken in from a lane's other side. */
  accepted(lane: string, kind: string): void
  /** The other side took `ms` milliseconds for a try. */
  tried(lane: string, how: Tried, ms: number): void
  /** A delivery was given up. */
  buried(lane: string, code: Code): void
  /** Somebody recalled something in WeChat; was it known here? */
  recalled(isFound: boolean): void
}

/** The named points of a delivery (architecture §15): where a crash would come at the worst moment. */
export type Point =
  | 'beforeAccept'
  | 'afterAccept'
  /** Accepted, and not yet confirmed to the hub; and then it is. */
  | 'beforeConfirm'
  | 'afterConfirm'
  /** All of an answer of WeChat's is accepted, and the key that says so is not kept yet; and then it is. */
  | 'beforeSyncKey'
  | 'afterSyncKey'
  | 'afterSending'
  /** The connector has noted a send, and has not made it yet; WeChat has answered it, and that is not noted yet. */
  | 'beforeCall'
  | 'afterCall'
  | 'afterSend'
  | 'beforeReceipt'
  | 'afterReceipt'
  /** The hub has made a room; its portal does not know it yet. */
  | 'makingRoom'
  | 'afterRoom'
  /** Bytes are in the media store, and the store does not know it yet. */
  | 'afterMedia'
  /** Bytes are gone from the media store, and the store does not know it yet. */
  | 'forgetting'

/** Told at each point; `about` is the id of a message, event, portal or media, or a key. */
export type Trace = (point: Point, about: string) => void
