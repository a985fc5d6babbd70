import { BridgeError } from '../../src/core/errors.ts'
import { type ChatId, weChatLane } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { ConnectorFeatures } from '../../src/core/post.ts'
import type { ConnectorPorts } from '../../src/ports/connector-kind.ts'
import type { Open, Opened, Receipt } from '../../src/ports/outlet.ts'
import type {
  ChatSend,
  LoginOptions,
  WeChatConnector,
  WeChatPeople,
  WeChatSink,
} from '../../src/ports/wechat.ts'
import { GatewayClient } from './client.ts'
import { download } from './download.ts'
import { cannotLogOut, GatewayFault, offline, toBridgeError } from './faults.ts'
import { featuresOf, liveFeatures, type Maxima, nothingMore } from './features.ts'
import { inPath, wireOf, wireOfAccount } from './ids.ts'
import { type Kept, readKept, writeKept } from './kept-login.ts'
import { Life } from './life.ts'
import { isLoopback, type Place } from './listener.ts'
import { Offers } from './offers.ts'
import { createPeople } from './people.ts'
import { deliver } from './sending.ts'
import { Sent } from './sent.ts'
import { defaultTimings, type Timings } from './timings.ts'
import { Turns } from './turns.ts'
import { empty, findAnswer, login } from './wire.ts'

export interface WeChatHttpOptions extends Maxima {
  /** The origin of the gateway. */
  readonly gateway: string
  readonly secret: string
  /** Where the gateway's events and questions for media are taken. */
  readonly listen?: Place
  /** The origin at which the gateway reaches that. Default: where the bridge listens. */
  readonly publicUrl?: string
  /** `host` or `host:port` that media may be fetched from, beside the gateway. */
  readonly mediaHosts: readonly string[]
  readonly maxMediaBytes: number
  readonly timings?: Partial<Timings>
}

/** The connector for whatever speaks the protocol of `docs/connector-http.md`. */
export function createWeChatHttp(options: WeChatHttpOptions, ports: ConnectorPorts): WeChatHttp {
  const { log } = ports
  const { hostname, protocol } = new URL(options.gateway)
  if (protocol === 'http:' && !isLoopback(hostname)) {
    log.warn({}, 'wechat.http.gateway is plain http: whoever stands in between reads all messages')
  }
  if (options.listen && !isLoopback(options.listen.host)) {
    log.warn({}, 'wechat.http.listen is open to the network: put TLS in front of it')
  }
  return new WeChatHttp(options, ports)
}

class WeChatHttp implements WeChatConnector {
  readonly features: ConnectorFeatures
  readonly rate = { concurrency: 1 }
  readonly people: WeChatPeople
  readonly #options: WeChatHttpOptions
  readonly #ports: ConnectorPorts
  readonly #timings: Timings
  readonly #offers: Offers
  readonly #writing = new Turns()
  #kept: Kept = {}
  #sent: Promise<Sent> | undefined
  #life: Life | undefined

  constructor(options: WeChatHttpOptions, ports: ConnectorPorts) {
    this.#options = options
    this.#ports = ports
    this.#timings = { ...defaultTimings, ...options.timings }
    this.#offers = new Offers(options.secret)
    this.features = liveFeatures(() => featuresOf(options, this.#declared()))
    this.people = createPeople(() => this.#life?.book())
  }

  /** Reads what was kept. Done by whatever needs it; done before, the features are those of the last time. */
  load(): Promise<Sent> {
    const read = async () => {
      const { vault, clock } = this.#ports
      this.#kept = await readKept(vault)
      return Sent.open(vault, clock.now())
    }
    this.#sent ??= read().catch((thrown: unknown) => {
      this.#sent = undefined
      throw thrown
    })
    return this.#sent
  }

  async run(sink: WeChatSink, signal: AbortSignal): Promise<void> {
    const sent = await this.load()
    if (this.#life) throw new Error('this connector is running already')
    const client = this.#client()
    const life = new Life({
      ...this.#ports,
      options: this.#options,
      timings: this.#timings,
      client,
      sink,
      sent,
      offers: this.#offers,
      kept: () => this.#kept,
      keep: (more) => this.#keep(more),
    })
    this.#life = life
    try {
      await life.run(signal)
    } catch (thrown) {
      if (!signal.aborted) throw thrown
    } finally {
      // What may have gone out already gets its answer, so that a stop leaves nobody in doubt.
      await sent.settled()
      this.#life = undefined
      await client.close()
    }
  }

  login(options: LoginOptions = {}): boolean {
    return this.#life?.login(options) ?? false
  }

  async logout(signal: AbortSignal): Promise<boolean> {
    const life = this.#life
    if (life) {
      if (!life.online) return false
      if (!this.#declared().login) throw cannotLogOut()
      await life.logout(signal).catch((thrown: unknown) => {
        signal.throwIfAborted()
        throw toBridgeError(thrown, 'account', { done: 'logged out', harmless: true })
      })
      return true
    }
    await this.load()
    if (!this.#kept.account || this.#kept.ended) return false
    if (!this.#declared().login) throw cannotLogOut()
    return this.#asking(async (client) => {
      const question = { method: 'POST', path: '/v1/logout', json: {} } as const
      await client.ask({ ...question, patienceMs: this.#timings.askMs }, login, signal)
      await this.#keep({ account: undefined })
      return true
    })
  }

  bucket(job: ChatSend): string {
    return job.chat
  }

  check(job: ChatSend): void {
    this.#chatOf(job)
  }

  async send(job: ChatSend, open: Open, signal: AbortSignal): Promise<Receipt> {
    const sent = await this.load()
    const { life, account, chat } = this.#chatOf(job)
    try {
      return await deliver(
        {
          client: life.client,
          secret: this.#options.secret,
          sent,
          offers: this.#offers,
          publicOrigin: this.#options.publicUrl ?? life.listensAt,
          features: this.features,
          declared: this.#declared(),
          timings: this.#timings,
          clock: this.#ports.clock,
          account,
          wireAccount: wireOfAccount(account),
          chat,
          wire: (contact) => wireOf(account, contact),
        },
        job,
        open,
        signal,
      )
    } catch (thrown) {
      // The gateway is away, or says that nobody is logged in: the person is told soon.
      if (thrown instanceof BridgeError && thrown.cause instanceof GatewayFault) life.look()
      throw thrown
    }
  }

  async find(
    job: ChatSend,
    since: number,
    signal: AbortSignal,
  ): Promise<Receipt | 'absent' | 'unknown'> {
    // Taking back twice is doing it once.
    if (job.body.kind === 'recall') return 'absent'
    const sent = await this.load()
    const outcome = sent.outcome(job.clientId, since)
    if (typeof outcome !== 'string') return { ids: outcome, at: since }
    if (outcome === 'absent') return 'absent'
    if (this.#declared().find !== true) return 'unknown'
    const path = `/v1/messages?client_id=${encodeURIComponent(job.clientId)}`
    const question = { method: 'GET', path, patienceMs: this.#timings.askMs } as const
    const { state, ids, at } = await this.#asking((client) =>
      client.ask(question, findAnswer, signal).catch((thrown: unknown) => {
        signal.throwIfAborted()
        throw toBridgeError(thrown, 'message', { done: 'looked for', harmless: true })
      }),
    )
    if (state !== 'sent') return state
    if (!ids || ids.length === 0) return 'unknown'
    await sent.learn(job.clientId, ids)
    return { ids, at: at ?? since }
  }

  async download(media: MediaRef, signal: AbortSignal): Promise<Opened> {
    const { gateway, mediaHosts, maxMediaBytes } = this.#options
    const life = this.#life
    if (!life) throw offline(notFetched)
    if (life.account === undefined || media.source !== weChatLane(life.account)) {
      throw offline(`${notFetched}: the gateway is logged in with another account`)
    }
    return download(
      {
        client: life.client,
        gateway,
        hosts: mediaHosts,
        maxBytes: maxMediaBytes,
        patienceMs: this.#timings.askMs,
      },
      media,
      signal,
    ).catch((thrown: unknown) => {
      // It is there again when the gateway is: until then no try is used up.
      const isLater = thrown instanceof BridgeError && thrown.failure.heal === 'retry'
      throw isLater && !life.online ? offline(`${notFetched}: the gateway is away`) : thrown
    })
  }

  async markRead(chat: ChatId, signal: AbortSignal): Promise<void> {
    const life = this.#life?.online ? this.#life : undefined
    const account = life?.account
    const id = account && wireOf(account, chat)
    if (!life || id === undefined || this.#declared().read !== true) return
    const path = `/v1/chats/${inPath(id)}/read`
    const question = { method: 'POST', path, json: {}, patienceMs: this.#timings.askMs } as const
    try {
      await life.client.ask(question, empty, signal)
    } catch (thrown) {
      signal.throwIfAborted()
      if (!(thrown instanceof GatewayFault)) throw thrown
    }
  }

  #chatOf(job: ChatSend) {
    const life = this.#life
    if (!life) throw offline('Nothing was sent')
    life.check()
    const account = life.account
    const chat = account && wireOf(account, job.chat)
    if (account === undefined || chat === undefined) {
      throw offline('Nothing was sent: the gateway is logged in with another account')
    }
    return { life, account, chat }
  }

  #declared() {
    return this.#kept.declared ?? nothingMore
  }

  async #keep(more: { readonly [K in keyof Kept]: Kept[K] | undefined }): Promise<void> {
    const whole = Object.entries({ ...this.#kept, ...more })
    this.#kept = Object.fromEntries(whole.filter(([, each]) => each !== undefined))
    await this.#writing.run(() => writeKept(this.#ports.vault, this.#kept))
  }

  #client(): GatewayClient {
    const { gateway, secret } = this.#options
    return new GatewayClient(gateway, secret, this.#ports.clock, this.#ports.log)
  }

  /** Asks also while it does not run. */
  async #asking<T>(ask: (client: GatewayClient) => Promise<T>): Promise<T> {
    if (this.#life) return ask(this.#life.client)
    const client = this.#client()
    try {
      return await ask(client)
    } finally {
      await client.close()
    }
  }
}

const notFetched = 'The media was not fetched'
