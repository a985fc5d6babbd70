import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { ConnectorFeatures } from '../../src/core/post.ts'
import type { ConnectorPorts } from '../../src/ports/connector-kind.ts'
import type { Open, Opened, Receipt } from '../../src/ports/outlet.ts'
import type {
  ChatSend,
  Login,
  LoginOptions,
  WeChatConnector,
  WeChatSink,
} from '../../src/ports/wechat.ts'
import { Api, type ApiParts, type Manners } from './api.ts'
import { Credentials } from './credentials.ts'
import { download } from './download.ts'
import { SessionEnd } from './fault.ts'
import { featuresOf, type Pace, type Sizes } from './features.ts'
import { Gate } from './gate.ts'
import { Live } from './live.ts'
import { logIn } from './login.ts'
import { baseOf } from './places.ts'
import { deliver, receiverOf } from './send.ts'
import { Sent } from './sent.ts'
import { State } from './state.ts'
import { backoff, defaultTimings, type Timings } from './timings.ts'
import { Wire } from './wire.ts'

/** Bases are addresses without a query, and without a slash at the end. */
export interface IlinkOptions extends Sizes, Manners {
  readonly loginBase: string
  readonly cdnBase: string
  /** What the chat, and the person on the other end of it, is called. */
  readonly name: string
  readonly maxDownloadBytes: number
  readonly pace?: Pace
  readonly timeouts?: Partial<Timings>
}

/** The connector for WeChat's official bot. Throws a BridgeError of code `config` for a base that is no address. */
export function createIlink(options: IlinkOptions, ports: ConnectorPorts): WeChatConnector {
  for (const option of ['loginBase', 'cdnBase'] as const) {
    if (baseOf(options[option]) === options[option]) continue
    throw new BridgeError(
      `${option} must be an address like https://example.org (no slash at the end).`,
      { code: 'config', heal: 'never', certain: true },
    )
  }
  return new Ilink(options, ports)
}

class Ilink implements WeChatConnector {
  readonly features: ConnectorFeatures
  readonly rate = { concurrency: 1 }
  readonly #options: IlinkOptions
  readonly #ports: ConnectorPorts
  readonly #timings: Timings
  #wire: Wire
  #running = false
  #live: Live | undefined
  /** While it runs: what is written has one writer. */
  #credentials: Credentials | undefined
  #gate: Gate | undefined

  constructor(options: IlinkOptions, ports: ConnectorPorts) {
    this.#options = options
    this.#ports = ports
    this.#timings = { ...defaultTimings, ...options.timeouts }
    this.#wire = new Wire(ports.clock, ports.log)
    this.features = featuresOf(options)
  }

  async run(sink: WeChatSink, signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error('this connector is running already')
    this.#running = true
    try {
      await this.#loop(sink, signal)
    } catch (thrown) {
      if (!signal.aborted) throw thrown
    } finally {
      await this.#live?.sent.settled()
      this.#running = false
      this.#live = undefined
      this.#credentials = undefined
      this.#gate = undefined
      // What is still to be downloaded gets a new one.
      const used = this.#wire
      this.#wire = new Wire(this.#ports.clock, this.#ports.log)
      await used.close()
    }
  }

  login(options: LoginOptions = {}): boolean {
    return this.#gate?.login(options) ?? false
  }

  /**
   * WeChat has no call for it: the bot stays connected until that is undone on the phone. The token is kept, since without
   * it this bot could not be had again.
   */
  async logout(signal: AbortSignal): Promise<boolean> {
    const live = this.#live
    if (live) {
      await live.api.stop(signal).catch(() => undefined)
      live.end(new SessionEnd('loggedOut'))
      return true
    }
    const credentials = this.#credentials ?? (await Credentials.open(this.#ports.vault))
    if (!credentials.current) return false
    await credentials.leave()
    return true
  }

  bucket(job: ChatSend): string {
    return job.chat
  }

  check(job: ChatSend): void {
    receiverOf(this.#live, job, this.#timings.quota)
  }

  async send(job: ChatSend, open: Open, signal: AbortSignal): Promise<Receipt> {
    const live = this.#live
    this.check(job)
    const { clock, log, trace } = this.#ports
    const { cdnBase } = this.#options
    const limits = this.features.media
    const parts = { wire: this.#wire, clock, log, limits, cdnBase, ...(trace && { trace }) }
    // `check` has looked.
    return deliver({ ...parts, live: live as Live }, job, open, signal)
  }

  async find(job: ChatSend, since: number): Promise<Receipt | 'absent' | 'unknown'> {
    const { vault, clock } = this.#ports
    const sent = this.#live?.sent ?? (await Sent.open(vault, clock.now()))
    const outcome = sent.outcome(job.clientId, since)
    return typeof outcome === 'string' ? outcome : { ids: outcome, at: since }
  }

  download(media: MediaRef, signal: AbortSignal): Promise<Opened> {
    const { cdnBase, maxDownloadBytes } = this.#options
    const { clock } = this.#ports
    const parts = { wire: this.#wire, clock, timings: this.#timings, cdnBase }
    return download({ ...parts, most: maxDownloadBytes }, media, signal)
  }

  /** One login after another. After each end a person begins the next. */
  async #loop(sink: WeChatSink, signal: AbortSignal): Promise<void> {
    const { vault, clock, log, random } = this.#ports
    const tell = (login: Login) => this.#tell(sink, login, signal)
    const gate = new Gate(tell, clock)
    this.#gate = gate
    const credentials = await Credentials.open(vault)
    this.#credentials = credentials
    if (credentials.ended) {
      await gate.wait({ state: 'offline', relogin: true, ...credentials.ended }, signal)
    }
    for (let crashes = 0; ; ) {
      try {
        await this.#session(credentials, gate, sink, tell, signal)
      } catch (thrown) {
        signal.throwIfAborted()
        // The notes of what was sent have one writer: the next session waits for the sends of this one.
        await this.#live?.sent.settled()
        this.#live = undefined
        if (thrown instanceof SessionEnd) {
          crashes = 0
          await this.#insist(() => this.#bury(credentials, thrown), signal)
          const { reason, detail } = thrown
          const more = detail === undefined ? {} : { detail }
          await gate.wait({ state: 'offline', reason, ...more, relogin: true }, signal)
          continue
        }
        crashes += 1
        const error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
        log.error({ error, crashes }, 'Receiving from WeChat failed in a way nobody foresaw')
        await clock.sleep(backoff(this.#timings, crashes, random), signal)
      }
    }
  }

  /** Takes up the stored login, or makes one; then receives until the end, which is thrown. */
  async #session(
    credentials: Credentials,
    gate: Gate,
    sink: WeChatSink,
    tell: (login: Login) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { loginBase, name } = this.#options
    const parts = this.#apiParts()
    const stored = credentials.current
    if (!stored) {
      const known = credentials.known(loginBase)
      const { clock, log } = this.#ports
      const given = await logIn({ ...parts, loginBase, known, gate, clock, log, tell }, signal)
      await credentials.use(given)
    }
    // A token that is not kept may never be had again.
    await credentials.keep()
    const credential = credentials.current
    if (!credential) throw new Error('a login without a token')
    const api = new Api(parts, credential)
    this.#live = await Live.open({ ...this.#ports, api, sink, tell, ownerName: name })
    await this.#live.run(signal)
  }

  /** What a login leaves behind: its token in any case, and a mark so that a restart does not log in by itself. */
  async #bury(credentials: Credentials, { reason, detail }: SessionEnd): Promise<void> {
    if (reason === 'kicked') {
      // First what belongs to the token: cut off in between, WeChat says once more that it is stale.
      await State.drop(this.#ports.vault)
      await credentials.lapse({ reason, ...(detail === undefined ? {} : { detail }) })
    }
    if (reason === 'loggedOut') await credentials.leave()
  }

  /** A state nobody was told of is a person left in the dark. */
  #tell(sink: WeChatSink, login: Login, signal: AbortSignal): Promise<void> {
    return this.#insist(() => sink.login(login), signal)
  }

  /** As often as it takes. */
  async #insist(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#ports
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      try {
        return await work()
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown.name : 'error'
        log.warn({ error, attempt }, 'The state of the login could not be told or kept yet')
        await clock.sleep(backoff(this.#timings, attempt, random), signal)
      }
    }
  }

  #apiParts(): ApiParts {
    const { agent, version } = this.#options
    const manners = { agent, version }
    return { wire: this.#wire, manners, timings: this.#timings, random: this.#ports.random }
  }
}
