import { BridgeError } from '../../src/core/errors.ts'
import type { AccountId } from '../../src/core/ids.ts'
import type { Login } from '../../src/ports/wechat.ts'
import { accountOfWire, contactOfWire } from './ids.ts'
import { type Kept, needsPerson, offlineOf } from './kept-login.ts'
import { cleanName } from './text.ts'
import type { WireLogin } from './wire.ts'

export interface StandingParts {
  kept(): Kept
  keep(more: { readonly [K in keyof Kept]: Kept[K] | undefined }): Promise<void>
  /** Rejects if it cannot be told now. */
  tell(login: Login): Promise<void>
}

type Offline = Extract<Login, { readonly state: 'offline' }>

/** Where the login stands, each state told once. */
export class Standing {
  readonly #parts: StandingParts
  #told: Login | undefined
  #attempts = 0
  #away = false
  #account: AccountId | undefined
  /** No code was asked for yet, and nobody seen to log in. */
  #fresh = true
  /** Grows with each word of the gateway's: an answer that was asked for before is older than it. */
  version = 0

  constructor(parts: StandingParts) {
    this.#parts = parts
    const { account } = parts.kept()
    if (account) this.#account = accountOfWire(account.id)
  }

  /** Who is, or was last, logged in. */
  get account(): AccountId | undefined {
    return this.#account
  }

  get told(): Login | undefined {
    return this.#told
  }

  get online(): boolean {
    return this.#told?.state === 'online'
  }

  /** Can a person begin a login now? */
  get waits(): boolean {
    return this.#told?.state === 'offline' && this.#told.relogin && !this.#away
  }

  /**
   * Is the first code still to be asked for, as the gateway stands? After an end, only a person asks for one. However late
   * the gateway comes, and however long it starts, its first word of nobody being logged in is the first.
   */
  wantsFirst(login: WireLogin): boolean {
    const isOut = login.state === 'offline' && ['logged_out', 'cancelled'].includes(login.reason)
    const { declared, ended } = this.#parts.kept()
    return isOut && this.#fresh && declared?.login === true && !ended
  }

  /** A code is asked for, by whomever: another one is up to people. */
  begun(): void {
    this.#fresh = false
  }

  /** The gateway's word. Rejects if it cannot be told now: say it again. */
  async heard(login: WireLogin): Promise<void> {
    this.version += 1
    const kept = this.#parts.kept()
    if (login.state === 'offline') {
      // One end is told once, and a restart of the gateway does not make another of it.
      if (this.waits) return
      const ended = kept.ended ?? (needsPerson(login) ? login : undefined)
      if (!kept.ended && ended) await this.#parts.keep({ ended })
      if (login.reason === 'logged_out' && kept.account && !ended) {
        await this.#parts.keep({ account: undefined })
      }
      return this.#tell(offlineOf(ended ?? login, kept.declared?.login === true))
    }
    this.#fresh = false
    if (kept.ended) await this.#parts.keep({ ended: undefined })
    if (login.state === 'scan') return this.#scan(login.qr)
    if (login.state === 'scanned') return this.#tell({ state: 'scanned' })
    const account = accountOfWire(login.account.id)
    await this.#parts.keep({ account: login.account })
    this.#account = account
    const id = contactOfWire(account, login.account.id)
    const name = cleanName(login.account.name) || cleanName(login.account.id)
    return this.#tell({ state: 'online', account, me: { id, name } })
  }

  /** The gateway is away, or does not let the bridge in. */
  async away(reason: 'unreachable' | 'refused', detail: string): Promise<void> {
    if (this.#away) return
    await this.#tell({ state: 'offline', reason, detail, relogin: false })
    this.#away = true
  }

  /** What a person asked for was not begun. */
  async failed(detail: string): Promise<void> {
    if (this.#told?.state === 'offline') await this.#tell({ ...this.#told, detail })
  }

  /** Throws what keeps a send from being made. */
  check(): void {
    if (this.online) return
    const offline: Offline | undefined = this.#told?.state === 'offline' ? this.#told : undefined
    if (this.#told && (!offline || offline.relogin)) {
      throw new BridgeError('Nothing was sent: WeChat is not logged in. Log in first.', {
        code: 'session',
        heal: 'relogin',
        certain: true,
      })
    }
    throw new BridgeError('Nothing was sent: the gateway is away. It is tried again by itself.', {
      code: 'network',
      heal: 'retry',
      certain: true,
    })
  }

  async #scan(qr: string): Promise<void> {
    if (this.#told?.state === 'scan' && this.#told.qr === qr) return
    const attempt = this.#told?.state === 'scan' ? this.#attempts + 1 : 1
    await this.#tell({ state: 'scan', qr, attempt })
    this.#attempts = attempt
  }

  async #tell(login: Login): Promise<void> {
    this.#away = false
    if (JSON.stringify(login) === JSON.stringify(this.#told)) return
    await this.#parts.tell(login)
    this.#told = login
  }
}
