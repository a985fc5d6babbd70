import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { vi } from 'vitest'
import { type Database, openSqlite, type SqliteOptions } from '../../../adapters/sql/open.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { noon } from '../../contract/store/samples.ts'
import type { StoreHarness, TestClock } from '../../contract/store.ts'
import { realClock, tempFolder } from '../../support/ports.ts'

export const sealKey = new Uint8Array(32).fill(7)

export function testClock(): TestClock & Clock {
  let ms = noon
  return {
    now: () => ms,
    steady: () => ms,
    set(to) {
      ms = to
    },
    sleep: realClock.sleep,
  }
}

/** A database in a folder of its own. */
export async function sqliteHarness(options: Partial<SqliteOptions> = {}) {
  const folder = await tempFolder()
  const clock = testClock()
  const path = join(folder.path, 'bridge.db')
  const open = (): Promise<Database> => openSqlite({ path, sealKey, clock, ...options })
  let database = await open()
  const harness: StoreHarness & { readonly path: string; readonly database: Database } = {
    path,
    clock,
    get database() {
      return database
    },
    get store() {
      return database.store
    },
    get archive() {
      return database.archive
    },
    async reopen() {
      await database.close()
      database = await open()
    },
    async drop() {
      await database.close()
      await folder.drop()
    },
  }
  return harness
}

/** Watches the real SQLite: `see` is called before each statement is prepared. */
export function onPrepare(see: (connection: DatabaseSync, sql: string) => void): void {
  const prepare = DatabaseSync.prototype.prepare
  vi.spyOn(DatabaseSync.prototype, 'prepare').mockImplementation(function (
    this: DatabaseSync,
    sql,
  ) {
    see(this, sql)
    return prepare.call(this, sql)
  })
}
