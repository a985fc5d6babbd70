import { backoff } from '../../src/core/backoff.ts'
import type { ConnectorPorts } from '../../src/ports/connector-kind.ts'
import type { Login, WeChatSink } from '../../src/ports/wechat.ts'
import { toBridgeError } from './fault.ts'
import type { Host } from './host.ts'
import { namingOf } from './ids.ts'
import type { Inbox } from './inbox.ts'
import { Live } from './live.ts'
import type { HostFault } from './protocol.ts'
import { cleanName, clip, number, record, text } from './raw.ts'
import {
  loadStanding,
  type Offline,
  offlineOf,
  readScan,
  type Scan,
  type Standing,
  saveStanding,
} from './standing.ts'

/** So long a logout by us is believed to be the reason of one told, in milliseconds. */
const logoutMs = 15_000

/**
 * Who is logged in, told as it changes, through however many puppets and gateways. A code is shown unasked only before the
 * first login; after each end a person begins the next.
 */
export class Stay {
  readonly #sink: WeChatSink
  readonly #inbox: Inbox
  readonly #ports: ConnectorPorts
  readonly #label: string | undefined
  readonly #signal: AbortSignal
  #standing: Standing
  #live: Live | undefined
  /** That it is online was told. */
  #told = false
  #last: Login | undefined
  /** A person wants to log in. */
  #wanted: boolean
  #code: string | undefined
  #attempt = 0
  /** Who the puppet said is logged in, also before that was told. */
  #heard: string | undefined
  #asked: PromiseWithResolvers<void> | undefined
  #turns: Promise<void> = Promise.resolve()
  #nowLive = Promise.withResolvers<void>()
  #again: (() => void) | undefined

  private constructor(
    sink: WeChatSink,
    inbox: Inbox,
    ports: ConnectorPorts,
    label: string | undefined,
    signal: AbortSignal,
    standing: Standing,
  ) {
    this.#sink = sink
    this.#inbox = inbox
    this.#ports = ports
    this.#label = label
    this.#signal = signal
    this.#standing = standing
    this.#wanted = standing.state === 'none'
  }

  static async open(
    sink: WeChatSink,
    inbox: Inbox,
    ports: ConnectorPorts,
    label: string | undefined,
    signal: AbortSignal,
  ): Promise<Stay> {
    const standing = await loadStanding(ports.vault)
    const stay = new Stay(sink, inbox, ports, label, signal, standing)
    if (standing.state === 'ended') stay.#turn(() => stay.#tell(offlineOf(standing)))
    return stay
  }

  get live(): Live | undefined {
    return this.#live
  }

  /** It was told, and is: {@link whenLive} does not wait. */
  get isLive(): boolean {
    return this.#told && this.#live !== undefined
  }

  /** Offline for as long as nobody does anything about it. */
  get needsPerson(): boolean {
    return this.#last?.state !== 'offline' || this.#last.relogin
  }

  /** The login, as soon as it was told. Rejects when the signal aborts. */
  async whenLive(signal: AbortSignal): Promise<Live> {
    for (;;) {
      signal.throwIfAborted()
      if (this.#told && this.#live) return this.#live
      const stop = Promise.withResolvers<void>()
      const abort = () => stop.resolve()
      signal.addEventListener('abort', abort, { once: true })
      await Promise.race([this.#nowLive.promise, stop.promise])
      signal.removeEventListener('abort', abort)
    }
  }

  /** What the puppet tells, as it comes. */
  hear(host: Host, name: string, payload: unknown): void {
    const raw = record(payload)
    if (name === 'scan') this.#turn(() => this.#scan(readScan(payload)))
    else if (name === 'logout') this.#turn(() => this.#loggedOut(text(raw.data)))
    else if (name === 'ready') this.#turn(async () => this.#live?.list())
    else if (name === 'dirty') this.#live?.dirty(number(raw.payloadType), text(raw.payloadId))
    else if (name === 'login') {
      const self = text(raw.contactId)
      this.#heard = self
      this.#turn(() => this.#online(host, self))
    } else this.#inbox.add({ self: this.#heard, name, payload })
  }

  login(): boolean {
    if (this.#wanted || this.#live || this.#last?.state !== 'offline' || !this.#last.relogin) {
      return false
    }
    this.#wanted = true
    this.#attempt = 0
    this.#turn(async () => {
      if (this.#code === undefined) this.#again?.()
      else await this.#showCode(this.#code)
    })
    return true
  }

  async logout(signal: AbortSignal): Promise<boolean> {
    const live = this.#live
    if (!live) return false
    const asked = Promise.withResolvers<void>()
    this.#asked = asked
    const late = AbortSignal.any([signal, AbortSignal.timeout(logoutMs)])
    late.addEventListener('abort', () => asked.resolve(), { once: true })
    try {
      await live.host.call('logout', [], { signal })
      await asked.promise
    } catch (thrown) {
      signal.throwIfAborted()
      throw toBridgeError(thrown, 'login', { done: 'ended' })
    } finally {
      this.#asked = undefined
    }
    return true
  }

  /** The puppet is gone: nothing is sent until the next is online. */
  suspend(): void {
    this.#live?.end()
    if (this.#told) this.#nowLive = Promise.withResolvers()
    this.#told = false
    this.#live = undefined
    this.#code = undefined
  }

  /** Nothing that was heard holds for the next puppet. */
  lost(): void {
    this.suspend()
    this.#heard = undefined
  }

  /** The gateway is away, told once. The words of a library are not for rooms: they may have its options in them. */
  async away({ kind, message }: HostFault): Promise<void> {
    const isToken = kind === 'token'
    const plainly = kind === 'gone' ? clip(cleanName(message), 200) : 'The puppet did not start.'
    const detail = isToken ? 'The gateway does not accept the token (option token).' : plainly
    this.#ports.log.warn({ kind }, 'The WeChat gateway cannot be reached; it is tried again')
    const told: Offline = {
      state: 'offline',
      reason: isToken ? 'refused' : 'unreachable',
      relogin: false,
      ...(detail && { detail }),
    }
    this.#turn(async () => {
      if (this.#last?.state !== 'offline') await this.#tell(told)
    })
    await this.#turns
  }

  /** Called when a new puppet is to be started. Gives back what takes that back. */
  onAgain(again: () => void): () => void {
    this.#again = again
    return () => {
      if (this.#again === again) this.#again = undefined
    }
  }

  async #online(host: Host, self: string): Promise<void> {
    const { log } = this.#ports
    if (self === '' || (this.#live?.host === host && this.#live.book.self === self)) return
    if (this.#live) this.suspend()
    if (this.#label === undefined && /^@[0-9a-f]{20,}$/.test(self)) {
      log.warn({}, 'These ids are those of one login: set ids to session, and account to a name')
    }
    const naming = namingOf(self, this.#label)
    const live = await Live.open(host, naming, self, this.#ports, this.#sink)
    // Its name can wait; that it is online cannot.
    await live.book.someone(self).catch(() => undefined)
    await this.#surely(() => live.sent.keep())
    await this.#stand({ state: 'online', self })
    if (host.isOver) return
    this.#wanted = false
    this.#code = undefined
    // Whoever hears of it may send at once; what is received waits until it was heard of.
    this.#live = live
    await this.#tell({ state: 'online', account: naming.account, me: live.book.me() })
    if (this.#live !== live) return
    this.#told = true
    this.#nowLive.resolve()
    live.list()
  }

  async #loggedOut(why: string): Promise<void> {
    const isOurs = this.#asked !== undefined
    if (!this.#live) return
    this.suspend()
    if (isOurs) {
      await this.#stand({ state: 'none' })
      await this.#tell({ state: 'offline', reason: 'loggedOut', relogin: true })
      this.#asked?.resolve()
      return
    }
    await this.#ended('kicked', clip(cleanName(why), 200))
  }

  async #ended(reason: 'kicked' | 'expired', detail: string): Promise<void> {
    this.#wanted = false
    const standing = { state: 'ended', reason, ...(detail && { detail }) } as const
    await this.#stand(standing)
    await this.#tell(offlineOf(standing))
  }

  async #scan(scan: Scan | undefined): Promise<void> {
    if (!scan) return
    if (scan.state === 'code') {
      // A code where a login was: it is over, and nobody said so.
      if (this.#standing.state === 'online') {
        this.suspend()
        await this.#ended('expired', '')
      }
      this.#code = scan.qr
      if (this.#wanted) await this.#showCode(scan.qr)
      return
    }
    if (!this.#wanted) return
    if (scan.state === 'cancelled') {
      this.#wanted = false
      return this.#tell({ state: 'offline', reason: 'cancelled', relogin: true })
    }
    if (this.#last?.state === 'scanned') return
    await this.#tell({ state: 'scanned', ...(scan.avatar && { avatar: scan.avatar }) })
  }

  async #showCode(qr: string): Promise<void> {
    if (this.#last?.state === 'scan' && this.#last.qr === qr) return
    this.#attempt += 1
    await this.#tell({ state: 'scan', qr, attempt: this.#attempt })
  }

  async #tell(login: Login): Promise<void> {
    await this.#surely(() => this.#sink.login(login))
    this.#last = login
  }

  async #stand(standing: Standing): Promise<void> {
    this.#standing = standing
    await this.#surely(() => saveStanding(this.#ports.vault, standing))
  }

  /** As often as it takes: a state nobody was told of is a person left in the dark. */
  async #surely(work: () => Promise<void>): Promise<void> {
    const { clock, random, log } = this.#ports
    for (let attempt = 1; ; attempt++) {
      this.#signal.throwIfAborted()
      try {
        return await work()
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown.name : 'error'
        log.warn({ error, attempt }, 'The state of the login could not be kept or told yet')
        await clock.sleep(Math.min(backoff(attempt, random()), 60_000), this.#signal)
      }
    }
  }

  /** What changes the login happens one after the other. */
  #turn(work: () => Promise<void>): void {
    this.#turns = this.#turns.then(work).catch((thrown: unknown) => {
      if (this.#signal.aborted) return
      const error = thrown instanceof Error ? thrown.name : 'error'
      this.#ports.log.warn({ error }, 'A change of the login could not be followed')
    })
  }
}
