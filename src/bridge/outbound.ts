import { answer } from '../core/answer.ts'
import { management } from '../core/chat.ts'
import { hubMessageId, sendKey, sendLine, weChatLane } from '../core/ids.ts'
import type { Content, Message } from '../core/message.ts'
import { mediaOf } from '../core/message.ts'
import type { Notice } from '../core/notice.ts'
import type { ConnectorFeatures, Send, SendBody } from '../core/post.ts'
import { isFromWeChat } from '../core/recall.ts'
import type { HubEvent, HubSink } from '../ports/hub.ts'
import type { Portal, Unit } from '../ports/store.ts'
import type { Commands } from './commands.ts'
import type { Doubts } from './doubts.ts'
import { fromBefore, holdBack, repeated } from './holding.ts'
import { mirror } from './mirror.ts'
import { say } from './notices.ts'
import type { Parts, Seat } from './parts.ts'
import type { Reads } from './reads.ts'
import { createInsteadOf } from './unforeseen.ts'
import type { Waits } from './waits.ts'

type By<T extends HubEvent['type']> = Extract<HubEvent, { readonly type: T }>
/** What is kept. */
type Lasting = Exclude<HubEvent, By<'echo'> | By<'read'>>

/** What the journeys from all hubs share. */
export interface Inside {
  readonly features: ConnectorFeatures
  readonly commands: Commands
  readonly doubts: Pick<Doubts, 'heldBy'>
  readonly reads: Pick<Reads, 'here'>
  readonly waits: Pick<Waits, 'written'>
  readonly mintClientId: () => string
  readonly wanted: () => void
}

/**
 * The journey from a hub: each event becomes durable, and the sends it makes with it, in one transaction. What a
 * stranger does changes nothing.
 */
export function createOutbound(parts: Parts, seat: Seat, inside: Inside): HubSink {
  const { store, clock, log, trace } = parts
  const { features, commands, doubts, reads, waits, mintClientId, wanted } = inside
  const hub = seat.adapter.id
  const insteadOf = createInsteadOf(log)

  return {
    async event(event, raw) {
      if (event.type === 'echo') {
        const receipt = { ids: [event.id], at: event.at }
        return store.unit((unit) => unit.settle(event.key, receipt))
      }
      if (event.type === 'read') return seen(event)
      trace('beforeAccept', event.id)
      const after = await insteadOf(
        event.id,
        () => store.unit((unit) => accept(unit, event, raw)),
        () => store.unit((unit) => unhandled(unit, event, raw)),
      )
      trace('afterAccept', event.id)
      after?.()
    },
  }

  async function seen(event: By<'read'>): Promise<void> {
    if (!seat.users.has(event.from)) return
    const portal = await store.unit((unit) => unit.portalIn(hub, event.room))
    if (portal && portal.chat.kind !== 'management') await reads.here(portal.chat.id)
  }

  async function accept(
    unit: Unit,
    event: Lasting,
    raw: string,
  ): Promise<(() => void) | undefined> {
    // What strangers say is not kept, or they could fill the disk.
    if (!seat.users.has(event.from)) {
      log.info({ hub, event: event.id, type: event.type }, 'ignored an event of a stranger')
      return undefined
    }
    const portal = await unit.portalIn(hub, event.room)
    if (!portal) return elsewhere(unit, event, raw)
    if (!(await unit.accept(hub, event.id, raw, clock.now()))) return undefined
    if (event.type === 'redaction') return redaction(unit, portal, event)
    if (event.type === 'edit')
      return message(unit, portal, { ...event, type: 'unsupported', kind: 'edit' })
    if (event.type === 'command') return command(unit, portal, event.words, event)
    if (portal.chat.kind === 'management') {
      const words = event.type === 'message' ? (event.text ?? '').trim().split(/\s+/) : []
      return command(unit, portal, words, event)
    }
    return message(unit, portal, event)
  }

  /** What we fail at is kept as it came, and said where the owner surely looks. */
  async function unhandled(unit: Unit, event: Lasting, raw: string): Promise<undefined> {
    if (!(await unit.accept(hub, event.id, raw, clock.now()))) return
    const detail = `event ${event.id} of ${hub}; it was not sent`
    const notice: Notice = { type: 'notDone', code: 'bug', detail }
    await say(parts, unit, management, notice, `${hub}/${event.id}`)
  }

  /** A command is not carried out a second time because a backup has forgotten the first. */
  async function command(unit: Unit, portal: Portal, words: readonly string[], event: Lasting) {
    if (!isForgotten(event)) return commands.run(unit, portal, words, event.id)
    await say(parts, unit, portal.chat, { type: 'cannot', why: 'restored' }, event.id)
    return undefined
  }

  /** Whether it was seen before is not known: what was, between the backup and its restoring, is lost. */
  function isForgotten({ at }: Lasting): boolean {
    return parts.restoredAt !== undefined && at < parts.restoredAt
  }

  /** The owner may write in a room that the bridge is in but that is no chat's: that must not vanish silently. */
  async function elsewhere(unit: Unit, event: Lasting, raw: string): Promise<undefined> {
    log.info({ hub, event: event.id, type: event.type }, 'ignored an event outside our rooms')
    if (event.type !== 'message' || !(await unit.accept(hub, event.id, raw, clock.now()))) return
    const preview = (event.text ?? '').slice(0, 80)
    await say(parts, unit, management, { type: 'noChat', preview }, `${hub}/${event.id}`)
  }

  async function message(
    unit: Unit,
    portal: Portal,
    event: By<'message'> | By<'unsupported'>,
  ): Promise<(() => void) | undefined> {
    const content = contentOf(event)
    const written: Message = {
      id: hubMessageId(hub, event.id),
      aliases: [],
      account: portal.chat.account,
      chat: portal.chat.id,
      sender: { type: 'myself' },
      at: event.at,
      mentionsMe: false,
      content,
    }
    const replyTo = event.type === 'message' ? event.replyTo : undefined
    const named = replyTo ? await unit.messageAt(hub, replyTo) : undefined
    // What was said in one chat is never quoted in another.
    const about = named?.chat === portal.chat.id ? named : undefined
    await unit.saveMessage(written, about?.id)
    await unit.joinEvent(written.id, 0, hub, event.id)

    const answered = answer(content, features, about, parts.voice.language)
    if ('refusal' in answered) {
      const notice: Notice = { type: 'refused', refusal: answered.refusal }
      await say(parts, unit, portal.chat, notice, written.id, written)
      return undefined
    }
    const media = mediaOf(content)
    if (media) await unit.wantMedia(media, clock.now())
    const jobs = answered.bodies.map((body, part) => jobOf(portal, written, part, body))
    const asked = isForgotten(event) ? fromBefore : await repeated(parts, unit, portal.chat, jobs)
    if (asked) await holdBack(parts, unit, portal.chat, written, jobs, asked)
    else for (const job of jobs) await enqueue(unit, portal, job)
    await mirror(parts, unit, written, about, hub)
    if (asked) return wanted
    const code = doubts.heldBy(portal.chat.id)
    if (code) {
      // Once for each question, however much is written.
      const id = `${code}/${portal.chat.id}`
      await say(parts, unit, portal.chat, { type: 'held', code }, id, written)
    }
    const after = await waits.written(unit, portal.chat, written, jobs.length)
    return () => {
      wanted()
      after?.()
    }
  }

  /** Taking back a message of one's own takes it back in WeChat too, every part of it. */
  async function redaction(unit: Unit, portal: Portal, event: By<'redaction'>): Promise<undefined> {
    const target = await unit.messageAt(hub, event.target)
    if (!target || target.chat !== portal.chat.id || target.sender.type === 'bridge') return
    // What tells of a recall is the bridge's own, whoever recalled.
    if (target.content.kind === 'recall') return
    const refuse = (why: 'notMine' | 'tooLate') => {
      const notice: Notice = { type: 'refused', refusal: { why } }
      return say(parts, unit, portal.chat, notice, event.id, target)
    }
    if (target.sender.type !== 'myself') return void (await refuse('notMine'))
    const recall = { ...target, id: hubMessageId(hub, event.id) }
    let refused = false
    for (let part = 0; ; part++) {
      const key = sendKey(target.id, part)
      // What has not gone out yet never will.
      if (await unit.withdraw(key)) continue
      const sent = await unit.sentReceipt(target.id, part)
      const fromPhone = part === 0 && isFromWeChat(target)
      // What one wrote on the phone is one message, however long; of what was refused here nothing went out.
      if (!sent && !fromPhone && !(await unit.knows(key))) break
      // What is going out at this moment is recalled behind it, however long it waited before.
      const since = sent?.at ?? (fromPhone ? target.at : clock.now())
      if (clock.now() - since > features.recallMs) {
        if (!refused) await refuse('tooLate')
        refused = true
        continue
      }
      const body = { kind: 'recall', target: target.id, part } as const
      await enqueue(unit, portal, jobOf(portal, recall, part, body))
    }
  }

  function jobOf(portal: Portal, written: Message, part: number, body: SendBody): Send {
    const { id: chat } = portal.chat
    return {
      type: 'send',
      key: sendKey(written.id, part),
      clientId: mintClientId(),
      portal: sendLine(chat),
      message: written.id,
      part,
      chat,
      body,
    }
  }

  async function enqueue(unit: Unit, portal: Portal, job: Send): Promise<void> {
    await unit.enqueue(weChatLane(portal.chat.account), job, clock.now())
  }
}

function contentOf(event: By<'message'> | By<'unsupported'>): Content {
  if (event.type === 'unsupported') {
    return { kind: 'unsupported', type: event.kind, summary: '' }
  }
  if (!event.media) return { kind: 'text', text: event.text ?? '' }
  const caption = event.text ? { caption: event.text } : {}
  return { kind: event.media.kind, media: event.media, ...caption }
}
