import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { misuse } from './errors.ts'

/** What changes rows. Others answer with the number of rows that were changed last. */
const changing = /^\s*(insert|update|delete|replace)\b/i

/** More texts of statements than the store has; the number of ids in a list makes some of them vary. */
const cachedStatements = 500

/**
 * What kysely wants of a database, over node:sqlite. A statement that fails within a transaction fails all that
 * follow until it is rolled back: SQLite itself may have rolled back by then, and later writes would stand alone.
 */
export class Shim {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, Statement>()
  #failed: { readonly thrown: unknown } | undefined
  #written = 0
  constructor(db: DatabaseSync) {
    this.#db = db
  }
  /** How many statements have changed something. */
  get written(): number {
    return this.#written
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
  run(sql: string): void {
    this.prepare(sql).run([])
  }
  /** Throws what a statement of this transaction threw, if it is still there to be undone. */
  ensureSound(): void {
    if (this.#failed) throw this.#failed.thrown
  }
  /** Undoes a savepoint and what came after it. Throws if all of the transaction is undone already. */
  undo(savepoint: string): void {
    const failed = this.#failed
    if (!this.#db.isTransaction) throw failed?.thrown ?? misuse('The transaction is over.')
    this.#failed = undefined
    this.run(`rollback to ${savepoint}`)
    this.run(`release ${savepoint}`)
  }
  close(): void {
    this.#db.close()
  }
  #statement(sql: string): Statement {
    const statement = this.#db.prepare(sql)
    const changes = changing.test(sql)
    return {
      reader: statement.columns().length > 0,
      all: (values) => {
        if (changes) this.#written++
        return this.#run(() => statement.all(...(values as SQLInputValue[])))
      },
      run: (values) => {
        const done = this.#run(() => statement.run(...(values as SQLInputValue[])))
        if (changes && done.changes) this.#written++
        return done
      },
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
