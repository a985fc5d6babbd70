import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What a chat turned out to be, and until when it was read. Frozen once released. */
export const mergedChats: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db
    await schema
      .alterTable('chat')
      .addColumn('merged_into', 'text', (c) => c.references('chat.id'))
      .execute()
    await schema.alterTable('chat').addColumn('read_at', 'bigint').execute()
    await schema.createIndex('chat_by_merged_into').on('chat').column('merged_into').execute()
  },
}
