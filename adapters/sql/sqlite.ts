import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { DatabaseConnection, Driver, TransactionSettings } from 'kysely'
import { SqliteAdapter, SqliteDialect, SqliteDriver } from 'kysely'
import { BridgeError } from '../../src/core/errors.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { refuseDamaged, stoppedCleanly } from './check.ts'
import { isBroken, isBusy, isPassing, primaryCode } from './codes.ts'
import type { Engine, Transactions } from './engine.ts'
import { cannotOpen, cannotWrite, misuse, unusable } from './errors.ts'
import { lockDatabase, realPath } from './lock.ts'
import { openReadOnly } from './read-only.ts'
import { Shim } from './shim.ts'

/** How long opening waits for a foreign process (a backup, a shell) that holds the file, in milliseconds. */
const openBusyMs = 2_000

/**
 * How long a statement waits for such a process: the loop is blocked meanwhile. Beginning to write waits longer, in
 * between: so the loop turns.
 */
const busyMs = 20
const againMs = 100
const beginTries = 50

/** What a backup lets the write-ahead log grow to is given back, down to this, in bytes. */
const logBytes = 64 * 1024 * 1024

/**
 * SQLite in a file, or in memory for `:memory:`. Makes the file and its folder, readable by this user alone. Throws
 * a BridgeError (`config`) when another process has it or when it cannot be opened; what SQLite itself said when it
 * is damaged.
 */
export function sqlite(path: string, clock: Clock): Engine {
  const memory = path === ':memory:'
  return engineOn(memory ? path : realPath(path), clock, memory, connect)
}

/**
 * SQLite in a file that is there, for looking: not a byte of it changes, and no bridge starts on it meanwhile. Throws
 * as {@link sqlite} does.
 */
export const sqliteToLook = (path: string, clock: Clock): Engine =>
  engineOn(realPath(path), clock, false, (file) => {
    const clean = stoppedCleanly(file)
    const db = openReadOnly(file)
    try {
      refuseDamaged(db, file, clean)
      return new Shim(db)
    } catch (thrown) {
      db.close()
      throw thrown
    }
  })

function engineOn(
  file: string,
  clock: Clock,
  memory: boolean,
  connected: (file: string, memory: boolean) => Shim,
): Engine {
  const unlock = memory ? () => {} : lockDatabase(file)
  try {
    const shim = connected(file, memory)
    return {
      file,
      dialect: new Dialect(shim, clock),
      serial: { type: 'integer', build: (column) => column.primaryKey().autoIncrement() },
      alone: true,
      transactions: transactions(shim, clock),
      // What a unit can be undone with is small; making indexes is not, and had better use the disk.
      migrated: () => shim.run('PRAGMA temp_store = memory'),
      written: () => shim.written,
      isBroken,
      explain,
      release: unlock,
    }
  } catch (thrown) {
    unlock()
    throw thrown instanceof BridgeError || isBroken(thrown) ? thrown : unusable(file, thrown)
  }
}

function connect(file: string, memory: boolean): Shim {
  const clean = memory || stoppedCleanly(file)
  // Only under our lock: closing a file drops whatever other locks this process has on it.
  if (!memory) closeSync(openSync(file, 'a', 0o600))
  const db = new DatabaseSync(file, { timeout: openBusyMs, enableForeignKeyConstraints: true })
  try {
    const mode = db.prepare('PRAGMA journal_mode = wal').get()?.journal_mode
    if (!memory && mode !== 'wal') {
      throw cannotOpen(
        `The folder of ${file} does not allow SQLite's write-ahead log.`,
        'Put the database on a local disk.',
      )
    }
    db.exec(`PRAGMA synchronous = full; PRAGMA journal_size_limit = ${logBytes}`)
    refuseDamaged(db, file, clean)
    db.exec(`PRAGMA busy_timeout = ${busyMs}`)
    return new Shim(db)
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

/** SQLite can change tables within a transaction; kysely's adapter does not claim it. */
class Dialect extends SqliteDialect {
  readonly #shim: Shim
  readonly #clock: Clock
  constructor(shim: Shim, clock: Clock) {
    super({ database: shim })
    this.#shim = shim
    this.#clock = clock
  }
  override createAdapter(): SqliteAdapter {
    return new (class extends SqliteAdapter {
      override get supportsTransactionalDdl(): boolean {
        return true
      }
    })()
  }
  override createDriver(): Driver {
    const shim = this.#shim
    const clock = this.#clock
    return new (class extends SqliteDriver {
      override async beginTransaction(
        _: DatabaseConnection,
        settings?: TransactionSettings,
      ): Promise<void> {
        await begin(shim, clock, settings?.accessMode === 'read only' ? 'read' : 'write')
      }
      override async rollbackTransaction(): Promise<void> {
        shim.rollback()
      }
    })({ database: shim })
  }
}

const transactions = (shim: Shim, clock: Clock): Transactions => ({
  begin: (_, access) => begin(shim, clock, access),
  commit: async () => shim.run('commit'),
  rollback: async () => shim.rollback(),
  ensureSound: () => shim.ensureSound(),
  mark: async () => shim.run('savepoint unit'),
  keep: async () => shim.run('release unit'),
  undo: async () => shim.undo('unit'),
})

/** A writer says so at once: else it could fail in the middle. */
async function begin(shim: Shim, clock: Clock, access: 'read' | 'write'): Promise<void> {
  for (let left = beginTries; ; left--) {
    try {
      shim.run(access === 'read' ? 'begin' : 'begin immediate')
      return
    } catch (thrown) {
      if (!isBusy(thrown) || left === 1) throw thrown
      await clock.sleep(againMs, never)
    }
  }
}

const never = new AbortController().signal

function explain(thrown: unknown): BridgeError | undefined {
  if (primaryCode(thrown) === undefined) return undefined
  const why = (thrown as Error).message
  if (isPassing(thrown)) return cannotWrite(why, thrown)
  return misuse(`The database refused a statement: ${why}. Nothing was changed.`, thrown)
}
