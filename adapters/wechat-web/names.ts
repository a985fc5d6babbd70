import type { Lasting } from './book-note.ts'

/** Which UserName of this session is whose lasting id, and which ids were merged into others, for ever. */
export class Names {
  readonly #ids: Map<string, Lasting>
  readonly #users: Map<Lasting, string>
  readonly #merged: Map<Lasting, Lasting>

  constructor(
    ids: Iterable<readonly [string, Lasting]>,
    merged: Iterable<readonly [Lasting, Lasting]>,
  ) {
    this.#ids = new Map(ids)
    this.#users = new Map([...this.#ids].map(([userName, id]) => [id, userName]))
    this.#merged = new Map(merged)
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

  bind(userName: string, id: Lasting): void {
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
