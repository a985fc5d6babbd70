import type { Failure } from '../../src/core/errors.ts'
import type { Key, Lane, PortalId } from '../../src/core/ids.ts'
import { lane as asLane, portalId } from '../../src/core/ids.ts'
import type { Job } from '../../src/core/post.ts'
import type { LaneDepth } from '../../src/ports/archive.ts'
import type { Item, Lease } from '../../src/ports/store.ts'
import { rehomed } from './merging.ts'
import type { Scope } from './scope.ts'
import { searched } from './searched.ts'
import { changedOne, statement } from './statement.ts'
import type { OutboxTable, Purpose, State, Tx } from './tables.ts'
import { openTurn } from './turns.ts'

export type Row = Omit<OutboxTable, 'seq' | 'revision'> & {
  readonly seq: number
  readonly revision: number
}

/** Puts a job at the end of its portal's line. False: its key is in the outbox already, whatever became of it. */
export async function enqueue(
  scope: Scope,
  lane: Lane,
  job: Job,
  now: number,
  due = now,
): Promise<boolean> {
  if (!(await insert(scope, lane, job, now, 'queued', null))) return false
  await openTurn(scope, lane, job.portal, due)
  tellDelivery(scope, job)
  return true
}

/** As {@link enqueue}, but outside the line. */
export async function hold(
  scope: Scope,
  lane: Lane,
  job: Job,
  now: number,
  failure: Failure,
): Promise<boolean> {
  if (!(await insert(scope, lane, job, now, 'held', JSON.stringify(failure)))) return false
  tellDelivery(scope, job)
  return true
}

async function insert(
  { db }: Scope,
  lane: Lane,
  job: Job,
  now: number,
  state: State,
  failure: string | null,
): Promise<boolean> {
  const { key, portal, message } = job
  const told = { key, lane, portal, message, purpose: purposeOf(job), state, since: now, failure }
  return changedOne(await insertNew(db, { ...told, job: JSON.stringify(job), ...searched(job) }))
}

type New = Omit<Row, 'seq' | 'revision' | 'attempt' | 'sending_since'>

const insertNew = statement((db, given: New) => {
  const { key, lane, portal, purpose, message, state, since, failure, job, print, media } = given
  const row = { key, lane, portal, purpose, message, state, since, failure, job, print, media }
  return db
    .insertInto('outbox')
    .values({ ...row, attempt: 0, sending_since: null })
    .onConflict((conflict) => conflict.column('key').doNothing())
})

/** Per portal whose turn has come, its oldest queued item (architecture §7): an index lookup for each. */
export async function ready(
  { db }: Scope,
  { lane }: Lease,
  now: number,
  limit: number,
  busy: ReadonlySet<PortalId>,
): Promise<readonly Item[]> {
  const { rows: turns } = await findReady(db, { lane, now, limit: limit + busy.size })
  const items: Item[] = []
  for (const { portal } of turns) {
    if (items.length === limit) break
    if (busy.has(portalId(portal))) continue
    const row = await oldestQueued(db, lane, portal)
    if (row) items.push(toItem(row))
  }
  return items
}

const findReady = statement((db, { lane, now, limit }: Bounded & { readonly now: number }) =>
  db
    .selectFrom('turn')
    .select('portal')
    .where('lane', '=', lane)
    .where('ready_at', '<=', now)
    .orderBy('ready_at')
    .orderBy('portal')
    .limit(limit),
)

interface Bounded {
  readonly lane: string
  readonly limit: number
}

export async function nextDue(
  { db }: Scope,
  { lane }: Lease,
  busy: ReadonlySet<PortalId>,
): Promise<number | undefined> {
  const { rows: turns } = await findNext(db, { lane, limit: 1 + busy.size })
  return turns.find(({ portal }) => !busy.has(portalId(portal)))?.ready_at ?? undefined
}

const findNext = statement((db, { lane, limit }: Bounded) =>
  db
    .selectFrom('turn')
    .select(['portal', 'ready_at'])
    .where('lane', '=', lane)
    .where('ready_at', 'is not', null)
    .orderBy('ready_at')
    .orderBy('portal')
    .limit(limit),
)

/** Items whose sending began and never ended, oldest first. */
export async function uncertain({ db }: Scope, { lane }: Lease): Promise<readonly Item[]> {
  const rows = await db
    .selectFrom('outbox')
    .selectAll()
    .where('state', '=', 'sending')
    .where('lane', '=', lane)
    .orderBy('seq')
    .execute()
  return rows.map(toItem)
}

/**
 * Puts a dead, unknown or held item back at the end of its portal's line, as if it were new (its age too), but with its
 * key and clientId. False: there is none with this seq.
 */
export async function requeue(scope: Scope, seq: number, now: number): Promise<boolean> {
  const known = await rowBySeq(scope.db, seq)
  if (!known || !(['dead', 'unknown', 'held'] as readonly State[]).includes(known.state))
    return false
  const row = await rehomed(scope, known)
  const { seq: _, ...rest } = row
  await scope.db.deleteFrom('outbox').where('seq', '=', seq).execute()
  await scope.db
    .insertInto('outbox')
    .values({
      ...rest,
      state: 'queued',
      attempt: 0,
      since: now,
      sending_since: null,
      failure: null,
    })
    .execute()
  await openTurn(scope, asLane(row.lane), row.portal, now)
  tellDelivery(scope, JSON.parse(row.job))
  return true
}

/** `queued` is all that is still on its way, `dead` all that a person may resend. Nothing is counted for it. */
export async function depth(db: Tx): Promise<{ readonly queued: number; readonly dead: number }> {
  const rows = await db.selectFrom('tally').select(['sort', 'count']).execute()
  const all = (sort: string) =>
    rows.reduce((sum, row) => sum + (row.sort === sort ? row.count : 0), 0)
  return { queued: all('queued'), dead: all('open') }
}

export async function lanes(db: Tx): Promise<readonly LaneDepth[]> {
  const rows = await db
    .selectFrom('tally')
    .select(['lane', 'count'])
    .where('sort', '=', 'queued')
    .where('count', '>', 0)
    .execute()
  const all: LaneDepth[] = []
  for (const { lane, count } of rows) {
    const since = await firstSince(db, lane)
    if (since !== undefined) all.push({ lane: asLane(lane), queued: count, since })
  }
  return all
}

/** Since when the first of a lane is enqueued that is not delivered yet. */
async function firstSince(db: Tx, lane: string): Promise<number | undefined> {
  let first: { readonly seq: number; readonly since: number } | undefined
  for (const state of ['sending', 'queued'] as const) {
    const row = await db
      .selectFrom('outbox')
      .select(['seq', 'since'])
      .where('state', '=', state)
      .where('lane', '=', lane)
      .orderBy('seq')
      .limit(1)
      .executeTakeFirst()
    if (row && (!first || row.seq < first.seq)) first = row
  }
  return first?.since
}

export const oldestQueued = async (
  db: Tx,
  lane: string,
  portal: string,
): Promise<Row | undefined> => (await findOldestQueued(db, { lane, portal })).rows[0]

const findOldestQueued = statement((db, { lane, portal }: Pick<Row, 'lane' | 'portal'>) =>
  db
    .selectFrom('outbox')
    .selectAll()
    .where('lane', '=', lane)
    .where('portal', '=', portal)
    .where('state', '=', 'queued')
    .orderBy('seq')
    .limit(1),
)

export const rowBySeq = async (db: Tx, seq: number): Promise<Row | undefined> =>
  (await findBySeq(db, { seq })).rows[0]

const findBySeq = statement((db, { seq }: { seq: number }) =>
  db.selectFrom('outbox').selectAll().where('seq', '=', seq),
)

export const rowByKey = async (db: Tx, key: Key): Promise<Row | undefined> =>
  (await findByKey(db, { key })).rows[0]

const findByKey = statement((db, { key }: { key: string }) =>
  db.selectFrom('outbox').selectAll().where('key', '=', key),
)

/** The delivery of one's own message has changed. Posts and recalls are no such delivery. */
export function tellDelivery(scope: Scope, job: Job): void {
  if (job.type === 'send' && job.body.kind !== 'recall') scope.messageChanged(job.chat, job.message)
}

export function purposeOf(job: Job): Purpose {
  if (job.type === 'post') return 'post'
  return job.body.kind === 'recall' ? 'recall' : 'send'
}

export function toItem(row: Row): Item {
  return {
    seq: row.seq,
    lane: asLane(row.lane),
    portal: portalId(row.portal),
    job: JSON.parse(row.job),
    attempt: row.attempt,
    since: row.since,
    revision: row.revision,
    ...(row.sending_since !== null && { sendingSince: row.sending_since }),
    ...(row.failure !== null && isDoubtful(row.failure) && { doubtful: true }),
  }
}

const isDoubtful = (failure: string): boolean => (JSON.parse(failure) as Failure).certain === false
