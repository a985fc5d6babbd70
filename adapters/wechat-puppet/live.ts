import type { Chat } from '../../src/core/chat.ts'
import type { ChatId } from '../../src/core/ids.ts'
import type { ConnectorPorts } from '../../src/ports/connector-kind.ts'
import type { WeChatSink } from '../../src/ports/wechat.ts'
import { Book } from './book.ts'
import type { Host } from './host.ts'
import type { Naming } from './ids.ts'
import { texts } from './raw.ts'
import { Requests } from './requests.ts'
import { Sent } from './sent.ts'

/** So many people are asked about at once, and told in one go. */
const atOnce = 8
const perTell = 50
/** More people than this are only told of when they say something. */
const mostListed = 20_000

/** One login, from the moment it is known whose it is until the puppet or the login is gone. */
export class Live {
  readonly host: Host
  readonly naming: Naming
  readonly book: Book
  readonly sent: Sent
  readonly requests: Requests
  readonly #sink: WeChatSink
  readonly #log: ConnectorPorts['log']
  readonly #told = new Map<ChatId, string>()
  readonly #over = new AbortController()
  #listing: Promise<void> = Promise.resolve()

  private constructor(
    host: Host,
    naming: Naming,
    self: string,
    sent: Sent,
    requests: Requests,
    sink: WeChatSink,
    log: ConnectorPorts['log'],
  ) {
    this.host = host
    this.naming = naming
    this.book = new Book(host, naming, self)
    this.sent = sent
    this.requests = requests
    this.#sink = sink
    this.#log = log
  }

  static async open(
    host: Host,
    naming: Naming,
    self: string,
    { vault, clock, log }: ConnectorPorts,
    sink: WeChatSink,
  ): Promise<Live> {
    const sent = await Sent.open(vault, naming.account, clock.now())
    const requests = await Requests.open(vault, naming.account, self)
    return new Live(host, naming, self, sent, requests, sink, log)
  }

  get isOver(): boolean {
    return this.#over.signal.aborted
  }

  end(): void {
    this.#over.abort()
  }

  /** Tells chats that are new or have changed. */
  async tell(chats: readonly Chat[]): Promise<void> {
    const fresh = chats.filter((each) => this.#told.get(each.id) !== JSON.stringify(each))
    if (fresh.length === 0) return
    await this.#sink.chats(fresh)
    for (const each of fresh) this.#told.set(each.id, JSON.stringify(each))
  }

  /** Everybody there is, in the background, one listing after the other. */
  list(): void {
    this.#later(async () => {
      const { host, book } = this
      const ids = texts(await host.call('contactList', [])).slice(0, mostListed)
      await inParts(ids, (each) => book.someone(each), this.#over.signal)
      const wanted = new Set(ids.filter((each) => each !== book.self))
      const people = book.people().filter(({ id }) => wanted.has(id))
      // Over gRPC "no friend" and "not said" are the same.
      const says = people.some(({ isFriend }) => isFriend === true)
      const friends = people.filter(({ isFriend, isMp }) => isFriend || isMp || !says)
      await this.#tellAll(friends.map(({ id }) => id))
      const rooms = texts(await host.call('roomList', [])).slice(0, mostListed)
      await inParts(rooms, (each) => book.room(each), this.#over.signal)
      await this.#tellAll(rooms, true)
      for (const room of rooms) {
        if (this.isOver) return
        if (!book.hasRoster(room)) await this.roster(room)
      }
    })
  }

  /** The members of a group are looked at anew, and told. */
  async roster(room: string): Promise<void> {
    if (!(await this.book.loadRoster(room))) return
    const chat = this.book.chat(room, true)
    await this.tell([chat])
    await this.#sink.members?.([chat.id])
  }

  /** What the puppet says has changed (DirtyType: 2 a contact, 3 a room, 4 its members). */
  dirty(type: number, id: string): void {
    const { book } = this
    if (id === '' || type < 2 || type > 4) return
    this.#later(async () => {
      const wasRoom = book.isRoom(id)
      if (type === 4) return wasRoom ? this.roster(id) : undefined
      if (type === 2 && wasRoom) return undefined
      book.drop(id)
      await (type === 3 ? book.room(id) : book.someone(id))
      if (this.#told.has(this.naming.chat(id)))
        await this.tell([book.chat(id, wasRoom || type === 3)])
    })
  }

  async #tellAll(ids: readonly string[], isRoom?: true): Promise<void> {
    for (let at = 0; at < ids.length && !this.isOver; at += perTell) {
      await this.tell(ids.slice(at, at + perTell).map((each) => this.book.chat(each, isRoom)))
    }
  }

  #later(work: () => Promise<unknown>): void {
    this.#listing = this.#listing.then(async () => {
      if (this.isOver) return
      try {
        await work()
      } catch (thrown) {
        if (this.isOver) return
        const error = thrown instanceof Error ? thrown.name : 'error'
        this.#log.warn({ error }, 'The gateway did not tell of all people')
      }
    })
  }
}

async function inParts(
  ids: readonly string[],
  work: (id: string) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  let next = 0
  const worker = async () => {
    for (let at = next++; at < ids.length && !signal.aborted; at = next++) await work(ids[at] ?? '')
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
