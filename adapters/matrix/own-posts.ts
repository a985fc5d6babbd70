import type { Key } from '../../src/core/ids.ts'

const remembered = 5_000

/**
 * What this process says itself: whoever waits for the answer learns from it what a post became, and need not be told again
 * when the homeserver sends it back. A post whose answer was lost is not among them: its echo is proof.
 */
export interface OwnPosts {
  saying<T>(key: Key, work: () => Promise<T>): Promise<T>
  /** Is it being said, or was it, with an answer? */
  has(key: Key): boolean
}

export function createOwnPosts(): OwnPosts {
  const keys = new Set<Key>()
  return {
    async saying(key, work) {
      keys.add(key)
      const [oldest] = keys
      if (keys.size > remembered && oldest !== undefined) keys.delete(oldest)
      try {
        return await work()
      } catch (error) {
        keys.delete(key)
        throw error
      }
    },
    has: (key) => keys.has(key),
  }
}
