import type { Clock } from '../../src/ports/clock.ts'
import type { Login, LoginOptions } from '../../src/ports/wechat.ts'

/** What is told while nobody has begun a login. */
export type Offline = Extract<Login, { readonly state: 'offline' }>

/**
 * Where a person comes in: between two sessions, nothing goes on until someone begins a login; and within one, when the
 * phone shows a number to type.
 */
export class Gate {
  readonly #tell: (login: Login) => Promise<void>
  readonly #clock: Clock
  #open: (() => void) | undefined
  #typed: ((code: string) => void) | undefined

  constructor(tell: (login: Login) => Promise<void>, clock: Clock) {
    this.#tell = tell
    this.#clock = clock
  }

  /** A person begins a login, or types the number. False: neither is waited for. */
  login({ verify }: LoginOptions = {}): boolean {
    if (this.#typed) {
      const code = verify?.trim() ?? ''
      if (!/^[0-9A-Za-z]{1,32}$/.test(code)) return false
      this.#typed(code)
      this.#typed = undefined
      return true
    }
    if (!this.#open || verify !== undefined) return false
    this.#open()
    this.#open = undefined
    return true
  }

  /** Offline, told once, until a person begins a login. */
  async wait(offline: Offline, signal: AbortSignal): Promise<void> {
    const asked = Promise.withResolvers<void>()
    signal.throwIfAborted()
    this.#open = asked.resolve
    try {
      await this.#tell(offline)
      await until(asked.promise, signal)
    } finally {
      this.#open = undefined
    }
  }

  /** The number that the phone shows. Undefined: nobody typed one within `ms` milliseconds. */
  async number(ms: number, signal: AbortSignal): Promise<string | undefined> {
    const asked = Promise.withResolvers<string>()
    const done = new AbortController()
    signal.throwIfAborted()
    this.#typed = asked.resolve
    try {
      await this.#tell({ state: 'scanned', verify: true })
      const late = this.#clock
        .sleep(ms, AbortSignal.any([done.signal, signal]))
        .then(() => undefined)
      return await until(Promise.race([asked.promise, late]), signal)
    } finally {
      done.abort()
      this.#typed = undefined
    }
  }
}

/** The promise, unless the signal comes first. */
async function until<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([promise, stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
    promise.catch(() => undefined)
  }
}
