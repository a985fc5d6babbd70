import { BridgeError } from '../../src/core/errors.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { isUnreached } from './errors.ts'
import { forEach } from './for-each.ts'
import { type Homeserver, unlessAborted } from './homeserver.ts'
import type { Intake } from './intake.ts'
import { count, type Json, record, text } from './json.ts'
import { createLookingAgain } from './looking-again.ts'
import { waitOf } from './patient.ts'
import { lately } from './timeline.ts'

/** Fetches what the homeserver has and did not tell us of. */
export interface CatchingUp {
  /** Something may have been lost: looks into all rooms. The first time it also begins to look by itself. Never throws. */
  soon(): void
  /** It may be another homeserver than before that calls: rooms are looked into once it names them. */
  doubt(): void
  /** Something happened in a room. */
  happened(room: string): void
  /**
   * Before events of a transaction are handed on: resolves when what is older in their rooms was, or cannot be read.
   * Never throws.
   */
  ready(events: readonly unknown[]): Promise<void>
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
  /** Is it one of our own users? */
  owns(user: string): boolean
  readonly intake: Pick<Intake, 'alone' | 'knows'>
}

/** When all rooms were looked into last, with everything of them durable. Milliseconds. */
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
/** As long as that, a transaction waits for what is older to be read; Synapse gives one up after a minute. */
const patienceMs = 5_000
const retryMs = 200
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
 *   gives up a transaction, or ends a connection on which it called; again soon after, and now and then: it may go unsaid.
 * - Every minute those where anything happened lately.
 * - A room that a transaction names, before the transaction is handed on, if it was not looked into since then or since
 *   the homeserver began to call on another connection. That is what keeps a room in order: what is lost is always the
 *   end of what one process of the homeserver would have told, and no connection outlives its process. A transaction
 *   with nothing but our own posts does not wait: they go nowhere.
 *
 * Whatever is read is all of a room from somewhere up to the newest, and is handed on in that order; so it does not matter
 * which of them is first. Most of it has come in transactions already, which costs nothing while it is remembered; after a
 * restart the inbox knows it by its ids.
 */
export function createCatchingUp(parts: CatchingUpParts, signal: AbortSignal): CatchingUp {
  const { homeserver, vault, clock, random, log, bot, intake } = parts
  /** The latest is the last. */
  const lively = new Map<string, number>()
  /** Rooms that were looked into since the last doubt; `isSure`: all were. */
  const looked = new Set<string>()
  let isSure = false
  let doubts = 0
  /** A transaction waited in vain: the next does not, until something can be read again. */
  let isDeaf = false
  let wake = Promise.withResolvers<void>()
  let isSuspect = true
  let mark: number | undefined
  let fullAt = Number.NEGATIVE_INFINITY

  const doubt = () => {
    doubts++
    isSure = false
    isDeaf = false
    looked.clear()
  }

  /** How far back there may be something. Undefined: nothing was told yet, so nothing was lost. */
  const reach = async (): Promise<number | undefined> => {
    mark ??= count(Number((await vault.get(entry)) ?? Number.NaN))
    const at = clock.now()
    return mark === undefined ? undefined : Math.max(Math.min(mark, at) - slackMs, at - furthestMs)
  }

  const joined = async (): Promise<readonly string[]> => {
    const what = 'ask which rooms the bot is in'
    const where = '/_matrix/client/v3/joined_rooms'
    const answer = await homeserver.call({ method: 'GET', path: where, what }, signal)
    const rooms: readonly unknown[] = Array.isArray(answer.joined_rooms) ? answer.joined_rooms : []
    const known = new Set(rooms.flatMap((room) => text(room) ?? []))
    // Where people are speaking, they notice first.
    const first = [...lively.keys()].reverse().filter((room) => known.has(room))
    return [...new Set([...first, ...known])]
  }

  const isOthers = (event: Json) => !parts.owns(text(event.sender) ?? '')
  const read = async (room: string, look: Look, until: AbortSignal): Promise<readonly Json[]> => {
    // What we say ourselves may have come in a transaction that did not wait.
    const isEnough = (event: Json) => look.isShort && isOthers(event) && intake.knows(event)
    const what = { room, after: look.after, now: clock.now(), bot, isEnough }
    try {
      return await lately(homeserver, what, log, until)
    } catch (error) {
      // A room that cannot be read any more must not stop those that can.
      if (!(error instanceof BridgeError) || error.failure.heal !== 'never') throw error
      log.debug({ room, reason: error.message }, 'What is new in a room cannot be read.')
      return []
    }
  }

  /** Hands on what is new in some rooms; how much that was. Throws when not everything is durable. */
  const lookInto = async (
    rooms: readonly string[],
    look: Look,
    until: AbortSignal,
  ): Promise<number> => {
    const before = doubts
    const found = await Promise.all(rooms.map((room) => read(room, look, until)))
    isDeaf = false
    const fresh = await intake.alone(async (to) => {
      let taken = 0
      for (const raw of found.flat()) {
        const became = await to(raw)
        if (became === 'refused') throw new Error('An event could not be kept.')
        if (became === 'taken') taken++
      }
      return taken
    })
    if (fresh > 0) log.debug({ fresh }, 'Events were read that had not come in a transaction yet.')
    if (look.isWhole && doubts === before) for (const room of rooms) looked.add(room)
    return fresh
  }

  /** A room in trouble does not keep the others waiting; it is looked into again with the next try. */
  const walk = (rooms: readonly string[], after: number, isWhole: boolean) =>
    forEach(
      rooms,
      together,
      async (room) => void (await lookInto([room], { after, isShort: false, isWhole }, signal)),
      (error) => signal.aborted || isUnreached(error),
    )

  const full = async () => {
    const at = clock.now()
    const before = doubts
    const after = await reach()
    if (after !== undefined) await walk(await joined(), after, true)
    mark = at
    await vault.set(entry, String(at))
    fullAt = clock.steady()
    if (doubts !== before) return
    isSure = true
    looked.clear()
  }

  const some = async () => {
    const since = clock.steady() - livelyMs
    const rooms = [...lively].reverse().filter(([, at]) => at >= since)
    const names = rooms.slice(0, mostLively).map(([room]) => room)
    await walk(names, clock.now() - slackMs, false)
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

  const suspect = () => {
    isSuspect = true
    wake.resolve()
  }
  const lookAgain = createLookingAgain(clock, signal, suspect)

  const working = (async () => {
    await unlessAborted(wake.promise, signal).catch(() => {})
    for (let attempt = 0; !signal.aborted; ) {
      wake = Promise.withResolvers()
      const since = clock.steady()
      const ms = await look(attempt)
      attempt = ms === undefined ? 0 : attempt + 1
      // However often something may have been lost, the homeserver has better things to do.
      const took = clock.steady() - since
      const pause = Math.max(pauseMs, Math.min(mostPauseMs, 4 * took))
      await clock.sleep(pause, signal).catch(() => {})
      await rest(ms ?? tickMs * (0.75 + random() / 4))
    }
  })()

  const isOwed = (room: string) => !isSure && !looked.has(room)

  const lookBefore = async (room: string, after: number, late: AbortSignal) => {
    for (let attempt = 0; !late.aborted; attempt++) {
      try {
        await lookInto([room], { after, isShort: true, isWhole: true }, late)
        if (!isOwed(room)) return
        // There was another doubt meanwhile.
        continue
      } catch (error) {
        // Who calls but is not there has gone since, or never could be reached: that will not heal in some seconds.
        if (late.aborted || (attempt > 0 && isUnreached(error))) return
        const reason = error instanceof Error ? error.message : String(error)
        log.debug({ room, reason }, 'What is older than a transaction could not be read yet.')
      }
      await clock.sleep(retryMs, late).catch(() => {})
    }
  }

  const ready = async (events: readonly unknown[]) => {
    if (isSure || isDeaf) return
    const told = events.map((raw) => record(raw) ?? {}).filter(isOthers)
    const rooms = new Set(told.flatMap((event) => text(event.room_id) ?? []))
    const owed = [...rooms].filter(isOwed)
    const after = owed.length > 0 ? await reach() : undefined
    if (after === undefined) return
    const late = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
    await forEach(owed, together, (room) => lookBefore(room, after, late))
    const left = owed.filter(isOwed)
    if (left.length === 0 || signal.aborted) return
    isDeaf = left.length === owed.length
    // They were overtaken now: to wait again for each would help nobody. The next doubt asks anew.
    for (const room of left) looked.add(room)
    log.warn(
      { rooms: left.slice(0, 10), left: left.length, ms: patienceMs },
      'What is older than a transaction could not be read in time; it may be heard after what is newer.',
    )
  }

  return {
    doubt,
    ready: (events) =>
      ready(events).catch((error: unknown) => {
        log.debug({ error: String(error) }, 'Nobody looked for what is older than a transaction.')
      }),
    soon() {
      doubt()
      lookAgain()
      suspect()
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

/** `isShort`: not beyond what is known already, as nothing can be lost before that. */
interface Look {
  /** Nothing that is older (milliseconds, by the clocks of the homeservers). */
  readonly after: number
  readonly isShort: boolean
  /** As far back as anything may be lost. */
  readonly isWhole: boolean
}
