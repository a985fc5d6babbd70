import type { MediaId } from '../core/ids.ts'
import type { Forgettable, OldMedia, Place } from '../ports/forgetting.ts'
import type { Urgency } from '../ports/store.ts'
import { Ages } from './ages.ts'
import type { Parts } from './parts.ts'
import type { Space } from './space.ts'

const minute = 60_000
const day = 24 * 60 * minute
/** Whatever the limits say: a recall may still be on its way. */
const youngMs = 10 * minute
/** Until the first round, between two, and at least between two when there is too much. In milliseconds. */
const firstMs = 15_000
const everyMs = 5 * minute
const againMs = 10_000
const lookMs = 15_000
/** How much is done at once, and the least pause after it, in which others have their turn. */
const rows = 100
const files = 20
const pauseMs = 50
/** What is found together is freed together: down to this share of the limit. */
const share = 0.95

const ageOf = { raws: 7 * day, inbox: 60 * day, sent: 30 * day, spent: 25 * 60 * minute } as const

/** What a round did away with. */
export type Tally = { [W in Forgettable | 'media']?: number }

export interface Janitor {
  /** Prunes a while after the start and then every few minutes, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  /** Once. Rejects when the store fails; what was done stays done. */
  round(signal: AbortSignal): Promise<Tally>
}

/**
 * Forgets what is older than it has to be, in slices so small that nobody who delivers waits for them. The file goes
 * first and then its row: what is cut off in between is found and done again.
 */
export function createJanitor(parts: Parts, space: Space): Janitor {
  const { store, mediaStore, clock, log, retention, trace } = parts
  const ages = new Ages(clock)
  let looked = 0
  let wake: () => void = () => undefined
  space.onFull = () => wake()

  return { run, round }

  async function run(signal: AbortSignal): Promise<void> {
    let last = clock.steady() - everyMs + firstMs
    while (!signal.aborted) {
      const full = await nap(signal)
      ages.look()
      const since = clock.steady() - last
      if (signal.aborted || since < (full ? againMs : everyMs)) continue
      try {
        const done = await round(signal)
        if (Object.values(done).some((count) => count > 0)) log.info(done, 'the past was pruned')
      } catch (error) {
        if (!signal.aborted) log.warn({ error: String(error) }, 'pruning has to wait')
      }
      last = clock.steady()
    }
  }

  /** True: woken because there is too much. */
  function nap(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      wake = () => {
        // Asked for by each transfer: not at once each time.
        clock.sleep(againMs, signal).then(
          () => resolve(true),
          () => resolve(false),
        )
        wake = () => undefined
      }
      const slept = () => resolve(false)
      clock.sleep(lookMs, signal).then(slept, slept)
    })
  }

  async function round(signal: AbortSignal): Promise<Tally> {
    await space.announce()
    await lookThrough(signal)
    const newest = await redate(signal)
    const before = (age: number) => {
      const least = Math.max(age, youngMs)
      // By the clocks of two: one may be wrong.
      return Math.min(ages.before(least), (newest ?? Number.POSITIVE_INFINITY) - least)
    }
    const tally: Tally = {}
    const { messagesMs, mediaMs } = retention
    for (const what of ['raws', 'inbox', 'sent', 'spent'] as const) {
      tally[what] = await walk(what, before(ageOf[what]), signal)
    }
    if (messagesMs !== undefined) {
      for (const what of ['messages', 'missed'] as const) {
        tally[what] = await walk(what, before(messagesMs), signal)
      }
    }
    const mediaAge = Math.min(mediaMs ?? Infinity, messagesMs ?? Infinity)
    tally.media = Number.isFinite(mediaAge)
      ? await drop(before(mediaAge), 'message', () => Infinity, signal)
      : 0
    tally.media += await shrink(before(youngMs), signal)
    return tally
  }

  /** The oldest go until there is little enough; pictures of people last, for they can be had again. */
  async function shrink(before: number, signal: AbortSignal): Promise<number> {
    const { mediaBytes } = retention
    const size = () => mediaStore.size() ?? 0
    let gone = 0
    if (size() > mediaBytes) {
      const excess = () => size() - mediaBytes * share
      for (const urgency of ['message', 'profile'] as const) {
        gone += await drop(before, urgency, excess, signal)
      }
    }
    space.pruned(size() > mediaBytes)
    return gone
  }

  async function walk(what: Forgettable, before: number, signal: AbortSignal): Promise<number> {
    let gone = 0
    for (let after: Place | undefined; ; ) {
      const step = await slice(
        () => store.unit((unit) => unit.forget(what, before, rows, after)),
        signal,
      )
      gone += step.gone
      if (!step.next) return gone
      after = step.next
    }
  }

  async function drop(
    before: number,
    urgency: Urgency,
    excess: () => number,
    signal: AbortSignal,
  ): Promise<number> {
    let gone = 0
    for (let after: Place | undefined; excess() > 0; ) {
      const { old, ids } = await slice(async () => {
        const found = await store.unit((unit) => unit.oldMedia(before, urgency, files, after))
        const first = upTo(excess(), found.media)
        // At once: after a pause some of it may be on its way to somebody.
        if (first.length > 0) {
          await mediaStore.drop(first)
          trace('forgetting', String(first[0]))
        }
        return { old: found, ids: first }
      }, signal)
      if (ids.length > 0) await slice(() => forget(ids), signal)
      gone += ids.length
      // The others of this step may have to go too: it is taken again.
      if (ids.length < old.media.length) continue
      if (!old.next) break
      after = old.next
    }
    return gone
  }

  function forget(ids: readonly MediaId[]): Promise<void> {
    return store.unit(async (unit) => {
      for (const id of ids) {
        // Fetched anew meanwhile: it stays.
        if (!(await mediaStore.kept(id))) await unit.forgetMedia([id])
      }
    })
  }

  /** Once, to know how much there is; and what a crash kept the store from knowing becomes known. */
  async function lookThrough(signal: AbortSignal): Promise<void> {
    for (; looked < mediaStore.parts; looked++) {
      await slice(async () => {
        const ids = await mediaStore.look(looked)
        for (let at = 0; at < ids.length; at += rows) {
          await store.unit(async (unit) => {
            for (const id of ids.slice(at, at + rows)) {
              const kept = (await unit.keptMedia(id)) ? undefined : await mediaStore.kept(id)
              if (kept) await unit.keepMedia(id, kept)
            }
          })
        }
      }, signal)
    }
  }

  /** What was dated by a clock far ahead would be kept for ever. Resolves with when the newest message was said. */
  async function redate(signal: AbortSignal): Promise<number | undefined> {
    const now = clock.now()
    const found = await slice(
      () =>
        store.unit(async (unit) => {
          const newest = await unit.newest()
          // A clock that is behind would make old what is new.
          const isBehind = newest === undefined || newest > now + youngMs
          return { newest, count: isBehind ? 0 : await unit.redate(now + day, now, rows) }
        }),
      signal,
    )
    if (found.count > 0) {
      log.warn({ count: found.count }, 'the clock was ahead: what it dated is dated anew')
    }
    return found.newest
  }

  /** Does a little and then lets others go first, four times as long as it took. */
  async function slice<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    const begun = clock.steady()
    const result = await work()
    await clock.sleep(Math.max(pauseMs, 4 * (clock.steady() - begun)), signal)
    return result
  }
}

/** As many of them, from the first on, as it takes for so many bytes. */
function upTo(bytes: number, media: OldMedia['media']): readonly MediaId[] {
  const ids: MediaId[] = []
  let sum = 0
  for (const each of media) {
    if (sum >= bytes) break
    ids.push(each.id)
    sum += each.bytes
  }
  return ids
}
