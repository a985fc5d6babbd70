import { answer } from '../core/answer.ts'
import type { EventId } from '../core/ids.ts'
import type { Content, Message } from '../core/message.ts'
import { mediaOf } from '../core/message.ts'
import type { Refusal } from '../core/notice.ts'
import { mentionsOf } from '../core/pointing.ts'
import type { ConnectorFeatures, Send, SendBody } from '../core/post.ts'
import type { NotEdited } from '../core/route-notice.ts'
import { changedMark, isSame, isSameMedia, led, wordsOf } from '../core/spoken.ts'
import type { Portal, Unit } from '../ports/store.ts'
import type { By } from './events.ts'
import { contentOf, leadOf } from './events.ts'
import type { Hand } from './hands.ts'
import { isTheirs } from './hands.ts'
import { say } from './notices.ts'
import type { Parts, Seat } from './parts.ts'
import { restate } from './restating.ts'
import type { After, Sending } from './sending.ts'
import { isForgotten } from './sending.ts'
import type { FeaturesOf } from './taking-back.ts'
import { isTooLate, takePart, wasTakenBack } from './taking-back.ts'
import type { Part, Versions } from './versions.ts'
import { partsOf, versionsOf } from './versions.ts'
import { jobsOf } from './writing.ts'

/** What a person changed is changed in WeChat, as far as WeChat lets it. In the caller's transaction. */
export type Edit = (unit: Unit, portal: Portal, event: By<'edit'>, hand: Hand) => Promise<After>

/** What is to be said anew, and what of the earlier versions gives way to it. */
interface Change {
  /** What the door of its chat can do. */
  readonly features: ConnectorFeatures
  readonly versions: Versions
  readonly content: Content
  readonly lead: string
  readonly about: Message | undefined
  /** The bytes stay; only what is said with them changes. */
  readonly isWordsOnly: boolean
  readonly live: readonly Part[]
}

/**
 * WeChat cannot change a message. What has not gone out is replaced where it stands in line; what WeChat still takes back
 * is taken back and sent anew; else a line says what it was changed to. So does one whose answer was lost: it may be
 * there, and sending it anew would double it.
 */
export function createEditing(
  parts: Parts,
  seat: Seat,
  features: FeaturesOf,
  sending: Sending,
  mintClientId: () => string,
  wanted: () => void,
): Edit {
  const { clock, voice } = parts
  const policy = parts.edits ?? 'resend'
  const hub = seat.adapter.id

  return async (unit, portal, event, hand) => {
    const target = await unit.messageAt(hub, event.target)
    const why = hindrance(portal, target, hand)
    if (!target || why) return refuse(unit, portal, event, why ?? 'unknown', target)
    // What the bridge says, nobody changes.
    if (target.sender.type === 'bridge') return undefined
    const versions = await versionsOf(unit, target)
    const { latest } = versions
    const content = changedTo(event, latest.content)
    const lead = leadOf(hand, event)
    if (isUnchanged(latest, content, lead)) return undefined
    if (await wasTakenBack(unit, versions)) return refuse(unit, portal, event, 'recalled', latest)
    if (isForgotten(parts, event.at)) return refuse(unit, portal, event, 'restored', latest)
    if (policy === 'off') return refuse(unit, portal, event, 'off', latest)
    const about = latest.by?.answers && (await unit.message(latest.by.answers))
    const live = await partsOf(unit, versions.all)
    // Bytes that never came into line go with the words.
    const isWordsOnly = live.some(({ media }) => media) && isSameMedia(latest.content, content)
    const its = features(portal.chat.account)
    const change = { features: its, versions, content, lead, about, isWordsOnly, live }
    return changed(unit, portal, event, change)
  }

  async function changed(
    unit: Unit,
    portal: Portal,
    event: By<'edit'>,
    change: Change,
  ): Promise<After> {
    const { versions, content, about, live, isWordsOnly } = change
    const { chat } = portal
    const stale = isWordsOnly ? live.filter(({ media }) => !media) : live
    const follows = isFollowed(change, stale)
    const lead = `${follows ? changedMark : ''}${change.lead}`
    const found = bodiesOf(change, lead)
    if ('refusal' in found) {
      const notice = { type: 'refused', refusal: found.refusal } as const
      await say(parts, unit, chat, notice, event.id, versions.latest)
      return undefined
    }
    const { mentions: _, ...before } = versions.latest
    const mentions = mentionsOf(event)
    const written: Message = {
      ...before,
      id: versions.next,
      aliases: [],
      account: chat.account,
      chat: chat.id,
      sender: { type: 'myself' },
      at: event.at,
      ...(mentions.length > 0 && { mentions }),
      content: led(content, change.lead),
      by: { hub, from: event.from, ...(about && { answers: about.id }) },
      edits: versions.root,
    }
    await unit.saveMessage(written, about?.id)
    await unit.joinEvent(written.id, 0, hub, await shownAs(unit, event, versions))
    await unit.joinEvent(written.id, 0, hub, event.id)
    const media = mediaOf(content)
    if (media && !isWordsOnly) await unit.wantMedia(media, clock.now())

    const jobs = isWordsOnly
      ? found.bodies.map((body, at) => sending.jobOf(chat, written, at + 1, body))
      : jobsOf(sending, portal, written, found.bodies, lead)
    const put = await putInstead(unit, portal, written, jobs, stale, follows)
    await restate(parts, unit, { written, before: versions.latest, about, except: hub })
    if (put !== 'behind' || jobs.length === 0) return wanted
    const after = await sending.told(unit, portal, written, jobs.length)
    return () => {
      wanted()
      after?.()
    }
  }

  /** `behind`: at the end of the line. */
  async function putInstead(
    unit: Unit,
    portal: Portal,
    written: Message,
    jobs: readonly Send[],
    stale: readonly Part[],
    follows: boolean,
  ): Promise<'behind' | 'held' | 'there'> {
    const { chat } = portal
    const isUnsent = stale.every(({ state }) => state === 'waiting' || state === 'idle')
    if (!isUnsent) {
      for (const part of stale) {
        const isOut = part.state !== 'waiting' && part.state !== 'idle'
        if (!(isOut && follows)) {
          await takePart(parts, features(chat.account), mintClientId, unit, chat, part)
        }
      }
    }
    for (const { key, state } of stale) if (isUnsent && state === 'idle') await unit.withdraw(key)
    const places = stale.filter(({ state }) => isUnsent && state === 'waiting')
    const put = await sending.put(
      unit,
      chat,
      written,
      jobs,
      places.map(({ key }) => key),
    )
    if (put === 'held') return 'held'
    return places.length > 0 ? 'there' : 'behind'
  }

  /** Does a line say what it was changed to? */
  function isFollowed({ features, live, isWordsOnly }: Change, stale: readonly Part[]): boolean {
    const out = (each: readonly Part[]) =>
      each.filter(({ state }) => state === 'sent' || state === 'going' || state === 'lost')
    // Bytes that had no words so far: these come so much later that nobody would see what they are about.
    const judged = isWordsOnly && out(stale).length === 0 ? out(live) : out(stale)
    if (judged.length === 0) return false
    const isLate = judged.some((part) => isTooLate(parts, features, part))
    if (stale.some(({ state }) => state === 'lost') || isLate) return true
    return policy === 'follow'
  }

  function bodiesOf(
    { features, content, about, isWordsOnly }: Change,
    lead: string,
  ): { readonly bodies: readonly SendBody[] } | { readonly refusal: Refusal } {
    if (!isWordsOnly) return answer(content, features, about, voice.language, lead)
    const text = wordsOf(content)
    // The words may be gone, and the bytes stay.
    if (!text.trim()) return { bodies: [] }
    return answer({ kind: 'text', text }, features, about, voice.language, lead)
  }

  /** What is changed may be the event of an earlier change: it is the first that people see, and answer. */
  async function shownAs(unit: Unit, { target }: By<'edit'>, { root }: Versions): Promise<EventId> {
    const isChange = (await unit.messageAt(hub, target))?.edits !== undefined
    return (isChange && (await unit.eventOf(root, hub))) || target
  }

  function hindrance(
    portal: Portal,
    target: Message | undefined,
    hand: Hand,
  ): NotEdited | undefined {
    if (!target) return 'unknown'
    if (target.sender.type === 'bridge') return undefined
    if (target.chat !== portal.chat.id) return 'otherChat'
    return isTheirs(hand, target) ? undefined : 'notMine'
  }

  async function refuse(
    unit: Unit,
    portal: Portal,
    event: By<'edit'>,
    why: NotEdited,
    about: Message | undefined,
  ): Promise<undefined> {
    const known = about?.chat === portal.chat.id ? about : undefined
    await say(parts, unit, portal.chat, { type: 'notEdited', why }, event.id, known)
    return undefined
  }
}

/** A picture of an album whose first one said whose it is does not say so. */
const isUnchanged = ({ content: before }: Message, content: Content, lead: string): boolean =>
  isSame(before, led(content, lead)) || (!wordsOf(before) && isSame(before, content))

/** Who changes the words under media lets the bytes be, be they told once more or not. */
function changedTo(event: By<'edit'>, before: Content): Content {
  const content = contentOf(event)
  if (event.media || !('media' in before)) return content
  const { caption: _, ...media } = before
  return event.text ? { ...media, caption: event.text } : media
}
