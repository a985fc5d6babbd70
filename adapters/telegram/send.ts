import { BridgeError } from '../../src/core/errors.ts'
import { eventId, type Key } from '../../src/core/ids.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Open, Receipt } from '../../src/ports/outlet.ts'
import { messageOf } from './address.ts'
import type { Parts, Sending } from './parts.ts'
import type { Located } from './places.ts'
import type { Landed } from './receipt.ts'
import { redact } from './redaction.ts'
import { sendLocation } from './send-location.ts'
import { sendMedia } from './send-media.ts'
import { editText, sendText } from './send-text.ts'

export type SendingParts = Pick<Parts, 'api' | 'places' | 'voice' | 'clock' | 'log'>

/** Telegram cannot be asked what was posted: what went out in this run is remembered. */
const remembered = 2000
/** A topic may be gone and then closed; more than that is not mended within one try. */
const mostTries = 3

/** Posts on their way into places, and what takes them back. How many at a time, and how fast, is the pump's matter. */
export function createSending(parts: SendingParts): Sending {
  const { places } = parts
  const receipts = new Map<Key, Receipt>()

  /** Tries again as often as the place could be mended. */
  const mending = async (
    post: RoomPost,
    signal: AbortSignal,
    attempt: (place: Located) => Promise<Landed>,
  ): Promise<Receipt> => {
    for (let tries = 1; ; tries++) {
      const place = await places.ready(post.room, signal)
      try {
        const { thread, ...receipt } = await attempt(place)
        const isThere =
          thread === undefined || place.thread === undefined || thread === place.thread
        if (isThere) return receipt
        await places.strayed(post.room, place)
        if (tries === mostTries || !(await takenAway(receipt, signal))) return receipt
      } catch (error) {
        // A lost answer says nothing about the place, and must not be followed by another try.
        const isSure = error instanceof BridgeError && error.failure.certain
        if (signal.aborted || !isSure) throw error
        const judged = await places.failed(post.room, error, signal, place)
        if (judged !== 'again') throw judged
        if (tries === mostTries) throw error
      }
    }
  }

  /** What Telegram put outside of its topic is no good there. False: it stays, and has been posted. */
  const takenAway = async ({ ids: [id] }: Receipt, signal: AbortSignal): Promise<boolean> => {
    const message = id === undefined ? undefined : messageOf(eventId(id))
    if (!message) return false
    const { chat, message: number } = message
    const args = { chat_id: Number(chat), message_id: number }
    return parts.api.call('deleteMessage', args, signal).then(
      () => true,
      () => false,
    )
  }

  const deliver = async (
    post: RoomPost,
    place: Located,
    open: Open,
    signal: AbortSignal,
  ): Promise<Landed> => {
    const { body } = post
    switch (body.kind) {
      case 'redaction':
        throw new Error('a redaction is no post')
      case 'media':
        return sendMedia(parts, post, body, place, open, signal)
      case 'location':
        return sendLocation(parts, post, body, place, signal)
      default:
        return (
          (await editText(parts, post, body, place, signal)) ??
          (await sendText(parts, post, body, place, signal))
        )
    }
  }

  return {
    async send(post, open, signal) {
      const before = receipts.get(post.key)
      if (before) return before
      // What is to be taken back is where it was posted: no place is made for that, and none is judged by it.
      const receipt =
        post.body.kind === 'redaction'
          ? await redact(parts, post, signal)
          : await mending(post, signal, (place) => deliver(post, place, open, signal))
      receipts.set(post.key, receipt)
      const [oldest] = receipts.keys()
      if (receipts.size > remembered && oldest !== undefined) receipts.delete(oldest)
      return receipt
    },

    async find(post) {
      const before = receipts.get(post.key)
      if (before) return before
      // Deleting twice deletes once.
      return post.body.kind === 'redaction' ? 'absent' : 'unknown'
    },
  }
}
