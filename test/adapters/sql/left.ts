import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { expect } from 'vitest'
import { migrationsFor } from '../../../adapters/sql/migrations/all.ts'
import { sqlite } from '../../../adapters/sql/sqlite.ts'
import { testClock } from './harness.ts'

export type Rows = Record<string, readonly Record<string, string | number | null>[]>

/** Makes a database as an earlier release left it, whose last migration is named. */
export async function left(path: string, last: string, rows: Rows = {}): Promise<void> {
  const engine = sqlite(path, testClock())
  const old = new Kysely<Record<string, Record<string, unknown>>>({ dialect: engine.dialect })
  const had = Object.entries(migrationsFor(engine)).filter(([name]) => name <= last)
  const getMigrations = async () => Object.fromEntries(had)
  const migrator = new Migrator({ db: old, provider: { getMigrations } })
  expect((await migrator.migrateToLatest()).error).toBeUndefined()
  for (const [table, all] of Object.entries(rows)) {
    for (const row of all) await old.insertInto(table).values(row).execute()
  }
  await old.destroy()
  engine.release()
}
