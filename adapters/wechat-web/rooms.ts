import type { Member } from './contact.ts'
import { folded } from './traits.ts'

interface Room {
  readonly members: ReadonlyMap<string, Member>
  /** How many have this nickname. */
  readonly names: ReadonlyMap<string, number>
}

/** Who is in which room of this session, by UserName, as far as the server told. */
export class Rooms {
  readonly #rooms = new Map<string, Room>()
  readonly #of = new Map<string, Set<string>>()

  has(room: string): boolean {
    return this.#rooms.has(room)
  }

  /** A new list replaces the one before: who is not in it has left (protocol §3.10). False: it is the same. */
  set(room: string, list: readonly Member[]): boolean {
    const before = this.#rooms.get(room)?.members
    if (before && isSame(before, list)) return false
    for (const user of before?.keys() ?? []) this.#of.get(user)?.delete(room)
    const members = new Map(list.map((member) => [member.UserName, member]))
    const names = new Map<string, number>()
    for (const { UserName, NickName } of members.values()) {
      const name = folded(NickName)
      names.set(name, (names.get(name) ?? 0) + 1)
      const rooms = this.#of.get(UserName)
      if (rooms) rooms.add(room)
      else this.#of.set(UserName, new Set([room]))
    }
    this.#rooms.set(room, { members, names })
    return true
  }

  members(room: string): ReadonlyMap<string, Member> {
    return this.#rooms.get(room)?.members ?? new Map()
  }

  member(room: string, user: string): Member | undefined {
    return this.#rooms.get(room)?.members.get(user)
  }

  /** The rooms someone is in. */
  of(user: string): ReadonlySet<string> {
    return this.#of.get(user) ?? new Set()
  }

  /** Has nobody else in the room this nickname? */
  isAlone(room: string, name: string): boolean {
    return name !== '' && this.#rooms.get(room)?.names.get(name) === 1
  }
}

const isSame = (before: ReadonlyMap<string, Member>, list: readonly Member[]): boolean =>
  before.size === list.length &&
  list.every(({ UserName, NickName, DisplayName }) => {
    const known = before.get(UserName)
    return known?.NickName === NickName && known.DisplayName === DisplayName
  })
