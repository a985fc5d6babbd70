import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Engine } from '../engine.ts'

/** The first tables (architecture §10). Frozen once released: what comes later is a migration of its own. */
export const init = (engine: Engine): Migration => ({
  async up(db: Kysely<unknown>) {
    await conversations(db, engine)
    await queue(db, engine)
    await belongings(db)
  },
})

async function conversations(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const { schema } = db
  await schema
    .createTable('chat')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('data', 'text', (c) => c.notNull())
    .execute()
  await schema
    .createTable('inbox')
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('raw', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('inbox_key', ['source', 'id'])
    .execute()
  await schema
    .createTable('message')
    .addColumn('seq', engine.serial.type, engine.serial.build)
    .addColumn('id', 'text', (c) => c.notNull().unique())
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('chat', 'text', (c) => c.notNull())
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('speaker', 'text')
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('about', 'text')
    .addColumn('data', 'text', (c) => c.notNull())
    .execute()
  await index(db, 'message', ['chat', 'seq'])
  await index(db, 'message', ['chat', 'speaker', 'at', 'seq'])
  await index(db, 'message', ['about', 'kind'])
  await schema
    .createTable('alias')
    .addColumn('account', 'text', (c) => c.notNull())
    .addColumn('alias', 'text', (c) => c.notNull())
    .addColumn('message', 'text', (c) => c.notNull().references('message.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('alias_key', ['account', 'alias'])
    .execute()
  await index(db, 'alias', ['message'])
  await schema
    .createTable('portal')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('hub', 'text', (c) => c.notNull())
    .addColumn('chat', 'text', (c) => c.notNull().references('chat.id'))
    .addColumn('room', 'text')
    .addUniqueConstraint('portal_chat', ['chat', 'hub'])
    .addUniqueConstraint('portal_room', ['hub', 'room'])
    .execute()
}

async function queue(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const { schema } = db
  await schema
    .createTable('outbox')
    .addColumn('seq', engine.serial.type, engine.serial.build)
    .addColumn('key', 'text', (c) => c.notNull().unique())
    .addColumn('lane', 'text', (c) => c.notNull())
    .addColumn('portal', 'text', (c) => c.notNull())
    .addColumn('purpose', 'text', (c) => c.notNull())
    .addColumn('message', 'text', (c) => c.notNull())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('since', 'bigint', (c) => c.notNull())
    .addColumn('sending_since', 'bigint')
    .addColumn('failure', 'text')
    .addColumn('job', 'text', (c) => c.notNull())
    .execute()
  await index(db, 'outbox', ['lane', 'portal', 'state', 'seq'])
  await index(db, 'outbox', ['state', 'lane', 'seq'])
  await index(db, 'outbox', ['message', 'purpose'])
  await schema
    .createTable('turn')
    .addColumn('lane', 'text', (c) => c.notNull())
    .addColumn('portal', 'text', (c) => c.notNull())
    .addColumn('ready_at', 'bigint')
    .addPrimaryKeyConstraint('turn_key', ['lane', 'portal'])
    .execute()
  await index(db, 'turn', ['lane', 'ready_at', 'portal'])
  await schema
    .createTable('receipt')
    .addColumn('seq', engine.serial.type, engine.serial.build)
    .addColumn('message', 'text', (c) => c.notNull())
    .addColumn('part', 'integer', (c) => c.notNull())
    .addColumn('side', 'text', (c) => c.notNull())
    .addColumn('id', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addUniqueConstraint('receipt_key', ['message', 'side', 'part', 'id'])
    .execute()
  await index(db, 'receipt', ['side', 'id'])
  await schema
    .createTable('lease')
    .addColumn('lane', 'text', (c) => c.primaryKey())
    .addColumn('owner', 'text')
    .addColumn('epoch', 'bigint', (c) => c.notNull())
    .addColumn('until', 'bigint', (c) => c.notNull())
    .execute()
}

async function belongings(db: Kysely<unknown>): Promise<void> {
  const { schema } = db
  await schema
    .createTable('media')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('ref', 'text')
    .addColumn('rank', 'integer', (c) => c.notNull())
    .addColumn('attempt', 'integer', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('due', 'bigint', (c) => c.notNull())
    .addColumn('reason', 'text')
    .addColumn('bytes', 'bigint')
    .addColumn('mime', 'text')
    .addColumn('sha256', 'text')
    .execute()
  await index(db, 'media', ['state', 'rank', 'at', 'id'])
  await schema
    .createTable('secret')
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('sealed', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('secret_key', ['owner', 'name'])
    .execute()
}

const index = (db: Kysely<unknown>, table: string, columns: string[]): Promise<void> =>
  db.schema
    .createIndex(`${table}_by_${columns.join('_')}`)
    .on(table)
    .columns(columns)
    .execute()
