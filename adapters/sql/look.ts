import { existsSync } from 'node:fs'
import { flawOf } from './backup.ts'
import { isBroken } from './codes.ts'
import { cannotOpen, newer, unusable } from './errors.ts'
import { migrationNames } from './migrations/all.ts'
import { reading } from './read-only.ts'

/** Which version of the bridge a database is of, by the migrations it has had. */
export interface Schema {
  /** Those that this version knows, in order. None: it is new, or no database of the bridge. */
  readonly done: readonly string[]
  /** Those that this version does not know: a newer one wrote there. */
  readonly unknown: readonly string[]
  /** Those that it will have when it is opened the next time. */
  readonly pending: readonly string[]
}

export interface Look extends Pick<Schema, 'unknown' | 'pending'> {
  /** `ok`, or what SQLite says is wrong with it. */
  readonly integrity: string
}

/**
 * Looks at a database file, all of it, whether or not a bridge has it, and changes nothing: neither its bytes nor its
 * tables. Of one that is too damaged to tell, `unknown` and `pending` are empty. Throws a BridgeError (`config`) where
 * there is no such file, or it cannot be read for a reason that is not its own.
 */
export async function look(path: string): Promise<Look> {
  if (!existsSync(path)) throw cannotOpen(`There is no database ${path}.`, 'Check the path.')
  const flaw = await flawOf(path)
  try {
    const { unknown, pending } = schemaOf(path)
    return { integrity: flaw ?? 'ok', unknown, pending }
  } catch (thrown) {
    if (!isBroken(thrown)) throw unusable(path, thrown)
    const integrity = flaw ?? (thrown instanceof Error ? thrown.message : String(thrown))
    return { integrity, unknown: [], pending: [] }
  }
}

/** Changes nothing. Throws what SQLite throws. */
export function schemaOf(path: string): Schema {
  const had = reading(path, (db) => {
    const table = db.prepare("select 1 from sqlite_master where name = 'kysely_migration'").get()
    return table ? db.prepare('select name from kysely_migration order by name').all() : []
  })
  return compared(had.map(({ name }) => String(name)))
}

/**
 * Throws a BridgeError (`config`) where a newer version of the bridge has written: this one would not know all that
 * belongs to it. `called` is its name for people. Throws what SQLite throws, too.
 */
export function refuseNewer(path: string, called = path): void {
  const [foreign] = schemaOf(path).unknown
  if (foreign !== undefined) throw newer(called, foreign)
}

/** What the names of the migrations that a database has had say of it. */
export const compared = (had: readonly string[]): Schema => ({
  done: migrationNames.filter((name) => had.includes(name)),
  unknown: had.filter((name) => !migrationNames.includes(name)),
  pending: migrationNames.filter((name) => !had.includes(name)),
})
