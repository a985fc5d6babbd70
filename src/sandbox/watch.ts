interface Waiter {
  /** Asks again, and leaves when there is an answer. */
  check(): void
  /** Leaves without one. */
  leave(): void
}

/** Waiting for facts instead of sleeping: whoever changes something rings, and everyone waiting looks again. */
export class Watch {
  readonly #waiters = new Set<Waiter>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #speed: number
  #closed = false

  /** `speed`: how many times faster than the real clock `after` runs. */
  constructor(speed = 1) {
    this.#speed = speed
  }

  ring(): void {
    for (const waiter of [...this.#waiters]) waiter.check()
  }

  /**
   * What `ask` answers, as soon as that is not undefined; undefined after `ms`, on abort, and on close.
   * Rejects when `ask` throws. `ms` is in real time.
   */
  until<T>(ask: () => T | undefined, ms: number, signal?: AbortSignal): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const now = ask()
      if (now !== undefined || this.#closed || signal?.aborted) return resolve(now)
      const waiter: Waiter = {
        check: () => {
          try {
            const answer = ask()
            if (answer !== undefined) done(answer)
          } catch (error) {
            done(undefined)
            reject(error)
          }
        },
        leave: () => done(undefined),
      }
      const done = (answer: T | undefined) => {
        this.#waiters.delete(waiter)
        this.#timers.delete(timer)
        clearTimeout(timer)
        signal?.removeEventListener('abort', waiter.leave)
        resolve(answer)
      }
      const timer = setTimeout(waiter.leave, ms)
      this.#timers.add(timer)
      this.#waiters.add(waiter)
      signal?.addEventListener('abort', waiter.leave, { once: true })
    })
  }

  /** Does something later, by the sandbox's clock, unless closed before. */
  after(ms: number, act: () => void): void {
    if (this.#closed) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, ms / this.#speed)
    this.#timers.add(timer)
  }

  close(): void {
    this.#closed = true
    for (const waiter of [...this.#waiters]) waiter.leave()
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
