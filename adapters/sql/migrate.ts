import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Engine } from './engine.ts'
import { compared, type Schema } from './look.ts'
import { migrationsFor } from './migrations/all.ts'

/** Which migrations the tables have had, and which they lack. */
export async function schemaIn(db: Kysely<unknown>): Promise<Schema> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return compared([])
  const had = await (db as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .orderBy('name')
    .execute()
  return compared(had.map(({ name }) => name))
}

/** Brings the tables up to date, in one transaction. Throws what the database throws; then nothing has changed. */
export async function migrate(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const getMigrations = async () => migrationsFor(engine)
  const { error } = await new Migrator({ db, provider: { getMigrations } }).migrateToLatest()
  if (error) throw error
}
