import { createHash } from 'node:crypto'
import type { AccountId, ChatId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { WeChatSink } from '../../src/ports/wechat.ts'
import { Book } from './book.ts'
import { accountOfWire, chatOfWire } from './ids.ts'
import { isMessageLike, normalise, salvaged, speakerOf } from './normalise.ts'
import { tree, whyNot } from './reading.ts'
import type { Sent } from './sent.ts'
import { event as eventSchema, id as idSchema, type WireEvent, type WireLogin } from './wire.ts'

export interface IntakeParts {
  readonly sink: WeChatSink
  readonly sent: Sent
  readonly clock: Clock
  readonly log: Log
  readonly echoMs: number
  /** Whose events those are that do not say it. */
  account(): AccountId | undefined
  /** The state of the login changed. Rejects if that cannot be told now. */
  login(login: WireLogin): Promise<void>
  readonly stop: AbortSignal
}

/** An event that is not as the protocol says; what could be read of it is kept. */
export interface Rejected {
  readonly index: number
  readonly id?: string
  readonly why: string
}

/** How many ids of events are remembered. */
const remembered = 5000

type OfType<T extends WireEvent['type']> = WireEvent & { readonly type: T }

/** Turns what the gateway tells into facts for the sink. One batch at a time: whoever calls sees to that. */
export class Intake {
  readonly #parts: IntakeParts
  readonly #books = new Map<AccountId, Book>()
  readonly #seen = new Set<string>()

  constructor(parts: IntakeParts) {
    this.#parts = parts
  }

  book(account: AccountId): Book {
    const book = this.#books.get(account) ?? new Book(account)
    this.#books.set(account, book)
    return book
  }

  /**
   * In their order, each kept before the next. Rejects if one cannot be kept now: those before it are, and all are to be
   * told again.
   */
  async take(
    events: readonly unknown[],
    { logins = true }: { readonly logins?: boolean } = {},
  ): Promise<readonly Rejected[]> {
    const rejected: Rejected[] = []
    for (const [index, raw] of events.entries()) {
      const name = idSchema.safeParse(tree(raw).id).data
      const print = `${name}/${printOf(raw)}`
      if (name !== undefined && this.#seen.has(print)) continue
      const parsed = eventSchema.safeParse(raw)
      if (parsed.success) await this.#event(parsed.data, raw, logins)
      else {
        const why = whyNot(parsed.error)
        await this.#unreadable(raw, why)
        rejected.push({ index, ...(name !== undefined && { id: name }), why })
      }
      this.#remember(print)
    }
    return rejected
  }

  /** The gateway's list of chats, whole. */
  async chats(account: AccountId, chats: OfType<'chats'>['chats'], isList: boolean): Promise<void> {
    const book = this.book(account)
    for (const each of chats) {
      if (isList) book.replace(each)
      else book.learn(each)
    }
    await this.#tell(book)
  }

  async members(
    account: AccountId,
    lists: ReadonlyMap<ChatId, OfType<'members'>['members']>,
  ): Promise<void> {
    const book = this.book(account)
    for (const [group, members] of lists) book.setMembers(group, members)
    await this.#parts.sink.members?.([...lists.keys()])
  }

  async #event(event: WireEvent, raw: unknown, logins: boolean): Promise<void> {
    if (event.type === 'login') {
      if (logins) await this.#parts.login(event.login)
      return
    }
    const account = accountOfWire(event.account)
    switch (event.type) {
      case 'message':
        return this.#message(event, account, JSON.stringify(raw))
      case 'chats':
        return this.chats(account, event.chats, false)
      case 'members':
        return this.#membersOf(event, account)
      case 'read': {
        const chat = chatOfWire(account, event.chat)
        // Of those nobody was told of there is nothing to read.
        if (this.book(account).chat(chat)) await this.#parts.sink.read(chat)
      }
    }
  }

  async #message(event: OfType<'message'>, account: AccountId, raw: string): Promise<void> {
    const { sink, sent, clock, log } = this.#parts
    const message = { ...event.message, from: speakerOf(event.message.from, account) }
    const book = this.book(account)
    if (message.from === 'me' && (await this.#isOurs(event, account))) {
      log.debug({ event: event.id }, "The echo of the bridge's own doing was left out")
      return
    }
    const told = normalise(message, book, clock.now())
    if (told.content.kind === 'recall' && message.from === 'me') {
      if (sent.by(told.content.target.aliases, account)?.recalled) return
    }
    await this.#tell(book)
    await sink.message(told, raw)
  }

  async #isOurs({ message }: OfType<'message'>, account: AccountId): Promise<boolean> {
    const { sink, sent, clock } = this.#parts
    if (message.content.kind === 'recall') return false
    const chat = chatOfWire(account, message.chat.id)
    const byClient = sent.get(message.client_id)
    if (byClient && byClient.chat === chat) {
      const isNews = byClient.ids === undefined && !sent.isOpen(byClient.clientId)
      if (isNews) await sink.echo(byClient.key, { ids: [message.id], at: clock.now() })
      await sent.learn(byClient.clientId, [message.id])
      return true
    }
    if (!sent.by([message.id], account) && sent.hasOpen(chat)) await this.#answers(chat)
    return sent.by([message.id], account) !== undefined
  }

  /** The answer to a send tells what it is called; it may come after its echo. */
  async #answers(chat: ChatId): Promise<void> {
    const { sent, clock, echoMs, stop } = this.#parts
    const over = new AbortController()
    const signal = AbortSignal.any([stop, over.signal])
    const late = clock.sleep(echoMs, signal).catch(() => undefined)
    await Promise.race([sent.settled(chat), late])
    over.abort()
  }

  async #membersOf(event: OfType<'members'>, account: AccountId): Promise<void> {
    const book = this.book(account)
    const group = chatOfWire(account, event.chat)
    if (!book.chat(group)) book.learn({ id: event.chat, kind: 'group' })
    await this.#tell(book)
    await this.members(account, new Map([[group, event.members]]))
  }

  /** What cannot be read is told to the log, and shown if it is something that somebody said. */
  async #unreadable(raw: unknown, why: string): Promise<void> {
    const { sink, clock, log } = this.#parts
    log.warn({ why }, 'The gateway sent an event that is not as the protocol says')
    if (!isMessageLike(raw)) return
    const wire = idSchema.safeParse(tree(raw).account).data
    const account = wire === undefined ? this.#parts.account() : accountOfWire(wire)
    if (account === undefined) return
    const book = this.book(account)
    const told = salvaged(raw, book, clock.now())
    await this.#tell(book)
    await sink.message(told, JSON.stringify(raw))
  }

  async #tell(book: Book): Promise<void> {
    const chats = book.untold()
    if (chats.length === 0) return
    await this.#parts.sink.chats(chats)
    book.told(chats)
  }

  #remember(print: string): void {
    this.#seen.add(print)
    const [oldest] = this.#seen
    if (this.#seen.size > remembered && oldest !== undefined) this.#seen.delete(oldest)
  }
}

/** The same id twice is one event only if it says the same: two events must not be lost for one. */
function printOf(raw: unknown): string {
  return createHash('sha256').update(JSON.stringify(raw)).digest('base64url').slice(0, 16)
}
