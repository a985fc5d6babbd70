import type { Chat } from '../../src/core/chat.ts'
import type { PortalId } from '../../src/core/ids.ts'
import type { PlaceKind } from '../../src/ports/hub.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { type Address, isSame } from './address.ts'
import { createInTurn } from './places-turn.ts'

/** A topic that was made for a chat. `name` is what it was given, in `madeAt` (milliseconds). */
export interface Topic {
  readonly chat: string
  readonly thread: string
  readonly name: string
  readonly madeAt: number
  /** It took the place of one that was gone. */
  readonly again?: true
  /** Telegram says that it is not there. */
  readonly lost?: true
  /** Nobody but administrators can write in it. */
  readonly closed?: true
}

/** Where a chat is. */
export interface At extends Address {
  readonly kind: PlaceKind | 'management'
}

/** What the old place of a chat is still to be told. */
export interface Farewell extends Address {
  /** It was a topic of the chat's own: it is closed. */
  readonly close?: true
  /** Nothing was ever said in it: it is deleted, if it can be. */
  readonly remove?: true
}

/** All that is known of where one chat goes. */
export interface Kept {
  readonly portal: PortalId
  readonly shows: Chat
  /** A person linked it. */
  readonly linked?: Address
  /** A person wants it there. */
  readonly wanted?: Exclude<PlaceKind, 'linked' | 'own'>
  /** The topics made for it, at most one in each chat of Telegram's. */
  readonly topics: readonly Topic[]
  /** Where it is. */
  readonly at?: At
  /** Where it was before, latest first. */
  readonly former: readonly Address[]
  /**
   * A topic is being made in this chat of Telegram's. If it is still there at a start, the bridge was stopped in between:
   * a topic may be there that nobody knows, and that stays empty (architecture §8).
   */
  readonly making?: string
  readonly farewells: readonly Farewell[]
}

/** The notebook of places: one entry per portal in the vault, all of them in memory. */
export interface Book {
  load(): Promise<void>
  of(portal: string): Kept | undefined
  all(): Iterable<Kept>
  /** Whose place this is now: chats that share the private chat are not found by it. */
  shownAt(address: Address): Kept | undefined
  /** Whose topic this is, wherever that chat is now. */
  madeFor(address: Address): Kept | undefined
  /** Was a chat there before, or has one a topic there? */
  wasAt(address: Address): boolean
  /** Durable once it resolves; known to others only then. */
  put(kept: Kept): Promise<void>
  /** A chat of Telegram's became another: whoever reads finds the present one at once; durable once it resolves. */
  adopt(): Promise<void>
}

const mostFormer = 8
const index = 'places'
const entry = (portal: string) => `place/${portal}`

export const keyOf = ({ chat, thread }: Address): string => `${chat}/${thread ?? ''}`

/** `now`: what a chat of Telegram's has become; whatever is written is of the present. */
export function createBook(vault: Vault, log: Log, now: (chat: string) => string): Book {
  const kept = new Map<string, Kept>()
  /** By address: those who are there now, and how many were. */
  const shown = new Map<string, PortalId>()
  const once = new Map<string, Set<PortalId>>()
  /** Adopted, and not written since. */
  const unwritten = new Set<PortalId>()
  const inLine = createInTurn()
  let listing: Promise<void> = Promise.resolve()

  const learn = (next: Kept) => {
    const before = kept.get(next.portal)
    for (const at of before?.at ? [before.at] : []) {
      if (shown.get(keyOf(at)) === next.portal) shown.delete(keyOf(at))
    }
    for (const old of before ? haunts(before) : []) {
      const there = once.get(keyOf(old))
      there?.delete(next.portal)
      if (there?.size === 0) once.delete(keyOf(old))
    }
    kept.set(next.portal, next)
    if (next.at && isOwn(next.at)) shown.set(keyOf(next.at), next.portal)
    for (const old of haunts(next)) {
      const there = once.get(keyOf(old)) ?? new Set()
      once.set(keyOf(old), there.add(next.portal))
    }
  }

  const madeFor = (address: Address): Kept | undefined => {
    const there = [shown.get(keyOf(address)), ...(once.get(keyOf(address)) ?? [])]
    for (const portal of there) {
      const found = portal === undefined ? undefined : kept.get(portal)
      if (found?.topics.some((topic) => isSame(topic, address))) return found
    }
    return undefined
  }

  /** Never two chats in one place, whatever the vault says, or Telegram has made of two groups. */
  const alone = (read: Kept): Kept => {
    const other = read.at && isOwn(read.at) && shown.get(keyOf(read.at))
    if (!other || other === read.portal) return read
    log.error({ portal: read.portal, other }, 'Two chats were noted for one place in Telegram.')
    const { at: _, linked: __, ...rest } = read
    return { ...rest, topics: [] }
  }

  const write = async (next: Kept) => {
    await vault.set(entry(next.portal), JSON.stringify(next))
    unwritten.delete(next.portal)
  }

  /** The list is written before the entry it names: an entry that is not there yet says nothing. */
  const list = (): Promise<void> => {
    const written = listing.then(() => vault.set(index, JSON.stringify([...kept.keys()])))
    listing = written.catch(() => undefined)
    return written
  }

  return {
    async load() {
      for (const portal of names(await vault.get(index))) {
        const found = keptIn(await vault.get(entry(portal)))
        if (!found) continue
        const read = alone(asOf(found, now))
        learn({ ...read, topics: read.topics.filter((topic) => !madeFor(topic)) })
        if (read.making !== undefined) {
          log.warn(
            { portal, chat: read.making },
            'The bridge was stopped while it made a topic; an empty topic may be left there.',
          )
        }
      }
    },
    of: (portal) => kept.get(portal),
    all: () => kept.values(),
    shownAt(address) {
      const portal = shown.get(keyOf(address))
      return portal === undefined ? undefined : kept.get(portal)
    },
    madeFor,
    wasAt: (address) => once.has(keyOf(address)),
    put: (given) =>
      inLine(given.portal, async () => {
        const next = asOf({ ...given, former: given.former.slice(0, mostFormer) }, now)
        const { portal, shows } = next
        if (kept.has(portal)) await write(next)
        else {
          // Without a place it is in nobody's way, and a list that is written meanwhile names it too.
          kept.set(portal, { portal, shows, ...nothing })
          try {
            await list()
            await write(next)
          } catch (error) {
            kept.delete(portal)
            throw error
          }
        }
        learn(asOf(next, now))
      }),
    async adopt() {
      for (const before of [...kept.values()]) {
        if (!namesIn(before).some((each) => now(each.chat) !== each.chat)) continue
        learn(alone(asOf(before, now)))
        unwritten.add(before.portal)
      }
      for (const portal of [...unwritten]) {
        await inLine(portal, async () => {
          const present = kept.get(portal)
          if (present && unwritten.has(portal)) await write(present)
        })
      }
    },
  }
}

const nothing = { topics: [], former: [], farewells: [] } as const

/** A chat that is new here. */
export const fresh = (portal: PortalId, shows: Chat): Kept => ({ portal, shows, ...nothing })

/** Is it the chat's alone? */
const isOwn = ({ kind }: At): boolean => kind !== 'flat' && kind !== 'management'

/** Places it is not in, but was, or has a topic in. */
const haunts = ({ former, topics, at }: Kept): readonly Address[] =>
  [...former, ...topics].filter((each) => !at || !isSame(each, at))

/** As it is after going somewhere: where it was is remembered. */
export function goneTo(kept: Kept, at: At): Kept {
  const before = kept.at
  const old = before && isOwn(before) && !isSame(before, at) ? [address(before)] : []
  const rest = kept.former.filter((each) => !old.some((other) => isSame(each, other)))
  return { ...kept, at, former: [...old, ...rest] }
}

const namesIn = ({ linked, at, topics, former, farewells }: Kept): readonly Address[] =>
  [linked, at, ...topics, ...former, ...farewells].filter((each) => each !== undefined)

/** With every chat of Telegram's as it is called by now. */
function asOf(kept: Kept, now: (chat: string) => string): Kept {
  const to = <A extends Address>(at: A): A => ({ ...at, chat: now(at.chat) })
  return {
    ...kept,
    ...(kept.linked && { linked: to(kept.linked) }),
    ...(kept.at && { at: to(kept.at) }),
    topics: kept.topics.map(to),
    former: kept.former.map(to),
    farewells: kept.farewells.map(to),
  }
}

/** Nothing but where. */
export const address = ({ chat, thread }: Address): Address => ({
  chat,
  ...(thread !== undefined && { thread }),
})

function names(json: string | undefined): readonly string[] {
  const read = parsed(json)
  return Array.isArray(read) ? read.filter((each) => typeof each === 'string') : []
}

/** An entry as it was written; what other versions wrote differently is nothing known. */
function keptIn(json: string | undefined): Kept | undefined {
  const read = parsed(json)
  if (typeof read !== 'object' || read === null) return undefined
  const { portal, shows, topics, former, farewells } = read as Partial<Kept>
  const lists = [topics, former, farewells].every(Array.isArray)
  return typeof portal === 'string' && typeof shows === 'object' && shows !== null && lists
    ? (read as Kept)
    : undefined
}

function parsed(json: string | undefined): unknown {
  if (json === undefined) return undefined
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
