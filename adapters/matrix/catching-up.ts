import { BridgeError } from '../../src/core/errors.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { type Homeserver, unlessAborted } from './homeserver.ts'
import type { Hand, Intake } from './intake.ts'
import { count, type Json, text } from './json.ts'
import { waitOf } from './patient.ts'
import { lately } from './timeline.ts'

/** Fetches what the homeserver has and did not tell us of. */
export interface CatchingUp {
  /** Something may have been lost: looks into all rooms. The first time it also begins to look by itself. Never throws. */
  soon(): void
  /** Something happened in a room. */
  happened(room: string): void
  /** Resolves when nobody looks any more. */
  settled(): Promise<void>
}

export interface CatchingUpParts {
  readonly homeserver: Homeserver
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly bot: string
  readonly alone: Intake['alone']
}

type Which = (until: AbortSignal) => Promise<readonly string[]>

/** When all rooms were looked into last and everything of them was durable. Milliseconds. */
const entry = 'caught-up'
const tickMs = 60_000
const fullMs = 30 * 60_000
/** Rooms that are looked into every minute, if anything happened there within so many. */
const mostLively = 20
const livelyMs = 10 * 60_000
const mostRemembered = 1_000
/** The homeserver's clock is another one. */
const slackMs = 10 * 60_000
/** Whatever an old mark says, as after a backup was restored. */
const furthestMs = 7 * 24 * 3_600_000
/** As long as that, transactions may wait for what is older than they. */
const quickMs = 2_000
const pauseMs = 250
const mostPauseMs = 15_000
const together = 4

/**
 * Synapse counts an event as told when it is queued in memory, before the transaction with it is stored: killed in
 * between, it never tells (synapse/handlers/appservice.py, `notify_interested_services`). A transaction that was stored
 * but not sent waits for the next one that fails. What was lost is in the rooms, so the bot looks there. It cannot sync:
 * Synapse refuses that to an application service's own user (synapse/handlers/sync.py, `generate_sync_result`).
 *
 * - All rooms, when something says that the homeserver may have been killed: it is reached for the first time, comes back,
 *   gives up a transaction, or ends a connection on which it called. And now and then, because it may go unsaid.
 * - Every minute those where anything happened lately.
 *
 * It looks in the place of a transaction, and those behind wait, so that what is older is handed on first: but not for
 * long, if there are very many rooms or the homeserver is slow.
 *
 * Most of it has come in transactions already, which costs nothing while it is remembered; after a restart the inbox knows
 * it by its ids.
 */
export function createCatchingUp(parts: CatchingUpParts, signal: AbortSignal): CatchingUp {
  const { homeserver, vault, clock, random, log, bot } = parts
  /** The latest is the last. */
  const lively = new Map<string, number>()
  let wake = Promise.withResolvers<void>()
  let isSuspect = true
  let mark: number | undefined
  let fullAt = Number.NEGATIVE_INFINITY

  const joined = async (until: AbortSignal): Promise<readonly string[]> => {
    const what = 'ask which rooms the bot is in'
    const where = '/_matrix/client/v3/joined_rooms'
    const answer = await homeserver.call({ method: 'GET', path: where, what }, until)
    const rooms: readonly unknown[] = Array.isArray(answer.joined_rooms) ? answer.joined_rooms : []
    const known = new Set(rooms.flatMap((room) => text(room) ?? []))
    // Where people are speaking, they notice first.
    const first = [...lively.keys()].reverse().filter((room) => known.has(room))
    return [...new Set([...first, ...known])]
  }

  const read = async (
    room: string,
    after: number,
    until: AbortSignal,
  ): Promise<readonly Json[]> => {
    try {
      return await lately(homeserver, { room, after, bot }, log, until)
    } catch (error) {
      // A room that cannot be read any more must not stop those that can.
      if (!(error instanceof BridgeError) || error.failure.heal !== 'never') throw error
      log.debug({ room, reason: error.message }, 'What is new in a room cannot be read.')
      return []
    }
  }

  /** Throws when not everything is durable. */
  const walk = async (which: Which, after: number): Promise<void> => {
    let rooms: readonly string[] | undefined
    let at = 0
    let fresh = 0
    /** Some rooms more. False: there are none. */
    const step = async (to: Hand, until: AbortSignal): Promise<boolean> => {
      rooms ??= await which(until)
      const some = rooms.slice(at, at + together)
      const found = await Promise.all(some.map((room) => read(room, after, until)))
      for (const raw of found.flat()) {
        const became = await to(raw)
        if (became === 'refused') throw new Error('An event could not be kept.')
        if (became === 'taken') fresh++
      }
      at += together
      return at < rooms.length
    }
    const late = AbortSignal.timeout(quickMs)
    const isLeft = await parts.alone(async (to) => {
      try {
        while (await step(to, AbortSignal.any([signal, late]))) if (late.aborted) return true
        return false
      } catch (error) {
        if (signal.aborted || !late.aborted) throw error
        return true
      }
    })
    const inLine: Hand = (raw) => parts.alone((to) => to(raw))
    if (isLeft) while (await step(inLine, signal));
    if (fresh > 0) log.debug({ fresh }, 'Events were read that had not come in a transaction yet.')
  }

  const full = async () => {
    const at = clock.now()
    mark ??= count(Number((await vault.get(entry)) ?? Number.NaN))
    if (mark !== undefined) {
      await walk(joined, Math.max(Math.min(mark, at) - slackMs, at - furthestMs))
    }
    mark = at
    await vault.set(entry, String(at))
    fullAt = clock.steady()
  }

  const some = async () => {
    const since = clock.steady() - livelyMs
    const rooms = [...lively].reverse().filter(([, at]) => at >= since)
    const names = rooms.slice(0, mostLively).map(([room]) => room)
    if (names.length > 0) await walk(async () => names, clock.now() - slackMs)
  }

  /** What stood in the way, if anything did. */
  const look = async (attempt: number): Promise<number | undefined> => {
    const isFull = isSuspect || clock.steady() - fullAt > fullMs
    isSuspect = false
    try {
      await (isFull ? full() : some())
      return undefined
    } catch (error) {
      isSuspect ||= isFull
      const ms = waitOf(error, attempt, random) ?? tickMs
      const reason = error instanceof Error ? error.message : String(error)
      // Once is nothing; and ever more rarely.
      const level = attempt >= 3 && Math.log2(attempt + 1) % 1 === 0 ? 'warn' : 'debug'
      if (!signal.aborted) log[level]({ reason, attempt, ms }, 'What is new could not be read yet.')
      return ms
    }
  }

  const rest = async (ms: number) => {
    const over = new AbortController()
    const sleep = clock.sleep(ms, AbortSignal.any([signal, over.signal])).catch(() => {})
    await Promise.race([sleep, wake.promise])
    over.abort()
  }

  const working = (async () => {
    await unlessAborted(wake.promise, signal).catch(() => {})
    for (let attempt = 0; !signal.aborted; ) {
      wake = Promise.withResolvers()
      const since = clock.steady()
      const ms = await look(attempt)
      attempt = ms === undefined ? 0 : attempt + 1
      // However often something may have been lost, the homeserver has better things to do.
      const took = ms === undefined ? clock.steady() - since : 0
      const pause = Math.max(pauseMs, Math.min(mostPauseMs, 4 * took))
      await clock.sleep(pause, signal).catch(() => {})
      await rest(ms ?? tickMs * (0.75 + random() / 4))
    }
  })()

  return {
    soon() {
      isSuspect = true
      wake.resolve()
    },
    happened(room) {
      lively.delete(room)
      lively.set(room, clock.steady())
      const [oldest] = lively.keys()
      if (lively.size > mostRemembered && oldest !== undefined) lively.delete(oldest)
    },
    settled: () => working,
  }
}
