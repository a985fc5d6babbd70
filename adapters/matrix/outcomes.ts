import { causes } from '../../src/core/causes.ts'
import type { Code } from '../../src/core/errors.ts'
import type { Outcome } from '../../src/core/hub.ts'
import type { EventId, RoomId } from '../../src/core/ids.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { EventLog } from './event-log.ts'
import { type Call, type Homeserver, path } from './homeserver.ts'
import { transactionId } from './ids.ts'
import type { Json } from './json.ts'
import { waitOf } from './patient.ts'
import type { Language, Words } from './words.ts'

export interface OutcomeParts {
  readonly homeserver: Homeserver
  readonly events: Pick<EventLog, 'isBefore'>
  readonly words: Words
  readonly speaks: { readonly language: Language }
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Clients that show it know it by this name (Beeper's message send status, bridge status MSC). */
export const statusType = 'com.beeper.message_send_status'

/** More than this is not worth waiting for: what is left out is left out at the front. */
const longest = 200
const attempts = 4
const keptRooms = 5_000
/** Who is told to come back later than that has nothing to show any more. */
const longestWaitMs = 60_000

interface Told {
  readonly room: RoomId
  readonly event: EventId
  readonly outcome: Outcome
  readonly signal: AbortSignal
}

/**
 * Shows beside what the owner wrote what became of it: WeChat has it, as a read mark of the bot; and as a status event for
 * clients that know those. Never in the way of posts: both wait in short lines of their own, and never throw.
 */
export function createOutcomes(parts: OutcomeParts) {
  const { homeserver, clock, random, log } = parts
  const read = new Map<RoomId, EventId>()

  const tell = async (call: Call, signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; ; attempt++) {
      try {
        return void (await homeserver.call(call, signal))
      } catch (error) {
        const ms = attempt + 1 < attempts ? waitOf(error, attempt, random) : undefined
        if (ms === undefined || ms > longestWaitMs || signal.aborted) throw error
        await clock.sleep(ms, signal)
      }
    }
  }

  const status = ({ room, event, outcome, signal }: Told) => {
    const id = transactionId(`status/${event}/${outcome.state}/${clock.now()}`)
    const where = path`/_matrix/client/v3/rooms/${room}/send/${statusType}/${id}`
    const body = statusContent(event, outcome, parts.words, parts.speaks.language)
    return tell({ method: 'PUT', path: where, body, what: 'show what became of a message' }, signal)
  }

  /** Only forward: what was written later and has arrived already says more. */
  const mark = async ({ room, event, signal }: Told): Promise<void> => {
    const before = read.get(room)
    if (before !== undefined && parts.events.isBefore(event, before)) return
    read.set(room, event)
    const [oldest] = read.keys()
    if (read.size > keptRooms && oldest !== undefined) read.delete(oldest)
    const where = path`/_matrix/client/v3/rooms/${room}/receipt/m.read/${event}`
    await tell({ method: 'POST', path: where, what: 'mark a message as read' }, signal)
  }

  const marks = createLine(mark, log)
  const statuses = createLine(status, log)

  /** See `HubAdapter.outcome`. Resolves at once. */
  return async (
    room: RoomId,
    event: EventId,
    outcome: Outcome,
    signal: AbortSignal,
  ): Promise<void> => {
    const told = { room, event, outcome, signal }
    // Homeservers count statuses as messages, marks not: these need not wait for those.
    if (outcome.state === 'sent') marks(told)
    statuses(told)
  }
}

/** One after the other, the oldest first. */
function createLine(show: (told: Told) => Promise<unknown>, log: Log): (told: Told) => void {
  const line: Told[] = []
  let working = false

  const work = async () => {
    for (let told = line.shift(); told; told = line.shift()) {
      if (told.signal.aborted) continue
      const { room } = told
      await show(told).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error)
        log.debug({ room, reason }, 'What became of a message is not shown beside it.')
      })
    }
  }

  return (next) => {
    // What is said about an event later is all that counts.
    const stale = line.findIndex(({ room, event }) => room === next.room && event === next.event)
    if (stale >= 0) line.splice(stale, 1)
    line.push(next)
    if (line.length > longest) line.shift()
    if (working) return
    working = true
    void work().finally(() => {
      working = false
    })
  }
}

/** The content of a status event. */
export function statusContent(
  event: string,
  outcome: Outcome,
  words: Words,
  language: Language,
): Json {
  const about = {
    network: 'wechat',
    'm.relates_to': { rel_type: 'm.reference', event_id: event },
  }
  if (outcome.state !== 'failed') {
    if (outcome.state === 'sent') return { ...about, status: 'SUCCESS' }
    if (outcome.state === 'waiting') return { ...about, status: 'PENDING' }
    // Not as one that can be tried again: clients would offer to, and then it may be there twice.
    const reason = 'm.foreign_network_error'
    return { ...about, status: 'FAIL_PERMANENT', reason, message: words.unsure }
  }
  const { code, detail } = outcome
  return {
    ...about,
    status: passing.has(code) ? 'FAIL_RETRIABLE' : 'FAIL_PERMANENT',
    reason: reasons[code] ?? 'm.event_not_handled',
    message: words.failed(causes[code][language]),
    internal_error: detail.slice(0, 500),
  }
}

/** Written again later, it may well arrive. */
const passing: ReadonlySet<Code> = new Set(['network', 'timeout', 'server', 'rate', 'session'])

const reasons: Readonly<Partial<Record<Code, string>>> = {
  network: 'm.foreign_network_error',
  timeout: 'm.foreign_network_error',
  server: 'm.foreign_network_error',
  rate: 'm.foreign_network_error',
  session: 'm.bridge_unavailable',
  refused: 'm.no_permission',
  tooLarge: 'com.beeper.unsupported_event',
  format: 'com.beeper.unsupported_event',
}
