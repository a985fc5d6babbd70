import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { TakeTransaction } from './front.ts'
import { sha256 } from './ids.ts'
import { count, parse, record, text } from './json.ts'

/** Something that is to be kept. `to` resolves once it is durable; it is called again until then. */
export interface Handing {
  readonly event: string
  readonly room: string
  to(): Promise<void>
}

/** What one raw event is: nothing to tell, or something to be handed on. */
export type Read = (raw: unknown) => Handing | undefined

/** Where events come in. */
export interface Intake {
  readonly take: TakeTransaction
  /** Does something in its place among the transactions: none of them is handed on meanwhile. */
  alone<T>(work: (hand: Hand) => Promise<T>): Promise<T>
  /** Was this event handed on lately? */
  knows(raw: unknown): boolean
}

/**
 * Hands on one event, as if it had come in a transaction. `known`: it was handed on lately, and nothing was done.
 * `refused`: it could not be kept.
 */
export type Hand = (raw: unknown) => Promise<'taken' | 'known' | 'refused'>

const remembered = 200
/** Some hours of a busy bridge, or the whole of what is caught up with at once. */
const latelyTaken = 20_000
const slowestMs = 30_000

/**
 * Hands on what is in transactions, one after another and each event in its place, and says yes only when all of it was
 * accepted. Who cannot take an event now is asked again until they can or we stop: what is refused here is neither
 * confirmed nor overtaken. What was accepted lately is not handed on again, whichever way it came: what happened before
 * must not seem to happen after.
 */
export function createIntake(
  ports: { vault: Vault; clock: Clock; random: Random; log: Log },
  reading: Read,
  signal: AbortSignal,
): Intake {
  const { vault, log } = ports
  const taken = new Set<string>()
  const running = new Map<string, Promise<boolean>>()
  /** Transactions that are done, as far back as is remembered; read once. */
  let done: Completed | undefined
  let line: Promise<unknown> = Promise.resolve()

  const accept = async ({ event, room, to }: Handing): Promise<boolean> => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await to()
        return true
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        const about = { event, room, attempt, reason }
        log.warn(about, 'An event could not be kept; the homeserver waits while we try again.')
      }
      const ms = Math.min(slowestMs, 200 * 2 ** Math.min(attempt, 10)) * (0.5 + ports.random() / 2)
      await ports.clock.sleep(ms, signal).catch(() => {})
    }
    return false
  }

  /** One event that cannot be read must not stop those behind it, now and at every repeat. */
  const read = (raw: unknown) => {
    try {
      return reading(raw)
    } catch (error) {
      const event = text(record(raw)?.event_id)
      log.error({ event, error: String(error) }, 'An event could not be read and was left out.')
      return undefined
    }
  }

  const hand: Hand = async (raw) => {
    const id = identity(raw)
    if (taken.has(id)) return 'known'
    const told = read(raw)
    if (told && !(await accept(told))) return 'refused'
    if (id === '') return 'taken'
    taken.add(id)
    const [oldest] = taken
    if (taken.size > latelyTaken && oldest !== undefined) taken.delete(oldest)
    return 'taken'
  }

  const inLine = <T>(work: () => Promise<T>): Promise<T> => {
    const run = line.then(work)
    line = run.catch(() => {})
    return run
  }

  const take = async (id: string, fingerprint: string, events: readonly unknown[]) => {
    if (signal.aborted) return false
    if (events.length === 0) return true
    done ??= await completed(vault)
    if (done.names.has(`${id} ${fingerprint}`)) return true
    for (const raw of events) if ((await hand(raw)) === 'refused') return false
    await done.add(id, fingerprint)
    return true
  }

  return {
    take(id, events) {
      const fingerprint = sha256(JSON.stringify(events.map(identity)))
      const name = `${id} ${fingerprint}`
      const before = running.get(name)
      if (before !== undefined) return before
      const work = inLine(() => take(id, fingerprint, events))
      running.set(name, work)
      const forget = () => running.delete(name)
      work.then(forget, forget)
      return work
    },
    alone: (work) => inLine(() => work(hand)),
    knows: (raw) => taken.has(identity(raw)),
  }
}

/** Transactions that are done: each has an entry of its own, which the one so many later takes the place of. */
interface Completed {
  readonly names: ReadonlySet<string>
  add(id: string, events: string): Promise<void>
}

/**
 * A homeserver that was set up anew counts its transactions from 1 again: the number alone would make us confirm
 * events we have never seen. So a repeat is the same number with the same events.
 */
async function completed(vault: Vault): Promise<Completed> {
  const names = new Set<string>()
  const byPlace = new Map<number, string>()
  let next = 0
  for (let place = 0; place < remembered; place++) {
    const entry = record(parse(await vault.get(`transaction/${place}`)))
    const name = text(entry?.name)
    const turn = count(entry?.turn)
    if (name === undefined || turn === undefined) continue
    names.add(name)
    byPlace.set(place, name)
    next = Math.max(next, turn + 1)
  }
  return {
    names,
    async add(id, events) {
      const name = `${id} ${events}`
      const place = next % remembered
      await vault.set(`transaction/${place}`, JSON.stringify({ name, turn: next }))
      const before = byPlace.get(place)
      if (before !== undefined) names.delete(before)
      names.add(name)
      byPlace.set(place, name)
      next++
    },
  }
}

/** What stays the same when an event is delivered again (`unsigned.age` does not). */
function identity(raw: unknown): string {
  return text(record(raw)?.event_id) ?? ''
}
