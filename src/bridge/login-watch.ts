import type { Login } from '../ports/wechat.ts'

/** Where a login stands, and what becomes of it, for those who wait. */
export interface LoginWatch {
  now(): Login
  /** Resolves with the next state that is another than `since`, or that one again when the signal aborts. */
  next(since: Login, signal: AbortSignal): Promise<Login>
  tell(login: Login): void
}

export function createLoginWatch(first: Login): LoginWatch {
  let login = first
  const waiting = new Set<() => void>()

  return {
    now: () => login,
    async next(since, signal) {
      // Compared as what it says: who asks may have had it from elsewhere.
      while (same(login, since) && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>()
        waiting.add(resolve)
        const end = () => resolve()
        signal.addEventListener('abort', end, { once: true })
        await promise
        signal.removeEventListener('abort', end)
        waiting.delete(resolve)
      }
      return login
    },
    tell(next) {
      login = next
      for (const wake of waiting) wake()
    },
  }
}

const same = (one: Login, other: Login): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other)
