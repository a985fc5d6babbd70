import { accountsRoom, isOurs, management } from '../core/chat.ts'
import type { HubId } from '../core/ids.ts'
import { hubLane, mintPortalId } from '../core/ids.ts'
import type { Notice } from '../core/notice.ts'
import type { HubSink } from '../ports/hub.ts'
import type { Portal, Unit } from '../ports/store.ts'
import { createAlbums } from './albums.ts'
import { createAsking } from './asking.ts'
import type { Asked } from './commands/asked.ts'
import type { Commands } from './commands.ts'
import type { Doubts } from './doubts.ts'
import { createEditing } from './edits.ts'
import type { By, Lasting, Written } from './events.ts'
import { kindOf } from './events.ts'
import type { Hand } from './hands.ts'
import { handOf, isTheirs } from './hands.ts'
import { say } from './notices.ts'
import type { Outcomes } from './outcomes.ts'
import type { Parts, Seat } from './parts.ts'
import { portalFor } from './places.ts'
import { createReacting, isReaction, type ReactionChoice } from './reactions.ts'
import type { Reads } from './reads.ts'
import type { Rooms } from './rooms.ts'
import type { After } from './sending.ts'
import { both, createSending, isForgotten } from './sending.ts'
import type { FeaturesOf } from './taking-back.ts'
import { createTakeBack } from './taking-back.ts'
import { createInsteadOf } from './unforeseen.ts'
import type { Waits } from './waits.ts'
import { createWriting } from './writing.ts'

/** What the journeys from all hubs share. */
export interface Inside {
  readonly features: FeaturesOf
  readonly commands: Commands
  readonly doubts: Pick<Doubts, 'heldBy'>
  readonly reads: Pick<Reads, 'here'>
  readonly waits: Pick<Waits, 'written'>
  readonly outcomes: Pick<Outcomes, 'written' | 'failed'>
  readonly reactions: Pick<ReactionChoice, 'now'>
  /** The rooms of a hub. */
  rooms(hub: HubId): Pick<Rooms, 'moved'>
  readonly mintClientId: () => string
  readonly wanted: () => void
}

/**
 * The journey from a hub: each event becomes durable, and the sends it makes with it, in one transaction. What a
 * stranger does changes nothing.
 */
export function createOutbound(parts: Parts, seat: Seat, inside: Inside): HubSink {
  const { store, clock, log, trace, meter } = parts
  const { features, commands, doubts, reads, waits, outcomes, mintClientId, wanted } = inside
  const hub = seat.adapter.id
  const insteadOf = createInsteadOf(log)
  const sending = createSending(parts, doubts, waits, mintClientId)
  const albums = createAlbums(parts, hub)
  const write = followed(createWriting(parts, seat, features, sending, albums, wanted))
  const edit = followed(createEditing(parts, seat, features, sending, mintClientId, wanted))
  const react = followed(createReacting(parts, seat, inside.reactions, sending, outcomes))
  const takeBack = createTakeBack(parts, features, mintClientId)
  const asking = createAsking(parts, seat, write)
  const asks = seat.adapter.features.shared === true || (seat.mps ?? 'each') !== 'each'

  /** Events that were new, until that is counted. */
  const fresh = new WeakSet<Lasting>()

  return {
    shows: (room) => store.unit(async (unit) => (await unit.portalIn(hub, room)) !== undefined),
    async event(event, raw) {
      // What it settles, or means instead, was found out before (`createEchoes`).
      if (event.type === 'echo') return
      if (event.type === 'read') return seen(event)
      trace('beforeAccept', event.id)
      const after = await insteadOf(
        event.id,
        () => store.unit((unit) => accept(unit, event, raw)),
        () => store.unit((unit) => unhandled(unit, event, raw)),
      )
      trace('afterAccept', event.id)
      if (fresh.delete(event)) meter?.accepted(hubLane(hub), kindOf(event))
      after?.()
    },
  }

  /** What becomes of it is told where it was written. */
  function followed<E extends Lasting>(
    work: (unit: Unit, portal: Portal, event: E, hand: Hand) => Promise<After>,
  ): typeof work {
    return async (unit, portal, event, hand) => {
      const after = await work(unit, portal, event, hand)
      return both(after, () => outcomes.written(hub, event.room, event.id))
    }
  }

  async function accepted(unit: Unit, event: Lasting, raw: string): Promise<boolean> {
    const isNew = await unit.accept(hub, event.id, raw, clock.now())
    if (isNew) fresh.add(event)
    return isNew
  }

  /** What others have seen, the owner has not. */
  async function seen(event: By<'read'>): Promise<void> {
    if (handOf(seat, event.from, event.room)?.role !== 'owner') return
    const portal = await store.unit((unit) => unit.portalIn(hub, event.room))
    if (portal && !isOurs(portal.chat)) await reads.here(portal.chat.id)
  }

  async function accept(unit: Unit, event: Lasting, raw: string): Promise<After> {
    const hand = handOf(seat, event.from, event.room)
    const portal = hand && (await unit.portalIn(hub, event.room))
    // What strangers say is not kept, or they could fill the disk; nor what those who may only write say elsewhere.
    if (!hand || (hand.role === 'relay' && (event.type === 'command' || !isOfChats(portal)))) {
      log.info({ hub, event: event.id, type: event.type }, 'ignored an event of a stranger')
      return undefined
    }
    if (!portal) return elsewhere(unit, event, hand, raw)
    if (!(await accepted(unit, event, raw))) return undefined
    if (event.type === 'command') return command(unit, portal, event.words, event, hand)
    if (event.type === 'moved') return moved(unit, portal, event, hand)
    if (event.type === 'reaction') {
      const to = isShared(portal) ? await portalOfEvent(unit, event.target) : portal
      return to && react(unit, to, event, hand)
    }
    if (isShared(portal)) return routed(unit, portal, event, hand)
    if (event.type === 'redaction') return redaction(unit, portal, event, hand)
    if (event.type === 'edit') return edit(unit, portal, event, hand)
    if (portal.chat.kind === 'management') {
      const words = event.type === 'message' ? (event.text ?? '').trim().split(/\s+/) : []
      return command(unit, portal, words, event, hand)
    }
    return write(unit, portal, event, hand)
  }

  /** Do many chats meet there? */
  function isShared({ chat }: Portal): boolean {
    if (chat.id === accountsRoom.id) return true
    return chat.kind === 'management' && seat.adapter.features.shared === true
  }

  /** Only the owner's word counts, and no room is taken away from another chat. */
  async function moved(
    unit: Unit,
    portal: Portal,
    { id, to }: By<'moved'>,
    { role }: Hand,
  ): Promise<After> {
    const other = await unit.portalIn(hub, to)
    if (role !== 'owner' || (other && other.id !== portal.id)) {
      log.warn({ hub, event: id, portal: portal.id }, 'a room that claims to go on as another')
      return undefined
    }
    await unit.bindRoom(portal.id, to)
    return () => inside.rooms(hub).moved(portal.id, to)
  }

  /** What is said where many chats meet is for the one of the message it answers, or changes; else it is asked. */
  async function routed(
    unit: Unit,
    portal: Portal,
    event: Written | By<'redaction'> | By<'edit'>,
    hand: Hand,
  ): Promise<After> {
    // Nothing says which chat it was for; nor would it be sent.
    if (event.type === 'unsupported') return write(unit, portal, event, hand)
    if (event.type === 'redaction') {
      if (await asking.takenBack(unit, event, hand)) return undefined
      const to = await portalOfEvent(unit, event.target)
      return to && redaction(unit, to, event, hand)
    }
    if (event.type === 'edit') {
      if (await asking.changed(unit, event, hand)) return undefined
      return edit(unit, (await portalOfEvent(unit, event.target)) ?? portal, event, hand)
    }
    const to = event.replyTo && (await portalOfEvent(unit, event.replyTo))
    if (to) return write(unit, to, event, hand)
    await asking.ask(unit, portal, event, hand)
    return undefined
  }

  /** The portal of the chat that an event belongs to. Undefined: it is not known, or of none. */
  async function portalOfEvent(unit: Unit, event: Written['id']): Promise<Portal | undefined> {
    const message = await unit.messageAt(hub, event)
    if (!message || isOurs({ id: message.chat })) return undefined
    return unit.portalOf(message.chat, hub, () => mintPortalId(parts.random))
  }

  /** What we fail at is kept as it came, and said where the owner surely looks. */
  async function unhandled(unit: Unit, event: Lasting, raw: string): Promise<undefined> {
    if (!(await accepted(unit, event, raw))) return
    const detail = `event ${event.id} of ${hub}; it was not sent`
    const notice: Notice = { type: 'notDone', code: 'bug', detail }
    await say(parts, unit, management, notice, `${hub}/${event.id}`)
  }

  /** A command is not carried out a second time because a backup has forgotten the first. */
  async function command(
    unit: Unit,
    portal: Portal,
    words: readonly string[],
    event: Lasting,
    hand: Hand,
    there?: Asked['there'],
  ): Promise<After> {
    if (isForgotten(parts, event.at)) {
      await say(parts, unit, portal.chat, { type: 'cannot', why: 'restored' }, event.id)
      return undefined
    }
    const [word, ...rest] = words
    if (event.type === 'command' && word?.toLowerCase() === 'to' && asks) {
      return asking.answered(unit, portal, event, rest, hand)
    }
    const { replyTo, button } = event.type === 'command' ? event : { button: undefined }
    return commands.run(unit, portal, words, event.id, {
      role: hand.role === 'owner' ? 'owner' : 'user',
      from: hand.from,
      seat,
      ...(replyTo && { replyTo }),
      ...(button && { button }),
      ...(there && { there }),
    })
  }

  /** A room that the bridge is in but that is no chat's: commands are answered there, and nothing vanishes silently. */
  async function elsewhere(unit: Unit, event: Lasting, hand: Hand, raw: string): Promise<After> {
    log.info({ hub, event: event.id, type: event.type }, 'an event outside our rooms')
    if (event.type === 'edit' || event.type === 'redaction') {
      // The room may have shown the chat before.
      const to = await portalOfEvent(unit, event.target)
      if (!to || !(await accepted(unit, event, raw))) return
      return event.type === 'edit' ? edit(unit, to, event, hand) : redaction(unit, to, event, hand)
    }
    if (event.type === 'unsupported' || event.type === 'reaction' || event.type === 'moved') return
    if (!(await accepted(unit, event, raw))) return
    if (event.type === 'command') {
      const portal = await portalFor(parts, unit, seat, management)
      return command(unit, portal, event.words, event, hand, event.room)
    }
    const preview = (event.text ?? '').slice(0, 80)
    // What is the owner's business is said where the owner surely looks.
    const showing = hand.role === 'owner' ? {} : { only: hub, there: event.room }
    const notice = { type: 'noChat', preview } as const
    await say(parts, unit, management, notice, `${hub}/${event.id}`, undefined, showing)
  }

  /**
   * Taking back a message of one's own takes it back in WeChat too, every part of it. Taking back a change alone would
   * undo that on the hub: in WeChat nothing is undone, and whoever wants it can change it once more.
   */
  async function redaction(
    unit: Unit,
    portal: Portal,
    event: By<'redaction'>,
    hand: Hand,
  ): Promise<undefined> {
    const target = await unit.messageAt(hub, event.target)
    if (!target) return
    if (target.edits && (await unit.eventOf(target.id, hub)) !== event.target) {
      const undone: Notice = { type: 'notEdited', why: 'undone' }
      if (isTheirs(hand, target)) await say(parts, unit, portal.chat, undone, event.id, target)
      return
    }
    const done = await takeBack(unit, portal.chat, target, hand)
    if (done !== 'notMine' && done !== 'tooLate') return
    if (await isReaction(unit, target)) return
    const notice: Notice = { type: 'refused', refusal: { why: done } }
    await say(parts, unit, portal.chat, notice, event.id, target)
  }
}

const isOfChats = (portal: Portal | undefined): boolean =>
  portal !== undefined && portal.chat.kind !== 'management'
