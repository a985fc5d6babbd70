import type { AccountId } from '../../src/core/ids.ts'
import { accountId } from '../../src/core/ids.ts'
import type { Book, Lasting } from './book.ts'
import { type Contact, isComplete, isFriend, isRoom, isSpecial, mergeContact } from './contact.ts'
import type { Traits } from './evidence.ts'
import { RealIds } from './real-ids.ts'
import { Rooms } from './rooms.ts'
import { cleanName } from './text.ts'
import { folded, traitsOf } from './traits.ts'

/** The account of a uin. */
export const accountOf = (uin: string): AccountId => accountId(`wx:${uin}`)

/** A special account is its own lasting id; `self` is taken. */
export const ownName = (userName: string): Lasting =>
  userName === 'self' ? 'special-self' : userName

/** What of people is seen in the list of a room's members. */
const seen = ['NickName', 'HeadImgUrl'] as const

/** What the server told of everybody in this session, by UserName; each change settles who is who. */
export class Roster {
  readonly account: AccountId
  readonly book: Book
  readonly #real = new RealIds()
  readonly rooms = new Rooms()
  readonly #contacts = new Map<string, Contact>()
  readonly #left = new Set<string>()
  /** Rooms whose members, or what they are called, nobody has told since they changed. */
  readonly #stale = new Set<string>()
  #self: Contact

  constructor(uin: string, self: Contact, book: Book) {
    this.account = accountOf(uin)
    this.book = book
    this.#self = self
    book.fix(self.UserName, 'self')
  }

  get self(): Contact {
    return this.#self
  }

  isSelf(userName: string): boolean {
    return userName === this.#self.UserName
  }

  raw(userName: string): Contact | undefined {
    return this.isSelf(userName) ? this.#self : this.#contacts.get(userName)
  }

  /** The rooms whose members have changed, or what those are called and look like, since they were {@link told}. */
  get stale(): ReadonlySet<string> {
    return this.#stale
  }

  told(rooms: Iterable<string>): void {
    for (const room of rooms) this.#stale.delete(room)
  }

  /** Someone is not who they were, or not called so: the rooms they are in, or the one it is, are to be told anew. */
  touch(userName: string): void {
    if (!isRoom(userName)) for (const room of this.rooms.of(userName)) this.#stale.add(room)
    else if (this.rooms.has(userName)) this.#stale.add(userName)
  }

  /** Deleted, or not a member any more. */
  hasLeft(userName: string): boolean {
    return this.#left.has(userName)
  }

  all(): Iterable<Contact> {
    return this.#contacts.values()
  }

  /**
   * Merges what the server told (protocol §3.10) and settles who is who. Tell whole lists at once: look-alikes
   * are only seen as such when both are known.
   */
  learn(contacts: readonly Contact[]): void {
    const touched = new Set<string>()
    for (const contact of contacts) {
      const merged = this.#merge(contact)
      if (!merged) continue
      touched.add(contact.UserName)
      if (isSpecial(contact.UserName)) this.book.fix(contact.UserName, ownName(contact.UserName))
      if (!contact.Members?.length) continue
      // Which groups they are in tells namesakes apart.
      for (const { UserName } of contact.Members) {
        if (this.#contacts.has(UserName)) touched.add(UserName)
      }
    }
    this.#settle([...touched].filter((each) => !isSpecial(each)))
  }

  /**
   * Real ids as the server tells them (protocol §3.9): the best evidence there is. What a sender's client writes is
   * a claim, and must not come here.
   */
  learnReal(pairs: Iterable<readonly [userName: string, real: string]>): string[] {
    const fresh = [...pairs].flatMap(([user, real]) => {
      return !this.isSelf(user) && this.#real.learn(user, real) ? [user] : []
    })
    const known = fresh.filter((each) => this.#contacts.has(each))
    this.#settle(known)
    return known
  }

  /** The nickname behind a real id, where that is known. */
  nameOfReal(real: string): string | undefined {
    const user = this.#real.userOf(real)
    return cleanName(this.raw(user ?? '')?.NickName ?? '') || undefined
  }

  /** Deleted, or left (protocol §3.10, `DelContactList`). Returns those who were known. */
  remove(userNames: readonly string[]): string[] {
    const known = userNames.filter((each) => this.book.idOf(each) !== undefined)
    for (const userName of known) this.#setLeft(userName, true)
    return known
  }

  /** What the server has just taken over: it may tell so only later. On the wire's own terms. */
  setRemark(userName: string, remark: string): void {
    const contact = this.#contacts.get(userName)
    if (!contact) return
    this.#contacts.set(userName, { ...contact, RemarkName: remark })
    this.#settle([userName])
  }

  renameSelf(nickName: string): void {
    this.#self = { ...this.#self, NickName: nickName }
  }

  /** Who is surely known is evidence for groups, and which groups they are in is evidence for the other people. */
  #settle(userNames: readonly string[]): void {
    const told = userNames.filter((each) => {
      // A bare name is no news of someone who has an id.
      return this.#contacts.get(each)?.NickName !== undefined || !this.book.idOf(each)
    })
    const named = (users: readonly string[]) =>
      users.map((key) => ({ key, traits: this.#traits(key) }))
    const rooms = told.filter(isRoom)
    const others = told.filter((each) => !isRoom(each))
    if (rooms.length > 0) {
      this.book.settleSure(named(others))
      this.book.settle(named(rooms))
    }
    this.book.settle(named(others))
    // Now that it is known who is in them.
    if (others.length > 0) this.book.settle(named(rooms))
  }

  #traits(userName: string): Traits {
    const contact = this.#contacts.get(userName) ?? { UserName: userName }
    const name = folded(contact.NickName)
    const groups = [...this.rooms.of(userName)].flatMap((room) =>
      this.rooms.isAlone(room, name) ? (this.book.idOf(room) ?? []) : [],
    )
    const real = this.#real.of(userName)
    return traitsOf(contact, {
      self: this.#self.UserName,
      real,
      groups: groups.slice(0, 50),
      sureId: (user) => (this.book.isSure(user) ? this.book.idOf(user) : undefined),
    })
  }

  #merge(contact: Contact): Contact | undefined {
    const { UserName, Members } = contact
    if (this.isSelf(UserName)) {
      this.#self = mergeContact(this.#self, contact)
      return undefined
    }
    const old = this.#contacts.get(UserName)
    const merged = mergeContact(old, contact)
    this.#contacts.set(UserName, merged)
    const isShownAnew = seen.some((field) => old?.[field] !== merged[field])
    if (isShownAnew && !isRoom(UserName)) this.touch(UserName)
    if (isRoom(UserName)) {
      if (!Members?.length) return merged
      if (this.rooms.set(UserName, Members)) this.#stale.add(UserName)
      this.#setLeft(UserName, !Members.some((each) => this.isSelf(each.UserName)))
    } else if (isComplete(contact) && contact.ContactFlag !== undefined) {
      if (isFriend(contact)) this.#setLeft(UserName, false)
      else if (old && isFriend(old)) this.#setLeft(UserName, true)
    }
    return merged
  }

  #setLeft(userName: string, left: boolean): void {
    if (left) this.#left.add(userName)
    else this.#left.delete(userName)
    this.book.gone(userName, left)
  }
}
