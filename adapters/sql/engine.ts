import type { ColumnDefinitionBuilder, Dialect } from 'kysely'
import type { BridgeError } from '../../src/core/errors.ts'

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
  /** How many statements have changed something so far. */
  written(): number
  /** Did the database say that it is damaged? */
  isBroken(thrown: unknown): boolean
  /** What else the database threw, as ours. Undefined: the database did not throw this. */
  explain(thrown: unknown): BridgeError | undefined
  /** After the connection is closed: let others open the database. */
  release(): void
}
