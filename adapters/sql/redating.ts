import { sql } from 'kysely'
import type { Scope } from './scope.ts'
import type { Tx } from './tables.ts'

/** What is dated later than `latest` counts as of `now`; the queue is not looked at, for it is put right elsewhere. */
export async function redate(
  { db }: Scope,
  latest: number,
  now: number,
  limit: number,
): Promise<number> {
  let changed = 0
  const inbox = await db
    .selectFrom('inbox')
    .select(['source', 'id'])
    .where('at', '>', latest)
    .limit(limit)
    .execute()
  for (const { source, id } of inbox) {
    await db
      .updateTable('inbox')
      .set({ at: now })
      .where('source', '=', source)
      .where('id', '=', id)
      .execute()
  }
  changed += inbox.length
  for (const date of dates) changed += await date(db, latest, now, limit)
  return changed
}

type Date = (db: Tx, latest: number, now: number, limit: number) => Promise<number>

const dates: readonly Date[] = [
  async (db, latest, now, limit) => {
    const late = db.selectFrom('message').select('seq').where('arrived', '>', latest).limit(limit)
    const done = await db
      .updateTable('message')
      .set({ arrived: now })
      .where('seq', 'in', late)
      .executeTakeFirst()
    return Number(done.numUpdatedRows)
  },
  async (db, latest, now, limit) => {
    const late = db
      .selectFrom('outbox')
      .select('seq')
      .where('state', '=', 'sent')
      .where('since', '>', latest)
      .limit(limit)
    const done = await db
      .updateTable('outbox')
      .set({ since: now, sending_since: now })
      .where('seq', 'in', late)
      .executeTakeFirst()
    return Number(done.numUpdatedRows)
  },
  async (db, latest, now) => {
    const done = await db
      .updateTable('spent')
      .set({ at: now })
      .where('at', '>', latest)
      .executeTakeFirst()
    return Number(done.numUpdatedRows)
  },
  ...(['kept', 'missed'] as const).flatMap((state) =>
    [0, 1].map(
      (rank): Date =>
        async (db, latest, now, limit) => {
          const late = db
            .selectFrom('media')
            .select('id')
            .where('state', '=', state)
            .where('rank', '=', rank)
            .where('at', '>', latest)
            .limit(limit)
          const done = await db
            .updateTable('media')
            .set({ at: now })
            .where('id', 'in', late)
            .executeTakeFirst()
          return Number(done.numUpdatedRows)
        },
    ),
  ),
  // What is still to be fetched would wait for a day that is far away.
  async (db, latest, now, limit) => {
    const late = db
      .selectFrom('media')
      .select('id')
      .where('state', '=', sql.lit('wanted'))
      .where('due', '>', latest)
      .limit(limit)
    const done = await db
      .updateTable('media')
      .set({ at: now, due: now })
      .where('id', 'in', late)
      .executeTakeFirst()
    return Number(done.numUpdatedRows)
  },
]
