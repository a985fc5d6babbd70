import type { Vault } from '../../src/ports/vault.ts'
import { number, parseJson, type Raw, record, records, text } from './json.ts'

/** What a login gave (`ecosystem §1.3`). `user` is the person who scanned, `bot` the bot that speaks with them. */
export interface Credential {
  readonly token: string
  readonly bot: string
  readonly user: string
  /** Where its calls go. */
  readonly base: string
  /** Where it was given: it is told to nobody else. */
  readonly loginBase: string
  /** In milliseconds. */
  readonly at: number
  /** WeChat said that it is not taken any more. */
  readonly stale?: true
}

export interface Ended {
  readonly reason: 'kicked' | 'refused' | 'expired'
  readonly detail?: string
}

/** So many tokens may be told when a login begins (`ecosystem §1.3`). */
export const mostTokens = 10

/**
 * All tokens this door was ever given, newest first: one that is lost may be lost for good, so they outlive their session
 * and a logout. `current` is the token in use; `ended` says that a person has to begin the next login.
 */
export class Credentials {
  readonly #vault: Vault
  #all: readonly Credential[]
  #current: string | undefined
  #isKept = true
  #ended: Ended | undefined

  private constructor(vault: Vault, raw: Raw) {
    this.#vault = vault
    this.#all = records(raw.all).flatMap((each) => readOne(each) ?? [])
    this.#current = text(raw.current) || undefined
    this.#ended = readEnded(record(raw.ended))
  }

  static async open(vault: Vault): Promise<Credentials> {
    return new Credentials(vault, await readNote(vault, name))
  }

  get current(): Credential | undefined {
    return this.#all.find((each) => each.token === this.#current)
  }

  get ended(): Ended | undefined {
    return this.#ended
  }

  /** Those given by this login server, newest first, those that still may be good before the others. */
  known(loginBase: string): readonly Credential[] {
    const own = this.#all.filter((each) => each.loginBase === loginBase)
    return [...own.filter(({ stale }) => !stale), ...own.filter(({ stale }) => stale)]
  }

  /** In use from now on. */
  async use(credential: Credential): Promise<void> {
    const { stale, ...fresh } = credential
    const others = this.#all.filter((each) => each.token !== credential.token)
    const kept = others.filter((each) => !each.stale)
    const lapsed = others.filter((each) => each.stale).slice(0, mostTokens)
    this.#all = [fresh, ...kept, ...lapsed]
    this.#current = credential.token
    this.#ended = undefined
    await this.#save()
  }

  /** What could not be kept when it was given is kept now. */
  async keep(): Promise<void> {
    if (!this.#isKept) await this.#save()
  }

  /** WeChat said that the one in use is stale. A person has to log in again. */
  async lapse(ended: Ended): Promise<void> {
    if (this.#current === undefined) return this.keep()
    this.#all = this.#all.map((each) =>
      each.token === this.#current ? { ...each, stale: true } : each,
    )
    this.#current = undefined
    this.#ended = ended
    await this.#save()
  }

  /** None is in use any more; the next start asks for a login. */
  async leave(): Promise<void> {
    this.#current = undefined
    this.#ended = undefined
    await this.#save()
  }

  async #save(): Promise<void> {
    this.#isKept = false
    const note = { all: this.#all, current: this.#current, ended: this.#ended }
    await this.#vault.set(name, JSON.stringify(note))
    this.#isKept = true
  }
}

const name = 'credentials'

function readOne(raw: Raw): Credential | undefined {
  const [token, bot, user, base, loginBase] = [
    text(raw.token),
    text(raw.bot),
    text(raw.user),
    text(raw.base),
    text(raw.loginBase),
  ]
  if (!token || !base) return undefined
  const stale = raw.stale === true ? ({ stale: true } as const) : {}
  return { token, bot, user, base, loginBase, at: number(raw.at), ...stale }
}

function readEnded(raw: Raw): Ended | undefined {
  const { reason } = raw
  if (reason !== 'kicked' && reason !== 'refused' && reason !== 'expired') return undefined
  const detail = text(raw.detail)
  return { reason, ...(detail ? { detail } : {}) }
}

/** A vault entry as an object; what is not there, or cannot be read, is empty. */
export async function readNote(vault: Vault, entry: string): Promise<Raw> {
  const stored = await vault.get(entry)
  if (stored === undefined) return {}
  try {
    return record(parseJson(stored))
  } catch {
    return {}
  }
}
