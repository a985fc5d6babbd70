import type { MediaId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Kept } from '../../src/ports/media.ts'
import type { Urgency, Wanted } from '../../src/ports/store.ts'
import type { Scope } from './scope.ts'
import type { Tx } from './tables.ts'

/** Urgencies in the order they are served. */
const ranks: readonly Urgency[] = ['message', 'profile']

/** Asks for bytes to be fetched. Asking again changes nothing, not even for what was given up. */
export async function wantMedia(
  { db }: Scope,
  media: MediaRef,
  now: number,
  urgency: Urgency = 'message',
): Promise<void> {
  await db
    .insertInto('media')
    .values({
      id: media.id,
      state: 'wanted',
      ref: JSON.stringify(media),
      rank: ranks.indexOf(urgency),
      attempt: 0,
      at: now,
      due: now,
      reason: null,
      bytes: null,
      mime: null,
      sha256: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}

export async function wantedMedia(
  { db }: Scope,
  now: number,
  limit: number,
): Promise<readonly Wanted[]> {
  const rows = await db
    .selectFrom('media')
    .select(['ref', 'rank', 'attempt'])
    .where('state', '=', 'wanted')
    .where('due', '<=', now)
    .orderBy('rank')
    .orderBy('at')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.flatMap(({ ref, rank, attempt }) =>
    ref === null ? [] : [{ media: JSON.parse(ref), urgency: ranks[rank] ?? 'profile', attempt }],
  )
}

/** Remembers what the media store keeps, asked for or not; its age begins now. */
export async function keepMedia(scope: Scope, id: MediaId, kept: Kept): Promise<void> {
  const values = {
    state: 'kept',
    reason: null,
    bytes: kept.bytes,
    mime: kept.mime,
    sha256: kept.sha256,
    at: scope.now(),
  } as const
  await scope.db
    .insertInto('media')
    .values({ id, ref: null, rank: 0, attempt: 0, due: values.at, ...values })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
    .execute()
  scope.mediaChanged(id)
}

export async function keptMedia(db: Tx, id: MediaId): Promise<Kept | undefined> {
  const row = await db
    .selectFrom('media')
    .select(['bytes', 'mime', 'sha256'])
    .where('id', '=', id)
    .where('state', '=', 'kept')
    .executeTakeFirst()
  if (row?.bytes == null || row.mime === null || row.sha256 === null) return undefined
  return { bytes: row.bytes, mime: row.mime, sha256: row.sha256 }
}

/** A fetch failed: due again at `retryAt`, or given up. Says nothing about what is kept already. */
export async function missMedia(
  scope: Scope,
  id: MediaId,
  reason: string,
  retryAt: number | undefined,
  counts = true,
): Promise<void> {
  const done = await scope.db
    .updateTable('media')
    .set(({ eb }) => ({
      reason,
      attempt: eb('attempt', '+', counts ? 1 : 0),
      ...(retryAt === undefined ? { state: 'missed' as const } : { due: retryAt }),
    }))
    .where('id', '=', id)
    .where('state', '=', 'wanted')
    .executeTakeFirst()
  if (retryAt === undefined && done.numUpdatedRows === 1n) scope.mediaChanged(id)
}

/** As if it had never been asked for. False: it was not given up. */
export async function wantAgain(scope: Scope, id: MediaId, now: number): Promise<boolean> {
  const done = await scope.db
    .updateTable('media')
    .set({ state: 'wanted', attempt: 0, at: now, due: now, reason: null })
    .where('id', '=', id)
    .where('state', '=', 'missed')
    .executeTakeFirst()
  if (done.numUpdatedRows !== 1n) return false
  scope.mediaChanged(id)
  return true
}
