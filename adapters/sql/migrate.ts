import type { Kysely } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import type { Engine } from './engine.ts'
import { cannotOpen } from './errors.ts'
import { init } from './migrations/0001_init.ts'
import { mergedChats } from './migrations/0002_merged_chats.ts'
import { delivery } from './migrations/0003_delivery.ts'

const migrations = (engine: Engine): Record<string, Migration> => ({
  '0001_init': init(engine),
  '0002_merged_chats': mergedChats,
  '0003_delivery': delivery,
})

/**
 * Brings the tables up to date, in one transaction. Throws a BridgeError (`config`) when a newer version of the
 * bridge has written here: it may keep things that this one does not know and would lose.
 */
export async function migrate(db: Kysely<unknown>, engine: Engine, path: string): Promise<void> {
  const known = migrations(engine)
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => known },
  })
  await refuseNewer(db, Object.keys(known), path)
  const { error } = await migrator.migrateToLatest()
  if (error) throw error
}

async function refuseNewer(db: Kysely<unknown>, known: readonly string[], path: string) {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return
  const done = await (db as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .orderBy('name')
    .execute()
  const unknown = done.find(({ name }) => !known.includes(name))
  if (!unknown) return
  throw cannotOpen(
    `The database ${path} was written by a newer version of the bridge (it has had ${unknown.name}).`,
    'Install that version or a later one, or restore a backup made before the upgrade.',
  )
}
