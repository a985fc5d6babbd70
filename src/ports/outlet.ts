import type { MediaRef } from '../core/message.ts'
import type { Rate } from '../core/post.ts'

export type Bytes = ReadableStream<Uint8Array>

/** Opened media. `mime` is sniffed from the bytes where that is possible; `bytes` is the exact size where known. */
export interface Opened {
  readonly stream: Bytes
  readonly mime: string
  readonly bytes?: number
}

/**
 * Turns a reference into bytes: from the media store, else from the side that minted it. May be called several
 * times for one reference, each time giving the whole content anew. Throws a BridgeError (`gone` when it is
 * nowhere to be had any more).
 */
export type Open = (media: MediaRef) => Promise<Opened>

/** Proof of delivery: the ids the other side gave (none only where there was nothing to take back), and when. */
export interface Receipt {
  readonly ids: readonly string[]
  readonly at: number
}

/** What a pump needs from either side. */
export interface Outlet<Job> {
  /**
   * At most `concurrency` at a time; `lane` paces everything together, `bucket` each bucket by itself, where the other
   * side counts. WeChat's are allowances of their own (`core/pace.ts`).
   */
  readonly rate: {
    readonly concurrency: number
    readonly lane?: Rate
    readonly bucket?: Rate
    /** Instead of `bucket`, where buckets differ: all that hold for one. */
    readonly buckets?: (bucket: string) => readonly Rate[]
  }
  /** How long a delivery may make no progress before it is given up, in milliseconds, where nobody else says it. */
  readonly stuckMs?: number
  /** By what the other side counts: a room, a group, a chat. */
  bucket(job: Job): string
  /** Deliver once. Throws a BridgeError, which says whether it surely was not delivered. */
  send(job: Job, open: Open, signal: AbortSignal): Promise<Receipt>
  /**
   * Was this job delivered before a crash or a lost answer? `unknown` where the other side cannot tell.
   * `since` is when sending began (milliseconds).
   */
  find(job: Job, since: number, signal: AbortSignal): Promise<Receipt | 'absent' | 'unknown'>
}
