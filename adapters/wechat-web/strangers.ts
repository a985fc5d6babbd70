import type { Lasting, Stranger } from './book-note.ts'
import { renamed } from './remember.ts'

/** Group members who are nobody else we know: remembered by nickname, per group. */
export class Strangers {
  readonly #all: Map<Lasting, Stranger>

  constructor(all: Iterable<readonly [Lasting, Stranger]>) {
    this.#all = new Map(all)
  }

  get all(): ReadonlyMap<Lasting, Stranger> {
    return this.#all
  }

  has(id: Lasting): boolean {
    return this.#all.has(id)
  }

  /** The one stranger of this name in this room, if there is exactly one. */
  only(name: string, room: Lasting): Lasting | undefined {
    const same = [...this.#all].filter(
      ([, each]) => each.name === name && each.rooms.includes(room),
    )
    return same.length === 1 ? same[0]?.[0] : undefined
  }

  /** False: that is known already. */
  remember(id: Lasting, name: string, room: Lasting): boolean {
    const old = this.#all.get(id)
    if (old?.name === name && old.rooms.includes(room)) return false
    const rooms = [...new Set([...(old?.rooms ?? []), room])]
    this.#all.set(id, { name, rooms })
    return true
  }

  forget(id: Lasting): void {
    this.#all.delete(id)
  }

  /** A room has another id now. */
  rename(from: Lasting, into: Lasting): void {
    for (const [id, { name, rooms }] of this.#all) {
      this.#all.set(id, { name, rooms: renamed(rooms, from, into) })
    }
  }
}
