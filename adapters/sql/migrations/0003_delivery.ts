import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What pace, dead letters, settings of a chat and keeping for a while need. Frozen once released. */
export const delivery: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db
    await schema
      .alterTable('outbox')
      .addColumn('revision', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    await schema.alterTable('outbox').addColumn('print', 'text').execute()
    await schema.alterTable('outbox').addColumn('media', 'text').execute()
    await schema
      .createIndex('outbox_by_print')
      .on('outbox')
      .columns(['print', 'lane', 'since', 'portal'])
      .where(sql.ref('print'), 'is not', null)
      .execute()
    await schema
      .createIndex('outbox_by_media')
      .on('outbox')
      .columns(['media', 'state'])
      .where(sql.ref('media'), 'is not', null)
      .execute()
    await schema.createIndex('outbox_by_since').on('outbox').columns(['state', 'since']).execute()
    // What a delivery that is not finished carries is kept; of texts sent long ago nobody asks.
    await sql`update outbox set media = json_extract(job, '$.body.media.id')
      where state <> 'sent' and json_extract(job, '$.body.kind') = 'media'`.execute(db)
    await openIndex(db, 'outbox_open', 'seq')
    await openIndex(db, 'outbox_open_by_portal', 'portal, seq')
    await tally(db)
    await schema
      .createTable('spent')
      .addColumn('lane', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('chat', 'text', (c) => c.notNull())
      .addColumn('media', 'integer', (c) => c.notNull())
      .execute()
    await schema.createIndex('spent_by_lane_at').on('spent').columns(['lane', 'at']).execute()
    await schema
      .createTable('setting')
      .addColumn('chat', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('value', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('setting_key', ['chat', 'name'])
      .execute()
    await schema
      .createTable('orphan')
      .addColumn('account', 'text', (c) => c.notNull())
      .addColumn('alias', 'text', (c) => c.notNull())
      .addColumn('message', 'text', (c) => c.notNull().references('message.id').onDelete('cascade'))
      .addPrimaryKeyConstraint('orphan_key', ['account', 'alias', 'message'])
      .execute()
    await schema.createIndex('orphan_by_message').on('orphan').columns(['message']).execute()
    await schema
      .alterTable('message')
      .addColumn('arrived', 'bigint', (c) => c.notNull().defaultTo(0))
      .execute()
    await sql`update message set arrived = at`.execute(db)
    await schema.createIndex('message_by_arrived').on('message').columns(['arrived']).execute()
    // Of others only: what is said here has the time of this machine, which may be wrong.
    await schema
      .createIndex('message_heard_by_at')
      .on('message')
      .columns(['at'])
      .where(sql.ref('speaker'), '<>', sql.lit('myself'))
      .execute()
    await schema.createIndex('inbox_by_at').on('inbox').columns(['at']).execute()
    // Few of the events that are remembered still have their text.
    await schema
      .createIndex('inbox_with_raw')
      .on('inbox')
      .columns(['at'])
      .where(sql.ref('raw'), '<>', sql.lit(''))
      .execute()
    await schema
      .createIndex('media_wanted_by_due')
      .on('media')
      .columns(['state', 'due'])
      .where(sql.ref('state'), '=', sql.lit('wanted'))
      .execute()
    await schema.createIndex('spent_by_at').on('spent').columns(['at']).execute()
  },
}

/**
 * Over what waits for a person's word only: few, however much there is. Said in the negative, so that no other index
 * on states is tempting.
 */
async function openIndex(db: Kysely<unknown>, name: string, columns: string): Promise<void> {
  await sql
    .raw(
      `create index ${name} on outbox (${columns}) where state not in ('queued', 'sending', 'sent')`,
    )
    .execute(db)
}

/** How much is in each lane, kept by the database itself: a million rows are not counted each time someone asks. */
async function tally(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tally')
    .addColumn('lane', 'text', (c) => c.notNull())
    .addColumn('sort', 'text', (c) => c.notNull())
    .addColumn('count', 'integer', (c) => c.notNull())
    .addPrimaryKeyConstraint('tally_key', ['lane', 'sort'])
    .execute()
  const sort = (row: string) =>
    `case when ${row}state in ('queued', 'sending') then 'queued' when ${row}state <> 'sent' then 'open' end`
  const steps = [
    `insert into tally select lane, ${sort('')}, count(*) from outbox where state <> 'sent' group by 1, 2`,
    `create trigger tally_in after insert on outbox when new.state <> 'sent' begin ${more()} end`,
    `create trigger tally_out after delete on outbox when old.state <> 'sent' begin ${less()} end`,
    `create trigger tally_on after update of state on outbox
      when ${sort('old.')} is not ${sort('new.')} begin ${less()} ${more()} end`,
  ]
  for (const step of steps) await sql.raw(step).execute(db)

  function more(): string {
    return `insert into tally select new.lane, ${sort('new.')}, 1 where new.state <> 'sent'
      on conflict (lane, sort) do update set count = count + 1;`
  }
  function less(): string {
    return `update tally set count = count - 1 where lane = old.lane and sort = ${sort('old.')};`
  }
}
