import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../src/ports/clock.ts'
import type { Vault } from '../../src/ports/vault.ts'

/** How long a browser that stays away stays known, in milliseconds; a use begins it anew. */
const lifetime = 30 * 24 * 3600_000
/** A use this soon after the last one that counted is not written down, in milliseconds. */
const grain = 24 * 3600_000
const most = 20

/** What a browser gets to keep: `secret` in its cookie, `key` where only the page reads it. `maxAge` in seconds. */
export interface Session {
  readonly secret: string
  readonly key: string
  readonly maxAge: number
}

interface Kept {
  readonly hash: string
  readonly key: string
  readonly until: number
}

interface Installation {
  readonly cookie: string
  readonly prefix: string
}

/**
 * Who may use the page. One token per start opens one session; a session is two secrets, of which only the hashes
 * are kept, so that a restart keeps sessions and a stolen store opens nothing. A cookie goes to every port of the
 * machine, the key to none but the page's own: so the cookie alone reads and does next to nothing.
 */
export class Access {
  /** Random per installation: two bridges on one machine must not log each other out. */
  readonly cookie: string
  /**
   * The folder all of the page is in, without slashes. Random per installation, because cookies know paths but no
   * ports: a browser sends ours only to a server that knows where to lead it.
   */
  readonly prefix: string
  readonly token = randomBytes(32).toString('base64url')
  readonly #vault: Vault
  readonly #clock: Clock
  #sessions: readonly Kept[]
  #used = false

  private constructor(vault: Vault, clock: Clock, at: Installation, sessions: readonly Kept[]) {
    this.#vault = vault
    this.#clock = clock
    this.cookie = at.cookie
    this.prefix = at.prefix
    this.#sessions = sessions
  }

  static async open(vault: Vault, clock: Clock): Promise<Access> {
    const kept = parse(await vault.get('access'))
    const sessions = kept?.sessions.filter((session) => session.until > clock.now()) ?? []
    const access = new Access(vault, clock, kept ?? fresh(), sessions)
    if (!kept) await access.#save()
    return access
  }

  /** A new session, if this is the token and its first use. Rejects if it cannot be kept. */
  async exchange(token: string): Promise<Session | undefined> {
    if (!same(hash(token), hash(this.token)) || this.#used) return undefined
    this.#used = true
    const [secret, key] = [randomBytes(32), randomBytes(32)].map((bytes) =>
      bytes.toString('base64url'),
    ) as [string, string]
    const made = { hash: hash(secret), key: hash(key), until: this.#clock.now() + lifetime }
    this.#sessions = [...this.#sessions, made].slice(-most)
    try {
      await this.#save()
    } catch (error) {
      this.#used = false
      this.#sessions = this.#sessions.filter((session) => session !== made)
      throw error
    }
    return { secret, key, maxAge: lifetime / 1000 }
  }

  /** By the cookie and the key, or by the cookie alone where no key is asked for. */
  admits(secret: string | undefined, key?: { readonly given: string | undefined }): boolean {
    const session = this.#find(secret)
    return session !== undefined && (!key || same(session.key, hash(key.given ?? '')))
  }

  /** The cookie's new time in seconds, if this use prolongs the session. Rejects if that cannot be kept. */
  async renew(secret: string): Promise<number | undefined> {
    const session = this.#find(secret)
    const until = this.#clock.now() + lifetime
    if (!session || session.until > until - grain) return undefined
    this.#until(session, until)
    try {
      await this.#save()
    } catch (error) {
      this.#until(session, session.until)
      throw error
    }
    return lifetime / 1000
  }

  async end(secret: string): Promise<void> {
    const given = hash(secret)
    this.#sessions = this.#sessions.filter((session) => !same(session.hash, given))
    await this.#save()
  }

  #find(secret: string | undefined): Kept | undefined {
    if (!secret) return undefined
    const given = hash(secret)
    const now = this.#clock.now()
    return this.#sessions.find((session) => same(session.hash, given) && session.until > now)
  }

  #until({ hash }: Kept, until: number): void {
    this.#sessions = this.#sessions.map((one) => (one.hash === hash ? { ...one, until } : one))
  }

  #save(): Promise<void> {
    const { cookie, prefix } = this
    return this.#vault.set('access', JSON.stringify({ cookie, prefix, sessions: this.#sessions }))
  }
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const same = (one: string, other: string) =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))

const fresh = (): Installation => ({
  cookie: `bridge_${randomBytes(4).toString('hex')}`,
  prefix: BigInt(`0x${randomBytes(16).toString('hex')}`)
    .toString(32)
    .padStart(26, '0'),
})

/** Undefined also for what an earlier version kept: its cookies went to every port, and end with it. */
function parse(
  text: string | undefined,
): (Installation & { readonly sessions: readonly Kept[] }) | undefined {
  try {
    const value = JSON.parse(text ?? '')
    const isOurs = /^bridge_[0-9a-f]{8}$/.test(value.cookie) && /^[0-9a-v]{26}$/.test(value.prefix)
    return isOurs && Array.isArray(value.sessions) ? value : undefined
  } catch {
    return undefined
  }
}
