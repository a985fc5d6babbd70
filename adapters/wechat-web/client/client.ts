import type { Login } from '../../../src/ports/wechat.ts'
import { SessionEnd } from '../fault.ts'
import { qrOrigin } from '../hosts.ts'
import type { Raw } from '../raw.ts'
import { type Handler, type HandlerFailed, Handlers, type Where } from './dispatch.ts'
import { downloadsOf } from './fetch-media.ts'
import { Inbox } from './inbox.ts'
import type { ClientMessage, Kind } from './message.ts'
import { Messenger } from './messenger.ts'
import type { ClientOptions, Logging } from './options.ts'
import { type QrCode, qrOf } from './qr.ts'
import { attempt, type Result } from './result.ts'
import { SignIn } from './sign-in.ts'

export { officialClientVersion, officialExtspam } from '../uos.ts'
export type * from './message.ts'
export { isMedia, kinds } from './message.ts'
export type { ClientOptions, Pace } from './options.ts'
export { RecallCache } from './recall-cache.ts'
export { type Answer, localErrors, type Result } from './result.ts'
export type { Uploaded } from './send.ts'
export { type GroupMember, type Many, type Sent, User } from './user.ts'
export { version } from './version.ts'
export { toWebwx, type WebwxMessage } from './webwx.ts'

/** How to log in and what to be told of it. */
export interface LoginSettings {
  /** Take up the login stored at `stateFile`, and keep storing it there. */
  readonly hotReload?: boolean
  /** Default `wechat-state.json`. A key to the account: readable only by its owner. */
  readonly stateFile?: string
  /** Show a code even where the phone could be asked directly. */
  readonly code?: boolean
  /** Each state: a code to scan, scanned, offline. */
  readonly onLogin?: (login: Login) => void | Promise<void>
  /** A code is there: show it. */
  readonly onQr?: (qr: QrCode) => void | Promise<void>
  /** Logged in, everybody is known. */
  readonly onOnline?: () => void | Promise<void>
  /** Receiving has ended. */
  readonly onExit?: (reason: string) => void | Promise<void>
  readonly signal?: AbortSignal
}

/** A client of its own: one account. Several live side by side without knowing of each other. */
export const createClient = (options: ClientOptions = {}): WeChatWebClient =>
  new WeChatWebClient(options)

/**
 * A client for web WeChat with every function itchat has (protocol §9); `docs/wechat-web.md` maps them. Calls to
 * WeChat do not throw for what WeChat says: they give a {@link Result}, `ok` exactly if it said 0.
 */
export class WeChatWebClient extends Messenger {
  readonly #handlers = new Handlers()
  readonly #inbox: Inbox
  readonly #sign: SignIn
  #how: LoginSettings = {}
  #pending: Raw | undefined
  #receiving: Promise<string> | undefined
  #stop = new AbortController()
  #handlerFailed: HandlerFailed | undefined
  #dumped = 0
  /** Why receiving ended last. */
  #ended = 'loggedOut'

  constructor(options: ClientOptions = {}) {
    super(options)
    const parts = {
      core: this.core,
      actions: this,
      downloads: downloadsOf.bind(null, this.core),
    }
    this.#inbox = new Inbox(parts, () => this.#keep())
    this.#sign = new SignIn(this.core, (login) => this.#tell(login))
  }

  get loggedIn(): boolean {
    return this.core.loggedIn
  }

  get log(): Logging {
    return this.core.log
  }

  setLogging(how: Parameters<Logging['set']>[0]): void {
    this.core.log.set(how)
  }

  // Login (protocol §2)

  /** Takes up a stored login where there is one, else logs in, and begins to receive. */
  async autoLogin(how: LoginSettings = {}): Promise<Result> {
    this.#how = how
    const reached = await attempt(() => this.#sign.reach())
    if (!reached.ok) return reached
    if (how.hotReload) {
      const resumed = await this.loadLoginStatus(how.stateFile)
      if (resumed.ok) return resumed
    }
    const done = await this.login(how)
    if (done.ok && how.hotReload) return this.dumpLoginStatus(how.stateFile)
    return done
  }

  /** Asks the phone of the last login, or shows codes; then loads the contacts and begins to receive. */
  async login(how: LoginSettings = this.#how): Promise<Result> {
    this.#how = how
    const stop = await this.#fresh()
    const signal = how.signal ? AbortSignal.any([stop, how.signal]) : stop
    return attempt(async () => {
      await this.#sign.all(how.code ?? false, signal)
      await this.#begun()
    })
  }

  getQrUuid(): Promise<Result<{ uuid: string }>> {
    return attempt(async () => ({ uuid: await this.#sign.uuid() }))
  }

  /** Made here, nothing is asked. `invert` for dark on light terminals. */
  getQr(uuid: string, how: { invert?: boolean } = {}): Promise<QrCode> {
    return qrOf(`${qrOrigin(this.core.settings.bases)}/l/${uuid}`, how.invert)
  }

  /** One poll: '408' nothing yet, '201' scanned, '200' confirmed, '400' begin anew. */
  checkLogin(uuid: string): Promise<Result<{ code: string; avatar?: string }>> {
    return attempt(() => this.#sign.check(uuid))
  }

  webInit(): Promise<Result<{ rooms: string[] }>> {
    return attempt(async () => ({ rooms: await this.#sign.webInit() }))
  }

  showMobileLogin(): Promise<Result> {
    return attempt(() => this.#sign.notify())
  }

  /** Ends the session and forgets it. */
  logout(): Promise<Result> {
    return attempt(async () => {
      this.#stop.abort(new SessionEnd('loggedOut'))
      await this.#receiving
      await this.#sign.out()
    })
  }

  dumpLoginStatus(file = this.#file()): Promise<Result> {
    return attempt(() => this.#sign.dump(file))
  }

  /** What was said meanwhile arrives as usual. -1002 no file, -1005 unreadable, -1003 WeChat ended the session. */
  async loadLoginStatus(file = this.#file()): Promise<Result> {
    await this.#fresh()
    return attempt(async () => {
      this.#pending = await this.#sign.load(file)
      await this.#begun()
    })
  }

  // Receiving (protocol §4)

  /** Which kinds, in which chats; none said is friends. A later handler takes the place of an earlier one. */
  on<K extends Kind>(kinds: K | readonly K[], where: Where, handler: Handler<K>): this {
    this.#handlers.on(kinds, where, handler)
    return this
  }

  off<K extends Kind>(kinds: K | readonly K[], where: Where): this {
    this.#handlers.off(kinds, where)
    return this
  }

  /** A handler threw. Without one of these it is logged. */
  onHandlerError(failed: HandlerFailed): this {
    this.#handlerFailed = failed
    return this
  }

  /** Fetches in the background until the session ends: the reason. `login` begins it by itself. */
  startReceiving(): Promise<string> {
    if (this.#receiving !== undefined) return this.#receiving
    if (!this.loggedIn) return Promise.resolve(this.#ended)
    const signal = this.#stop.signal
    const first = this.#pending
    this.#pending = undefined
    const loop = this.#inbox.receive(first, signal).catch(async (thrown: unknown) => {
      const end = signal.aborted ? signal.reason : thrown
      if (end instanceof SessionEnd) {
        if (end.reason !== 'loggedOut') await this.#sign.over()
        return end.reason
      }
      return end === stopped ? 'stopped' : String(end)
    })
    this.#receiving = loop.then(async (reason) => {
      this.#receiving = undefined
      this.#ended = reason
      try {
        await this.#how.onExit?.(reason)
      } catch (thrown) {
        this.log.error({ error: String(thrown) }, 'onExit failed')
      }
      return reason
    })
    return this.#receiving
  }

  /** One webwxsync, by hand. */
  getMsg(): Promise<Result<{ messages: readonly Raw[]; contacts: readonly Raw[] }>> {
    return attempt(() => this.#inbox.fetchOnce())
  }

  /** Hands the next message to its handler, waiting at most a second for one: that message. */
  async configuredReply(waitMs = 1000): Promise<ClientMessage | undefined> {
    const message = await this.#inbox.next(waitMs, new AbortController().signal)
    if (!message) return undefined
    try {
      await this.#handlers.dispatch(message)
    } catch (thrown) {
      if (this.#handlerFailed) this.#handlerFailed(thrown, message)
      else this.log.error({ error: String(thrown), kind: message.kind }, 'A handler failed')
    }
    return message
  }

  /** Hands out messages until the session ends or `stop` is called: the reason. */
  async run(): Promise<string> {
    let over = ''
    const ended = this.startReceiving().then((reason) => {
      over = reason
    })
    while (over === '' || this.#inbox.waiting > 0) await this.configuredReply(200)
    await ended
    if (this.#how.hotReload && this.loggedIn) await this.dumpLoginStatus()
    return over
  }

  /** Ends receiving; the session stays alive for a hot reload. */
  async stop(): Promise<void> {
    this.#stop.abort(stopped)
    await this.#receiving
  }

  /** Ends everything this client holds open. */
  async close(): Promise<void> {
    await this.stop()
    await this.core.wire.close()
  }

  #file(): string {
    return this.#how.stateFile ?? 'wechat-state.json'
  }

  /** A login begins: what was received until now ends. */
  async #fresh(): Promise<AbortSignal> {
    await this.stop()
    this.#stop = new AbortController()
    return this.#stop.signal
  }

  async #begun(): Promise<void> {
    void this.startReceiving()
    await this.#how.onOnline?.()
  }

  async #tell(login: Login): Promise<void> {
    await this.#how.onLogin?.(login)
    if (login.state === 'scan' && this.#how.onQr) await this.#how.onQr(await qrOf(login.qr))
  }

  /** After each answer; the file only now and then, for a large address book is large in it too. */
  async #keep(): Promise<void> {
    await this.#sign.keep()
    const now = this.core.settings.clock.now()
    if (!this.#how.hotReload || now - this.#dumped < dumpEveryMs) return
    this.#dumped = now
    await this.#sign.dump(this.#file())
  }
}

const stopped = new Error('stopped')

/** What is lost of a crash in between comes again, and is known by its id. */
const dumpEveryMs = 30_000
