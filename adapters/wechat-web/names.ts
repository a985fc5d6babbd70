import type { Random } from '../../src/ports/clock.ts'
import type { Lasting } from './book-note.ts'

/** Which UserName of this session is whose lasting id, and which ids were merged into others, for ever. */
export class Names {
  readonly #ids = new Map<string, Lasting>()
  readonly #users = new Map<Lasting, string>()
  readonly #merged: Map<Lasting, Lasting>

  constructor(
    ids: Iterable<readonly [string, Lasting]>,
    merged: Iterable<readonly [Lasting, Lasting]>,
  ) {
    this.#merged = new Map(merged)
    for (const [userName, id] of ids) this.bind(userName, id)
  }

  /** By UserName. */
  get ids(): ReadonlyMap<string, Lasting> {
    return this.#ids
  }

  get merged(): ReadonlyMap<Lasting, Lasting> {
    return this.#merged
  }

  idOf(userName: string): Lasting | undefined {
    return this.#ids.get(userName)
  }

  userOf(id: Lasting): string | undefined {
    return this.#users.get(id)
  }

  /** What an id was merged into, however often; else itself. */
  lasting(id: Lasting): Lasting {
    const into = this.#merged.get(id)
    return into === undefined ? id : this.lasting(into)
  }

  /** Was this id ever anybody's in this session, or merged? */
  isTaken(id: Lasting): boolean {
    return this.#users.has(id) || this.#merged.has(id)
  }

  /** Whoever had this id has none any more: two would share one chat. */
  bind(userName: string, id: Lasting): void {
    const before = this.#users.get(id)
    if (before !== undefined) this.#ids.delete(before)
    this.#ids.set(userName, id)
    this.#users.set(id, userName)
  }

  unbind(userName: string, id: Lasting): void {
    this.#ids.delete(userName)
    this.#users.delete(id)
  }

  merge(from: Lasting, into: Lasting): void {
    this.#merged.set(from, into)
    this.#users.delete(from)
  }
}

const letters = 'abcdefghijkmnpqrstuvwxyz23456789'

/** A short random word that nobody has. */
export function mintId(random: Random, isTaken: (id: Lasting) => boolean): Lasting {
  for (;;) {
    let id = 'x'
    for (let i = 0; i < 11; i++) id += letters[Math.floor(random() * letters.length)]
    if (!isTaken(id)) return id
  }
}
