import type { Vault } from '../../src/ports/vault.ts'
import type { Login, LoginOptions } from '../../src/ports/wechat.ts'
import { readNote, writeNote } from './note.ts'

/** What is told while nobody has begun a login. */
export type Offline = Extract<Login, { readonly state: 'offline' }>

/**
 * Between two sessions stands a person: after an end, and before the first login where web login may cost the
 * account (`ecosystem §0.1`), nothing goes on until someone asks for it. No way leads round this, so there is no
 * login loop.
 */
export class Gate {
  readonly #vault: Vault
  readonly #risk: boolean
  readonly #tell: (login: Login) => Promise<void>
  #open: ((how: LoginOptions) => void) | undefined
  #unaccepted = false

  /** `risk`: a login here may cost the account, and needs the user's word once. */
  constructor(vault: Vault, risk: boolean, tell: (login: Login) => Promise<void>) {
    this.#vault = vault
    this.#risk = risk
    this.#tell = tell
  }

  /** A person begins a login. False: none is waited for, or the risk is not accepted with it. */
  login(how: LoginOptions = {}): boolean {
    const open = this.#open
    if (!open || (this.#unaccepted && how.acceptRisk !== true)) return false
    this.#open = undefined
    open(how)
    return true
  }

  /** Offline, told once, until a person begins a login: how they want it. */
  async wait(offline: Offline, signal: AbortSignal): Promise<LoginOptions> {
    const asked = Promise.withResolvers<LoginOptions>()
    const stop = () => asked.reject(signal.reason)
    asked.promise.catch(() => undefined)
    signal.throwIfAborted()
    signal.addEventListener('abort', stop, { once: true })
    this.#open = asked.resolve
    try {
      await this.#tell(offline)
      return await asked.promise
    } finally {
      this.#open = undefined
      signal.removeEventListener('abort', stop)
    }
  }

  /** Lets a login begin once the risk is or has been accepted. Gives back how to begin. */
  async pass(how: LoginOptions, signal: AbortSignal): Promise<LoginOptions> {
    if (!this.#risk || how.acceptRisk === true || (await this.#accepted())) return how
    this.#unaccepted = true
    try {
      const next = await this.wait({ state: 'offline', reason: 'risk', relogin: true }, signal)
      return { ...how, ...next }
    } finally {
      this.#unaccepted = false
    }
  }

  /** Keeps the user's word, if it was given, for good. */
  async remember(how: LoginOptions, now: number): Promise<void> {
    if (!this.#risk || how.acceptRisk !== true || (await this.#accepted())) return
    await writeNote(this.#vault, 'risk', { acceptedAt: new Date(now).toISOString() })
  }

  async #accepted(): Promise<boolean> {
    return typeof (await readNote(this.#vault, 'risk')).acceptedAt === 'string'
  }
}

/** A session that ends sooner than this after its login was never wanted by WeChat (`ecosystem §0.1`). */
const soon = 60_000

/** The end of a session in words; `lasted` is how long it was logged in, in milliseconds, where that is known. */
export function offlineOf(
  end: {
    readonly reason: Offline['reason']
    readonly detail?: string | undefined
    readonly relogin?: boolean
  },
  lasted?: number,
): Offline {
  const early = end.reason === 'kicked' && lasted !== undefined && lasted < soon
  const { detail, reason, relogin = true } = end
  return {
    state: 'offline',
    reason,
    ...(detail ? { detail } : {}),
    ...(early ? { early } : {}),
    relogin,
  }
}
