import { BridgeError } from '../../src/core/errors.ts'
import type { ChatId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { ConnectorFeatures } from '../../src/core/post.ts'
import type { Open, Opened, Receipt } from '../../src/ports/outlet.ts'
import type {
  ChatSend,
  Login,
  LoginOptions,
  WeChatConnector,
  WeChatPeople,
  WeChatSink,
} from '../../src/ports/wechat.ts'
import { Api } from './api.ts'
import { createDirectory } from './directory.ts'
import { download } from './download.ts'
import { SessionEnd, WireFault } from './fault.ts'
import { featuresOf, type SizeOptions } from './features.ts'
import { Gate, offlineOf } from './gate.ts'
import { originOf } from './hosts.ts'
import { Wire } from './http.ts'
import { Live, type LivePorts } from './live.ts'
import { logIn } from './login.ts'
import { lastingOf } from './people.ts'
import { dropDevice, loadDevice, saveDevice } from './push-login.ts'
import { markRead } from './read-mark.ts'
import { offline, receiverOf } from './receiver.ts'
import { deliver } from './send.ts'
import { Sent } from './sent.ts'
import { dropSession, loadSession, type Session, saveSession } from './session.ts'
import { startSession } from './start.ts'
import { backoff, defaultTimings, type Timings } from './timings.ts'

/** Bases are origins (protocol §1.1). Without `desktop` the plain mode is spoken, which most accounts refuse. */
export interface WeChatWebOptions extends SizeOptions {
  readonly loginBase: string
  readonly qrBase?: string
  readonly entryBase?: string
  readonly fileBase?: string
  readonly pushBase?: string
  readonly desktop?: { readonly clientVersion: string; readonly extspam: string }
  readonly userAgent: string
  /** One more origin that stickers may be fetched from, beside WeChat's own. */
  readonly stickerOrigin?: string
  readonly timeouts?: Partial<Timings>
  /** A login here may cost the account: the user must accept that once before the first. Default false. */
  readonly risk?: boolean
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

class WeChatWeb implements WeChatConnector {
  readonly features: ConnectorFeatures
  readonly rate = { concurrency: 1 }
  readonly people: WeChatPeople
  readonly #options: WeChatWebOptions
  readonly #ports: LivePorts
  readonly #timings: Timings
  #running = false
  #live: Live | undefined
  #gate: Gate | undefined
  /** When this session was logged in; not known of one taken up. */
  #since: number | undefined

  constructor(options: WeChatWebOptions, ports: LivePorts) {
    this.#options = options
    this.#ports = ports
    this.#timings = { ...defaultTimings, ...options.timeouts }
    this.features = featuresOf(options)
    const { clock } = ports
    this.people = createDirectory({
      live: () => this.#live,
      sleep: (ms, signal) => clock.sleep(ms, signal),
      now: () => clock.now(),
    })
  }

  async run(sink: WeChatSink, signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error('this connector is running already')
    this.#running = true
    const wire = this.#wire()
    try {
      await this.#loop(sink, wire, signal)
    } catch (thrown) {
      if (!signal.aborted) throw thrown
    } finally {
      // What may have gone out already gets its answer, so that a stop leaves nobody in doubt.
      await this.#live?.sent.settled()
      this.#running = false
      this.#live = undefined
      this.#gate = undefined
      await wire.close()
    }
  }

  login(options: LoginOptions = {}): boolean {
    return this.#gate?.login(options) ?? false
  }

  async logout(signal: AbortSignal): Promise<boolean> {
    const { vault, log } = this.#ports
    // Whatever comes of the rest: the phone is not to be asked any more.
    await dropDevice(vault)
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
    if (this.#live) this.#live.end(new SessionEnd('loggedOut'))
    else await dropSession(vault)
    return true
  }

  async markRead(chat: ChatId, signal: AbortSignal): Promise<void> {
    const live = this.#live?.online ? this.#live : undefined
    const id = live && lastingOf(chat, live.people.account)
    const user = id === undefined ? undefined : live?.people.userName(id)
    if (!live || user === undefined) return
    try {
      await markRead(live.api, user, signal)
    } catch (thrown) {
      signal.throwIfAborted()
      if (!(thrown instanceof WireFault)) throw thrown
      this.#ports.log.debug({ fault: thrown.message }, 'A read mark was not taken')
    }
  }

  bucket(job: ChatSend): string {
    return job.chat
  }

  check(job: ChatSend): void {
    if (!this.#live) throw offline()
    receiverOf(this.#live, job)
  }

  async send(job: ChatSend, open: Open, signal: AbortSignal): Promise<Receipt> {
    const parts = {
      ...this.#ports,
      live: this.#live,
      limits: this.features.media,
      desktop: this.#options.desktop !== undefined,
    }
    return deliver(parts, job, open, signal)
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
    const parts = { ...this.#ports, live: this.#live, cdn: this.#options.stickerOrigin }
    return download(parts, media, signal)
  }

  /** One session after another. After each end a person begins the next. */
  async #loop(sink: WeChatSink, wire: Wire, signal: AbortSignal): Promise<void> {
    const { vault, clock, random, log } = this.#ports
    const tell = (login: Login) => this.#tell(sink, login, signal)
    const gate = new Gate(vault, this.#options.risk ?? false, tell)
    this.#gate = gate
    // The first code is shown unasked; the phone is only asked when a person wants a login.
    let how: LoginOptions = { code: true }
    let session = await loadSession(vault)
    if (session?.ended) {
      how = await gate.wait(offlineOf(session.ended), signal)
      session = undefined
    }
    for (let crashes = 0, settled: Promise<void> | undefined; ; ) {
      this.#since = undefined
      try {
        await settled
        if (!session) {
          how = await gate.pass(how, signal)
          await gate.remember(how, clock.now())
        }
        await this.#session(session ?? how, sink, wire, tell, signal)
      } catch (thrown) {
        signal.throwIfAborted()
        // The notes of what was sent have one writer: the next session waits for the sends of this one.
        settled = this.#live?.sent.settled()
        this.#live = undefined
        if (thrown instanceof SessionEnd) {
          crashes = 0
          await this.#bury(thrown)
          how = await gate.wait(offlineOf(thrown, clock.now() - (this.#since ?? 0)), signal)
          session = undefined
          continue
        }
        crashes += 1
        const error = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
        log.error({ error, crashes }, 'Receiving from WeChat failed in a way nobody foresaw')
        await clock.sleep(backoff(this.#timings, crashes, random), signal)
        const stored = await loadSession(vault)
        session = stored?.ended ? undefined : stored
        how = { ...how, code: true }
      }
    }
  }

  /** Takes up the stored session, or logs in; then receives until the end, which is thrown. */
  async #session(
    from: Session | LoginOptions,
    sink: WeChatSink,
    wire: Wire,
    tell: (login: Login) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    if ('sid' in from) {
      this.#live = await Live.open(this.#apiOf(from, wire), this.#ports, sink, tell)
      return this.#live.run(undefined, signal)
    }
    const { vault, clock, random, log } = this.#ports
    const timings = this.#timings
    const bases = this.#options
    const { desktop, loginBase } = bases
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
    const device = from.code ? undefined : await loadDevice(vault, loginBase)
    const login = await logIn(parts, device, signal)
    const { api, start } = await startSession(login, parts, signal)
    await saveDevice(vault, api.session, loginBase)
    await saveSession(vault, api.session)
    this.#since = clock.now()
    this.#live = await Live.open(api, this.#ports, sink, tell)
    return this.#live.run(start, signal)
  }

  /** What a session leaves behind: nothing after a logout; a mark, so that a restart does not log in by itself. */
  async #bury(end: SessionEnd): Promise<void> {
    const { vault } = this.#ports
    if (end.reason === 'loggedOut') return dropSession(vault)
    const session = await loadSession(vault)
    if (!session || !end.final || (end.reason !== 'kicked' && end.reason !== 'refused')) return
    // Only what is still wanted is renewed: a logout may have forgotten it meanwhile.
    const { loginBase } = this.#options
    if (await loadDevice(vault, loginBase)) await saveDevice(vault, session, loginBase)
    const detail = end.detail === undefined ? {} : { detail: end.detail }
    session.ended = { reason: end.reason, ...detail, relogin: end.relogin }
    await saveSession(vault, session)
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
