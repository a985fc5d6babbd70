import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { TakeTransaction } from './front.ts'
import { sha256 } from './ids.ts'
import { parse, record, text } from './json.ts'
import { MailboxFull } from './mailboxes.ts'

/**
 * Something that is to be kept. `to` resolves once it is durable; it is called again until then, unless it throws a
 * {@link MailboxFull}.
 */
export interface Handing {
  readonly event: string
  readonly room: string
  to(): Promise<void>
}

/** What one raw event is: nothing to tell, or something to be handed on. */
export type Read = (raw: unknown) => Handing | undefined

const remembered = 200
const slowestMs = 30_000
/** Refused at once it would be pinged, and come again, at once. */
const refusedMs = 1_000

/**
 * Hands on what is in transactions, one after another and each event in its place, and says yes only when all of it was
 * accepted. Who cannot take an event now is asked again until they can or we stop: what is refused here is neither
 * confirmed nor overtaken.
 */
export function createIntake(
  ports: { vault: Vault; clock: Clock; random: Random; log: Log },
  reading: Read,
  signal: AbortSignal,
): TakeTransaction {
  const { vault, log } = ports
  const running = new Map<string, Promise<boolean>>()
  let line: Promise<unknown> = Promise.resolve()

  const accept = async ({ event, room, to }: Handing): Promise<boolean> => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await to()
        return true
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        const about = { event, room, attempt, reason }
        if (error instanceof MailboxFull) {
          log.error(about, 'An event could not be kept; the homeserver is asked to come again.')
          await ports.clock.sleep(refusedMs, signal).catch(() => {})
          return false
        }
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

  const take = async (id: string, fingerprint: string, events: readonly unknown[]) => {
    if (signal.aborted) return false
    if (events.length === 0) return true
    const done = await completed(vault)
    if (done.some((one) => one.id === id && one.events === fingerprint)) return true
    for (const raw of events) {
      const told = read(raw)
      if (told && !(await accept(told))) return false
    }
    const latest = [...done, { id, events: fingerprint }].slice(-remembered)
    await vault.set('transactions', JSON.stringify(latest))
    return true
  }

  return (id, events) => {
    const fingerprint = sha256(JSON.stringify(events.map(identity)))
    const name = `${id} ${fingerprint}`
    const before = running.get(name)
    if (before !== undefined) return before
    const work = line.then(() => take(id, fingerprint, events))
    line = work.catch(() => {})
    running.set(name, work)
    const forget = () => running.delete(name)
    work.then(forget, forget)
    return work
  }
}

/**
 * A homeserver that was set up anew counts its transactions from 1 again: the number alone would make us confirm
 * events we have never seen. So a repeat is the same number with the same events.
 */
async function completed(vault: Vault): Promise<readonly { id: string; events: string }[]> {
  const list = parse(await vault.get('transactions'))
  if (!Array.isArray(list)) return []
  return list.flatMap((entry) => {
    const id = text(record(entry)?.id)
    const events = text(record(entry)?.events)
    return id && events ? [{ id, events }] : []
  })
}

/** What stays the same when an event is delivered again (`unsigned.age` does not). */
function identity(raw: unknown): string {
  return text(record(raw)?.event_id) ?? ''
}
