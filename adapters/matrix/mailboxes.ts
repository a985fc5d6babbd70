import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { createInTurn } from './in-turn.ts'
import { count, parse, record } from './json.ts'

/** Takes one event for a person. Rejects if it is not durable: it is called again then. */
export type Deliver = (raw: unknown) => Promise<void>

/**
 * What is for people who cannot take it now: kept durably, one mailbox for each, and handed over in order. What is newer
 * waits behind it, so nothing is overtaken; and what is for others does not wait at all.
 */
export interface Mailboxes {
  /** Is there anything for them? */
  isEmpty(owner: string): Promise<boolean>
  /**
   * Puts an event behind all others of theirs; as many as come: to refuse one would hold up everybody, and to leave one out
   * would lose it. Throws what the vault throws.
   */
  put(owner: string, raw: unknown): Promise<void>
  /** Hands everything over, also what comes while it does; tries again what is not taken, until the signal aborts. */
  empty(owner: string, deliver: Deliver, signal: AbortSignal): Promise<void>
  /** Nobody is going to fetch it any more. */
  drop(owner: string): Promise<void>
}

/** Entries `from` up to and without `to`. */
interface Range {
  readonly from: number
  readonly to: number
}

/** More than is kept for anybody whose part of the bridge is looked after. Said at so many, and at each ten times that. */
const many = 1_000
const firstMs = 200
const slowestMs = 10_000

export function createMailboxes(
  ports: { vault: Vault; clock: Clock; random: Random; log: Log },
  tooMany: number = many,
): Mailboxes {
  const { vault, clock, random, log } = ports
  const ranges = new Map<string, Range>()
  const inTurn = createInTurn()
  const entry = (owner: string, at: number) => `kept/${owner}/${at}`

  const rangeOf = async (owner: string): Promise<Range> => {
    const known = ranges.get(owner)
    if (known) return known
    const kept = record(parse(await vault.get(`kept/${owner}`)))
    const range = { from: count(kept?.from) ?? 0, to: count(kept?.to) ?? 0 }
    ranges.set(owner, range)
    return range
  }
  const isNow = async (owner: string, range: Range) => {
    await vault.set(`kept/${owner}`, JSON.stringify(range))
    ranges.set(owner, range)
  }

  const first = (owner: string): Promise<unknown> =>
    inTurn(owner, async () => {
      const { from, to } = await rangeOf(owner)
      if (from >= to) return undefined
      return parse(await vault.get(entry(owner, from))) ?? null
    })

  /** The range goes first: a crash in between leaves an entry that nobody reads, and that is overwritten some day. */
  const taken = (owner: string) =>
    inTurn(owner, async () => {
      const { from, to } = await rangeOf(owner)
      await isNow(owner, { from: from + 1, to })
      await vault.drop(entry(owner, from))
    })

  return {
    isEmpty: (owner) =>
      inTurn(owner, async () => {
        const { from, to } = await rangeOf(owner)
        return from >= to
      }),
    put: (owner, raw) =>
      inTurn(owner, async () => {
        const text = written(raw)
        if (text === undefined)
          return log.error({ owner }, 'An event nested without end was left out.')
        const { from, to } = await rangeOf(owner)
        // The event goes first: the range must not name what is not there.
        await vault.set(entry(owner, to), text)
        await isNow(owner, { from, to: to + 1 })
        const kept = to + 1 - from
        if (isRound(kept / tooMany)) log.error({ owner, kept }, manyKept)
      }),
    async empty(owner, deliver, signal) {
      for (let attempt = 0; !signal.aborted; ) {
        try {
          const raw = await first(owner)
          if (raw === undefined) return
          await deliver(raw)
          await taken(owner)
          attempt = 0
          continue
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error)
          log.warn({ owner, attempt, reason }, 'A kept event could not be handed over yet.')
        }
        const ms = Math.min(slowestMs, firstMs * 2 ** Math.min(attempt++, 10))
        await clock.sleep(ms * (0.5 + random() / 2), signal).catch(() => {})
      }
    },
    drop: (owner) =>
      inTurn(owner, async () => {
        const { from, to } = await rangeOf(owner)
        // The range goes last: after a crash in between nothing is left that nobody knows of, and who fetches it after all
        // passes over what is gone.
        for (let at = from; at < to; at++) await vault.drop(entry(owner, at))
        await isNow(owner, { from: to, to })
      }),
  }
}

/** 1, 10, 100… */
const isRound = (number: number): boolean => /^10*$/.test(String(number))

const manyKept =
  'Somebody has not taken what is theirs for a long time; it is kept for them, and takes room on the disk. Mend their ' +
  'part of the bridge ("status" says what is wrong), or take their level away in matrix.permissions.'

/** Undefined: it is nested so deep that it cannot be written down, now or ever. */
function written(raw: unknown): string | undefined {
  try {
    return JSON.stringify(raw)
  } catch {
    return undefined
  }
}
