import type { AccountId } from '../../src/core/ids.ts'
import type { ConnectorPorts } from '../../src/ports/connector-kind.ts'
import type { LoginOptions, WeChatSink } from '../../src/ports/wechat.ts'
import { Asking } from './asking.ts'
import type { Book } from './book.ts'
import type { GatewayClient } from './client.ts'
import { GatewayFault, toBridgeError } from './faults.ts'
import { gather } from './gather.ts'
import { Intake, type Rejected } from './intake.ts'
import type { Kept } from './kept-login.ts'
import { type Listening, listen, type Place } from './listener.ts'
import type { Offers } from './offers.ts'
import { type PullParts, pull } from './pull.ts'
import type { Sent } from './sent.ts'
import { Standing } from './standing.ts'
import { pauseAfter, type Timings } from './timings.ts'
import { Turns } from './turns.ts'
import { capabilities, login, type WireLogin } from './wire.ts'

export interface LifeParts extends ConnectorPorts {
  readonly options: { readonly listen?: Place; readonly secret: string }
  readonly timings: Timings
  readonly client: GatewayClient
  readonly sink: WeChatSink
  readonly sent: Sent
  readonly offers: Offers
  kept(): Kept
  keep(more: { readonly [K in keyof Kept]: Kept[K] | undefined }): Promise<void>
}

/** Batches that wait for their turn; more are asked to come again. */
const mostWaiting = 8
/** While a person logs in, they look at a screen. */
const quickBeatMs = 3_000
/** Who stays for so long is followed anew without a longer pause. */
const lastingMs = 60_000

/** One run of the connector, from its start to its stop. */
export class Life {
  readonly client: GatewayClient
  readonly #parts: LifeParts
  readonly #standing: Standing
  readonly #turns = new Turns()
  readonly #stop = new AbortController()
  readonly #intake: Intake
  readonly #asking: Asking
  #listening: Listening | undefined
  #ready = false
  #begun = false
  /** Whose people were asked for. */
  #asked: AccountId | undefined
  #looks = new AbortController()

  constructor(parts: LifeParts) {
    this.#parts = parts
    this.client = parts.client
    this.#asking = new Asking(parts)
    const { sink, sent, clock, log, timings } = parts
    this.#standing = new Standing({
      kept: parts.kept,
      keep: parts.keep,
      tell: (each) => sink.login(each),
    })
    this.#intake = new Intake({
      sink,
      sent,
      clock,
      log,
      echoMs: timings.echoMs,
      stop: this.#stop.signal,
      account: () => this.#standing.account,
      login: async (each) => {
        await this.#standing.heard(each)
        // Who is there is asked outside: the gateway waits for an answer to its event.
        this.look()
      },
    })
  }

  get account(): AccountId | undefined {
    return this.#standing.account
  }

  get online(): boolean {
    return this.#standing.online
  }

  get listensAt(): string | undefined {
    return this.#listening?.origin
  }

  book(): Book | undefined {
    const { account } = this.#standing
    return account && this.#intake.book(account)
  }

  /** Throws what keeps a send from being made. */
  check(): void {
    this.#standing.check()
  }

  /** Looks at the gateway now, instead of in a while. */
  look(): void {
    this.#looks.abort()
  }

  async run(signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#stop.signal])
    const { options, offers, clock, log } = this.#parts
    try {
      if (options.listen) {
        const { secret } = options
        const events = (each: readonly unknown[]) => this.#events(each)
        this.#listening = await listen(options.listen, { secret, offers, clock, log, events })
      }
      await this.#loop(stop)
    } finally {
      this.#ready = false
      this.#stop.abort()
      await this.#listening?.close()
      // What was being told is told, or refused, before the end is said.
      await this.#turns.run(async () => undefined)
    }
  }

  login(options: LoginOptions): boolean {
    if (!this.#standing.waits || this.#begun || !this.#parts.kept().declared?.login) return false
    this.#begun = true
    this.#standing.begun()
    const signal = this.#stop.signal
    const begin = async () => {
      try {
        await this.#askLogin('/v1/login', { code: options.code === true }, signal)
      } catch (thrown) {
        if (signal.aborted) return
        const { message } = toBridgeError(thrown, 'login', { done: 'begun', harmless: true })
        await this.#turns.run(() => this.#standing.failed(message)).catch(() => undefined)
      } finally {
        this.#begun = false
        this.look()
      }
    }
    void begin()
    return true
  }

  async logout(signal: AbortSignal): Promise<void> {
    await this.#askLogin('/v1/logout', {}, signal)
  }

  async #events(events: readonly unknown[]): Promise<readonly Rejected[]> {
    if (this.#turns.waiting >= mostWaiting) throw new Error('too many batches at once')
    return this.#turns.run(async () => {
      if (!this.#ready) throw new Error('the gateway is not known yet')
      return this.#intake.take(events)
    })
  }

  /** The gateway is met, and followed until it is away; and again. */
  async #loop(signal: AbortSignal): Promise<void> {
    const { clock, random, timings, log } = this.#parts
    for (let failures = 0; ; ) {
      let arrived: number | undefined
      try {
        await this.#arrive(signal)
        arrived = clock.steady()
        await this.#stay(signal)
      } catch (thrown) {
        signal.throwIfAborted()
        // One that goes again at once was not really there: it is not asked, and told of, each second.
        const lasted = arrived !== undefined && clock.steady() - arrived > lastingMs
        failures = lasted ? 1 : failures + 1
        if (thrown instanceof GatewayFault) await this.#away(thrown)
        else {
          const error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
          log.error({ error, failures }, 'Following the gateway failed in a way nobody foresaw')
        }
        await this.#pause(pauseAfter(timings, failures, random), signal)
      }
    }
  }

  async #arrive(signal: AbortSignal): Promise<void> {
    const { kept, keep, log } = this.#parts
    const said = await this.#asking.ask('/v1/capabilities', capabilities.loose(), signal)
    const declared = capabilities.parse(said)
    const unknown = Object.keys(said).filter((each) => !Object.hasOwn(declared, each))
    if (JSON.stringify(declared) !== JSON.stringify(kept().declared)) {
      await keep({ declared })
      log.info({ events: declared.events }, 'The gateway said what it can do')
      // A slip of the pen would go unnoticed: nothing is asked for that is not declared.
      const names = unknown.slice(0, 20).map((each) => each.slice(0, 60))
      if (names.length > 0)
        log.warn({ names }, 'The gateway declares what the bridge does not know')
    }
    await this.#see((asking) => asking.ask('/v1/login', login, signal), signal)
    this.#asked = undefined
    this.#ready = true
  }

  async #stay(signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const both = AbortSignal.any([signal, over.signal])
    const isPulled = this.#parts.kept().declared?.events === 'pull'
    const loops = [this.#beat(both), ...(isPulled ? [pull(this.#pulling(), both)] : [])]
    try {
      await Promise.race(loops)
    } finally {
      over.abort()
      await Promise.allSettled(loops)
    }
  }

  /** Looks where the login stands, again and again: events say it sooner, if they come. */
  async #beat(signal: AbortSignal): Promise<void> {
    const { timings } = this.#parts
    for (;;) {
      await this.#people(signal)
      const state = this.#standing.told?.state
      const isQuick = state === 'scan' || state === 'scanned'
      const pause = isQuick ? Math.min(quickBeatMs, timings.beatMs) : timings.beatMs
      await this.#pause(pause, signal)
      await this.#see((asking) => asking.insist('/v1/login', login, signal), signal)
    }
  }

  /** Looks where the login stands. The first code is asked for unasked. */
  async #see(ask: (asking: Asking) => Promise<WireLogin>, signal: AbortSignal): Promise<void> {
    const { version } = this.#standing
    const now = await ask(this.#asking)
    if (version === this.#standing.version && this.#standing.wantsFirst(now)) {
      this.#standing.begun()
      return this.#askLogin('/v1/login', { code: true }, signal)
    }
    await this.#turns.run(async () => {
      if (version === this.#standing.version) await this.#standing.heard(now)
    })
  }

  /** Once after each arrival and login. */
  async #people(signal: AbortSignal): Promise<void> {
    const { account } = this.#standing
    const { declared } = this.#parts.kept()
    if (!this.online || account === undefined || this.#asked === account || !declared) return
    const parts = { asking: this.#asking, turns: this.#turns, intake: this.#intake, declared }
    try {
      await gather(parts, account, signal)
      this.#asked = account
    } catch (thrown) {
      if (!(thrown instanceof GatewayFault && ['garbage', 'status'].includes(thrown.kind)))
        throw thrown
      // Messages come and go without them; they are asked for again with the next look.
      this.#parts.log.warn({ fault: thrown.message }, 'The gateway did not tell of its chats')
    }
  }

  #pulling(): PullParts {
    return {
      ...this.#parts,
      asking: this.#asking,
      turns: this.#turns,
      intake: this.#intake,
      // What was said of the login before now is over: where it stands is asked.
      caughtUp: () => this.look(),
    }
  }

  async #askLogin(path: string, json: object, signal: AbortSignal): Promise<void> {
    const { version } = this.#standing
    const question = { method: 'POST', path, json, patienceMs: this.#parts.timings.askMs } as const
    const now = await this.client.ask(question, login, signal)
    await this.#turns.run(async () => {
      if (version === this.#standing.version) await this.#standing.heard(now)
    })
  }

  async #away(fault: GatewayFault): Promise<void> {
    const { message } = toBridgeError(fault, 'gateway', { done: 'reached', harmless: true })
    const reason = fault.status === 401 ? 'refused' : 'unreachable'
    this.#parts.log.warn({ fault: fault.message }, 'The gateway is away')
    const tell = () => this.#standing.away(reason, message)
    await this.#turns.run(tell).catch(() => undefined)
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#looks.signal])
    await this.#parts.clock.sleep(ms, either).catch(() => undefined)
    signal.throwIfAborted()
    // One that was asked for meanwhile is made at once, and once.
    if (this.#looks.signal.aborted) this.#looks = new AbortController()
  }
}
