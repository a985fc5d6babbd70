import type { Message } from '../../core/message.ts'
import type { DeadLetter, Unit } from '../../ports/store.ts'
import { latestOf } from '../versions.ts'
import type { Ask } from './verb.ts'

/** No message has more parts. */
const partsAtMost = 1_000

/** The message a command was said as an answer to. */
export async function answeredMessage({ unit, asked }: Ask): Promise<Message | undefined> {
  const { replyTo, seat } = asked
  const message = replyTo && (await unit.messageAt(seat.adapter.id, replyTo))
  return message && latestOf(unit, message)
}

/** All of a message that waits for a word, by an answer to the notice that says so, or to the message itself. */
export async function answeredLetters(ask: Ask): Promise<readonly DeadLetter[]> {
  const { unit } = ask
  const message = await answeredMessage(ask)
  if (!message) return []
  const seq = seqOf(message)
  if (seq === undefined) return unit.deadLetters(partsAtMost, { message: message.id, oldest: true })
  const letter = await unit.deadLetter(Number(seq))
  return letter ? [letter] : []
}

/** The message that was meant: the one answered, or the one which the notice that is answered tells of. */
export async function meant(ask: Ask): Promise<Message | undefined> {
  const message = await answeredMessage(ask)
  const seq = message && seqOf(message)
  if (seq === undefined) return message
  return lettersMessage(ask.unit, Number(seq))
}

async function lettersMessage(unit: Unit, seq: number): Promise<Message | undefined> {
  const letter = await unit.deadLetter(seq)
  return letter && unit.message(letter.job.message)
}

/** What a notice calls `resend` by. */
function seqOf({ content }: Message): string | undefined {
  if (content.kind !== 'notice' || !('seq' in content.notice)) return undefined
  return content.notice.seq
}
