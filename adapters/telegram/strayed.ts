import { BridgeError } from '../../src/core/errors.ts'
import { eventId } from '../../src/core/ids.ts'
import type { Receipt } from '../../src/ports/outlet.ts'
import { messageOf } from './address.ts'
import type { Parts } from './parts.ts'
import { createPatient } from './patient.ts'
import { deletedBefore, says } from './receipt.ts'

const mostTries = 4
const waitMs = 1_000

/**
 * Deletes what Telegram put elsewhere than it was posted to. False: it stays there. Throws a BridgeError that is not
 * certain where nobody knows whether it does: it is not to be taken for delivered then.
 */
export async function takenAway(
  { api, clock }: Pick<Parts, 'api' | 'clock'>,
  { ids: [id] }: Receipt,
  signal: AbortSignal,
): Promise<boolean> {
  const message = id === undefined ? undefined : messageOf(eventId(id))
  if (!message) return false
  const patient = createPatient(api, clock)
  const target = { chat_id: Number(message.chat), message_id: message.message }
  for (let tries = 1; ; tries++) {
    try {
      await patient.call('deleteMessage', target, signal)
      return true
    } catch (error) {
      if (says(error, deletedBefore)) return true
      if (!(error instanceof BridgeError) || !lost.has(error.failure.code)) return false
      if (signal.aborted || tries === mostTries) {
        throw new BridgeError(error.message, { ...error.failure, certain: false }, { cause: error })
      }
    }
    await clock.sleep(waitMs, signal).catch(() => undefined)
  }
}

/** It may have been done all the same. */
const lost: ReadonlySet<string> = new Set(['network', 'timeout', 'server'])
