import { createHash } from 'node:crypto'
import type { ChatId } from '../../src/core/ids.ts'
import type { ConnectorPorts } from '../../src/ports/connector-kind.ts'
import type { Login, WeChatSink } from '../../src/ports/wechat.ts'
import type { Api } from './api.ts'
import { isStale, SessionEnd, WireFault } from './fault.ts'
import { accountFor, selfOf } from './ids.ts'
import { isObject, printed, type Raw } from './json.ts'
import { friendChat, normalise, type Told, type Who } from './normalise.ts'
import { Sent } from './sent.ts'
import { State } from './state.ts'
import { backoff } from './timings.ts'

export interface LiveParts extends ConnectorPorts {
  readonly api: Api
  readonly sink: WeChatSink
  readonly tell: (login: Login) => Promise<void>
  /** What the person who scanned is called here. */
  readonly ownerName: string
}

/** A login in use: how far it has read, what it sent, and the loop that keeps it up to date. */
export class Live {
  readonly api: Api
  readonly who: Who
  readonly state: State
  readonly sent: Sent
  readonly #parts: LiveParts
  readonly #stop = new AbortController()
  readonly #told = new Set<ChatId>()
  #begun = false
  #online = false
  /** When WeChat last answered, by the steady clock. */
  #heard: number

  private constructor(parts: LiveParts, state: State, sent: Sent) {
    const { bot, user } = parts.api.credential
    this.api = parts.api
    this.who = { account: accountFor(user), bot, owner: user, ownerName: parts.ownerName }
    this.state = state
    this.sent = sent
    this.#parts = parts
    this.#heard = parts.clock.steady()
  }

  static async open(parts: LiveParts): Promise<Live> {
    const { token } = parts.api.credential
    const mark = createHash('sha256').update(token).digest('hex').slice(0, 16)
    const state = await State.open(parts.vault, mark)
    return new Live(parts, state, await Sent.open(parts.vault, parts.clock.now()))
  }

  /** It was taken by WeChat, and has not ended. */
  get begun(): boolean {
    return this.#begun && !this.#stop.signal.aborted
  }

  /** Sends can be made. */
  get online(): boolean {
    return this.#online && !this.#stop.signal.aborted
  }

  /** Aborts with the session: what was begun in it has no place in another. */
  get ended(): AbortSignal {
    return this.#stop.signal
  }

  /** Ends the loop with this. */
  end(end: SessionEnd): void {
    this.#stop.abort(end)
  }

  /** A signal that comes a moment later: what is on its way gets its answer, so that a stop leaves nobody in doubt. */
  lingering(signal: AbortSignal): AbortSignal {
    const late = new AbortController()
    const { clock } = this.#parts
    const wait = () => {
      const { goodbye } = this.api.timings
      clock.sleep(goodbye, late.signal).then(
        () => late.abort(signal.reason),
        () => undefined,
      )
    }
    if (signal.aborted) wait()
    else signal.addEventListener('abort', wait, { once: true })
    return late.signal
  }

  /** Receives until the end, which is thrown. */
  async run(signal: AbortSignal): Promise<never> {
    const ended = AbortSignal.any([signal, this.#stop.signal])
    try {
      await this.#begin(ended)
      for (;;) await this.#round(ended)
    } finally {
      const wasOnline = this.#online
      this.#online = false
      this.#stop.abort(new SessionEnd('unreachable'))
      if (wasOnline && signal.aborted) await this.#goodbye()
    }
  }

  /** WeChat is told that we are there, and says so whether the token is any good. */
  async #begin(signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.api.start(signal)
        break
      } catch (thrown) {
        const fault = faultOf(thrown)
        // It is a courtesy: what refuses it may still bring messages.
        if ((fault.kind === 'ret' && !isStale(fault)) || fault.kind === 'status') break
        await this.#failed(fault, attempt, signal)
      }
    }
    await this.#well(signal)
  }

  /** One answer: everything in it is kept before the next is asked for. */
  async #round(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    const asked = clock.steady()
    const answer = await this.#updates(signal)
    const messages = listIn(answer.msgs)
    for (const each of messages) await this.#insist(() => this.#take(each), signal)
    this.#parts.trace?.('beforeSyncKey', this.who.account)
    const before = this.state.cursor
    await this.#insist(() => this.state.advance(cursorIn(answer)), signal)
    this.#parts.trace?.('afterSyncKey', this.who.account)
    const { gap } = this.api.timings
    const isNews = messages.length > 0 && this.state.cursor !== before
    if (!isNews && clock.steady() - asked < gap) await clock.sleep(gap, signal)
  }

  /** As often as it takes. */
  async #updates(signal: AbortSignal): Promise<Raw> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.api.updates(this.state.cursor, signal)
        await this.#well(signal)
        return answer
      } catch (thrown) {
        const fault = faultOf(thrown)
        // Held for longer than it said, with nothing to tell; or away, which the next one shows.
        if (fault.kind === 'timeout' && attempt === 1) continue
        await this.#failed(fault, attempt, signal)
      }
    }
  }

  async #well(signal: AbortSignal): Promise<void> {
    const { clock, sink, tell } = this.#parts
    this.#heard = clock.steady()
    if (this.#online) return
    const { account } = this.who
    this.#begun = true
    this.#online = true
    await tell({ state: 'online', account, me: { id: selfOf(account), name: 'WeChat bot' } })
    const chat = friendChat(this.who.owner, this.who)
    await this.#insist(() => sink.chats([chat]), signal)
    this.#told.add(chat.id)
  }

  async #failed(fault: WireFault, attempt: number, signal: AbortSignal): Promise<void> {
    const { clock, log, random, tell } = this.#parts
    if (isStale(fault)) throw new SessionEnd('kicked')
    const { timings } = this.api
    const away = clock.steady() - this.#heard
    log.warn({ fault: fault.message, attempt }, 'WeChat could not be asked')
    if (away >= timings.outage && (this.#online || !this.#begun)) {
      this.#online = false
      this.#begun = true
      const detail = 'WeChat cannot be reached. Trying again.'
      await tell({ state: 'offline', reason: 'unreachable', detail, relogin: false })
    }
    await clock.sleep(backoff(timings, attempt, random), signal)
  }

  /** One event becomes facts. Rejects if one of them is not durable: then all of it is offered again. */
  async #take(raw: Raw): Promise<void> {
    const { clock, log, sink } = this.#parts
    const told = normalise(raw, this.who, clock.now())
    if (told.from === undefined && (await this.#isOurs(told))) {
      log.debug({}, "The echo of the bridge's own send was left out")
      return
    }
    if (!this.#told.has(told.chat.id)) {
      await sink.chats([told.chat])
      this.#told.add(told.chat.id)
    }
    // Before the message: whoever reads it may answer at once.
    if (told.from !== undefined && told.context && told.chat.kind === 'friend') {
      this.state.learn(told.from, told.context, told.at)
    }
    const event = printed(raw)
    for (const message of told.messages) await sink.message(message, event)
  }

  async #isOurs({ clientId, ids }: Told): Promise<boolean> {
    await this.sent.settled()
    const claimed = await this.sent.claim(clientId, ids)
    if (claimed?.wasUnclear) {
      await this.#parts.sink.echo(claimed.key, { ids, at: this.#parts.clock.now() })
    }
    return claimed !== undefined
  }

  /** Until it is done, in its place in line. */
  async #insist<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock, log, random } = this.#parts
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      try {
        return await work()
      } catch (thrown) {
        signal.throwIfAborted()
        const error = thrown instanceof Error ? thrown.name : 'error'
        log.warn({ error, attempt }, 'What WeChat told could not be kept yet')
        await clock.sleep(backoff(this.api.timings, attempt, random), signal)
      }
    }
  }

  async #goodbye(): Promise<void> {
    await this.sent.settled()
    try {
      await this.api.stop(AbortSignal.timeout(5 * this.api.timings.goodbye))
    } catch (thrown) {
      this.#parts.log.debug({ error: String(thrown) }, 'WeChat was not told of the stop')
    }
  }
}

/** Where to go on; '' where that is not told as it should be. */
const cursorIn = ({ get_updates_buf: told }: Raw): string => (typeof told === 'string' ? told : '')

/** All there is in a list, also what is no message: it is shown as something that cannot be read. */
function listIn(value: unknown): readonly Raw[] {
  if (value === undefined || value === null) return []
  const all: readonly unknown[] = Array.isArray(value) ? value : [value]
  return all.map((each) => (isObject(each) ? each : { unreadable: each }))
}

/** What is no failed call is thrown on. */
function faultOf(thrown: unknown): WireFault {
  if (thrown instanceof WireFault) return thrown
  throw thrown
}
