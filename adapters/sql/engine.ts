import type { ColumnDefinitionBuilder, Dialect } from 'kysely'
import type { BridgeError } from '../../src/core/errors.ts'
import type { Tx } from './tables.ts'

/** All in which one database differs from another (architecture §10). */
export interface Engine {
  /** Where it is, for people. */
  readonly file: string
  readonly dialect: Dialect
  /** An integer primary key that only rises and is never given twice. */
  readonly serial: {
    readonly type: 'integer' | 'bigserial'
    build(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder
  }
  /** True: whoever owned a lane before this opening is surely dead. */
  readonly alone: boolean
  readonly transactions: Transactions
  /** The tables are as they should be: from here on it is used as it is each day. */
  migrated(): void
  /** How many statements have changed something so far. */
  written(): number
  /** Did the database say that it is damaged? */
  isBroken(thrown: unknown): boolean
  /** What else the database threw, as ours. Undefined: the database did not throw this. */
  explain(thrown: unknown): BridgeError | undefined
  /** After the connection is closed: let others open the database. */
  release(): void
}

/** Transactions of the one connection, one after another. What they throw is the database's. */
export interface Transactions {
  begin(tx: Tx, access: 'read' | 'write'): Promise<void>
  commit(tx: Tx): Promise<void>
  /** Never rejects. */
  rollback(tx: Tx): Promise<void>
  /** Throws what a statement threw, even if that was caught: what came of it must not be committed. */
  ensureSound(): void
  /** What comes next can be undone without what came before. One at a time. */
  mark(tx: Tx): Promise<void>
  /** What came since the mark stays. */
  keep(tx: Tx): Promise<void>
  /** Undoes what came since the mark. Rejects if all of the transaction was undone by the database. */
  undo(tx: Tx): Promise<void>
}
