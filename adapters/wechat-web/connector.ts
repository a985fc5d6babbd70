import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { ConnectorFeatures, Rate } from '../../src/core/post.ts'
import type { Open, Opened, Receipt } from '../../src/ports/outlet.ts'
import type { ChatSend, Login, WeChatConnector, WeChatSink } from '../../src/ports/wechat.ts'
import { Api } from './api.ts'
import { download } from './download.ts'
import { SessionEnd, WireFault } from './fault.ts'
import { originOf } from './hosts.ts'
import { Wire } from './http.ts'
import { Live, type LivePorts } from './live.ts'
import { logIn } from './login.ts'
import { deliver, Pauses } from './send.ts'
import { Sent } from './sent.ts'
import { dropSession, loadSession, type Session, saveSession } from './session.ts'
import { startSession } from './start.ts'
import { backoff, defaultTimings, type Timings } from './timings.ts'
import { pictureMimes } from './upload.ts'

/** Bases are origins (protocol §1.1). Without `desktop` the plain mode is spoken, which most accounts refuse. */
export interface WeChatWebOptions {
  readonly loginBase: string
  readonly qrBase?: string
  readonly entryBase?: string
  readonly fileBase?: string
  readonly pushBase?: string
  readonly desktop?: { readonly clientVersion: string; readonly extspam: string }
  readonly userAgent: string
  readonly rate: { readonly concurrency: number; readonly lane: Rate; readonly bucket: Rate }
  readonly maxImageBytes: number
  readonly timeouts?: Partial<Timings>
}

/** The connector for web WeChat. Throws a BridgeError of code `config` for a base that is no origin. */
export function createWeChatWeb(options: WeChatWebOptions, ports: LivePorts): WeChatConnector {
  for (const name of ['loginBase', 'qrBase', 'entryBase', 'fileBase', 'pushBase'] as const) {
    const base = options[name]
    if (base === undefined || originOf(base) === base) continue
    throw new BridgeError(
      `${name} must be an origin like https://example.org (no path, no slash at the end).`,
      { code: 'config', heal: 'never', certain: true },
    )
  }
  return new WeChatWeb(options, ports)
}

/** Where the run loop stands. `waiting`: offline until `login` is called. */
type Phase = 'stopped' | 'login' | 'session' | 'waiting'

class WeChatWeb implements WeChatConnector {
  readonly features: ConnectorFeatures
  readonly rate: WeChatWebOptions['rate']
  readonly #options: WeChatWebOptions
  readonly #ports: LivePorts
  readonly #timings: Timings
  readonly #pauses = new Pauses()
  #phase: Phase = 'stopped'
  #live: Live | undefined
  #wake: (() => void) | undefined

  constructor(options: WeChatWebOptions, ports: LivePorts) {
    this.#options = options
    this.#ports = ports
    this.#timings = { ...defaultTimings, ...options.timeouts }
    this.rate = options.rate
    const image = { maxBytes: options.maxImageBytes, mimes: pictureMimes, caption: 0 }
    this.features = {
      ids: 'session',
      chats: ['friend', 'group', 'mp', 'self'],
      contacts: true,
      recallEvents: true,
      text: 2000,
      media: { image },
      recallMs: 120_000,
    }
  }

  async run(sink: WeChatSink, signal: AbortSignal): Promise<void> {
    if (this.#phase !== 'stopped') throw new Error('this connector is running already')
    this.#phase = 'login'
    const wire = this.#wire()
    try {
      await this.#loop(sink, wire, signal)
    } catch (thrown) {
      if (!signal.aborted) throw thrown
    } finally {
      this.#phase = 'stopped'
      this.#live = undefined
      await wire.close()
    }
  }

  login(): boolean {
    if (this.#phase !== 'waiting') return false
    this.#phase = 'login'
    this.#wake?.()
    return true
  }

  async logout(signal: AbortSignal): Promise<boolean> {
    const { vault, log } = this.#ports
    const session = this.#live?.api.session ?? (await loadSession(vault))
    if (!session || session.ended) return false
    const own = this.#live ? undefined : this.#wire()
    const api = this.#live?.api ?? this.#apiOf(session, own ?? this.#wire())
    try {
      await api.logout(signal)
    } catch (thrown) {
      signal.throwIfAborted()
      if (!(thrown instanceof WireFault)) throw thrown
      log.warn({ fault: thrown.message }, 'The logout was not answered')
    } finally {
      await own?.close()
    }
    const live = this.#live
    if (live) live.end(new SessionEnd('loggedOut'))
    else await dropSession(vault)
    return true
  }

  bucket(job: ChatSend): string {
    return job.chat
  }

  async send(job: ChatSend, open: Open, signal: AbortSignal): Promise<Receipt> {
    return deliver(
      {
        live: this.#live,
        now: () => this.#ports.clock.now(),
        maxImageBytes: this.#options.maxImageBytes,
        pauses: this.#pauses,
      },
      job,
      open,
      signal,
    )
  }

  async find(job: ChatSend, since: number): Promise<Receipt | 'absent' | 'unknown'> {
    const uin = /^wx:(\d+)\//.exec(job.chat)?.[1]
    if (uin === undefined || job.body.kind === 'recall') return 'unknown'
    const own = this.#live?.api.session.uin === uin ? this.#live.sent : undefined
    const sent = own ?? (await Sent.open(this.#ports.vault, uin, this.#ports.clock.now()))
    const outcome = sent.outcome(job.clientId, since)
    return typeof outcome === 'string' ? outcome : { ids: [outcome.msgId], at: since }
  }

  download(media: MediaRef, signal: AbortSignal): Promise<Opened> {
    return download(this.#live, media, this.#ports.clock, signal)
  }

  /** One session after another. After each end a person begins the next. */
  async #loop(sink: WeChatSink, wire: Wire, signal: AbortSignal): Promise<void> {
    const { vault, clock, random, log } = this.#ports
    const tell = (login: Login) => this.#tell(sink, login, signal)
    let session = await loadSession(vault)
    if (session?.ended) {
      await this.#wait(tell, new SessionEnd(session.ended.reason, { ...session.ended }), signal)
      session = undefined
    }
    for (let crashes = 0; ; ) {
      try {
        await this.#session(session, sink, wire, tell, signal)
      } catch (thrown) {
        signal.throwIfAborted()
        this.#live = undefined
        if (thrown instanceof SessionEnd) {
          crashes = 0
          await this.#bury(thrown)
          await this.#wait(tell, thrown, signal)
          session = undefined
          continue
        }
        crashes += 1
        const error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
        log.error({ error, crashes }, 'Receiving from WeChat failed in a way nobody foresaw')
        await clock.sleep(backoff(this.#timings, crashes, random), signal)
        const stored = await loadSession(vault)
        session = stored?.ended ? undefined : stored
      }
    }
  }

  /** Takes up the stored session, or logs in; then receives until the end, which is thrown. */
  async #session(
    stored: Session | undefined,
    sink: WeChatSink,
    wire: Wire,
    tell: (login: Login) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    if (stored) {
      this.#phase = 'session'
      this.#live = await Live.open(this.#apiOf(stored, wire), this.#ports, sink, tell)
      return this.#live.run(undefined, signal)
    }
    const { vault, clock, random, log } = this.#ports
    const timings = this.#timings
    wire.cookies = {}
    wire.allow([this.#options.loginBase])
    const bases = this.#options
    const { desktop } = bases
    const parts = {
      bases,
      wire,
      timings,
      clock,
      random,
      log,
      tell,
      ...(desktop ? { desktop } : {}),
    }
    const login = await logIn(parts, signal)
    const { api, start } = await startSession(login, parts, signal)
    await saveSession(vault, api.session)
    this.#phase = 'session'
    this.#live = await Live.open(api, this.#ports, sink, tell)
    return this.#live.run(start, signal)
  }

  /** What a session leaves behind: nothing after a logout; a mark, so that a restart does not log in by itself. */
  async #bury(end: SessionEnd): Promise<void> {
    const { vault } = this.#ports
    if (end.reason === 'loggedOut') return dropSession(vault)
    const session = await loadSession(vault)
    if (!session || !end.final || (end.reason !== 'kicked' && end.reason !== 'refused')) return
    const detail = end.detail === undefined ? {} : { detail: end.detail }
    session.ended = { reason: end.reason, ...detail }
    await saveSession(vault, session)
  }

  /** Offline, told once, until a person begins a login. */
  async #wait(
    tell: (login: Login) => Promise<void>,
    end: SessionEnd,
    signal: AbortSignal,
  ): Promise<void> {
    this.#phase = 'waiting'
    const asked = new Promise<void>((resolve, reject) => {
      this.#wake = resolve
      signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
    asked.catch(() => undefined)
    await tell({
      state: 'offline',
      reason: end.reason,
      ...(end.detail ? { detail: end.detail } : {}),
      relogin: end.relogin,
    })
    await asked
    this.#wake = undefined
  }

  /** As often as it takes: a state nobody was told of is a person left in the dark. */
  async #tell(sink: WeChatSink, login: Login, signal: AbortSignal): Promise<void> {
    const { clock, random, log } = this.#ports
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      try {
        return await sink.login(login)
      } catch (thrown) {
        const error = thrown instanceof Error ? thrown.name : 'error'
        log.warn({ error, attempt }, 'The state of the login could not be told yet')
        await clock.sleep(backoff(this.#timings, attempt, random), signal)
      }
    }
  }

  #wire(): Wire {
    return new Wire(this.#options.userAgent, this.#ports.clock, this.#ports.log)
  }

  #apiOf(session: Session, wire: Wire): Api {
    const { hosts } = session
    wire.cookies = session.cookies
    wire.allow([hosts.entry, hosts.file, hosts.push])
    return new Api(session, wire, this.#timings, this.#ports.clock, this.#ports.random)
  }
}
