import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import { type TelegramApi, TelegramError } from './api.ts'
import { isUpdate, type Take } from './intake.ts'
import type { Told } from './parts.ts'

/** The kinds of updates the bridge wants: Telegram keeps to what was last said. */
export const wanted = ['message', 'edited_message', 'callback_query', 'my_chat_member'] as const

export interface PollParts {
  readonly api: TelegramApi
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly trace: Trace
  /** How long Telegram holds a question open, in seconds. */
  readonly seconds: number
}

const slowestMs = 60_000
/** A minute with the same trouble is told again, more often is not. */
const tellAgainMs = 60_000

/**
 * Asks for updates until the signal aborts, and never ends before: whatever goes wrong, it waits a while and asks
 * again. Telegram forgets an update only when one behind it is asked for, which happens after it was taken.
 */
export async function poll(parts: PollParts, take: Take, signal: AbortSignal): Promise<void> {
  const { api, clock, random, log, trace, seconds } = parts
  const tell = createTelling(clock, log)
  let offset: number | undefined
  let unconfirmed: readonly Told[] = []
  let failures = 0

  const ask = async (): Promise<readonly unknown[]> => {
    const asked = clock.steady()
    // What was taken is confirmed by a question that is answered at once, not by one that is held open.
    const timeout = unconfirmed.length ? 0 : seconds
    for (const { event } of unconfirmed) trace('beforeConfirm', event.id)
    const answer: unknown = await api.call(
      'getUpdates',
      { timeout, limit: 100, allowed_updates: wanted, ...(offset !== undefined && { offset }) },
      signal,
      { timeoutMs: (timeout + 20) * 1000 },
    )
    for (const { event } of unconfirmed) trace('afterConfirm', event.id)
    unconfirmed = []
    if (!Array.isArray(answer) || !answer.every(isUpdate)) {
      throw new Error('what came is no list of updates')
    }
    // Something between us and Telegram may not hold questions open.
    const quick = clock.steady() - asked < Math.min(1_000, timeout * 500)
    if (!answer.length && quick) await clock.sleep(1_000, signal)
    return answer
  }

  while (!signal.aborted) {
    try {
      for (const update of await ask()) {
        const told = await take(update)
        if (!told) return
        unconfirmed = [...unconfirmed, ...told]
        // Numbers begin anew after a week of silence: a smaller one is no repetition.
        offset = (update as { readonly update_id: number }).update_id + 1
      }
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      tell(error)
      if (isWebhookSet(error)) await unhook(api, log, signal)
      const said = error instanceof TelegramError ? (error.failure.afterMs ?? 0) : 0
      const ms = Math.min(slowestMs, 500 * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2)
      failures++
      await clock.sleep(Math.max(said, ms), signal).catch(() => undefined)
    }
  }
}

const isConflict = (error: unknown): error is TelegramError =>
  error instanceof TelegramError && error.said.status === 409

const isWebhookSet = (error: unknown): boolean =>
  isConflict(error) && /webhook/i.test(error.said.description ?? '')

/** Updates are asked for here: whoever had them sent elsewhere does not get them any more. None are dropped. */
async function unhook(api: TelegramApi, log: Log, signal: AbortSignal): Promise<void> {
  try {
    await api.call('deleteWebhook', { drop_pending_updates: false }, signal)
    log.warn(
      {},
      'The Telegram bot had a webhook; it was taken away, because updates are asked for.',
    )
  } catch (error) {
    log.warn(
      { reason: reasonOf(error) },
      'The webhook of the Telegram bot could not be taken away.',
    )
  }
}

/** Says what goes wrong, but not the same thing all the time. */
function createTelling(clock: Clock, log: Log): (error: unknown) => void {
  let last = ''
  let at = Number.NEGATIVE_INFINITY
  return (error) => {
    const reason = reasonOf(error)
    if (reason === last && clock.steady() - at < tellAgainMs) return
    last = reason
    at = clock.steady()
    if (isConflict(error) && !isWebhookSet(error)) {
      log.error(
        { reason },
        'Another process asks Telegram for the updates of the same bot, so that messages go to one or the other. ' +
          'Stop the other one, or give each its own bot.',
      )
    } else {
      log.warn({ reason }, 'Telegram could not be asked for updates; it is tried again.')
    }
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)
