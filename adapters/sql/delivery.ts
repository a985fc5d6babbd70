import type { Failure } from '../../src/core/errors.ts'
import type { Key } from '../../src/core/ids.ts'
import type { Job, Post } from '../../src/core/post.ts'
import type { Receipt } from '../../src/ports/outlet.ts'
import type { Lease } from '../../src/ports/store.ts'
import { changed, misuse, settledAlready } from './errors.ts'
import { ensureHeld } from './leases.ts'
import { rehomed } from './merging.ts'
import { growAliases } from './messages.ts'
import { type Row, rowByKey, rowBySeq, tellDelivery } from './outbox.ts'
import { hubSide, type Side, storeReceipt } from './receipts.ts'
import type { Scope } from './scope.ts'
import { statement } from './statement.ts'
import { delayTurn, freeTurn, holdTurn, oldest, openTurn, passTurn } from './turns.ts'

/**
 * Written before the call. Throws when the lease is lost, when the item is no longer waiting (its delivery was
 * proven meanwhile: sending now would double it), when it is under way already, or when another of its portal comes
 * first.
 */
export async function markSending(
  scope: Scope,
  lease: Lease,
  seq: number,
  now: number,
  revision?: number,
): Promise<void> {
  const row = await held(scope, lease, seq)
  if (!row || !unfinished(row)) throw settledAlready(seq)
  if (revision !== undefined && revision !== row.revision) throw changed(seq)
  const first = (await oldest(scope.db, row, 'sending')) ?? (await oldest(scope.db, row, 'queued'))
  if (first?.seq !== seq) throw misuse(`Delivery ${seq} is not the first in its portal's line.`)
  if (row.state === 'sending') throw misuse(`Delivery ${seq} is under way already.`)
  await moveHome(scope, row)
  await setSending(scope.db, { seq, attempt: row.attempt + 1, now })
  await holdTurn(scope, row)
  if (row.purpose === 'post') return
  // From here on WeChat may know it by this name, whether or not its answer reaches us.
  const job: Job = JSON.parse(row.job)
  if (job.type !== 'send') return
  const media = job.body.kind === 'media' ? 1 : 0
  await scope.db
    .insertInto('spent')
    .values({ lane: row.lane, at: now, chat: job.chat, media })
    .execute()
  if (job.body.kind !== 'recall') await growAliases(scope, job.message, [job.clientId])
}

/** Stores the receipt and passes the turn on. Proof counts whatever the item's state; a second one is ignored. */
export async function deliver(
  scope: Scope,
  lease: Lease,
  seq: number,
  receipt: Receipt,
): Promise<void> {
  const row = await held(scope, lease, seq)
  if (row) await complete(scope, row, receipt)
}

/** As {@link deliver}, for a post or send that was seen coming back. */
export async function settle(scope: Scope, key: Key, receipt: Receipt): Promise<void> {
  const row = await rowByKey(scope.db, key)
  if (row) await complete(scope, row, receipt)
}

/**
 * Back to `queued`, due at `at`. A try that failed before its sending began (no room could be made) counts as well.
 * Nothing happens if it was settled meanwhile.
 */
export async function retry(
  scope: Scope,
  lease: Lease,
  seq: number,
  at: number,
  failure: Failure,
): Promise<void> {
  const row = await held(scope, lease, seq)
  if (!row || !unfinished(row)) return
  const attempt = row.attempt + (row.state === 'queued' ? 1 : 0)
  const portal = await moveHome(scope, row)
  await setState(scope.db, { seq, state: 'queued', attempt, failure: JSON.stringify(failure) })
  if (portal !== row.portal) {
    await passTurn(scope, row)
    await openTurn(scope, lease.lane, portal, at)
  }
  const place = { lane: row.lane, portal }
  if (await oldest(scope.db, place, 'sending')) return
  if ((await oldest(scope.db, place, 'queued'))?.seq === seq) await delayTurn(scope, place, at)
  else await freeTurn(scope, place)
}

/** Given up; the turn passes on. False: it was settled meanwhile, and nothing happens. */
export async function bury(
  scope: Scope,
  lease: Lease,
  seq: number,
  state: 'dead' | 'unknown',
  failure: Failure,
): Promise<boolean> {
  const row = await held(scope, lease, seq)
  if (!row || !unfinished(row)) return false
  await moveHome(scope, row)
  await setState(scope.db, { seq, state, attempt: row.attempt, failure: JSON.stringify(failure) })
  await passTurn(scope, row)
  return true
}

/** Takes back what has surely not gone out. */
export async function withdraw(scope: Scope, key: Key): Promise<boolean> {
  const row = await rowByKey(scope.db, key)
  if (row?.state !== 'queued' && row?.state !== 'dead' && row?.state !== 'held') return false
  await scope.db.deleteFrom('outbox').where('seq', '=', row.seq).execute()
  tellDelivery(scope, JSON.parse(row.job))
  if (row.state === 'queued') await passTurn(scope, row)
  return true
}

async function held(scope: Scope, lease: Lease, seq: number): Promise<Row | undefined> {
  await ensureHeld(scope, lease)
  const row = await rowBySeq(scope.db, seq)
  if (row && row.lane !== lease.lane) throw misuse(`Delivery ${seq} is not of lane ${lease.lane}.`)
  return row
}

const unfinished = (row: Row): boolean => row.state === 'queued' || row.state === 'sending'

async function complete(scope: Scope, row: Row, receipt: Receipt): Promise<void> {
  if (row.state === 'sent') return
  const { seq, attempt } = row
  await moveHome(scope, row)
  await setState(scope.db, { seq, state: 'sent', attempt, failure: null })
  const job: Job = JSON.parse(row.job)
  if (job.type === 'post') {
    await joinPost(scope, job, hubSide(row.lane), receipt)
  } else if (job.body.kind !== 'recall') {
    await storeReceipt(scope, job.message, job.part, 'wechat', receipt)
    await growAliases(scope, job.message, [...receipt.ids, job.clientId])
  }
  if (unfinished(row)) await passTurn(scope, row)
}

/**
 * What was told in a post is there, and can be answered. A taking-back shows nothing: whoever looks for where a recall
 * is told must not find it.
 */
async function joinPost(scope: Scope, job: Post, side: Side, receipt: Receipt): Promise<void> {
  if (job.body.kind === 'redaction') return
  await storeReceipt(scope, job.message, job.part, side, receipt)
  for (const message of job.folded ?? []) {
    if (message !== job.message) await storeReceipt(scope, message, 0, side, receipt)
  }
}

/** Before a row is changed: it goes to the line of what its chat has become. Resolves with that portal. */
async function moveHome(scope: Scope, row: Row): Promise<string> {
  if (row.purpose === 'post') return row.portal
  const { seq } = row
  const { portal, job } = await rehomed(scope, row)
  if (portal !== row.portal) {
    await scope.db.updateTable('outbox').set({ portal, job }).where('seq', '=', seq).execute()
  }
  tellDelivery(scope, JSON.parse(job))
  return portal
}

const setSending = statement(
  (db, { seq, attempt, now }: Record<'seq' | 'attempt' | 'now', number>) =>
    db
      .updateTable('outbox')
      .set({ state: 'sending', attempt, sending_since: now })
      .where('seq', '=', seq),
)

type Ended = Pick<Row, 'seq' | 'state' | 'attempt' | 'failure'>

const setState = statement((db, { seq, state, attempt, failure }: Ended) =>
  db.updateTable('outbox').set({ state, attempt, failure }).where('seq', '=', seq),
)
