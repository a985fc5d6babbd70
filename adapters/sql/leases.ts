import type { Lane } from '../../src/core/ids.ts'
import type { Lease } from '../../src/ports/store.ts'
import { staleLease } from './errors.ts'
import type { Scope } from './scope.ts'
import { statement } from './statement.ts'
import type { Tx } from './tables.ts'

// A worker's time-limited right to a lane (architecture §11). The epoch rises with each new owner and never falls.

/** Takes or keeps a lane. Undefined: someone else's time has not run out. */
export async function take(
  db: Tx,
  lane: Lane,
  owner: string,
  now: number,
  ttlMs: number,
): Promise<Lease | undefined> {
  const row = await db.selectFrom('lease').selectAll().where('lane', '=', lane).executeTakeFirst()
  const mine = row?.owner === owner
  if (row?.owner != null && !mine && row.until > now) return undefined
  const epoch = mine ? row.epoch : (row?.epoch ?? 0) + 1
  const values = { owner, epoch, until: now + ttlMs }
  await db
    .insertInto('lease')
    .values({ lane, ...values })
    .onConflict((conflict) => conflict.column('lane').doUpdateSet(values))
    .execute()
  return { lane, owner, epoch }
}

/** False: it was lost. A lease whose time ran out, but which nobody took, is kept. */
export async function renew(db: Tx, lease: Lease, now: number, ttlMs: number): Promise<boolean> {
  const done = await db
    .updateTable('lease')
    .set({ until: now + ttlMs })
    .where('lane', '=', lease.lane)
    .where('owner', '=', lease.owner)
    .where('epoch', '=', lease.epoch)
    .executeTakeFirst()
  return done.numUpdatedRows === 1n
}

export async function release(db: Tx, lease: Lease): Promise<void> {
  await db
    .updateTable('lease')
    .set({ owner: null, until: 0 })
    .where('lane', '=', lease.lane)
    .where('owner', '=', lease.owner)
    .where('epoch', '=', lease.epoch)
    .execute()
}

/** Frees every lane, keeping the epochs. Only for an engine that proves that no other worker lives. */
export async function releaseAll(db: Tx): Promise<void> {
  await db.updateTable('lease').set({ owner: null, until: 0 }).execute()
}

/** Throws (`gone`) unless this lease is still the lane's. */
export async function ensureHeld({ db }: Scope, lease: Lease): Promise<void> {
  const { rows } = await findHeld(db, lease)
  if (rows.length === 0) throw staleLease(lease.lane)
}

const findHeld = statement((db, { lane, owner, epoch }: Lease) =>
  db
    .selectFrom('lease')
    .select('epoch')
    .where('lane', '=', lane)
    .where('owner', '=', owner)
    .where('epoch', '=', epoch),
)
