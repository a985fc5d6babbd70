import type { Random } from '../../src/ports/clock.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { matchPeople, type Named, type Traits } from './identity.ts'
import { readNote, strings, writeNote } from './note.ts'
import { number, type Raw, record, text } from './raw.ts'

/** A lasting id: a special account's own name, `self`, or a short random word. */
export type Lasting = string

/** A group member who is nobody else we know: remembered by nickname, per group. */
interface Stranger {
  readonly name: string
  readonly rooms: readonly Lasting[]
}

const maxStrangers = 20_000

/**
 * Who is who, across logins: lasting ids with the evidence to know them again, and the UserNames of the present
 * session. In the vault as one entry per account.
 */
export class Book {
  readonly #vault: Vault
  readonly #name: string
  readonly #random: Random
  readonly #known = new Map<Lasting, Traits>()
  readonly #strangers = new Map<Lasting, Stranger>()
  readonly #names = new Map<string, Lasting>()
  readonly #users = new Map<Lasting, string>()
  #dirty = false

  readonly #sid: string

  private constructor(vault: Vault, uin: string, sid: string, random: Random) {
    this.#vault = vault
    this.#name = `book-${uin}`
    this.#sid = sid
    this.#random = random
  }

  /** The book of an account. UserNames of any other session than `sid` died with it (protocol §3.1). */
  static async open(vault: Vault, uin: string, sid: string, random: Random): Promise<Book> {
    const book = new Book(vault, uin, sid, random)
    book.#read(await readNote(vault, book.#name))
    return book
  }

  /** The lasting id behind a UserName of this session. */
  idOf(userName: string): Lasting | undefined {
    return this.#names.get(userName)
  }

  /** The UserName someone has in this session. */
  userOf(id: Lasting): string | undefined {
    return this.#users.get(id)
  }

  traits(id: Lasting): Traits | undefined {
    return this.#known.get(id)
  }

  /** All UserNames of this session that are known. */
  users(): IterableIterator<string> {
    return this.#names.keys()
  }

  /**
   * Gives everybody found an id: the one they had, the one their traits clearly name, or a new one. Everybody
   * known in this session must be in `found`, so that look-alikes are seen.
   */
  settle(found: readonly Named[]): void {
    const fresh = found.filter(({ key }) => !this.#isKnownPerson(key))
    if (fresh.length > 0) {
      const known = [...this.#known].map(([key, traits]) => ({ key, traits }))
      const pairs = matchPeople(found, known)
      for (const { key } of fresh) {
        const id = pairs.get(key)
        this.#bind(key, id !== undefined && !this.#users.has(id) ? id : this.#mint())
      }
    }
    for (const { key, traits } of found) this.#update(this.#names.get(key) ?? '', traits)
  }

  /** Those known by their own name at every login, and oneself. */
  fix(userName: string, id: Lasting): void {
    if (this.#names.get(userName) === id) return
    this.#bind(userName, id)
  }

  /**
   * The id of a group member who is not in the address book. `alone`: no other member of the room has this
   * nickname, so that the one known by it from an earlier login is the same.
   */
  member(userName: string, name: string, room: Lasting, alone: boolean): Lasting {
    const present = this.#names.get(userName)
    const before = present === undefined && alone ? this.#stranger(name, room) : undefined
    const id = present ?? before ?? this.#mint()
    if (present === undefined) this.#bind(userName, id)
    if (!this.#known.has(id)) this.#remember(id, name, room)
    return id
  }

  /** Writes what changed. */
  async save(): Promise<void> {
    if (!this.#dirty) return
    this.#dirty = false
    const note = {
      known: [...this.#known],
      strangers: [...this.#strangers].slice(-maxStrangers),
      sid: this.#sid,
      names: [...this.#names],
    }
    try {
      await writeNote(this.#vault, this.#name, note)
    } catch (thrown) {
      this.#dirty = true
      throw thrown
    }
  }

  #isKnownPerson(userName: string): boolean {
    const id = this.#names.get(userName)
    return id !== undefined && (this.#known.has(id) || this.#strangers.has(id))
  }

  #stranger(name: string, room: Lasting): Lasting | undefined {
    const same = [...this.#strangers].filter(
      ([, each]) => each.name === name && each.rooms.includes(room),
    )
    const [only] = same
    return same.length === 1 && only && !this.#users.has(only[0]) ? only[0] : undefined
  }

  #remember(id: Lasting, name: string, room: Lasting): void {
    const old = this.#strangers.get(id)
    if (old?.name === name && old.rooms.includes(room)) return
    const rooms = [...new Set([...(old?.rooms ?? []), room])]
    this.#strangers.set(id, { name, rooms })
    this.#dirty = true
  }

  #update(id: Lasting, traits: Traits): void {
    const old = this.#known.get(id)
    // A group whose members were not told this time is still the group they made.
    const members = traits.members.length > 0 ? traits.members : (old?.members ?? [])
    const merged = { ...traits, members }
    if (!id || JSON.stringify(old) === JSON.stringify(merged)) return
    this.#known.set(id, merged)
    this.#strangers.delete(id)
    this.#dirty = true
  }

  #bind(userName: string, id: Lasting): void {
    this.#names.set(userName, id)
    this.#users.set(id, userName)
    this.#dirty = true
  }

  #mint(): Lasting {
    for (;;) {
      let id = 'x'
      for (let i = 0; i < 11; i++) id += letters[Math.floor(this.#random() * letters.length)]
      if (!this.#known.has(id) && !this.#strangers.has(id) && !this.#users.has(id)) return id
    }
  }

  #read(raw: Raw): void {
    for (const [id, value] of pairs(raw.known)) this.#known.set(id, readTraits(record(value)))
    for (const [id, value] of pairs(raw.strangers)) {
      this.#strangers.set(id, {
        name: text(record(value).name),
        rooms: strings(record(value).rooms),
      })
    }
    if (text(raw.sid) !== this.#sid) return
    for (const [userName, id] of pairs(raw.names)) {
      this.#names.set(userName, text(id))
      this.#users.set(text(id), userName)
    }
  }
}

const letters = 'abcdefghijkmnpqrstuvwxyz23456789'

function pairs(value: unknown): [string, unknown][] {
  if (!Array.isArray(value)) return []
  return value.flatMap((each): [string, unknown][] =>
    Array.isArray(each) && typeof each[0] === 'string' ? [[each[0], each[1]]] : [],
  )
}

function readTraits(raw: Raw): Traits {
  const kind = raw.kind === 'group' || raw.kind === 'mp' ? raw.kind : 'person'
  return {
    kind,
    name: text(raw.name),
    remark: text(raw.remark),
    alias: text(raw.alias),
    seq: text(raw.seq) || '0',
    sex: number(raw.sex),
    province: text(raw.province),
    city: text(raw.city),
    members: strings(raw.members),
  }
}
