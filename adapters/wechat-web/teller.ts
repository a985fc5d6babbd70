import type { Chat } from '../../src/core/chat.ts'
import type { Doubt, WeChatSink } from '../../src/ports/wechat.ts'
import { lastingOf, type People } from './people.ts'
import { cleanName } from './text.ts'

/** How many words about somebody in doubt are told. */
const maxAbout = 6

/** Tells the sink who there is: chats that are new or changed, who turned out to be whom, and what is in doubt. */
export class Teller {
  readonly #people: People
  readonly #sink: WeChatSink
  readonly #told = new Map<string, string>()
  #doubts: string | undefined
  #isReady = false

  constructor(people: People, sink: WeChatSink) {
    this.#people = people
    this.#sink = sink
  }

  /** Tells those of the chats that are new or changed, and what that settles. Their ids are durable before. */
  async tell(userNames: Iterable<string>): Promise<void> {
    await this.#chats(userNames)
    await this.#merges()
    await this.#doubtful()
    await this.#members()
  }

  /** From now on who asks for the members of a room is answered: they are told of. */
  async ready(): Promise<void> {
    this.#isReady = true
    // What could not be told now goes with the next news.
    await this.#members().catch(() => undefined)
  }

  /** What is in doubt is who it was before. Once it is durable on the other side, it is so here. */
  async merge(from: string, into: string): Promise<void> {
    const { book, account } = this.#people
    await this.#sink.merge(this.#people.chatOf(from), this.#people.chatOf(into))
    book.merge(from, into)
    const user = book.userOf(into)
    this.#told.delete(`${account}/${from}`)
    await book.save()
    if (user === undefined) return
    this.#people.touch(user)
    await this.#chats([user])
  }

  /** The other side took them for one: an answer, or evidence, that was not kept here is made up for. */
  async merged(from: string, into: string): Promise<void> {
    const { book, account } = this.#people
    const user = book.merged(from, into)
    this.#told.delete(`${account}/${from}`)
    if (user === undefined) return
    this.#people.touch(user)
    await this.#chats([user])
  }

  /** Which rooms have other members, or members who are called otherwise. */
  async #members(): Promise<void> {
    const rooms = [...this.#people.stale]
    if (!this.#isReady || rooms.length === 0) return
    await this.#chats(rooms)
    await this.#sink.members?.(rooms.map((room) => this.#people.chat(room).id))
    this.#people.told(rooms)
  }

  async #chats(userNames: Iterable<string>): Promise<void> {
    const chats: Chat[] = []
    for (const userName of userNames) {
      const chat = this.#people.chat(userName)
      if (this.#told.get(chat.id) !== JSON.stringify(chat)) chats.push(chat)
    }
    if (chats.length === 0) return
    await this.#people.book.save()
    const merged = await this.#sink.chats(chats)
    for (const chat of chats) this.#told.set(chat.id, JSON.stringify(chat))
    const { account } = this.#people
    for (const [from, into] of merged ?? []) {
      await this.merged(lastingOf(from, account) ?? '', lastingOf(into, account) ?? '')
    }
  }

  async #merges(): Promise<void> {
    const { book } = this.#people
    for (let next = book.doubtful.settled(); next; next = book.doubtful.settled()) {
      const user = book.userOf(next.from)
      // Both must have been told: one of them may have been found just now.
      if (user !== undefined) await this.#chats([user])
      await this.merge(next.from, next.into)
    }
  }

  async #doubtful(): Promise<void> {
    const { book } = this.#people
    const doubts = book.doubtful.open().flatMap(({ id, candidates }): Doubt[] => {
      const user = book.userOf(id)
      if (user === undefined) return []
      const chat = this.#people.chat(user)
      const told = this.#told.has(chat.id)
      return told
        ? [
            {
              chat,
              candidates: candidates.map((each) => this.#people.chatOf(each)),
              about: this.#about(user),
            },
          ]
        : []
    })
    const now = JSON.stringify(doubts)
    if (now === this.#doubts) return
    await book.save()
    await this.#sink.doubts(doubts)
    this.#doubts = now
    await this.#certain(doubts)
  }

  /** Whose doubt is over without an answer, as those they might have been were found elsewhere: no longer unconfirmed. */
  async #certain(doubts: readonly Doubt[]): Promise<void> {
    const open = new Set<string>(doubts.map(({ chat }) => chat.id))
    const { book, account } = this.#people
    const over = [...this.#told].flatMap(([id, told]) => {
      if (open.has(id) || !told.includes('"unconfirmed":true')) return []
      return book.userOf(id.slice(account.length + 1)) ?? []
    })
    await this.#chats(over)
  }

  /** What tells people apart: where they live, which groups both are in, who is in a group. */
  #about(userName: string): string[] {
    const people = this.#people
    const raw = people.raw(userName)
    const region = [raw?.Province, raw?.City].map((each) => cleanName(each ?? ''))
    const groups = [...people.roomsOf(userName)].map((room) => people.chat(room).name)
    const members = people.memberWords(userName)
    return [region.filter(Boolean).join(' '), ...groups, ...members]
      .filter((each) => each !== '')
      .slice(0, maxAbout)
  }
}
