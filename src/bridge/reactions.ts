import { reactionLine } from '../core/answer.ts'
import { isOurs } from '../core/chat.ts'
import { dayOf } from '../core/day-time.ts'
import { hubMessageId } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import { nameLead } from '../core/spoken.ts'
import type { Portal, Unit } from '../ports/store.ts'
import type { By } from './events.ts'
import type { Hand } from './hands.ts'
import { createKeptChoice, type KeptChoice } from './kept-choice.ts'
import { mirror } from './mirror.ts'
import { say } from './notices.ts'
import type { Outcomes } from './outcomes.ts'
import type { Parts, Seat } from './parts.ts'
import type { After, Sending } from './sending.ts'
import { isForgotten } from './sending.ts'
import { latestOf } from './versions.ts'

/** What a reaction does in WeChat, which has none (`Parts.reactions`); a person may change it. */
export type ReactionPolicy = 'line' | 'off'

export interface ReactionChoice extends KeptChoice<ReactionPolicy> {
  now(): ReactionPolicy
}

export function createReactionChoice(
  parts: Pick<Parts, 'vault' | 'log' | 'reactions'>,
): ReactionChoice {
  let now = parts.reactions ?? 'off'
  const kept = createKeptChoice<ReactionPolicy>(
    parts,
    'reactions',
    now,
    ['line', 'off'],
    (next) => {
      now = next
    },
  )
  return { ...kept, now: () => now }
}

/** Someone has reacted to a message of a chat. In the caller's transaction. */
export type React = (
  unit: Unit,
  portal: Portal,
  event: By<'reaction'>,
  hand: Hand,
) => Promise<After>

/** Where each line that stands for a reaction is noted, among the sources of what was accepted. */
const noted = 'bridge/reaction'

/** Does it stand for a reaction? Where it cannot be taken back any more, nobody need hear of that. */
export const isReaction = (unit: Unit, { id }: Message): boolean | Promise<boolean> =>
  unit.accepted(noted, id)

export function createReacting(
  parts: Parts,
  seat: Seat,
  choice: Pick<ReactionChoice, 'now'>,
  sending: Sending,
  outcomes: Pick<Outcomes, 'failed'>,
): React {
  const { clock, voice } = parts
  const { id: hub } = seat.adapter

  return async (unit, portal, event, hand) => {
    const named = await unit.messageAt(hub, event.target)
    if (named?.chat !== portal.chat.id || isOurs(portal.chat)) return undefined
    const about = await latestOf(unit, named)
    const line = reactionLine(event.sign, about, voice.language, portal.chat.kind === 'group')
    // What the bridge said has no counterpart in WeChat; what is from before a backup may have been said then.
    if (line === undefined || isForgotten(parts, event.at)) return undefined
    return choice.now() === 'line'
      ? said(unit, portal, event, hand, about, line)
      : notSaid(unit, portal, event)
  }

  async function said(
    unit: Unit,
    portal: Portal,
    event: By<'reaction'>,
    hand: Hand,
    about: Message,
    line: string,
  ): Promise<After> {
    const { chat } = portal
    const lead = hand.role === 'relay' ? nameLead(event.name, event.from) : ''
    const text = `${lead}${line}`
    const written: Message = {
      id: hubMessageId(hub, event.id),
      aliases: [],
      account: chat.account,
      chat: chat.id,
      sender: { type: 'myself' },
      at: event.at,
      mentionsMe: false,
      content: { kind: 'text', text },
      by: { hub, from: event.from, answers: about.id },
    }
    await unit.saveMessage(written, about.id)
    await unit.joinEvent(written.id, 0, hub, event.id)
    await unit.accept(noted, written.id, '', clock.now())
    const job = sending.jobOf(chat, written, 0, { kind: 'text', text })
    const put = await sending.put(unit, chat, written, [job])
    await mirror(parts, unit, written, about, hub)
    return put === 'held' ? undefined : sending.told(unit, portal, written, 1)
  }

  /** Once in each chat and day: who reacts a lot would be told a lot. */
  async function notSaid(unit: Unit, portal: Portal, event: By<'reaction'>): Promise<After> {
    const once = `${portal.id}/${dayOf(clock.now(), voice.timezone)}`
    await say(parts, unit, portal.chat, { type: 'reactionsOff' }, once, undefined, { only: hub })
    const detail = 'Reactions do not go to WeChat (reactions: off).'
    return () => outcomes.failed(hub, event.room, event.id, 'refused', detail)
  }
}
