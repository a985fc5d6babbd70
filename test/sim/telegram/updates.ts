import type { Update } from '@grammyjs/types'
import type { NewUpdate } from './seam.ts'
import type { SimClock } from './sim.ts'

/** An update on its way. `again`: it was confirmed before, and comes once more all the same. */
export interface Pending {
  readonly update: Update
  readonly expires: number
  readonly again: boolean
}

/** What the bot has yet to hear (real-parts §4 point 2). Webhook and polling are two ways of emptying it. */
export interface Updates {
  readonly all: readonly Update[]
  /** Undefined: all but those that have to be asked for. */
  readonly allowed: readonly string[] | undefined
  /** Oldest first; what is older than a day is gone. */
  pending(): readonly Pending[]
  push(update: NewUpdate): Update | undefined
  /** Which kinds from now on. An empty list: the default. What waits already stays. */
  allow(kinds: readonly string[]): void
  /** Everything below this number is never told again. */
  confirm(below: number): void
  /** This one was heard. */
  done(pending: Pending): void
  clear(): void
  repeat(id: number): void
  /** Calls back whenever there is something new, until the returned function is called. */
  listen(heard: () => void): () => void
}

/** Telegram's own start somewhere, so that nothing relies on small numbers. */
const firstId = 811_000_001
const keptMs = 24 * 60 * 60_000
/** Kinds that a bot gets only when it names them. */
const unasked = ['chat_member', 'message_reaction', 'message_reaction_count']

export function createUpdates(clock: SimClock): Updates {
  const all: Update[] = []
  const listeners = new Set<() => void>()
  let waiting: Pending[] = []
  let allowed: readonly string[] | undefined

  return {
    all,
    get allowed() {
      return allowed
    },

    pending() {
      waiting = waiting.filter(({ expires }) => expires > clock.now())
      return waiting
    },

    push(news) {
      const kind = Object.keys(news)[0] ?? ''
      if (allowed ? !allowed.includes(kind) : unasked.includes(kind)) return undefined
      const update: Update = { update_id: firstId + all.length, ...structuredClone(news) }
      all.push(update)
      add({ update, expires: clock.now() + keptMs, again: false })
      return update
    },

    allow(kinds) {
      allowed = kinds.length ? kinds : undefined
    },

    confirm(below) {
      waiting = waiting.filter(({ update, again }) => again || update.update_id >= below)
    },

    done(pending) {
      waiting = waiting.filter((other) => other !== pending)
    },

    clear() {
      waiting = []
    },

    repeat(id) {
      const update = all.find(({ update_id }) => update_id === id)
      if (!update) throw new Error(`There never was an update ${id}`)
      // What is not confirmed comes again by itself.
      if (waiting.some((pending) => pending.update === update)) return
      add({ update, expires: clock.now() + keptMs, again: true })
    },

    listen(heard) {
      listeners.add(heard)
      return () => void listeners.delete(heard)
    },
  }

  function add(pending: Pending): void {
    waiting = pending.again ? [pending, ...waiting] : [...waiting, pending]
    for (const heard of [...listeners]) heard()
  }
}
