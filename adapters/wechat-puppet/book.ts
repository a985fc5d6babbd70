import type { Chat, ChatKind, Contact, Member } from '../../src/core/chat.ts'
import { isUntold } from './fault.ts'
import type { Host } from './host.ts'
import type { Naming } from './ids.ts'
import { avatarRef } from './normalise.ts'
import {
  type Participant,
  type Room,
  readParticipant,
  readRoom,
  readSomeone,
  type Someone,
} from './payloads.ts'
import { cleanName, clip, text } from './raw.ts'

/** WeChat's chat with oneself, where a puppet gives it WeChat's own name. */
const fileHelper = 'filehelper'

/** Everybody and every group of one login, as far as the puppet was asked, by its own ids. */
export class Book {
  readonly naming: Naming
  readonly self: string
  readonly #host: Host
  readonly #people = new Map<string, Someone>()
  readonly #rooms = new Map<string, Room>()
  readonly #rosters = new Map<string, ReadonlyMap<string, Participant>>()
  readonly #left = new Set<string>()
  readonly #stale = new Set<string>()

  constructor(host: Host, naming: Naming, self: string) {
    this.#host = host
    this.naming = naming
    this.self = self
  }

  /** Who this is; asked for once. What cannot be told is left empty, and asked for again next time. */
  async someone(id: string): Promise<Someone> {
    const known = this.#people.get(id)
    if (known && !this.#stale.has(id)) return known
    const told = await this.#ask('contactPayload', id)
    if (told === undefined) return known ?? readSomeone(id, told)
    const someone = readSomeone(id, told)
    this.#people.set(id, someone)
    this.#stale.delete(id)
    return someone
  }

  async room(id: string): Promise<Room> {
    const known = this.#rooms.get(id)
    if (known && !this.#stale.has(id)) return known
    const told = await this.#ask('roomPayload', id)
    if (told === undefined) return known ?? readRoom(id, told)
    const room = readRoom(id, told)
    this.#rooms.set(id, room)
    this.#stale.delete(id)
    return room
  }

  /** Somebody in a group, with the name they have there. */
  async participant(room: string, id: string): Promise<Participant | undefined> {
    const known = this.#rosters.get(room)?.get(id)
    if (known) return known
    return readParticipant(await this.#ask('roomMemberPayload', room, id))
  }

  /** All members of a group, asked for anew. False: nothing was told. */
  async loadRoster(room: string): Promise<boolean> {
    const told = await this.#ask('members', room)
    if (!Array.isArray(told)) return false
    const found = told.map(readParticipant).filter((each) => each !== undefined)
    this.#rosters.set(room, new Map(found.map((each) => [each.id, each])))
    return true
  }

  /** What is known of it is old: it is asked for anew, and stays until that is told. */
  drop(id: string): void {
    this.#stale.add(id)
  }

  isRoom(id: string): boolean {
    return this.#rooms.has(id)
  }

  hasRoster(room: string): boolean {
    return this.#rosters.has(room)
  }

  /** We are in it no more, or again. */
  markLeft(room: string, hasLeft: boolean): void {
    if (hasLeft) this.#left.add(room)
    else this.#left.delete(room)
  }

  people(): readonly Someone[] {
    return [...this.#people.values()]
  }

  rooms(): readonly Room[] {
    return [...this.#rooms.values()]
  }

  /** A person by what is known by now; ask with {@link someone} before. */
  contact(id: string): Contact {
    const someone = this.#people.get(id)
    const name = cleanName(someone?.name ?? '') || this.#nameInRooms(id)
    const remark = cleanName(someone?.remark ?? '')
    const avatar = avatarRef(id, false, someone?.avatar ?? '', this.naming)
    return {
      id: this.naming.contact(id),
      name: name || (id === this.self ? 'Me' : 'WeChat user'),
      ...(remark && { remark }),
      ...(avatar && { avatar }),
    }
  }

  me(): Contact {
    const { id, name, avatar } = this.contact(this.self)
    return { id, name, ...(avatar && { avatar }) }
  }

  /** The chat behind an id by what is known by now; ask with {@link room} or {@link someone} before. */
  chat(id: string, isRoom = this.#rooms.has(id)): Chat {
    if (isRoom) return this.#group(this.#rooms.get(id) ?? readRoom(id, undefined))
    const { name, remark, avatar } = this.contact(id)
    const kind = this.#kindOf(id)
    return {
      id: this.naming.chat(id),
      account: this.naming.account,
      kind,
      name: kind === 'self' ? 'File Transfer' : name,
      ...(remark && kind !== 'self' && { remark }),
      ...(avatar && { avatar }),
    }
  }

  /** The other members of a group. */
  members(room: string): readonly Member[] {
    return [...(this.#rosters.get(room)?.values() ?? [])]
      .filter(({ id }) => id !== this.self)
      .map(({ id, nick }) => {
        const contact = this.contact(id)
        const called = cleanName(nick)
        return called && called !== contact.name ? { ...contact, nick: called } : contact
      })
  }

  #group(room: Room): Chat {
    const count = this.#rosters.get(room.id)?.size || room.members.length
    const avatar = avatarRef(room.id, true, room.avatar, this.naming)
    return {
      id: this.naming.chat(room.id),
      account: this.naming.account,
      kind: 'group',
      name: cleanName(room.topic) || this.#membersAsName(room.id),
      ...(avatar && { avatar }),
      ...(count > 0 && { members: count }),
      ...(this.#left.has(room.id) && { left: true as const }),
    }
  }

  #kindOf(id: string): Exclude<ChatKind, 'management' | 'group'> {
    if (id === this.self || id === fileHelper) return 'self'
    return this.#people.get(id)?.isMp ? 'mp' : 'friend'
  }

  #membersAsName(room: string): string {
    const names = this.members(room).map(({ name, nick }) => nick ?? name)
    return clip(names.slice(0, 3).join(', ') + (names.length > 3 ? ', …' : ''), 200)
  }

  #nameInRooms(id: string): string {
    for (const roster of this.#rosters.values()) {
      const name = cleanName(text(roster.get(id)?.name))
      if (name !== '') return name
    }
    return ''
  }

  /** Undefined: the puppet does not know. Throws where it is gone. */
  async #ask(op: string, ...args: readonly string[]): Promise<unknown> {
    try {
      return (await this.#host.call(op, args)) ?? undefined
    } catch (thrown) {
      if (isUntold(thrown)) return undefined
      throw thrown
    }
  }
}
