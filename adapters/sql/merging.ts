import type { Chat } from '../../src/core/chat.ts'
import type { ChatId, Lane, PortalId } from '../../src/core/ids.ts'
import { accountId, chatId, messageId, sendLine, weChatLane } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import type { Job } from '../../src/core/post.ts'
import { chatRow, home, readChatRow } from './chat-rows.ts'
import { misuse } from './errors.ts'
import type { Row } from './outbox.ts'
import type { Scope } from './scope.ts'
import type { State, Tx } from './tables.ts'
import { openTurn, passTurn } from './turns.ts'

// Two chats turn out to be one (architecture §8). The row of the one that ends stays, marked with what it became:
// its rooms, and jobs that were under way, still name it.

/** Throws (`bug`) when one of them was never saved, or when they are not of the same account. */
export async function mergeChats(scope: Scope, from: ChatId, into: ChatId): Promise<void> {
  const { db } = scope
  const ends = home(await chatRow(scope, from))
  const stays = home(await chatRow(scope, into))
  if (!ends || !stays) throw misuse('A chat that was never saved was to be merged.')
  if (ends.account !== stays.account) throw misuse('Chats of two accounts were to be merged.')
  // Merged before, into whatever it was: that stands.
  if (ends.id !== from || ends.id === stays.id) return
  const target = chatId(stays.id)
  await db
    .updateTable('chat')
    .set({ merged_into: target })
    .where(({ or, eb }) => or([eb('id', '=', from), eb('merged_into', '=', from)]))
    .execute()
  scope.chatsChanged()
  await moveTopic(scope, from, target)
  await moveMessages(scope, from, target)
  await movePortals(scope, from, target)
  await moveSends(scope, weChatLane(accountId(stays.account)), from, target)
  await moveSettings(scope, from, target)
  scope.chatsChanged()
}

/** What it was merged into in the end. */
export async function mergedInto(scope: Scope, from: ChatId): Promise<ChatId | undefined> {
  const found = home(await chatRow(scope, from))
  return found && found.id !== from ? chatId(found.id) : undefined
}

/** A chat as it goes on, and all that was merged into it. */
export async function placesOf(db: Tx, id: string): Promise<readonly { readonly id: string }[]> {
  const chat = home(await readChatRow(db, id))?.id ?? id
  const merged = await db.selectFrom('chat').select('id').where('merged_into', '=', chat).execute()
  return [{ id: chat }, ...merged]
}

/** A job whose chat was merged since it was made belongs in the line of what that became. */
export async function rehomed(scope: Scope, row: Row): Promise<Row> {
  if (row.purpose === 'post') return row
  const job: Job = JSON.parse(row.job)
  if (job.type !== 'send') return row
  const found = home(await chatRow(scope, job.chat))
  return !found || found.id === job.chat ? row : { ...row, ...moved(job, chatId(found.id)) }
}

/** What was announced in either holds for both; what stays knows better, where it knows. */
async function moveTopic({ db }: Scope, from: ChatId, into: ChatId): Promise<void> {
  const dataOf = async (id: ChatId): Promise<Chat> => {
    const row = db.selectFrom('chat').select('data').where('id', '=', id)
    return JSON.parse((await row.executeTakeFirstOrThrow()).data)
  }
  const { topic } = await dataOf(from)
  const stays = await dataOf(into)
  if (topic === undefined || stays.topic !== undefined) return
  const data = JSON.stringify({ ...stays, topic })
  await db.updateTable('chat').set({ data }).where('id', '=', into).execute()
}

async function moveMessages(scope: Scope, from: ChatId, into: ChatId): Promise<void> {
  const rows = await scope.db
    .selectFrom('message')
    .select(['id', 'data'])
    .where('chat', '=', from)
    .execute()
  for (const { id, data } of rows) {
    const message: Message = { ...JSON.parse(data), chat: into }
    await scope.db
      .updateTable('message')
      .set({ chat: into, data: JSON.stringify(message) })
      .where('id', '=', id)
      .execute()
    scope.messageChanged(into, messageId(id))
  }
}

/** Where `into` has no room on a hub, that of `from` becomes its room; else the old one leads to it (`portalIn`). */
async function movePortals({ db }: Scope, from: ChatId, into: ChatId): Promise<void> {
  const portals = await db
    .selectFrom('portal as old')
    .leftJoin('portal as present', (join) =>
      join.onRef('present.hub', '=', 'old.hub').on('present.chat', '=', into),
    )
    .select('old.id')
    .where('old.chat', '=', from)
    .where('present.id', 'is', null)
    .execute()
  for (const { id } of portals) {
    await db.updateTable('portal').set({ chat: into }).where('id', '=', id).execute()
  }
}

/** What is being sent stays where it is, and settles there; should it come back, it is moved then. */
async function moveSends(scope: Scope, lane: Lane, from: ChatId, into: ChatId): Promise<void> {
  const inState = (state: State) =>
    scope.db
      .selectFrom('outbox')
      .selectAll()
      .where('lane', '=', lane)
      .where('portal', '=', sendLine(from))
      .where('state', '=', state)
      .orderBy('seq')
      .execute()
  for (const state of ['dead', 'unknown', 'held'] as const) {
    for (const { seq, job } of await inState(state)) {
      const change = moved(JSON.parse(job), into)
      await scope.db.updateTable('outbox').set(change).where('seq', '=', seq).execute()
    }
  }
  // What was sent to either was sent to one chat: so it counts (`repeats`, the pace).
  await scope.db
    .updateTable('outbox')
    .set({ portal: sendLine(into) })
    .where('lane', '=', lane)
    .where('portal', '=', sendLine(from))
    .where('state', '=', 'sent')
    .execute()
  await scope.db
    .updateTable('spent')
    .set({ chat: into })
    .where('lane', '=', lane)
    .where('chat', '=', from)
    .execute()
  const waiting = await inState('queued')
  for (const { seq, ...row } of waiting) {
    // A new number is the end of the line.
    await scope.db.deleteFrom('outbox').where('seq', '=', seq).execute()
    const values = { ...row, ...moved(JSON.parse(row.job), into) }
    await scope.db.insertInto('outbox').values(values).execute()
  }
  if (waiting.length === 0) return
  await passTurn(scope, { lane, portal: sendLine(from), seq: 0 })
  await openTurn(scope, lane, sendLine(into), scope.now())
}

/** What was chosen for the chat that stays goes before. */
async function moveSettings({ db }: Scope, from: ChatId, into: ChatId): Promise<void> {
  const rows = await db
    .selectFrom('setting')
    .select(['name', 'value'])
    .where('chat', '=', from)
    .execute()
  for (const { name, value } of rows) {
    await db
      .insertInto('setting')
      .values({ chat: into, name, value })
      .onConflict((conflict) => conflict.columns(['chat', 'name']).doNothing())
      .execute()
  }
  await db.deleteFrom('setting').where('chat', '=', from).execute()
}

const moved = (job: Job, into: ChatId): { portal: PortalId; job: string } => {
  const portal = sendLine(into)
  return { portal, job: JSON.stringify({ ...job, chat: into, portal }) }
}
