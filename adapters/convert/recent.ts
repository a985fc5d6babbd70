import type { MediaId } from '../../src/core/ids.ts'
import type { Made } from './whole.ts'

/**
 * What was converted last, at most so many bytes of it: where nothing can be kept on the disk, every look at a sticker
 * would convert it anew.
 */
export interface Recent {
  get(id: MediaId): Made | undefined
  add(id: MediaId, made: Made): void
}

export function createRecent(mostBytes: number): Recent {
  const kept = new Map<MediaId, Made>()
  let size = 0
  const drop = (id: MediaId) => {
    size -= kept.get(id)?.bytes.byteLength ?? 0
    kept.delete(id)
  }

  return {
    get(id) {
      const made = kept.get(id)
      if (!made) return undefined
      kept.delete(id)
      kept.set(id, made)
      return made
    },

    add(id, made) {
      drop(id)
      if (made.bytes.byteLength > mostBytes) return
      kept.set(id, made)
      size += made.bytes.byteLength
      for (const [oldest] of kept) {
        if (size <= mostBytes) break
        drop(oldest)
      }
    },
  }
}
