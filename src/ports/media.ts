import type { MediaId } from '../core/ids.ts'
import type { Bytes, Opened } from './outlet.ts'

/** What the media store knows of bytes it keeps. `mime` is sniffed, `sha256` is lower-case hex. */
export interface Kept {
  readonly bytes: number
  readonly mime: string
  readonly sha256: string
}

/** Keeps bytes by id. What `put` resolved for survives a crash; what it did not, leaves no trace. */
export interface MediaStore {
  /** `claimed` is the mime to keep where the bytes do not tell. Rejects, keeping nothing, if the stream fails. */
  put(id: MediaId, stream: Bytes, claimed: string): Promise<Kept>
  open(id: MediaId): Promise<Opened | undefined>
  drop(ids: readonly MediaId[]): Promise<void>
}
