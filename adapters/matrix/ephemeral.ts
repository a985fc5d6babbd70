import { type EventId, eventId, roomId } from '../../src/core/ids.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import { count, type Json, record, text } from './json.ts'

/** An ephemeral event of a room (Matrix application service API, "Ephemeral events"). */
export interface Fleeting {
  readonly type: string
  readonly room: string
  readonly content: Json
}

/** So many of one transaction are looked at: Synapse sends at most 100. */
const mostAtOnce = 1_000
const mostReceipts = 1_000

/**
 * What is of the moment in a transaction. Homeservers before Matrix 1.13 have only the unstable name, some send both, with
 * the same in them. Anything that is not well formed is passed over: nothing of it is worth an answer.
 */
export function fleetingOf(transaction: Json): readonly Fleeting[] {
  const list = [transaction.ephemeral, transaction['de.sorunome.msc2409.ephemeral']].find(
    (each) => Array.isArray(each) && each.length > 0,
  )
  if (!Array.isArray(list)) return []
  return list.slice(0, mostAtOnce).flatMap((raw: unknown) => {
    const event = record(raw)
    const type = text(event?.type)
    const room = text(event?.room_id)
    const content = record(event?.content)
    return type && room && content ? [{ type, room, content }] : []
  })
}

/**
 * Who has seen what in a room, as a receipt says (client-server API, `m.receipt`): one event for each person, the latest
 * of theirs. Typing and all else says nothing. Never throws.
 */
export function readsOf(
  { type, room, content }: Fleeting,
  now: number,
): readonly Extract<HubEvent, { type: 'read' }>[] {
  if (type !== 'm.receipt') return []
  const latest = new Map<string, { at: number; event: string }>()
  let left = mostReceipts
  for (const [event, kinds] of Object.entries(content)) {
    for (const kind of readKinds) {
      for (const [from, about] of Object.entries(record(record(kinds)?.[kind]) ?? {})) {
        if (left-- <= 0) break
        if (!from.startsWith('@')) continue
        const at = count(record(about)?.ts) ?? now
        if ((latest.get(from)?.at ?? -1) < at) latest.set(from, { at, event })
      }
    }
  }
  return [...latest].map(([from, { at, event }]) => ({
    type: 'read',
    id: receiptId(event, from, at),
    room: roomId(room),
    at,
    from,
  }))
}

const readKinds = ['m.read', 'm.read.private']

/** A receipt has no id of its own. The same person sees the same event once. */
const receiptId = (event: string, from: string, at: number): EventId =>
  eventId(`receipt/${from}/${at}/${event}`)
