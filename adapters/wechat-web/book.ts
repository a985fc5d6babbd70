import type { Random } from '../../src/ports/clock.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { type Lasting, readBook, writeBook } from './book-note.ts'
import { isRoom } from './contact.ts'
import { Doubtfuls } from './doubtful.ts'
import { clues, sure, type Traits, weigh } from './evidence.ts'
import { type Judgement, judge, type Named, Pool } from './identity.ts'
import { mintId, Names } from './names.ts'
import { filled, remembered, renamed } from './remember.ts'
import { Saver } from './saver.ts'
import { Strangers } from './strangers.ts'

export type { Lasting } from './book-note.ts'

/**
 * Who is who, across logins: lasting ids with the evidence to know them again, the UserNames of the present session,
 * and which of those found it is not sure who they are. In the vault as one entry per account.
 */
export class Book {
  /** Of whom it is not sure who they are. */
  readonly doubtful: Doubtfuls
  readonly #vault: Vault
  readonly #name: string
  readonly #sid: string
  readonly #random: Random
  readonly #known = new Pool<Lasting>()
  #strangers = new Strangers([])
  /** Everybody of this session, by UserName. */
  readonly #found = new Pool<string>()
  #names = new Names([], [])
  /** Of those known again in this session: what was known of them before. */
  readonly #before = new Map<Lasting, Traits>()
  readonly #gone = new Set<string>()
  readonly #saver = new Saver(() => this.#write())

  private constructor(vault: Vault, uin: string, sid: string, random: Random) {
    this.#vault = vault
    this.#name = `book-${uin}`
    this.#sid = sid
    this.#random = random
    this.doubtful = new Doubtfuls({
      userOf: (id) => this.#names.userOf(id),
      judge: (userName) => this.#judge(userName),
      isFree: (id) => this.#isFree(id),
      mayBe: (userName, id) => this.#mayBe(userName, id),
      mayBecome: (userName, id) => this.#mayBecome(userName, id),
      changed: () => this.#saver.soon(),
    })
  }

  /** The book of an account. UserNames of any other session than `sid` died with it (protocol §3.1). */
  static async open(vault: Vault, uin: string, sid: string, random: Random): Promise<Book> {
    const book = new Book(vault, uin, sid, random)
    await book.#read()
    return book
  }

  /** The lasting id behind a UserName of this session. */
  idOf(userName: string): Lasting | undefined {
    return this.#names.idOf(userName)
  }

  /** The UserName someone has in this session. An id that was merged stands for the other for ever. */
  userOf(id: Lasting): string | undefined {
    return this.#names.userOf(this.#names.lasting(id))
  }

  traits(id: Lasting): Traits | undefined {
    return this.#known.get(id)
  }

  /** All UserNames of this session that are known. */
  users(): IterableIterator<string> {
    return this.#names.ids.keys()
  }

  /**
   * Gives everybody found an id: the one they had, the one the evidence clearly names, or a new one, in doubt where
   * it may be somebody known. Tell whole lists at once, groups before people: look-alikes are only seen as such when
   * both are known.
   */
  settle(told: readonly Named[]): void {
    const fresh = this.#meet(told)
    const judged = fresh.map(({ key }) => ({ key, ...this.#judge(key) }))
    for (const { key, same, maybe } of judged) this.#place(key, { maybe, ...(same && { same }) })
    for (const { key } of told) this.#update(key)
  }

  /** Only those the evidence so far leaves no question about get their id; the others are still to be settled. */
  settleSure(told: readonly Named[]): void {
    const judged = this.#meet(told).map(({ key }) => ({ key, same: this.#judge(key, sure).same }))
    for (const { key, same } of judged) {
      if (same !== undefined && this.#mayBecome(key, same)) this.#place(key, { same, maybe: [] })
    }
  }

  /** Is it sure who this is? */
  isSure(userName: string): boolean {
    return this.#isPlaced(userName) && !this.doubtful.has(this.#names.idOf(userName) ?? '')
  }

  /** Those known by their own name at every login, and oneself. */
  fix(userName: string, id: Lasting): void {
    if (this.#names.idOf(userName) !== id) this.#bind(userName, id)
  }

  /**
   * The id of a group member who is not in the address book. `alone`: no other member of the room has this
   * nickname, so that the one known by it from an earlier login is the same.
   */
  member(userName: string, name: string, room: Lasting, alone: boolean): Lasting {
    const present = this.#names.idOf(userName)
    const only = present === undefined && alone ? this.#strangers.only(name, room) : undefined
    const before = only === undefined || this.#names.userOf(only) !== undefined ? undefined : only
    const id = present ?? before ?? this.#mint()
    if (present === undefined) this.#bind(userName, id)
    if (!this.#known.has(id) && this.#strangers.remember(id, name, room)) this.#saver.soon()
    return id
  }

  /** Deleted or left, or there again. Whoever comes again under another UserName may be the same. */
  gone(userName: string, isGone: boolean): void {
    if (!isGone) this.#gone.delete(userName)
    else if (this.#names.idOf(userName) !== undefined) {
      this.#gone.add(userName)
      this.#found.delete(userName)
    }
  }

  /** May this doubt be settled so? A candidate of it, or one it was settled with before. */
  mayMerge(from: Lasting, into: Lasting): boolean {
    return this.#names.merged.get(from) === into || this.doubtful.candidates(from).includes(into)
  }

  /** `from` is `into`: its UserName has the old id now, and its own id stands for that for ever. */
  merge(from: Lasting, into: Lasting): void {
    if (from === this.#names.lasting(into) || this.#names.merged.has(from)) return
    const user = this.#names.userOf(from)
    this.#forget(from, this.#names.lasting(into))
    if (user === undefined) return
    this.#bind(user, this.#names.lasting(into))
    this.#update(user)
  }

  /**
   * The other side took `from` for `into` before, unheard here: so it is, unless `into` is somebody else of this
   * session; then they go on under a new id, for `from` means the other there for ever. Returns their UserName.
   */
  merged(from: Lasting, into: Lasting): string | undefined {
    const user = this.#names.userOf(from)
    const other = this.#names.lasting(into)
    if (user === undefined || this.#names.merged.has(from) || from === other) return undefined
    const isSame = this.#isFree(other) && (!this.#known.has(other) || this.#mayBe(user, other))
    this.#forget(from, other)
    this.#bind(user, isSame ? other : this.#mint())
    this.#update(user)
    return user
  }

  /** Makes all ids given durable. `everything`: what was learnt of people, too. */
  save(everything = false): Promise<void> {
    return this.#saver.save(everything)
  }

  #write(): Promise<void> {
    return writeBook(this.#vault, this.#name, {
      known: this.#known.entries(),
      strangers: this.#strangers.all,
      merged: this.#names.merged,
      sid: this.#sid,
      names: this.#names.ids,
      doubtful: this.doubtful.all,
    })
  }

  /** Takes in what is told of them. Returns those who have no id yet. */
  #meet(told: readonly Named[]): readonly Named[] {
    for (const { key, traits } of told) this.#found.set(key, filled(this.#found.get(key), traits))
    for (const { key } of told) this.#unbindIfOther(key)
    return told.filter(({ key }) => !this.#isPlaced(key))
  }

  /** Of whom nothing but a name was told, nothing was judged yet. */
  #isPlaced(userName: string): boolean {
    const known = this.#known.get(this.#names.idOf(userName) ?? '')
    return known !== undefined && clues(known).length > 0
  }

  /** Those in doubt are no evidence against what they may be. */
  #judge(userName: string, least?: number): Judgement<Lasting> {
    const traits = this.#found.get(userName)
    if (!traits) return { maybe: [] }
    const own = this.#names.idOf(userName)
    const counts = (id: Lasting) => id !== own && !this.doubtful.isOpen(id)
    return judge({ key: userName, traits }, this.#found, this.#known, counts, least)
  }

  /** Nobody of this session has this id, or only one who is gone. */
  #isFree(id: Lasting): boolean {
    const user = this.#names.userOf(id)
    return user === undefined || this.#gone.has(user)
  }

  /** May evidence alone give them this id? A group that was left would come again as itself: one like it is a question. */
  #mayBecome(userName: string, id: Lasting): boolean {
    const real = this.#known.get(id)?.real
    const isProven = !!real && real === this.#found.get(userName)?.real
    const wasHere = isRoom(userName) && this.#names.userOf(id) !== undefined
    return this.#isFree(id) && (isProven || !wasHere)
  }

  #mayBe(userName: string, id: Lasting): boolean {
    const known = this.#known.get(id)
    const traits = this.#found.get(userName)
    return known !== undefined && (!traits || weigh(traits, known) !== 'veto')
  }

  #place(userName: string, { same, maybe }: Judgement<Lasting>): void {
    const own = this.#names.idOf(userName)
    // Whoever has a chat becomes somebody else only where the other side is told.
    const isTold = own !== undefined && this.#known.has(own)
    if (same !== undefined && this.#mayBecome(userName, same) && !isTold) {
      if (own !== undefined) this.#forget(own, same)
      this.#bind(userName, same)
      return
    }
    const id = own ?? this.#mint()
    const candidates = maybe.filter((each) => this.#isFree(each))
    if (candidates.length > 0) {
      this.doubtful.set(id, { candidates, answered: false, used: isTold })
    }
    if (own === undefined) this.#bind(userName, id)
  }

  /** A real id proves that it was taken for somebody else: that ends at once, and the other is as before. */
  #unbindIfOther(userName: string): void {
    const id = this.#names.idOf(userName)
    const known = id === undefined ? undefined : this.#known.get(id)
    const traits = this.#found.get(userName)
    if (id === undefined || !known?.real || !traits?.real || known.real === traits.real) return
    const before = this.#before.get(id)
    if (before) this.#known.set(id, before)
    this.#names.unbind(userName, id)
    this.doubtful.delete(id)
    this.#saver.soon()
  }

  /** What is told now is the evidence for the next login; what is not told this time stays. */
  #update(userName: string): void {
    const id = this.#names.idOf(userName)
    const traits = this.#found.get(userName)
    if (id === undefined || !traits) return
    const old = this.#known.get(id)
    const merged = remembered(old, traits, (group) => this.#names.userOf(group) !== undefined)
    if (JSON.stringify(old) === JSON.stringify(merged)) return
    this.#known.set(id, merged)
    this.#strangers.forget(id)
    this.#saver.later()
  }

  /** An id that is no one's any more; wherever it is still named it means the other. */
  #forget(from: Lasting, into: Lasting): void {
    this.#names.merge(from, into)
    this.doubtful.delete(from)
    this.#known.delete(from)
    this.#strangers.forget(from)
    this.#saver.soon()
    for (const [id, traits] of [...this.#known.entries()]) {
      const groups = renamed(traits.groups, from, into)
      if (groups !== traits.groups) this.#known.set(id, { ...traits, groups })
    }
    this.#strangers.rename(from, into)
  }

  #bind(userName: string, id: Lasting): void {
    const known = this.#known.get(id)
    if (known && !this.#before.has(id)) this.#before.set(id, known)
    this.#names.bind(userName, id)
    this.#saver.soon()
    this.doubtful.found(id)
  }

  #mint(): Lasting {
    return mintId(this.#random, (id) => {
      return this.#known.has(id) || this.#strangers.has(id) || this.#names.isTaken(id)
    })
  }

  async #read(): Promise<void> {
    const note = await readBook(this.#vault, this.#name, this.#sid)
    for (const [id, traits] of note.known) this.#known.set(id, traits)
    this.#strangers = new Strangers(note.strangers)
    this.#names = new Names(note.names, note.merged)
    this.doubtful.read(note.doubtful)
  }
}
