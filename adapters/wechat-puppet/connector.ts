import { backoff } from '../../src/core/backoff.ts'
import { accountOf } from '../../src/core/ids.ts'
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
import { download } from './download.ts'
import { misconfigured, offline, Trouble, toBridgeError } from './fault.ts'
import { featuresOf } from './features.ts'
import { Host } from './host.ts'
import { Inbox } from './inbox.ts'
import type { Live } from './live.ts'
import { createPeople, needLive } from './people.ts'
import type { HostData, HostFault } from './protocol.ts'
import { pump } from './pump.ts'
import { deliver, receiverOf } from './send.ts'
import { Sent } from './sent.ts'
import { Stay } from './stay.ts'

export interface PuppetOptions {
  readonly package: string
  /** Given to the puppet. */
  readonly options: Readonly<Record<string, unknown>>
  /** The puppet speaks to a gateway that lives longer than it. */
  readonly service: boolean
  /** Names the account where the puppet's ids are those of one login. */
  readonly label?: string
  /** Its texts are those of WeChat's web, with entities in them. */
  readonly entities?: boolean
  readonly maxFileBytes: number
  readonly maxReceivedBytes: number
  readonly timings?: Partial<Timings>
  /** Of the thread the puppet runs in. */
  readonly execArgv?: readonly string[]
}

/** How long things may take, in milliseconds. Tests shorten them. */
export interface Timings {
  /** How often a gateway is asked whether it is there. */
  readonly ping: number
  /** How long it may take to answer. */
  readonly answer: number
  /** How long the id of a send is waited for that the puppet does not tell. */
  readonly echo: number
  /** The longest wait before a gateway is tried again. */
  readonly retry: number
}

const defaultTimings: Timings = { ping: 30_000, answer: 15_000, echo: 3_000, retry: 300_000 }

/** A puppet that ran for so long had started well, in milliseconds. */
const stableMs = 60_000

export function createPuppet(options: PuppetOptions, ports: ConnectorPorts): WeChatConnector {
  return new WeChatPuppet(options, ports)
}

class WeChatPuppet implements WeChatConnector {
  readonly features: ConnectorFeatures
  readonly rate = { concurrency: 1 }
  readonly people: WeChatPeople
  readonly #options: PuppetOptions
  readonly #ports: ConnectorPorts
  readonly #timings: Timings
  #stay: Stay | undefined
  #running = false

  constructor(options: PuppetOptions, ports: ConnectorPorts) {
    this.#options = options
    this.#ports = ports
    this.#timings = { ...defaultTimings, ...options.timings }
    this.features = featuresOf(options)
    this.people = createPeople(() => needLive(this.#live))
  }

  get #live(): Live | undefined {
    return this.#stay?.live
  }

  async run(sink: WeChatSink, signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error('this connector is running already')
    this.#running = true
    const { vault } = this.#ports
    const inbox = await Inbox.open(vault)
    const stop = new AbortController()
    const both = AbortSignal.any([signal, stop.signal])
    const stay = await Stay.open(sink, inbox, this.#ports, this.#options.label, both)
    this.#stay = stay
    const { entities = false } = this.#options
    const live = (until: AbortSignal) => stay.whenLive(until)
    const isLive = () => stay.isLive
    const pumping = pump({ ...this.#ports, inbox, sink, live, isLive, entities }, both)
    const looping = this.#loop(stay, both)
    try {
      await Promise.race([looping, pumping])
    } catch (thrown) {
      if (!signal.aborted) throw thrown
    } finally {
      stop.abort()
      stay.suspend()
      // What still comes while the puppet ends is written down too.
      await Promise.allSettled([looping, pumping])
      await inbox.save().catch(() => undefined)
      this.#stay = undefined
      this.#running = false
    }
  }

  login(_options: LoginOptions = {}): boolean {
    return this.#stay?.login() ?? false
  }

  async logout(signal: AbortSignal): Promise<boolean> {
    return (await this.#stay?.logout(signal)) ?? false
  }

  bucket(job: ChatSend): string {
    return job.chat
  }

  check(job: ChatSend): void {
    receiverOf(this.#online('message'), job)
  }

  async send(job: ChatSend, open: Open, signal: AbortSignal): Promise<Receipt> {
    const live = this.#online('message')
    const { maxFileBytes } = this.#options
    const parts = { ...this.#ports, live, maxFileBytes, echoMs: this.#timings.echo }
    return deliver(parts, job, open, signal)
  }

  async find(job: ChatSend, since: number): Promise<Receipt | 'absent' | 'unknown'> {
    if (job.body.kind === 'recall') return 'unknown'
    const { vault, clock } = this.#ports
    const account = accountOf(job.chat)
    const own = this.#live?.naming.account === account ? this.#live.sent : undefined
    const sent = own ?? (await Sent.open(vault, account, clock.now()))
    const outcome = sent.outcome(job.clientId, since)
    return typeof outcome === 'string' ? outcome : { ids: [outcome.id], at: since }
  }

  async download(media: MediaRef, signal: AbortSignal): Promise<Opened> {
    try {
      return await download(this.#live, media, this.#options.maxReceivedBytes, signal)
    } catch (thrown) {
      signal.throwIfAborted()
      throw toBridgeError(thrown, 'file', { done: 'fetched', harmless: true })
    }
  }

  #online(what: string): Live {
    if (this.#live) return this.#live
    throw offline(what, this.#stay?.needsPerson ?? true)
  }

  /** One puppet after another. */
  async #loop(stay: Stay, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#ports
    for (let attempt = 1; ; attempt++) {
      const began = clock.steady()
      const fault = await this.#host(stay, signal)
      if (fault?.kind === 'package') throw misconfigured(sentence(fault.message))
      if (!fault || clock.steady() - began > stableMs) attempt = 1
      if (fault) await stay.away(fault)
      if (fault)
        await clock.sleep(Math.min(backoff(attempt, random()), this.#timings.retry), signal)
    }
  }

  /** Resolves with what ended it; undefined: it was only to begin anew. */
  async #host(stay: Stay, signal: AbortSignal): Promise<HostFault | undefined> {
    const { vault, log } = this.#ports
    const memory = (await vault.get('puppet')) ?? '{}'
    const { package: name, options, service, execArgv } = this.#options
    const { ping: pingMs, answer: answerMs } = this.#timings
    const data: HostData = { package: name, options, service, memory, pingMs, answerMs }
    let saving: Promise<void> = Promise.resolve()
    const host: Host = new Host(
      data,
      {
        event: (event, payload) => stay.hear(host, event, payload),
        memory: (text) => {
          saving = saving.then(() => vault.set('puppet', text)).catch(() => undefined)
        },
        warn: (what) => log.warn({ what }, 'Something went wrong inside a puppet'),
      },
      execArgv,
    )
    const stop = Promise.withResolvers<undefined>()
    const abort = () => stop.resolve(undefined)
    signal.addEventListener('abort', abort, { once: true })
    const again = stay.onAgain(() => stop.resolve(undefined))
    try {
      const failed = host.started.then(
        () => host.ended,
        (thrown: unknown) => faultOf(thrown),
      )
      const fault = await Promise.race([failed, stop.promise])
      signal.throwIfAborted()
      return fault
    } finally {
      signal.removeEventListener('abort', abort)
      again()
      stay.suspend()
      await host.stop()
      stay.lost()
      await saving
    }
  }
}

function faultOf(thrown: unknown): HostFault {
  if (thrown instanceof Trouble) return thrown.fault
  return { kind: 'gone', message: 'it did not start', sent: 'no' }
}

const sentence = (words: string) => `The WeChat puppet cannot be used: ${words}.`
