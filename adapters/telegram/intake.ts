import type { Update } from '@grammyjs/types'
import { BridgeError } from '../../src/core/errors.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { HubSink } from '../../src/ports/hub.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Ingress, Told } from './parts.ts'

/**
 * Takes an update. Resolves with the events it meant once all of them are durable; undefined: that can no longer be
 * promised, because we are stopping. Updates are taken one after another, in the order of the calls.
 */
export type Take = (update: unknown) => Promise<readonly Told[] | undefined>

export interface IntakePorts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

const slowestMs = 30_000
/** So often something nobody foresaw may go wrong with one update, before it is left out. */
const mostSurprises = 5

/**
 * Hands what updates mean to the sink, each in its place. Where it cannot be kept now (or read, because of the network),
 * the same update is tried until it can: nothing overtakes it. One that cannot be read at all is left out.
 */
export function createIntake(
  { clock, random, log }: IntakePorts,
  translate: Ingress['translate'],
  sink: HubSink,
  signal: AbortSignal,
): Take {
  let line: Promise<unknown> = Promise.resolve()

  const rest = (attempt: number) => {
    const ms = Math.min(slowestMs, 200 * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2)
    return clock.sleep(ms, signal).catch(() => undefined)
  }

  const read = async (update: Update): Promise<readonly Told[] | undefined> => {
    let surprises = 0
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        return await translate(update, signal)
      } catch (error) {
        if (signal.aborted) return undefined
        const foreseen = error instanceof BridgeError && error.failure.code !== 'bug'
        if (!foreseen) surprises++
        const reason = error instanceof Error ? error.message : String(error)
        const about = { update: update.update_id, attempt, reason }
        if (surprises >= mostSurprises || (foreseen && error.failure.heal === 'never')) {
          log.error(about, 'An update of Telegram could not be read and was left out.')
          return []
        }
        log.warn(about, 'An update of Telegram could not be read; it is tried again.')
      }
      await rest(attempt)
    }
    return undefined
  }

  const accept = async ({ event, raw }: Told): Promise<boolean> => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await sink.event(event, raw)
        return true
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        const about = { event: event.id, room: event.room, attempt, reason }
        log.warn(about, 'An event could not be kept; Telegram waits while we try again.')
      }
      await rest(attempt)
    }
    return false
  }

  const take = async (update: unknown): Promise<readonly Told[] | undefined> => {
    if (signal.aborted) return undefined
    if (!isUpdate(update)) {
      log.error({ type: typeof update }, 'Telegram sent something that is no update.')
      return []
    }
    const told = await read(update)
    for (const each of told ?? []) {
      if (!(await accept(each))) return undefined
    }
    return told
  }

  return (update) => {
    const work = line.then(() => take(update))
    line = work.catch(() => undefined)
    return work
  }
}

/** What has a number is one: it is `translate` that knows what may be in it. */
export const isUpdate = (value: unknown): value is Update =>
  typeof value === 'object' &&
  value !== null &&
  Number.isSafeInteger(Reflect.get(value, 'update_id'))
