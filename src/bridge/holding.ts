import type { Chat } from '../core/chat.ts'
import type { Failure } from '../core/errors.ts'
import { weChatLane } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Send } from '../core/post.ts'
import type { QueueNotice } from '../core/queue-notice.ts'
import type { Unit } from '../ports/store.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'
import { counted } from './standing.ts'

type HeldBack = Extract<QueueNotice, { readonly type: 'heldBack' }>

/** Why something is not sent before its writer says so, as the failure of it and the question about it. */
export interface Doubtful {
  readonly failure: Failure
  ask(seq: string): HeldBack
}

/** More chats than that are not counted. */
const chatsAtMost = 99

/** Nobody knows any more whether it went out before the backup was restored. */
export const fromBefore: Doubtful = {
  failure: { code: 'timeout', heal: 'never', certain: false, reason: 'restored' },
  ask: (seq) => ({ type: 'heldBack', why: 'restored', seq }),
}

/** The same text as to many others just now, which WeChat takes for mass mailing. Media is not looked at. */
export async function repeated(
  { repeats, clock }: Pick<Parts, 'repeats' | 'clock'>,
  unit: Unit,
  chat: Chat,
  [first]: readonly Send[],
): Promise<Doubtful | undefined> {
  // Where there is media, it comes first.
  if (first?.body.kind !== 'text') return undefined
  const lane = weChatLane(chat.account)
  const since = clock.now() - repeats.perMs
  const { text } = first.body
  const others = await unit.repeats(lane, text, chat.id, since, chatsAtMost + 1)
  if (others < repeats.chats) return undefined
  const chats = counted(others + 1, chatsAtMost)
  return {
    failure: { code: 'rate', heal: 'never', certain: true, reason: 'repeated' },
    ask: (seq) => ({ type: 'heldBack', why: 'repeated', seq, chats, withinMs: repeats.perMs }),
  }
}

/** Holds all of a message, whatever parts it has, and asks about it once: nothing behind it waits. */
export async function holdBack(
  parts: Parts,
  unit: Unit,
  chat: Chat,
  written: Message,
  jobs: readonly Send[],
  why: Doubtful,
): Promise<void> {
  const lane = weChatLane(chat.account)
  for (const job of jobs) await unit.hold(lane, job, parts.clock.now(), why.failure)
  const of = { message: written.id, state: 'held', oldest: true } as const
  const [first] = await unit.deadLetters(1, of)
  if (first) await say(parts, unit, chat, why.ask(String(first.seq)), written.id, written)
}
