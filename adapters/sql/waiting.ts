import type { ChatId, Key, Lane, PortalId } from '../../src/core/ids.ts'
import { chatId, portalId, sendLine } from '../../src/core/ids.ts'
import type { Spent } from '../../src/core/pace.ts'
import type { Job } from '../../src/core/post.ts'
import type { Item, Line } from '../../src/ports/store.ts'
import { placesOf } from './merging.ts'
import { oldestQueued, purposeOf, type Row, rowByKey, tellDelivery, toItem } from './outbox.ts'
import type { Scope } from './scope.ts'
import { printOf, searched } from './searched.ts'
import { statement } from './statement.ts'
import type { Tx } from './tables.ts'
import { delayTurn } from './turns.ts'

// What can be asked of, and done to, items that are not under way.

/** To how many other chats: what was merged is one chat, and its lines are one. */
export async function repeats(
  { db }: Scope,
  lane: Lane,
  text: string,
  chat: ChatId,
  since: number,
  upTo: number,
): Promise<number> {
  const own = (await placesOf(db, chat)).map(({ id }) => sendLine(chatId(id)))
  const rows = await db
    .selectFrom('outbox')
    .select('portal')
    .distinct()
    .where('print', '=', printOf(text))
    .where('lane', '=', lane)
    .where('since', '>=', since)
    .where('portal', 'not in', own)
    .limit(upTo)
    .execute()
  return rows.length
}

export async function lastWaiting(
  { db }: Scope,
  lane: Lane,
  portal: PortalId,
): Promise<Item | undefined> {
  const row = (await findLast(db, { lane, portal })).rows[0]
  return row && toItem(row)
}

const findLast = statement((db, { lane, portal }: Pick<Row, 'lane' | 'portal'>) =>
  db
    .selectFrom('outbox')
    .selectAll()
    .where('lane', '=', lane)
    .where('portal', '=', portal)
    .where('state', '=', 'queued')
    .orderBy('seq', 'desc')
    .limit(1),
)

/** Puts another job in the place of one that waits. What was claimed of it before does not fit any more. */
export async function amend(scope: Scope, lane: Lane, seq: number, job: Job): Promise<boolean> {
  const done = await scope.db
    .updateTable('outbox')
    .set(({ eb }) => ({
      job: JSON.stringify(job),
      revision: eb('revision', '+', 1),
      purpose: purposeOf(job),
      message: job.message,
      ...searched(job),
    }))
    .where('seq', '=', seq)
    .where('lane', '=', lane)
    .where('state', '=', 'queued')
    .where('key', '=', job.key)
    .where('portal', '=', job.portal)
    .executeTakeFirst()
  return done.numUpdatedRows === 1n
}

/**
 * The place in line is the number: the new one takes it, with what was tried of the old one forgotten. What may have gone
 * out, and what tells of other messages too, gives way to nothing.
 */
export async function supersede(scope: Scope, key: Key, job: Job): Promise<boolean> {
  const row = await rowByKey(scope.db, key)
  if (row?.state !== 'queued' || row.portal !== job.portal) return false
  const { job: waits, doubtful } = toItem(row)
  if (doubtful || (waits.type === 'post' && waits.folded)) return false
  const known = await rowByKey(scope.db, job.key)
  if (known && known.seq !== row.seq) return false
  await scope.db
    .updateTable('outbox')
    .set(({ eb }) => ({
      key: job.key,
      job: JSON.stringify(job),
      revision: eb('revision', '+', 1),
      purpose: purposeOf(job),
      message: job.message,
      attempt: 0,
      failure: null,
      ...searched(job),
    }))
    .where('seq', '=', row.seq)
    .execute()
  tellDelivery(scope, JSON.parse(row.job))
  tellDelivery(scope, job)
  return true
}

/** What was tried before keeps its back-off. */
export async function hurry(
  scope: Scope,
  lane: Lane,
  portal: PortalId,
  now: number,
): Promise<void> {
  const { rows } = await findLater(scope.db, { lane, portal, now })
  if (rows.length === 0) return
  const first = await oldestQueued(scope.db, lane, portal)
  if (first?.attempt !== 0) return
  await delayTurn(scope, { lane, portal }, now)
  scope.wake(lane)
}

interface Later {
  readonly lane: string
  readonly portal: string
  readonly now: number
}

const findLater = statement((db, { lane, portal, now }: Later) =>
  db
    .selectFrom('turn')
    .select('ready_at')
    .where('lane', '=', lane)
    .where('portal', '=', portal)
    .where('ready_at', '>', now),
)

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
    all.push({ portal: portalId(portal), count: await waiting(db, lane, portal, upTo) })
  }
  return all
}

export async function waiting(db: Tx, lane: Lane, portal: string, upTo: number): Promise<number> {
  const row = await db
    .selectFrom((from) =>
      from
        .selectFrom('outbox')
        .select('seq')
        .where('lane', '=', lane)
        .where('portal', '=', portal)
        .where('state', 'in', ['queued', 'sending'])
        .limit(upTo)
        .as('some'),
    )
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(row.count)
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
