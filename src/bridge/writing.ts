import { answer } from '../core/answer.ts'
import { hubMessageId } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import { mediaOf } from '../core/message.ts'
import type { Notice, Refusal } from '../core/notice.ts'
import { mentionsOf } from '../core/pointing.ts'
import type { Send, SendBody } from '../core/post.ts'
import { led } from '../core/spoken.ts'
import type { Portal, Unit } from '../ports/store.ts'
import type { Albums } from './albums.ts'
import type { Written } from './events.ts'
import { contentOf, leadOf } from './events.ts'
import type { Hand } from './hands.ts'
import { mirror } from './mirror.ts'
import { say } from './notices.ts'
import type { Parts, Seat } from './parts.ts'
import type { After, Sending } from './sending.ts'
import type { FeaturesOf } from './taking-back.ts'
import { latestOf } from './versions.ts'

/** What a person writes for a chat goes to WeChat and to the other hubs. In the caller's transaction. */
export type Write = (unit: Unit, portal: Portal, event: Written, hand: Hand) => Promise<After>

export function createWriting(
  parts: Parts,
  seat: Seat,
  features: FeaturesOf,
  sending: Sending,
  albums: Albums,
  wanted: () => void,
): Write {
  const { clock, voice } = parts
  const hub = seat.adapter.id

  return async (unit, portal, event, hand) => {
    const { chat } = portal
    const content = contentOf(event)
    const album = await albums.of(unit, chat, event)
    const lead = album.isLed ? '' : leadOf(hand, event)
    const about = await answered(unit, portal, event)
    const mentions = event.type === 'message' ? mentionsOf(event) : []
    const written: Message = {
      id: hubMessageId(hub, event.id),
      aliases: [],
      account: chat.account,
      chat: chat.id,
      sender: { type: 'myself' },
      at: event.at,
      mentionsMe: false,
      ...(mentions.length > 0 && { mentions }),
      content: led(content, lead),
      by: { hub, from: event.from, ...(about && { answers: about.id }) },
    }
    await unit.saveMessage(written, about?.id)
    await unit.joinEvent(written.id, 0, hub, event.id)

    const found = answer(content, features(chat.account), about, voice.language, lead)
    const refusal = refusalOf(event) ?? ('refusal' in found ? found.refusal : undefined)
    if (refusal || 'refusal' in found) {
      if (refusal) await refuse(unit, portal, written, refusal)
      return undefined
    }
    const media = mediaOf(content)
    if (media) await unit.wantMedia(media, clock.now())
    const jobs = jobsOf(sending, portal, written, found.bodies, lead)
    const put = await sending.put(unit, chat, written, jobs)
    await album.sent(unit, put === 'held' ? [] : jobs)
    await mirror(parts, unit, written, about, hub)
    if (put === 'held') return wanted
    const after = await sending.told(unit, portal, written, jobs.length)
    return () => {
      wanted()
      after?.()
    }
  }

  /** What it answers, as what that was changed to. What was said in one chat is never quoted in another. */
  async function answered(
    unit: Unit,
    portal: Portal,
    event: Written,
  ): Promise<Message | undefined> {
    if (event.type !== 'message' || !event.replyTo) return undefined
    const named = await unit.messageAt(hub, event.replyTo)
    return named?.chat === portal.chat.id ? latestOf(unit, named) : undefined
  }

  function refuse(unit: Unit, portal: Portal, written: Message, refusal: Refusal): Promise<void> {
    const notice: Notice = { type: 'refused', refusal }
    return say(parts, unit, portal.chat, notice, written.id, written)
  }
}

/**
 * The sends of a message whose words are led by `lead`: bytes that have no words of their own come behind a line that
 * says whose they are. They are part 0 all the same.
 */
export function jobsOf(
  sending: Sending,
  { chat }: Portal,
  written: Message,
  bodies: readonly SendBody[],
  lead: string,
): readonly Send[] {
  const jobs = bodies.map((body, part) => sending.jobOf(chat, written, part, body))
  const [first, ...more] = jobs
  if (!lead || first?.body.kind !== 'media' || more.length > 0) return jobs
  return [sending.jobOf(chat, written, 1, { kind: 'text', text: lead.trim() }), ...jobs]
}

const refusalOf = (event: Written): Refusal | undefined =>
  event.type === 'unsupported' && event.tooLarge
    ? { why: 'tooLarge', ...event.tooLarge }
    : undefined
