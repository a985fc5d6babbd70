import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Api } from './api.ts'
import type { Contact } from './contact.ts'
import { isRoom } from './contact.ts'
import { isOver, WireFault } from './fault.ts'
import type { People } from './people.ts'

/** A wish for details; `room` is the EncryChatRoomId of the room a member is asked for through. */
interface Wish {
  readonly user: string
  readonly room: string
}

/** Chunks tried one after another when the server refuses or cuts a list (protocol §3.6). */
const chunks = [50, 10, 5, 1]

/** The address book has no more pages than this (protocol §3.5). */
const maxPages = 16

/**
 * The whole address book (protocol §3.5). What came before a failing page is kept; a failing first page is
 * thrown.
 */
export async function fetchAddressBook(
  api: Api,
  log: Log,
  signal: AbortSignal,
): Promise<{ contacts: Contact[]; whole: boolean }> {
  const contacts: Contact[] = []
  let seq = '0'
  for (let page = 0; page < maxPages; page++) {
    try {
      const { list, next } = await api.contacts(seq, signal)
      contacts.push(...list)
      if (next === '0' || next === seq || list.length === 0) break
      seq = next
    } catch (thrown) {
      if (page === 0 || !(thrown instanceof WireFault) || isOver(thrown)) throw thrown
      log.warn({ page, fault: thrown.message }, 'The address book came without its last pages')
      return { contacts, whole: false }
    }
  }
  return { contacts, whole: true }
}

/**
 * Details of contacts and rooms, in chunks of 50, then of 10, 5 and 1 for those refused or left out (protocol
 * §3.6). Those the server does not know are left out. Throws only if the server cannot be reached or the session
 * is over.
 */
export async function fetchDetails(
  api: Api,
  users: readonly string[],
  log: Log,
  signal: AbortSignal,
): Promise<Contact[]> {
  const found = new Map<string, Contact>()
  let open: Wish[] = [...new Set(users)].map((user) => ({ user, room: '' }))
  for (const size of chunks) {
    const left: Wish[] = []
    let refused = false
    for (let at = 0; at < open.length; at += size) {
      const wishes = open.slice(at, at + size)
      try {
        for (const each of await api.batch(wishes, signal)) found.set(each.UserName, each)
      } catch (thrown) {
        if (!isSkippable(thrown)) throw thrown
        refused = true
        log.debug({ size: wishes.length }, 'A list of contacts was refused')
      }
      left.push(...wishes.filter(({ user }) => !found.has(user)))
    }
    open = left
    // Asked once more in tens, those still missing are unknown to the server.
    if (open.length === 0 || (!refused && size <= 10)) break
  }
  return [...found.values()]
}

function isSkippable(thrown: unknown): boolean {
  if (!(thrown instanceof WireFault) || isOver(thrown)) return false
  return (thrown.kind === 'ret' && thrown.ret !== 1205) || thrown.kind === 'garbage'
}

/** Rooms are asked for again because of a grey line at most this often (protocol §5.9). */
const refetchMs = 30_000

/** How often in a row details may fail before a message is told without them. */
const maxFailures = 8

/** Keeps {@link People} complete: asks for rooms and people that messages name and nobody told us of. */
export class Finder {
  readonly #api: Api
  readonly #people: People
  readonly #clock: Clock
  readonly #log: Log
  readonly #asked = new Map<string, number>()
  #failures = 0

  constructor(api: Api, people: People, clock: Clock, log: Log) {
    this.#api = api
    this.#people = people
    this.#clock = clock
    this.#log = log
  }

  /** Asks for those nothing is known of. Each is asked for once a while, however often it is named. */
  async know(users: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    const unknown = users.filter((user) => this.#isOpen(user) && this.#mayAsk(user))
    return this.#ask(unknown, signal)
  }

  /** A member speaks whom we have not seen in this room: ask for the room, once (protocol §5.3). */
  async knowMember(room: string, member: string, signal: AbortSignal): Promise<readonly string[]> {
    if (this.#people.knows(room, member) || !this.#mayAsk(`${room}/${member}`)) return []
    return this.#ask([room], signal)
  }

  /** The room has changed. Returns who is new in it. `sure`: ask now, however lately it was asked. */
  async refresh(room: string, sure: boolean, signal: AbortSignal): Promise<readonly string[]> {
    if (!this.#mayAsk(room) && !sure) return []
    const before = this.#people.memberNames(room)
    await this.#ask([room], signal)
    return [...this.#people.memberNames(room)].filter((each) => !before.has(each))
  }

  /** Asks anew, however lately it was asked. Returns those the server knows. */
  again(users: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    return this.#ask(users, signal)
  }

  async #ask(users: readonly string[], signal: AbortSignal): Promise<readonly string[]> {
    if (users.length === 0) return []
    try {
      const found = await fetchDetails(this.#api, users, this.#log, signal)
      this.#people.learn(found)
      this.#failures = 0
      return found.map((each) => each.UserName)
    } catch (thrown) {
      signal.throwIfAborted()
      if (!(thrown instanceof WireFault) || isOver(thrown)) throw thrown
      this.#asked.clear()
      this.#failures += 1
      // Not a reason to end the session; and a chat nobody can tell of must not hold up all others for ever.
      if (this.#failures <= maxFailures) throw new WireFault('cut', thrown.call, { cause: thrown })
      this.#log.warn({ fault: thrown.message }, 'Going on without the details of a chat')
      this.#failures = 0
      return []
    }
  }

  #isOpen(user: string): boolean {
    if (isRoom(user)) return !this.#people.hasMembers(user)
    return user.startsWith('@') && this.#people.raw(user)?.NickName === undefined
  }

  #mayAsk(what: string): boolean {
    const now = this.#clock.now()
    if (now - (this.#asked.get(what) ?? Number.NEGATIVE_INFINITY) < refetchMs) return false
    this.#asked.set(what, now)
    return true
  }
}
