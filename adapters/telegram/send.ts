import { BridgeError } from '../../src/core/errors.ts'
import type { Key } from '../../src/core/ids.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Open, Receipt } from '../../src/ports/outlet.ts'
import { answered } from './destination.ts'
import type { Parts, Sending } from './parts.ts'
import type { Located } from './places.ts'
import { isThere, type Landed } from './receipt.ts'
import { redact } from './redaction.ts'
import { sendLocation } from './send-location.ts'
import { sendMedia } from './send-media.ts'
import { editText, sendText, unanswering } from './send-text.ts'
import { takenAway } from './strayed.ts'

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
    attempt: (place: Located, said: RoomPost) => Promise<Landed>,
  ): Promise<Receipt> => {
    let said = post
    for (let tries = 1; ; tries++) {
      const place = await places.ready(post.room, signal)
      let landed: Landed
      try {
        landed = await attempt(place, said)
      } catch (error) {
        // A lost answer says nothing about the place, and must not be followed by another try.
        const isSure = error instanceof BridgeError && error.failure.certain
        if (signal.aborted || !isSure) throw error
        const judged = await places.failed(post.room, error, signal, place)
        if (judged !== 'again') throw judged
        // The place was mended just now: whatever this try met says nothing about the next.
        if (tries === mostTries) throw mended(error)
        continue
      }
      const { thread: _, isTopic: __, ...receipt } = landed
      if (isThere(landed, place)) return receipt
      // Telegram puts an answer into the topic of what it answers, whichever was asked for: the topic may be well.
      if (answered(said, place) !== undefined) said = unanswering(said)
      else if (place.thread === undefined || place.kind === 'management') return receipt
      else await places.strayed(post.room, place)
      if (tries === mostTries || !(await takenAway(parts, receipt, signal))) return receipt
    }
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
          : await mending(post, signal, (place, said) => deliver(said, place, open, signal))
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

const mended = ({ message }: BridgeError): BridgeError =>
  new BridgeError(message, { code: 'server', heal: 'retry', certain: true })
