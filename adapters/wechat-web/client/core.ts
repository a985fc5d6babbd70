import { Api } from '../api.ts'
import type { Contact } from '../contact.ts'
import { Handled } from '../handled.ts'
import { Wire } from '../http.ts'
import type { Session } from '../session.ts'
import { Turns } from '../turns.ts'
import { MemoryVault } from './memory.ts'
import { Logging, type Settings } from './options.ts'
import { LocalError } from './result.ts'
import { Roster } from './roster.ts'

/** What the parts of one client share. One client is one account; several live side by side. */
export class Core {
  readonly settings: Settings
  readonly log = new Logging()
  readonly vault = new MemoryVault()
  readonly roster = new Roster()
  readonly wire: Wire
  /** What the message of a big file must carry, by its MediaId (protocol §7.6). */
  readonly signatures = new Map<string, string>()
  /** From this size on a group's new members are invited (protocol §2.4). */
  inviteStart = 40
  readonly #turns = new Turns()
  #next = 0
  #lastId = 0
  #api: Api | undefined
  #handled: Handled | undefined

  constructor(settings: Settings) {
    this.settings = settings
    this.wire = new Wire(settings.userAgent, settings.clock, this.log)
  }

  /** The calls of the session. Throws a LocalError -2000 when nobody is logged in. */
  get api(): Api {
    if (!this.#api) throw new LocalError(-2000)
    return this.#api
  }

  get loggedIn(): boolean {
    return this.#api !== undefined
  }

  get handled(): Handled {
    if (!this.#handled) throw new LocalError(-2000)
    return this.#handled
  }

  /** Oneself, as the server tells it. */
  get self(): Contact {
    return this.api.session.self
  }

  async begin(session: Session): Promise<Api> {
    const { timings, clock, random } = this.settings
    const { entry, file, push } = session.hosts
    this.wire.cookies = session.cookies
    this.wire.allow([entry, file, push])
    this.#handled = await Handled.open(this.vault, session.uin)
    this.#api = new Api(session, this.wire, timings, clock, random)
    return this.#api
  }

  /** The session is over: its UserNames mean nothing any more (trap 25). What was handled stays. */
  end(): void {
    this.#api = undefined
    this.roster.clear()
    this.signatures.clear()
  }

  /** One call after another, with a pause after each (protocol §7.9). */
  paced<T>(gapMs: number, work: () => Promise<T>): Promise<T> {
    const { clock } = this.settings
    return this.#turns.run(async () => {
      const wait = this.#next - clock.now()
      if (wait > 0) await clock.sleep(wait, forever)
      try {
        return await work()
      } finally {
        this.#next = clock.now() + gapMs
      }
    })
  }

  /** An id for a message of one's own: 17 digits, as text (protocol §2.9, trap 4). */
  clientId(): string {
    this.#lastId = Math.max(this.#lastId + 1, this.settings.clock.now())
    const tail = String(Math.floor(this.settings.random() * 1000)).padStart(3, '0')
    return `${this.#lastId}0${tail}`
  }
}

/** For calls that end by their own timeout. */
export const forever = new AbortController().signal
