import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../src/ports/clock.ts'
import type { Vault } from '../../src/ports/vault.ts'

/** How long a browser stays known, in milliseconds. */
const lifetime = 90 * 24 * 3600_000
const most = 20

interface Kept {
  readonly hash: string
  readonly until: number
}

/**
 * Who may use the page. One token per start opens one session; a session is a secret in a cookie, of which only
 * the hash is kept, so that a restart keeps sessions and a stolen store opens nothing.
 */
export class Access {
  /** Random per installation: cookies know no ports, and two bridges on one machine must not log each other out. */
  readonly cookie: string
  readonly token = randomBytes(32).toString('base64url')
  readonly #vault: Vault
  readonly #clock: Clock
  #sessions: readonly Kept[]
  #used = false

  private constructor(vault: Vault, clock: Clock, cookie: string, sessions: readonly Kept[]) {
    this.#vault = vault
    this.#clock = clock
    this.cookie = cookie
    this.#sessions = sessions
  }

  static async open(vault: Vault, clock: Clock): Promise<Access> {
    const kept = parse(await vault.get('access'))
    const access = new Access(
      vault,
      clock,
      kept?.cookie ?? `bridge_${randomBytes(4).toString('hex')}`,
      kept?.sessions.filter((session) => session.until > clock.now()) ?? [],
    )
    if (!kept) await access.#save()
    return access
  }

  /** The secret of a new session, if this is the token and its first use. Rejects if it cannot be kept. */
  async exchange(token: string): Promise<{ secret: string; maxAge: number } | undefined> {
    if (!same(hash(token), hash(this.token)) || this.#used) return undefined
    this.#used = true
    const before = this.#sessions
    const secret = randomBytes(32).toString('base64url')
    const until = this.#clock.now() + lifetime
    this.#sessions = [...before, { hash: hash(secret), until }].slice(-most)
    try {
      await this.#save()
    } catch (error) {
      this.#used = false
      this.#sessions = before
      throw error
    }
    return { secret, maxAge: lifetime / 1000 }
  }

  admits(secret: string | undefined): boolean {
    if (!secret) return false
    const given = hash(secret)
    const now = this.#clock.now()
    return this.#sessions.some((session) => same(session.hash, given) && session.until > now)
  }

  async end(secret: string): Promise<void> {
    const given = hash(secret)
    this.#sessions = this.#sessions.filter((session) => !same(session.hash, given))
    await this.#save()
  }

  #save(): Promise<void> {
    const text = JSON.stringify({ cookie: this.cookie, sessions: this.#sessions })
    return this.#vault.set('access', text)
  }
}

const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const same = (one: string, other: string) =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))

function parse(
  text: string | undefined,
): { cookie: string; sessions: readonly Kept[] } | undefined {
  try {
    const value = JSON.parse(text ?? '')
    if (!/^bridge_[0-9a-f]{8}$/.test(value.cookie) || !Array.isArray(value.sessions))
      return undefined
    return value
  } catch {
    return undefined
  }
}
