import { calling } from '../core/calling.ts'
import type { Chat } from '../core/chat.ts'
import type { Key } from '../core/ids.ts'
import { sendKey, sendLine, weChatLane } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Send, SendBody } from '../core/post.ts'
import type { Portal, Unit } from '../ports/store.ts'
import type { Doubts } from './doubts.ts'
import { fromBefore, holdBack, repeated } from './holding.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'
import type { Waits } from './waits.ts'

/** What is left to do after the commit. */
export type After = (() => void) | undefined

/** Puts what a person wrote in line to WeChat. Everything in the caller's transaction. */
export interface Sending {
  /** One part of a message on its way. */
  jobOf(chat: Chat, written: Message, part: number, body: SendBody): Send
  /**
   * The sends of one message, in this order: in the places of those that `places` names and that wait in line, as far as
   * these go, else at its end. `held`: they wait for a person's word instead.
   */
  put(
    unit: Unit,
    chat: Chat,
    written: Message,
    jobs: readonly Send[],
    places?: readonly Key[],
  ): Promise<'put' | 'held'>
  /** Tells its writer if it will wait long. */
  told(unit: Unit, portal: Portal, written: Message, count: number): Promise<After>
}

export function createSending(
  parts: Parts,
  doubts: Pick<Doubts, 'heldBy'>,
  waits: Pick<Waits, 'written'>,
  mintClientId: () => string,
): Sending {
  const { clock } = parts

  return {
    jobOf: (chat, written, part, body) => ({
      type: 'send',
      key: sendKey(written.id, part),
      clientId: mintClientId(),
      portal: sendLine(chat.id),
      message: written.id,
      part,
      chat: chat.id,
      body: calling(body, written.mentions),
    }),

    async put(unit, chat, written, jobs, places = []) {
      const asked = isForgotten(parts, written.at)
        ? fromBefore
        : await repeated(parts, unit, chat, jobs)
      const left = [...places]
      if (asked) await holdBack(parts, unit, chat, written, jobs, asked)
      else {
        for (const job of jobs) {
          const place = left.shift()
          if (place !== undefined && (await unit.supersede(place, job))) continue
          await unit.enqueue(weChatLane(chat.account), job, clock.now())
        }
      }
      for (const place of left) await unit.withdraw(place)
      return asked ? 'held' : 'put'
    },

    async told(unit, portal, written, count) {
      const code = doubts.heldBy(portal.chat.id)
      if (code) {
        // Once for each question, however much is written.
        const id = `${code}/${portal.chat.id}`
        await say(parts, unit, portal.chat, { type: 'held', code }, id, written)
      }
      return waits.written(unit, portal.chat, written, count)
    },
  }
}

/** Whether it was seen before is not known: what was, between the backup and its restoring, is lost. */
export const isForgotten = ({ restoredAt }: Pick<Parts, 'restoredAt'>, at: number): boolean =>
  restoredAt !== undefined && at < restoredAt

/** Both, one after the other. */
export const both = (one: After, other: After): After =>
  one && other
    ? () => {
        one()
        other()
      }
    : (one ?? other)
