import { sql } from 'kysely'
import { type MediaId, mediaId } from '../../src/core/ids.ts'
import type { Forgettable, OldMedia, Place, Step } from '../../src/ports/forgetting.ts'
import type { Urgency } from '../../src/ports/store.ts'
import type { Scope } from './scope.ts'

// Every statement here looks at `limit` rows at most, by an index: who forgets must not hold up who delivers.

/** By the clock of those who said it: ours may have been set wrongly. */
export async function newest({ db }: Scope): Promise<number | undefined> {
  const row = await db
    .selectFrom('message')
    .select('at')
    .where('speaker', '<>', sql.lit('myself'))
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.at
}

export function forget(
  scope: Scope,
  what: Forgettable,
  before: number,
  limit: number,
  after?: Place,
): Promise<Step> {
  return sorts[what](scope, before, limit, after)
}

type Sort = (scope: Scope, before: number, limit: number, after?: Place) => Promise<Step>

const sorts: { readonly [W in Forgettable]: Sort } = {
  messages,

  async raws({ db }, before, limit) {
    const rows = await db
      .selectFrom('inbox')
      .select(['source', 'id', 'at'])
      .where('raw', '<>', sql.lit(''))
      .where('at', '<', before)
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
    return step(rows, limit)
  },

  async inbox({ db }, before, limit) {
    const rows = await db
      .selectFrom('inbox')
      .select(['source', 'id', 'at'])
      .where('at', '<', before)
      .orderBy('at')
      .limit(limit)
      .execute()
    for (const { source, id } of rows) {
      await db.deleteFrom('inbox').where('source', '=', source).where('id', '=', id).execute()
    }
    return step(rows, limit)
  },

  /** By when it was queued; what waited for weeks and went out just now stays for as long again. */
  async sent({ db }, before, limit, after) {
    const rows = await db
      .selectFrom('outbox')
      .select(['seq', 'since as at', 'sending_since'])
      .where('state', '=', 'sent')
      .where('since', '<', before)
      .$if(after !== undefined, (q) => q.where(beyond('since', 'seq', after)))
      .orderBy('since')
      .orderBy('seq')
      .limit(limit)
      .execute()
    const gone = rows.filter(({ at, sending_since }) => (sending_since ?? at) < before)
    const seqs = gone.map(({ seq }) => seq)
    if (seqs.length > 0) await db.deleteFrom('outbox').where('seq', 'in', seqs).execute()
    return step(rows, limit, gone.length, ({ seq }) => seq)
  },

  async spent({ db }, before, limit) {
    const rows = await db
      .selectFrom('spent')
      .select(['lane', 'at'])
      .where('at', '<', before)
      .orderBy('at')
      .limit(limit)
      .execute()
    for (const { lane, at } of rows) {
      await db.deleteFrom('spent').where('lane', '=', lane).where('at', '=', at).execute()
    }
    return step(rows, limit)
  },

  async missed({ db }, before, limit) {
    const rows: { readonly id: string; readonly at: number }[] = []
    for (const rank of [0, 1]) {
      rows.push(
        ...(await db
          .selectFrom('media')
          .select(['id', 'at'])
          .where('state', '=', 'missed')
          .where('rank', '=', rank)
          .where('at', '<', before)
          .orderBy('at')
          .orderBy('id')
          .limit(limit - rows.length)
          .execute()),
      )
    }
    const ids = rows.map(({ id }) => id)
    if (ids.length > 0) await db.deleteFrom('media').where('id', 'in', ids).execute()
    return step(rows, limit)
  },
}

const unfinished = ['queued', 'sending', 'dead', 'unknown', 'held'] as const

/** With its receipts; its aliases go by themselves. */
async function messages(scope: Scope, before: number, limit: number, after?: Place): Promise<Step> {
  const { db } = scope
  const rows = await db
    .selectFrom('message')
    .select(['id', 'seq', 'arrived as at'])
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom('outbox')
          .select('outbox.seq')
          .whereRef('outbox.message', '=', 'message.id')
          .where('outbox.state', 'in', unfinished),
      ).as('needed'),
    )
    .where('arrived', '<', before)
    .$if(after !== undefined, (q) => q.where(beyond('arrived', 'seq', after)))
    .orderBy('arrived')
    .orderBy('seq')
    .limit(limit)
    .execute()
  const ids = rows.filter(({ needed }) => !needed).map(({ id }) => id)
  if (ids.length > 0) {
    await db.deleteFrom('receipt').where('message', 'in', ids).execute()
    await db.deleteFrom('message').where('id', 'in', ids).execute()
    scope.chatsChanged()
  }
  return step(rows, limit, ids.length, ({ seq }) => seq)
}

export async function oldMedia(
  { db }: Scope,
  before: number,
  urgency: Urgency,
  limit: number,
  after?: Place,
): Promise<OldMedia> {
  const rows = await db
    .selectFrom('media')
    .select(['id', 'bytes', 'at'])
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom('outbox')
          .select('outbox.seq')
          .whereRef('outbox.media', '=', 'media.id')
          .where('outbox.state', 'in', unfinished),
      ).as('needed'),
    )
    .where('state', '=', 'kept')
    .where('rank', '=', urgency === 'message' ? 0 : 1)
    .where('at', '<', before)
    .$if(after !== undefined, (q) => q.where(beyond('at', 'id', after)))
    .orderBy('at')
    .orderBy('id')
    .limit(limit)
    .execute()
  const media = rows
    .filter(({ needed }) => !needed)
    .map(({ id, bytes }) => ({ id: mediaId(id), bytes: bytes ?? 0 }))
  const { next } = step(rows, limit, 0, ({ id }) => id)
  return { media, ...(next && { next }) }
}

/** Given up, as far as anyone asks; a profile's row goes, so that it is fetched when next seen. */
export async function forgetMedia(scope: Scope, ids: readonly MediaId[]): Promise<void> {
  for (const id of ids) {
    await scope.db
      .deleteFrom('media')
      .where('id', '=', id)
      .where('state', '=', 'kept')
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

/** Behind this place, in the order of these columns. */
const beyond = (at: string, last: string, place: Place | undefined) =>
  sql<boolean>`(${sql.ref(at)}, ${sql.ref(last)}) > (${place?.at ?? 0}, ${place?.last ?? 0})`

/** As many rows as were asked for: there may be more. */
function step<R extends { readonly at: number }>(
  rows: readonly R[],
  limit: number,
  gone = rows.length,
  last: (row: R) => string | number = () => 0,
): Step {
  const end = rows.at(-1)
  if (!end || rows.length < limit) return { gone }
  return { gone, next: { at: end.at, last: last(end) } }
}
