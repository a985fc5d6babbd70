import type { Chat } from '../core/chat.ts'
import { accountsRoom, isOurs, management } from '../core/chat.ts'
import { mintPortalId, noticeId, portalId } from '../core/ids.ts'
import type { Notice } from '../core/notice.ts'
import { oneLine } from '../core/one-line.ts'
import { roomName, words } from '../core/render.ts'
import type { ChatLine } from '../core/room-notice.ts'
import type { Portal, Unit } from '../ports/store.ts'
import type { By } from './events.ts'
import { contentOf } from './events.ts'
import type { Hand } from './hands.ts'
import { say } from './notices.ts'
import { marked, openName } from './open-names.ts'
import type { Parts, Seat } from './parts.ts'
import type { Question } from './pending.ts'
import { createPending } from './pending.ts'
import type { After } from './sending.ts'
import { both } from './sending.ts'
import type { Write } from './writing.ts'

/**
 * Asks which chat something is for that was written where many meet: nothing is ever guessed. What was written waits in
 * the store until the person says so. Everything in the caller's transaction.
 */
export interface Asking {
  /** Something was written in the room of `portal`. Of an album it is asked once. */
  ask(unit: Unit, portal: Portal, event: By<'message'>, hand: Hand): Promise<void>
  /** False: it is none of those that wait. */
  changed(unit: Unit, event: By<'edit'>, hand: Hand): Promise<boolean>
  takenBack(unit: Unit, event: By<'redaction'>, hand: Hand): Promise<boolean>
  /** The words behind `to`: the code of a question, and a portal, `none`, or `-` and a page. */
  answered(
    unit: Unit,
    portal: Portal,
    event: By<'command'>,
    words: readonly string[],
    hand: Hand,
  ): Promise<After>
}

/** Chats shown at once, and looked at to find official accounts. */
const shownAtOnce = 8
const seenAtOnce = 50
const seenAtMost = 1_000

export function createAsking(parts: Parts, seat: Seat, write: Write): Asking {
  const { voice, random } = parts
  const hub = seat.adapter.id
  const pending = createPending(hub)

  return {
    async ask(unit, portal, event, hand) {
      const known = await pending.ofAlbum(unit, event)
      if (known) return anew(unit, { ...known, items: [...known.items, event] }, event.id)
      const code = mintPortalId(random).slice(0, 6)
      const notice = noticeId(code, 'whichChat')
      const question = { code, hand, chat: portal.chat.id, notice, items: [event] }
      await pending.keep(unit, question)
      const place = placeOf(question)
      const said = await choice(unit, question, 1)
      await say(parts, unit, place, said, code, undefined, { only: hub })
    },

    async changed(unit, event, hand) {
      const question = await pending.of(unit, event.target)
      if (!question) return false
      if (!isTheirs(question, hand)) return true
      const items = question.items.map((item) =>
        item.id === event.target ? inOtherWords(item, event) : item,
      )
      await anew(unit, { ...question, items }, event.id)
      return true
    },

    async takenBack(unit, event, hand) {
      const question = await pending.of(unit, event.target)
      if (!question) return false
      if (!isTheirs(question, hand)) return true
      const items = question.items.filter(({ id }) => id !== event.target)
      await pending.forget(unit, question)
      if (items.length > 0) await anew(unit, { ...question, items }, event.id)
      else {
        const preview = previewOf(question)
        await tell(unit, question, { type: 'notRouted', preview, taken: true }, event.id)
      }
      return true
    },

    async answered(unit, portal, event, [code = '', where = ''], hand) {
      const question = await pending.named(unit, code)
      if (!question || !isTheirs(question, hand)) {
        // Not in the place of what hung there: that says what became of it.
        const notice: Notice = question
          ? { type: 'cannot', why: 'notYours' }
          : { type: 'routedAlready' }
        await say(parts, unit, portal.chat, notice, event.id, undefined, { only: hub })
        return undefined
      }
      const page = /^-([1-9]\d{0,3})$/.exec(where)?.[1]
      if (page) {
        await tell(unit, question, await choice(unit, question, Number(page)), event.id)
        return undefined
      }
      if (where === 'none') {
        await pending.forget(unit, question)
        const preview = previewOf(question)
        await tell(unit, question, { type: 'notRouted', preview }, event.id)
        return undefined
      }
      return sent(unit, question, where, event)
    },
  }

  async function sent(
    unit: Unit,
    question: Question,
    word: string,
    event: By<'command'>,
  ): Promise<After> {
    const to = await picked(unit, word)
    if (to?.hub !== hub || isOurs(to.chat) || !isAsked(question, to.chat)) {
      const notice = { type: 'noSuchChat' } as const
      await say(parts, unit, placeOf(question), notice, event.id, undefined, { only: hub })
      return undefined
    }
    await pending.forget(unit, question)
    let after: After
    for (const item of question.items) {
      after = both(after, await write(unit, to, item, question.hand))
    }
    const name = nameOf(question, to.chat, 60)
    const preview = previewOf(question)
    await tell(unit, question, { type: 'routed', name, preview }, event.id)
    return after
  }

  /** What was asked for may be another chat by now. */
  async function picked(unit: Unit, word: string): Promise<Portal | undefined> {
    const found = await unit.portal(portalId(word))
    const into = found?.hub === hub && (await unit.mergedInto(found.chat.id))
    return into ? unit.portalOf(into, hub, () => mintPortalId(random)) : found
  }

  /** What was asked is about something else now. */
  async function anew(unit: Unit, question: Question, id: string): Promise<void> {
    await pending.keep(unit, question)
    await tell(unit, question, await choice(unit, question, 1), id)
  }

  /** In the place of the question. */
  function tell(unit: Unit, question: Question, notice: Notice, id: string): Promise<void> {
    const showing = { only: hub, replaces: question.notice }
    const once = `${question.code}/${id}`
    return say(parts, unit, placeOf(question), notice, once, undefined, showing)
  }

  async function choice(unit: Unit, question: Question, page: number): Promise<Notice> {
    const from = (page - 1) * shownAtOnce
    const found = await latest(unit, question, from + shownAtOnce + 1)
    const choices: ChatLine[] = []
    for (const chat of found.slice(from, from + shownAtOnce)) {
      const { id: portal } = await unit.portalOf(chat.id, hub, () => mintPortalId(random))
      choices.push({ portal, kind: chat.kind, name: nameOf(question, chat, 40) })
    }
    return {
      type: 'whichChat',
      code: question.code,
      preview: previewOf(question),
      count: question.items.length,
      page,
      choices,
      ...(found.length > from + shownAtOnce && { more: true }),
      ...(question.chat === accountsRoom.id && { mps: true }),
    }
  }

  async function latest(unit: Unit, question: Question, count: number): Promise<readonly Chat[]> {
    const found: Chat[] = []
    for (let seen = 0; found.length < count && seen < seenAtMost; seen += seenAtOnce) {
      const more = await unit.recentChats(seenAtOnce, seen)
      found.push(...more.filter((chat) => isAsked(question, chat)))
      if (more.length < seenAtOnce) break
    }
    return found.slice(0, count)
  }

  /** The room of official accounts may be one that others are in. */
  function nameOf({ chat: place }: Question, chat: Chat, limit: number): string {
    const name = place === accountsRoom.id ? openName(parts, chat) : roomName(chat, voice.language)
    return marked(parts, chat, oneLine(name, limit))
  }

  function previewOf({ items: [first] }: Question): string {
    return first ? oneLine(words(contentOf(first), voice.language), 80) : ''
  }
}

const placeOf = ({ chat }: Question): Chat => (chat === accountsRoom.id ? accountsRoom : management)

const isAsked = ({ chat }: Question, { kind }: Chat): boolean =>
  chat !== accountsRoom.id || kind === 'mp'

const isTheirs = ({ hand }: Question, { from, role }: Hand): boolean =>
  role === 'owner' || hand.from === from

/** The change may bring other media, or none: then what there was stays. */
function inOtherWords(item: By<'message'>, { text, media }: By<'edit'>): By<'message'> {
  const { text: _, media: before, ...rest } = item
  const shown = media ?? before
  return { ...rest, ...(text !== undefined && { text }), ...(shown && { media: shown }) }
}
