import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Login, WeChatSink } from '../../src/ports/wechat.ts'
import type { Api } from './api.ts'
import { Book } from './book.ts'
import { type Contact, isRoom } from './contact.ts'
import { readStatus } from './content/status.ts'
import { isOver, SessionEnd, WireFault } from './fault.ts'
import { Finder, fetchAddressBook, fetchDetails } from './fetch.ts'
import { Handled } from './handled.ts'
import { People } from './people.ts'
import { number, type Raw, records } from './raw.ts'
import { chatsOf, Receiver } from './receive.ts'
import { Requests } from './requests.ts'
import { accountOf } from './roster.ts'
import { Sent } from './sent.ts'
import { saveSession } from './session.ts'
import { insist, receive, type TroubleParts } from './sync.ts'
import { Teller } from './teller.ts'
import { Turns } from './turns.ts'

export interface LivePorts {
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly trace?: Trace
}

/** A session in use: who is in it, what was handled and sent, and the loop that keeps it up to date. */
export class Live {
  readonly api: Api
  readonly people: People
  readonly sent: Sent
  readonly finder: Finder
  readonly teller: Teller
  readonly requests: Requests
  readonly turns = new Turns()
  /** From how many members on people must be invited into a group instead of added (protocol §2.4). */
  inviteStart = defaultInviteStart
  readonly #handled: Handled
  readonly #ports: LivePorts
  readonly #tell: (login: Login) => Promise<void>
  readonly #receiver: Receiver
  readonly #stop = new AbortController()
  #poke = new AbortController()
  #online = false

  private constructor(
    api: Api,
    people: People,
    sent: Sent,
    handled: Handled,
    requests: Requests,
    ports: LivePorts,
    sink: WeChatSink,
    tell: (login: Login) => Promise<void>,
  ) {
    this.api = api
    this.people = people
    this.sent = sent
    this.#handled = handled
    this.#ports = ports
    this.#tell = tell
    this.requests = requests
    this.finder = new Finder(api, people, ports.clock, ports.log)
    this.teller = new Teller(people, sink)
    this.#receiver = new Receiver({
      people,
      finder: this.finder,
      handled,
      sent,
      teller: this.teller,
      requests,
      turns: this.turns,
      sink,
      log: ports.log,
      now: () => ports.clock.now(),
      selfChanged: () => this.#selfChanged(),
    })
  }

  static async open(
    api: Api,
    ports: LivePorts,
    sink: WeChatSink,
    tell: (login: Login) => Promise<void>,
  ): Promise<Live> {
    const { uin, sid, self } = api.session
    const book = await Book.open(ports.vault, uin, sid, ports.random)
    const sent = await Sent.open(ports.vault, uin, ports.clock.now())
    await sent.keep()
    const handled = await Handled.open(ports.vault, uin)
    const requests = await Requests.open(ports.vault, uin, sid)
    const people = new People(uin, self, book)
    return new Live(api, people, sent, handled, requests, ports, sink, tell)
  }

  /** Contacts are there, sends can be made. */
  get online(): boolean {
    return this.#online
  }

  /** Aborts with the session: what was begun in it has no place in another. */
  get ended(): AbortSignal {
    return this.#stop.signal
  }

  /** The long poll is cut short and one sync made: it tells whether the session still lives. */
  poke(): void {
    this.#poke.abort()
  }

  /** Ends the loop with this. */
  end(end: SessionEnd): void {
    this.#online = false
    this.#stop.abort(end)
  }

  /**
   * Receives until the end, which is thrown. `start` is what webwxinit told; without it a stored session is taken
   * up with its old key first, so that nothing said meanwhile is lost (protocol §2.7).
   */
  async run(start: Start | undefined, signal: AbortSignal) {
    const ended = AbortSignal.any([signal, this.#stop.signal])
    this.inviteStart = start?.inviteStart ?? this.inviteStart
    try {
      const first = await this.#firstSync(ended)
      // The list of recent chats may name real ids: known before anybody is judged, they save questions.
      this.people.learnReal(pairsIn(first))
      await this.#loadPeople(start, ended)
      await this.teller.tell(chatsOf(this.people))
      this.#online = true
      await this.#tellOnline()
      await this.teller.ready()
      await receive(
        {
          ...this.#trouble(),
          answer: (answer) => this.#receiver.answer(answer, ended),
          save: () => this.#save(),
          trace: this.#ports.trace,
          poke: () => this.#newPoke(),
        },
        first,
        ended,
      )
    } finally {
      this.#online = false
      this.#stop.abort(new SessionEnd('expired'))
      // Cookies are renewed by every answer; the keys are only ever those of what was kept.
      await this.#save().catch(() => undefined)
      await this.people.book.save(true).catch(() => undefined)
    }
  }

  #firstSync(signal: AbortSignal): Promise<Raw> {
    return insist(this.#trouble(), () => this.api.sync(signal), signal)
  }

  /**
   * Everybody at once: of two who look alike, one alone would be taken for the other. A resumed session knows its
   * people, and goes on without the address book when that cannot be had.
   */
  async #loadPeople(start: Start | undefined, signal: AbortSignal): Promise<void> {
    let tries = 0
    const load = async () => {
      tries += 1
      try {
        const { contacts, whole } = await fetchAddressBook(this.api, this.#ports.log, signal)
        if (!whole && tries < 3) throw new WireFault('cut', 'webwxgetcontact')
        const told = [...(start?.contacts ?? []), ...contacts]
        const rooms = [
          ...told.map((each) => each.UserName),
          ...(start?.rooms ?? []),
          ...this.people.book.users(),
        ].filter(isRoom)
        return [...told, ...(await fetchDetails(this.api, rooms, this.#ports.log, signal))]
      } catch (thrown) {
        const lost = start === undefined && tries >= 3 && thrown instanceof WireFault
        if (!lost || isOver(thrown)) throw thrown
        this.#ports.log.warn({ fault: thrown.message }, 'Going on without the address book')
        return []
      }
    }
    this.people.learn(await insist(this.#trouble(), load, signal))
    await this.people.book.save(true)
  }

  #trouble(): TroubleParts {
    const { clock, random, log } = this.#ports
    return { api: this.api, clock, random, log, reachable: (yes) => this.#reachable(yes) }
  }

  async #reachable(yes: boolean): Promise<void> {
    if (yes) {
      if (this.#online) await this.#tellOnline()
      return
    }
    const detail = 'WeChat cannot be reached. Trying again.'
    await this.#tell({ state: 'offline', reason: 'unreachable', detail, relogin: false })
  }

  #tellOnline(): Promise<void> {
    const account = accountOf(this.api.session.uin)
    return this.#tell({ state: 'online', account, me: this.people.me() })
  }

  async #selfChanged(): Promise<void> {
    this.api.session.self = this.people.self
    await this.#tellOnline()
  }

  async #save(): Promise<void> {
    await this.#handled.save()
    await saveSession(this.#ports.vault, this.api.session)
  }

  #newPoke(): AbortSignal {
    const poke = this.#poke.signal
    if (poke.aborted) this.#poke = new AbortController()
    return poke
  }
}

/** Who is who by the lists of recent chats in an answer (protocol §5.8). */
function pairsIn(answer: Raw) {
  return records(answer.AddMsgList)
    .filter((raw) => number(raw.MsgType) === 51)
    .flatMap((raw) => readStatus(raw).pairs)
}

/** What webwxinit tells of the start: some contacts, and the names of recent chats (protocol §2.4). */
export interface Start {
  readonly contacts: Contact[]
  readonly rooms: string[]
  /** From which size on groups want invitations. */
  readonly inviteStart: number
}

export function startOf(contacts: Contact[], chatSet: string, inviteStart: number): Start {
  const rooms = chatSet.split(',').filter((each) => isRoom(each))
  return { contacts, rooms, inviteStart: inviteStart || defaultInviteStart }
}

const defaultInviteStart = 40
