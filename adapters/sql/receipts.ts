import type { EventId, HubId, MessageId } from '../../src/core/ids.ts'
import { eventId } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import type { Receipt } from '../../src/ports/outlet.ts'
import type { Scope } from './scope.ts'
import { statement } from './statement.ts'
import type { ReceiptTable } from './tables.ts'

/** Who gave a receipt. Hubs are named apart, so that none of them can be taken for WeChat. */
export type Side = 'wechat' | `hub/${string}`

export const hubSide = (hub: string): Side => `hub/${hub}`

/** Joins a part of a message and the ids it has on a side. Those that are there stay, and stay first. */
export async function storeReceipt(
  { db }: Scope,
  message: MessageId,
  part: number,
  side: Side,
  receipt: Receipt,
): Promise<void> {
  const { ids, at } = receipt
  for (const id of ids) await insertReceipt(db, { message, part, side, id, at })
}

const insertReceipt = statement((db, given: Omit<ReceiptTable, 'seq'>) => {
  const { message, part, side, id, at } = given
  return db
    .insertInto('receipt')
    .values({ message, part, side, id, at })
    .onConflict((conflict) => conflict.columns(['message', 'side', 'part', 'id']).doNothing())
})

/** Joins a message and the event it is in a hub, without a delivery: the person wrote it there. */
export function joinEvent(
  scope: Scope,
  message: MessageId,
  part: number,
  hub: HubId,
  event: EventId,
): Promise<void> {
  return storeReceipt(scope, message, part, hubSide(hub), { ids: [event], at: scope.now() })
}

export async function messageAt(
  { db }: Scope,
  hub: HubId,
  event: EventId,
): Promise<Message | undefined> {
  const row = await db
    .selectFrom('receipt')
    .innerJoin('message', 'message.id', 'receipt.message')
    .select('message.data')
    .where('receipt.side', '=', hubSide(hub))
    .where('receipt.id', '=', event)
    .orderBy('receipt.seq')
    .limit(1)
    .executeTakeFirst()
  return row && JSON.parse(row.data)
}

export async function eventOf(
  { db }: Scope,
  message: MessageId,
  hub: HubId,
): Promise<EventId | undefined> {
  const first = await db
    .selectFrom('receipt')
    .select('id')
    .where('message', '=', message)
    .where('side', '=', hubSide(hub))
    .orderBy('part')
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()
  return first && eventId(first.id)
}

export async function eventsOf(
  { db }: Scope,
  message: MessageId,
  hub: HubId,
): Promise<readonly EventId[]> {
  const rows = await db
    .selectFrom('receipt')
    .select('id')
    .where('message', '=', message)
    .where('side', '=', hubSide(hub))
    .orderBy('part')
    .orderBy('seq')
    .execute()
  return rows.map(({ id }) => eventId(id))
}

export async function soleEventsOf(
  scope: Scope,
  message: MessageId,
  hub: HubId,
): Promise<readonly EventId[]> {
  const sole: EventId[] = []
  for (const event of await eventsOf(scope, message, hub)) {
    const other = await scope.db
      .selectFrom('receipt')
      .select('seq')
      .where('side', '=', hubSide(hub))
      .where('id', '=', event)
      .where('message', '!=', message)
      .limit(1)
      .executeTakeFirst()
    if (!other) sole.push(event)
  }
  return sole
}

export async function sentReceipt(
  { db }: Scope,
  message: MessageId,
  part: number,
): Promise<Receipt | undefined> {
  const rows = await db
    .selectFrom('receipt')
    .select(['id', 'at'])
    .where('message', '=', message)
    .where('side', '=', 'wechat' satisfies Side)
    .where('part', '=', part)
    .orderBy('seq')
    .execute()
  const at = rows[0]?.at
  return at === undefined ? undefined : { ids: rows.map((row) => row.id), at }
}
