import type { MediaId } from '../../src/core/ids.ts'
import { mediaId } from '../../src/core/ids.ts'
import type { Forgotten } from '../../src/ports/store.ts'
import type { Scope } from './scope.ts'

const unfinished = ['queued', 'sending', 'dead', 'unknown', 'held'] as const

export async function newest({ db }: Scope): Promise<number | undefined> {
  const row = await db
    .selectFrom('message')
    .select('at')
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.at
}

/** In slices, so that nothing waits long for the database. */
export async function forget(scope: Scope, before: Forgotten, limit: number): Promise<number> {
  const { db } = scope
  let gone = 0
  if (before.messages !== undefined) gone += await forgetMessages(scope, before.messages, limit)
  if (before.raws !== undefined) {
    const rows = await db
      .selectFrom('inbox')
      .select(['source', 'id'])
      .where('at', '<', before.raws)
      .where('raw', '!=', '')
      .orderBy('at')
      .limit(limit)
      .execute()
    for (const { source, id } of rows) {
      await db
        .updateTable('inbox')
        .set({ raw: '' })
        .where('source', '=', source)
        .where('id', '=', id)
        .execute()
    }
    gone += rows.length
  }
  if (before.inbox !== undefined) {
    const rows = await db
      .selectFrom('inbox')
      .select(['source', 'id'])
      .where('at', '<', before.inbox)
      .orderBy('at')
      .limit(limit)
      .execute()
    for (const { source, id } of rows) {
      await db.deleteFrom('inbox').where('source', '=', source).where('id', '=', id).execute()
    }
    gone += rows.length
  }
  if (before.sent !== undefined) {
    const rows = await db
      .selectFrom('outbox')
      .select('seq')
      .where('state', '=', 'sent')
      .where('since', '<', before.sent)
      .orderBy('since')
      .limit(limit)
      .execute()
    for (const { seq } of rows) await db.deleteFrom('outbox').where('seq', '=', seq).execute()
    gone += rows.length
  }
  if (before.spent !== undefined) {
    const done = await db.deleteFrom('spent').where('at', '<', before.spent).executeTakeFirst()
    gone += Math.min(limit - 1, Number(done.numDeletedRows))
  }
  return gone
}

async function forgetMessages(scope: Scope, before: number, limit: number): Promise<number> {
  const { db } = scope
  const rows = await db
    .selectFrom('message')
    .select('id')
    .where('arrived', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('outbox')
            .select('outbox.seq')
            .whereRef('outbox.message', '=', 'message.id')
            .where('outbox.state', 'in', unfinished),
        ),
      ),
    )
    .orderBy('arrived')
    .limit(limit)
    .execute()
  for (const { id } of rows) {
    await db.deleteFrom('receipt').where('message', '=', id).execute()
    await db.deleteFrom('message').where('id', '=', id).execute()
  }
  if (rows.length > 0) scope.chatsChanged()
  return rows.length
}

export async function keptBytes({ db }: Scope): Promise<number> {
  const row = await db
    .selectFrom('media')
    .select(({ fn }) => fn.sum<number | null>('bytes').as('bytes'))
    .where('state', '=', 'kept')
    .executeTakeFirst()
  return Number(row?.bytes ?? 0)
}

export async function oldMedia(
  { db }: Scope,
  before: number,
  limit: number,
  profiles?: true,
): Promise<readonly { readonly id: MediaId; readonly bytes: number }[]> {
  let query = db
    .selectFrom('media')
    .select(['id', 'bytes'])
    .where('state', '=', 'kept')
    .where('at', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('outbox')
            .select('outbox.seq')
            .whereRef('outbox.media', '=', 'media.id')
            .where('outbox.state', 'in', unfinished),
        ),
      ),
    )
  if (!profiles) query = query.where('rank', '=', 0)
  const rows = await query.orderBy('rank').orderBy('at').limit(limit).execute()
  return rows.map(({ id, bytes }) => ({ id: mediaId(id), bytes: bytes ?? 0 }))
}

/** Given up, as far as anyone asks; a profile's row goes, so that it is fetched when next seen. */
export async function forgetMedia(scope: Scope, ids: readonly MediaId[]): Promise<void> {
  for (const id of ids) {
    await scope.db
      .deleteFrom('media')
      .where('id', '=', id)
      .where(({ or, eb }) => or([eb('rank', '=', 1), eb('ref', 'is', null)]))
      .execute()
    await scope.db
      .updateTable('media')
      .set({ state: 'missed', reason: 'pruned', bytes: null, sha256: null })
      .where('id', '=', id)
      .where('state', '=', 'kept')
      .execute()
    scope.mediaChanged(id)
  }
}
