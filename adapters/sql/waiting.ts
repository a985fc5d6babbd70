import type { Failure } from '../../src/core/errors.ts'
import type { ChatId, Lane, PortalId } from '../../src/core/ids.ts'
import { lane as asLane, chatId, portalId, sendLine } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import type { Spent } from '../../src/core/pace.ts'
import type { Job } from '../../src/core/post.ts'
import type { DeadLetter, Item, Line } from '../../src/ports/store.ts'
import { oldestQueued, type Row, rowBySeq, tellDelivery, toItem } from './outbox.ts'
import type { Scope } from './scope.ts'
import { printOf, searched } from './searched.ts'
import type { Tx } from './tables.ts'

// What can be asked of, and done to, items that are not under way.

const open = ['dead', 'unknown', 'held'] as const

export async function repeats(
  { db }: Scope,
  lane: Lane,
  text: string,
  chat: ChatId,
  since: number,
  upTo: number,
): Promise<number> {
  const rows = await db
    .selectFrom('outbox')
    .select('portal')
    .distinct()
    .where('print', '=', printOf(text))
    .where('lane', '=', lane)
    .where('portal', '!=', sendLine(chat))
    .where('since', '>=', since)
    .limit(upTo)
    .execute()
  return rows.length
}

export async function lastWaiting(
  { db }: Scope,
  lane: Lane,
  portal: PortalId,
): Promise<Item | undefined> {
  const row = await db
    .selectFrom('outbox')
    .selectAll()
    .where('lane', '=', lane)
    .where('portal', '=', portal)
    .where('state', '=', 'queued')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row && toItem(row)
}

/** Puts another job in the place of one that waits. What was claimed of it before does not fit any more. */
export async function amend(scope: Scope, lane: Lane, seq: number, job: Job): Promise<boolean> {
  const done = await scope.db
    .updateTable('outbox')
    .set(({ eb }) => ({
      job: JSON.stringify(job),
      revision: eb('revision', '+', 1),
      ...searched(job),
    }))
    .where('seq', '=', seq)
    .where('lane', '=', lane)
    .where('state', '=', 'queued')
    .where('key', '=', job.key)
    .executeTakeFirst()
  return done.numUpdatedRows === 1n
}

/** What was tried before keeps its back-off. */
export async function hurry(
  scope: Scope,
  lane: Lane,
  portal: PortalId,
  now: number,
): Promise<void> {
  const first = await oldestQueued(scope.db, lane, portal)
  if (first?.attempt !== 0) return
  const done = await scope.db
    .updateTable('turn')
    .set({ ready_at: now })
    .where('lane', '=', lane)
    .where('portal', '=', portal)
    .where('ready_at', '>', now)
    .executeTakeFirst()
  if (done.numUpdatedRows === 1n) scope.wake(lane)
}

export async function hasten(
  scope: Scope,
  lane: Lane,
  latest: number,
  now: number,
): Promise<number> {
  const done = await scope.db
    .updateTable('turn')
    .set({ ready_at: now })
    .where('lane', '=', lane)
    .where('ready_at', '>', latest)
    .executeTakeFirst()
  if (done.numUpdatedRows > 0n) scope.wake(lane)
  return Number(done.numUpdatedRows)
}

/** Counting stops where nobody wants to know more: a line may hold a million. */
export async function lines(
  { db }: Scope,
  lane: Lane,
  limit: number,
  upTo: number,
): Promise<readonly Line[]> {
  const turns = await db
    .selectFrom('turn')
    .select('portal')
    .where('lane', '=', lane)
    .orderBy('ready_at')
    .orderBy('portal')
    .limit(limit)
    .execute()
  const all: Line[] = []
  for (const { portal } of turns) {
    const rows = await db
      .selectFrom('outbox')
      .select('seq')
      .where('lane', '=', lane)
      .where('portal', '=', portal)
      .where('state', 'in', ['queued', 'sending'])
      .limit(upTo)
      .execute()
    all.push({ portal: portalId(portal), count: rows.length })
  }
  return all
}

export async function spent({ db }: Scope, lane: Lane, since: number): Promise<readonly Spent[]> {
  const rows = await db
    .selectFrom('spent')
    .select(['at', 'chat', 'media'])
    .where('lane', '=', lane)
    .where('at', '>=', since)
    .orderBy('at')
    .execute()
  return rows.map(({ at, chat, media }) => ({ at, chat: chatId(chat), media: media === 1 }))
}

export async function deadLetters(
  db: Tx,
  limit: number,
  of: { readonly before?: number; readonly chat?: ChatId } = {},
): Promise<readonly DeadLetter[]> {
  const { before, chat } = of
  let query = db.selectFrom('outbox').selectAll().where('state', 'in', open)
  if (before !== undefined) query = query.where('seq', '<', before)
  if (chat !== undefined) {
    query = query.where(({ or, eb, selectFrom }) =>
      or([
        eb('portal', '=', sendLine(chat)),
        eb(
          'portal',
          'in',
          selectFrom('portal').select('portal.id').where('portal.chat', '=', chat),
        ),
      ]),
    )
  }
  const rows = await query.orderBy('seq', 'desc').limit(limit).execute()
  return Promise.all(rows.map((row) => letter(db, row)))
}

export async function deadLetter(db: Tx, seq: number): Promise<DeadLetter | undefined> {
  const row = await rowBySeq(db, seq)
  return row && isOpen(row) ? letter(db, row) : undefined
}

export async function drop(scope: Scope, seq: number): Promise<boolean> {
  const row = await rowBySeq(scope.db, seq)
  if (!row || !isOpen(row)) return false
  await scope.db.deleteFrom('outbox').where('seq', '=', seq).execute()
  tellDelivery(scope, JSON.parse(row.job))
  return true
}

const isOpen = ({ state }: Row): boolean => (open as readonly string[]).includes(state)

async function letter(db: Tx, row: Row): Promise<DeadLetter> {
  const job: Job = JSON.parse(row.job)
  const about = job.type === 'send' && job.body.kind === 'recall' ? job.body.target : job.message
  const found = await db
    .selectFrom('message')
    .select('data')
    .where('id', '=', about)
    .executeTakeFirst()
  const failure: Failure | undefined = row.failure === null ? undefined : JSON.parse(row.failure)
  const message: Message | undefined = found && JSON.parse(found.data)
  return {
    seq: row.seq,
    lane: asLane(row.lane),
    state: row.state as DeadLetter['state'],
    since: row.since,
    ...(failure && { failure }),
    job,
    ...(message && { message }),
  }
}
