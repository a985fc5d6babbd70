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
      .columns(['print', 'lane', 'portal', 'since'])
      .where(sql.ref('print'), 'is not', null)
      .execute()
    await schema
      .createIndex('outbox_by_media')
      .on('outbox')
      .columns(['media', 'state'])
      .where(sql.ref('media'), 'is not', null)
      .execute()
    await schema.createIndex('outbox_by_since').on('outbox').columns(['state', 'since']).execute()
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
      .alterTable('message')
      .addColumn('arrived', 'bigint', (c) => c.notNull().defaultTo(0))
      .execute()
    await sql`update message set arrived = at`.execute(db)
    await schema.createIndex('message_by_arrived').on('message').columns(['arrived']).execute()
    await schema.createIndex('message_by_at').on('message').columns(['at']).execute()
    await schema.createIndex('inbox_by_at').on('inbox').columns(['at']).execute()
    await schema.createIndex('media_by_at').on('media').columns(['state', 'at']).execute()
  },
}
