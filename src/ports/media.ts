import type { MediaId } from '../core/ids.ts'
import type { Bytes, Opened } from './outlet.ts'

/** What the media store knows of bytes it keeps. `mime` is sniffed, `sha256` is lower-case hex. */
export interface Kept {
  readonly bytes: number
  readonly mime: string
  readonly sha256: string
}

/** Some of the bytes: from the one to the other, both counted. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

/** Keeps bytes by id. What `put` resolved for survives a crash; what it did not, leaves no trace. */
export interface MediaStore {
  /**
   * `claimed` is the mime to keep where the bytes do not tell. Rejects, keeping nothing, if the stream fails, or with
   * a BridgeError `server` if the bytes cannot be written.
   */
  put(id: MediaId, stream: Bytes, claimed: string): Promise<Kept>
  /** The bytes, or a range of them; `bytes` of what is opened is the size of the whole all the same. */
  open(id: MediaId, range?: ByteRange): Promise<Opened | undefined>
  /** What is kept under an id, without opening it. */
  kept(id: MediaId): Promise<Kept | undefined>
  drop(ids: readonly MediaId[]): Promise<void>
  /** Everything kept is in one of this many parts, which can be looked through one by one. */
  readonly parts: number
  /** The ids in a part. */
  look(part: number): Promise<readonly MediaId[]>
  /** The bytes of everything, once all parts have been looked through; the same bytes under two ids count once. */
  size(): number | undefined
}
