import type { Failure } from '../core/errors.ts'
import type { Outcome } from '../core/hub.ts'
import type { EventId, HubId, Key, MessageId, RoomId } from '../core/ids.ts'
import { hubMessageId, noticeId, sendKey } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Notice, Refusal } from '../core/notice.ts'
import { noticeWords } from '../core/notice-words.ts'
import type { Item, Unit } from '../ports/store.ts'
import { createAtLeisure } from './at-leisure.ts'
import type { Parts } from './parts.ts'
import { portalFor } from './places.ts'

/**
 * Tells a hub that wants to hear it what became of what was written there. Beside everything else: what is durable is
 * read after the commit, and nothing waits for it.
 */
export interface Outcomes {
  /** An event was accepted; whatever it became is in the store. */
  written(hub: HubId, room: RoomId, event: EventId): void
  /** An event will come to nothing. */
  failed(hub: HubId, room: RoomId, event: EventId, code: Failure['code'], detail: string): void
  /** An item of a line to WeChat has come to an end. */
  settled(item: Item): void
  /** A send was seen coming back. */
  seen(key: Key): void
}

/** Whatever is not through by then is said to wait, in milliseconds. */
const waitMs = 5_000
/** So many events are remembered until their end. */
const remembered = 2_000

/** An event whose end is not known yet. */
interface Open {
  readonly hub: HubId
  readonly room: RoomId
  readonly event: EventId
  told?: Outcome['state']
}

export function createOutcomes(parts: Parts, stopping: AbortSignal): Outcomes {
  const seats = parts.seats.filter(({ adapter }) => adapter.outcome)
  if (seats.length === 0) return deaf
  const { store, clock, log } = parts
  const open = new Map<MessageId, Open>()
  const later = createAtLeisure((error) => {
    if (!stopping.aborted) log.debug({ error: String(error) }, 'an outcome was not told')
  })

  return {
    written(hub, room, event) {
      if (!seatOf(hub)) return
      later(`${hub} ${event}`, async () => {
        const one: Open = { hub, room, event }
        const found = await store.unit((unit) => begun(unit, hub, event))
        if (!found) return
        if ('state' in found) return tell(one, found)
        remember(found.id, one)
        look(found.id, false)
        clock.sleep(waitMs, stopping).then(
          () => open.has(found.id) && look(found.id, true),
          () => undefined,
        )
      })
    },

    failed(hub, room, event, code, detail) {
      const outcome = { state: 'failed', code, detail } as const
      if (seatOf(hub)) later(`${hub} ${event}`, () => tell({ hub, room, event }, outcome))
    },

    settled({ job }) {
      if (job.type === 'send' && job.body.kind !== 'recall') look(job.message, false)
    },

    seen(key) {
      const message = /^send\/(.+)\/\d+$/s.exec(key)?.[1]
      if (message !== undefined) look(message as MessageId, false)
    },
  }

  /** How it stands now. `isRipe`: that it waits is worth saying by now. */
  function look(id: MessageId, isRipe: boolean): void {
    later(id, async () => {
      const found = await store.unit(async (unit) => {
        const message = await unit.message(id)
        const one = open.get(id) ?? (message && (await fromBefore(unit, message)))
        const outcome = message && one && (await outcomeOf(unit, message))
        return outcome && { message, one, outcome }
      })
      if (!found) return
      const { message, one, outcome } = found
      if (outcome.state === 'waiting' ? isRipe : outcome.state !== one.told) {
        await tell(one, outcome, message)
      }
      if (outcome.state === 'sent') open.delete(id)
      else remember(id, one)
    })
  }

  async function tell(one: Open, outcome: Outcome, message?: Message): Promise<void> {
    one.told = outcome.state
    const { hub, room, event } = one
    const adapter = seatOf(hub)?.adapter
    const others = message ? await store.unit((unit) => standingFor(unit, message, one)) : []
    for (const each of [event, ...others]) {
      await adapter?.outcome?.(room, each, outcome, stopping)
    }
  }

  /** What was written before this process began has its room and its event in the store. */
  async function fromBefore(unit: Unit, message: Message): Promise<Open | undefined> {
    const hub = message.by?.hub
    const seat = hub && seatOf(hub)
    const chat = await unit.chat(message.chat)
    if (!hub || !seat || !chat) return undefined
    const { room } = await portalFor(parts, unit, seat, chat)
    // A change is joined to what it changes, and then to its own event.
    const events = await unit.eventsOf(message.id, hub)
    const event = message.edits ? events.at(-1) : events[0]
    return room && event && { hub, room, event }
  }

  function remember(id: MessageId, one: Open): void {
    open.delete(id)
    open.set(id, one)
    const [oldest] = open.keys()
    if (open.size > remembered && oldest !== undefined) open.delete(oldest)
  }

  function seatOf(hub: HubId) {
    return seats.find(({ adapter }) => adapter.id === hub)
  }
}

const deaf: Outcomes = {
  written: () => undefined,
  failed: () => undefined,
  settled: () => undefined,
  seen: () => undefined,
}

/** The message an event has become, or its end, where that is the end of it. Undefined: nothing that could go anywhere. */
async function begun(
  unit: Unit,
  hub: HubId,
  event: EventId,
): Promise<Message | Outcome | undefined> {
  const refused = await refusalOf(unit, hub, event)
  if (refused) return refused
  const message = await unit.messageAt(hub, event)
  if (!message?.edits) return message
  // All that was changed may be that something is gone.
  return (await outcomeOf(unit, message)) ? message : { state: 'sent' }
}

/** Of all its sends together. Undefined: there are none, or they were taken back before they went out. */
async function outcomeOf(unit: Unit, { id }: Message): Promise<Outcome | undefined> {
  const states = new Set<string>()
  for (let part = 0; ; part++) {
    const state = await unit.stateOf(sendKey(id, part))
    // The bytes may have been let be: what was said with them is behind.
    if (state === undefined && part > 0) break
    if (state !== undefined) states.add(state)
  }
  if (states.size === 0) return undefined
  if (states.has('dead')) return failureOf(unit, id)
  if (states.has('unknown')) return { state: 'unsure' }
  return { state: [...states].every((state) => state === 'sent') ? 'sent' : 'waiting' }
}

/** In the words of the notice that says so. */
async function failureOf(unit: Unit, id: MessageId): Promise<Outcome> {
  const [letter] = await unit.deadLetters(1, { message: id, state: 'dead', oldest: true })
  const said = letter && (await noticeOf(unit, `${letter.job.key}/${letter.seq}`, 'notSent'))
  const detail = said?.type === 'notSent' ? said.detail : 'WeChat did not take it.'
  return { state: 'failed', code: letter?.failure?.code ?? 'refused', detail }
}

/** Why it never came into line, in the words of the notice that says so. */
async function refusalOf(unit: Unit, hub: HubId, event: EventId): Promise<Outcome | undefined> {
  const notice =
    (await noticeOf(unit, hubMessageId(hub, event), 'refused')) ??
    (await noticeOf(unit, event, 'refused')) ??
    (await noticeOf(unit, event, 'notEdited'))
  if (!notice) return undefined
  const code = notice.type === 'refused' ? codeOf(notice.refusal) : 'refused'
  return { state: 'failed', code, detail: noticeWords(notice, 'en') }
}

const codeOf = ({ why }: Refusal): Failure['code'] =>
  why === 'tooLarge' || why === 'format' ? why : 'refused'

async function noticeOf(
  unit: Unit,
  about: string,
  type: Notice['type'],
): Promise<Notice | undefined> {
  const content = (await unit.message(noticeId(about, type)))?.content
  return content?.kind === 'notice' ? content.notice : undefined
}

/** The message that a change has taken the place of, before it went out: it has no other end than this. */
async function standingFor(
  unit: Unit,
  { edits }: Message,
  { hub, event }: Open,
): Promise<readonly EventId[]> {
  const first = edits && (await unit.message(edits))
  if (!first || (await outcomeOf(unit, first))) return []
  const root = await unit.eventOf(first.id, hub)
  return root && root !== event ? [root] : []
}
