import type { Kept } from '../../src/ports/media.ts'

/** Pointers are in as many folders as a byte has values; so they can be counted folder by folder. */
export const shards = 256

/**
 * How many ids point to which bytes. It is learnt folder by folder; a pointer in a folder not counted yet needs no
 * note, for it will be counted with it.
 */
export class Users {
  readonly #counts = new Map<number, number>()
  readonly #counted = new Set<number>()
  #bytes = 0

  /** The folders that are still to be counted. */
  uncounted(): readonly number[] {
    return Array.from({ length: shards }, (_, shard) => shard).filter((s) => !this.#counted.has(s))
  }

  /** These are the pointers of a folder. Only the first counting counts. */
  count(shard: number, pointers: readonly Kept[]): void {
    if (this.#counted.has(shard)) return
    this.#counted.add(shard)
    for (const each of pointers) this.#more(each)
  }

  /** There is one more pointer; `hash` is that of its id. */
  add(hash: string, kept: Kept): void {
    if (this.#counted.has(shardOf(hash))) this.#more(kept)
  }

  /** There is one pointer fewer. True: nobody else points to its bytes. All folders must have been counted. */
  remove({ sha256, bytes }: Kept): boolean {
    const key = keyOf(sha256)
    const left = (this.#counts.get(key) ?? 0) - 1
    if (left > 0) {
      this.#counts.set(key, left)
      return false
    }
    this.#counts.delete(key)
    this.#bytes -= bytes
    return true
  }

  has(sha256: string): boolean {
    return this.#counts.has(keyOf(sha256))
  }

  /** The bytes pointed to, once all folders have been counted. */
  size(): number | undefined {
    return this.#counted.size === shards ? this.#bytes : undefined
  }

  #more({ sha256, bytes }: Kept): void {
    const key = keyOf(sha256)
    const known = this.#counts.get(key) ?? 0
    if (known === 0) this.#bytes += bytes
    this.#counts.set(key, known + 1)
  }
}

const shardOf = (hash: string): number => Number.parseInt(hash.slice(0, 2), 16)

/**
 * 48 bits of a hash fit into a number, which a map holds in a fraction of the memory of a text. Two that share them
 * (one chance in hundreds, with a million files) are kept a little longer than they would have to be.
 */
const keyOf = (sha256: string): number => Number.parseInt(sha256.slice(0, 12), 16)
