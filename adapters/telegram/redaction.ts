import { BridgeError } from '../../src/core/errors.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Receipt } from '../../src/ports/outlet.ts'
import { messageOf } from './address.ts'
import type { Parts } from './parts.ts'
import { deletedBefore, says, undeletable } from './receipt.ts'

/**
 * Takes back all the messages of a post; what is gone already is done. Nothing of Telegram's names a deletion, so it goes
 * by the message that is gone. Throws where one cannot be deleted any more (48 hours after it was posted): all that can be
 * is gone then, and the bridge tells of it instead.
 */
export async function redact(
  { api, clock, log }: Pick<Parts, 'api' | 'clock' | 'log'>,
  post: RoomPost,
  signal: AbortSignal,
): Promise<Receipt> {
  const ids: string[] = []
  let kept: unknown
  for (const event of post.redacts ?? []) {
    const message = messageOf(event)
    if (!message) continue
    const target = { chat_id: Number(message.chat), message_id: message.message }
    try {
      // Doing it twice does it once: nothing is uncertain about a lost answer.
      await api.call('deleteMessage', target, signal)
    } catch (error) {
      if (says(error, undeletable)) {
        log.debug({ key: post.key, event }, 'A message is too old to be taken back.')
        kept = error
        continue
      }
      if (!says(error, deletedBefore)) throw error
    }
    ids.push(`${event}/deleted`)
  }
  if (kept === undefined) return { ids, at: clock.now() }
  throw new BridgeError(
    'Could not take back a message in its Telegram chat: it is too old to be deleted by a bot (48 hours). It stays there; delete it by hand.',
    { code: 'refused', heal: 'never', certain: true },
    { cause: kept },
  )
}
