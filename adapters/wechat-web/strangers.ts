import type { Lasting, Stranger } from './book-note.ts'
import { renamed } from './remember.ts'

/** Group members who are nobody else we know: remembered by nickname, per group. */
export class Strangers {
  readonly #all = new Map<Lasting, Stranger>()
  /** By room and name: groups are large. */
  readonly #index = new Map<string, Set<Lasting>>()

  constructor(all: Iterable<readonly [Lasting, Stranger]>) {
    for (const [id, stranger] of all) this.#set(id, stranger)
  }

  get all(): ReadonlyMap<Lasting, Stranger> {
    return this.#all
  }

  has(id: Lasting): boolean {
    return this.#all.has(id)
  }

  /** The one stranger of this name in this room, if there is exactly one. */
  only(name: string, room: Lasting): Lasting | undefined {
    const [one, ...others] = this.#index.get(place(name, room)) ?? []
    return others.length === 0 ? one : undefined
  }

  /** False: that is known already. */
  remember(id: Lasting, name: string, room: Lasting): boolean {
    const old = this.#all.get(id)
    if (old?.name === name && old.rooms.includes(room)) return false
    this.#set(id, { name, rooms: [...new Set([...(old?.rooms ?? []), room])] })
    return true
  }

  forget(id: Lasting): void {
    const old = this.#all.get(id)
    for (const room of old?.rooms ?? []) {
      const key = place(old?.name ?? '', room)
      const ids = this.#index.get(key)
      ids?.delete(id)
      if (ids?.size === 0) this.#index.delete(key)
    }
    this.#all.delete(id)
  }

  /** A room has another id now. */
  rename(from: Lasting, into: Lasting): void {
    for (const [id, { name, rooms }] of [...this.#all]) {
      const now = renamed(rooms, from, into)
      if (now !== rooms) this.#set(id, { name, rooms: now })
    }
  }

  #set(id: Lasting, stranger: Stranger): void {
    this.forget(id)
    this.#all.set(id, stranger)
    for (const room of stranger.rooms) {
      const key = place(stranger.name, room)
      const ids = this.#index.get(key)
      if (ids) ids.add(id)
      else this.#index.set(key, new Set([id]))
    }
  }
}

const place = (name: string, room: Lasting): string => `${room}/${name}`
