import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { DatabaseConnection, Driver, TransactionSettings } from 'kysely'
import { CompiledQuery, SqliteAdapter, SqliteDialect, SqliteDriver } from 'kysely'
import { BridgeError } from '../../src/core/errors.ts'
import type { Engine } from './engine.ts'
import { cannotOpen, cannotWrite, damaged, misuse } from './errors.ts'

/** How long to wait for a foreign process (a backup, a shell) that holds the file; the loop is blocked meanwhile. */
const busyMs = 2_000

/** More texts of statements than the store has; the number of ids in a list makes some of them vary. */
const cachedStatements = 500

/**
 * SQLite in a file, or in memory for `:memory:`. Makes the file and its folder, readable by this user alone. Throws
 * a BridgeError (`config`) when another process has it, when it cannot be opened, or when it is damaged.
 */
export function sqlite(path: string): Engine {
  const file = path === ':memory:' ? path : realPath(path)
  const unlock = file === ':memory:' ? () => {} : lock(file)
  try {
    return {
      dialect: new Dialect(connect(file)),
      serial: { type: 'integer', build: (column) => column.primaryKey().autoIncrement() },
      alone: true,
      explain,
      release: unlock,
    }
  } catch (thrown) {
    unlock()
    throw thrown instanceof BridgeError ? thrown : unusable(file, thrown)
  }
}

/** One name per file, whichever links lead to it: so there is one lock per file. Makes the folder. */
function realPath(path: string): string {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path))
  } catch (thrown) {
    throw unusable(path, thrown)
  }
}

/** A lock that the kernel drops when the process dies, however it dies: an open transaction on a file beside. */
function lock(file: string): () => void {
  let held: DatabaseSync | undefined
  try {
    closeSync(openSync(`${file}.lock`, 'a', 0o600))
    held = new DatabaseSync(`${file}.lock`)
    held.exec('BEGIN EXCLUSIVE')
  } catch (thrown) {
    held?.close()
    if (primaryCode(thrown) !== codes.busy) throw unusable(`${file}.lock`, thrown)
    throw cannotOpen(
      `Another bridge is using ${file}.`,
      'Stop it first, or give this one a database of its own.',
      thrown,
    )
  }
  const db = held
  return () => db.close()
}

function connect(file: string): Shim {
  // Only under our lock: closing a file drops whatever other locks this process has on it.
  if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
  const db = new DatabaseSync(file, { timeout: busyMs, enableForeignKeyConstraints: true })
  try {
    const mode = db.prepare('PRAGMA journal_mode = wal').get()?.journal_mode
    if (file !== ':memory:' && mode !== 'wal') {
      throw cannotOpen(
        `The folder of ${file} does not allow SQLite's write-ahead log.`,
        'Put the database on a local disk.',
      )
    }
    db.exec('PRAGMA synchronous = full')
    const verdict = db.prepare('PRAGMA quick_check(1)').get()?.quick_check
    if (verdict !== 'ok') throw broken(file, verdict)
    return new Shim(db)
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

/** SQLite can change tables within a transaction; kysely's adapter does not claim it. And a writer says so at once. */
class Dialect extends SqliteDialect {
  readonly #shim: Shim
  constructor(shim: Shim) {
    super({ database: shim })
    this.#shim = shim
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
    return new (class extends SqliteDriver {
      override async beginTransaction(
        connection: DatabaseConnection,
        settings?: TransactionSettings,
      ): Promise<void> {
        const how = settings?.accessMode === 'read only' ? 'begin' : 'begin immediate'
        await connection.executeQuery(CompiledQuery.raw(how))
      }
      override async rollbackTransaction(): Promise<void> {
        shim.rollback()
      }
    })({ database: shim })
  }
}

/**
 * What kysely wants of a database, over node:sqlite. A statement that fails within a transaction fails all that
 * follow until it is rolled back: SQLite itself may have rolled back by then, and later writes would stand alone.
 */
class Shim {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, Statement>()
  #failed: { readonly thrown: unknown } | undefined
  constructor(db: DatabaseSync) {
    this.#db = db
  }
  prepare(sql: string): Statement {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#run(() => this.#statement(sql))
    if (this.#statements.size >= cachedStatements) this.#statements.clear()
    this.#statements.set(sql, statement)
    return statement
  }
  rollback(): void {
    this.#failed = undefined
    if (this.#db.isTransaction) this.#db.exec('rollback')
  }
  close(): void {
    this.#db.close()
  }
  #statement(sql: string): Statement {
    const statement = this.#db.prepare(sql)
    return {
      reader: statement.columns().length > 0,
      all: (values) => this.#run(() => statement.all(...(values as SQLInputValue[]))),
      run: (values) => this.#run(() => statement.run(...(values as SQLInputValue[]))),
      iterate: (values) => statement.iterate(...(values as SQLInputValue[])),
    }
  }
  #run<T>(work: () => T): T {
    if (this.#failed) throw this.#failed.thrown
    const within = this.#db.isTransaction
    try {
      return work()
    } catch (thrown) {
      if (within) this.#failed = { thrown }
      throw thrown
    }
  }
}

interface Statement {
  readonly reader: boolean
  all(values: readonly unknown[]): unknown[]
  run(values: readonly unknown[]): { changes: number | bigint; lastInsertRowid: number | bigint }
  iterate(values: readonly unknown[]): IterableIterator<unknown>
}

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const codes = { busy: 5, corrupt: 11, notADatabase: 26 }

/** No permission, busy, locked, no memory, read-only, I/O error, full, cannot open: they pass, or can be mended. */
const passing: readonly number[] = [3, 5, 6, 7, 8, 10, 13, 14]

function primaryCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return undefined
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : undefined
}

function explain(thrown: unknown): BridgeError | undefined {
  const code = primaryCode(thrown)
  if (code === undefined) return undefined
  const why = (thrown as Error).message
  if (code === codes.corrupt || code === codes.notADatabase) return damaged(why, thrown)
  if (passing.includes(code)) return cannotWrite(why, thrown)
  return misuse(`The database refused a statement: ${why}. Nothing was changed.`, thrown)
}

function unusable(file: string, thrown: unknown): BridgeError {
  const code = primaryCode(thrown)
  if (code === codes.corrupt || code === codes.notADatabase) {
    return broken(file, (thrown as Error).message, thrown)
  }
  const why = thrown instanceof Error ? thrown.message : String(thrown)
  return cannotOpen(
    `The database ${file} cannot be opened: ${why}.`,
    'Check that the path is right and that this user may write there.',
    thrown,
  )
}

const broken = (file: string, why: unknown, cause?: unknown): BridgeError =>
  cannotOpen(
    `The database ${file} is damaged (${String(why).replaceAll(/\s+/g, ' ')}).`,
    'Move it away and restore a backup; without one, moving it away starts anew.',
    cause,
  )
