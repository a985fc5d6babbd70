import { DatabaseSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import { BridgeError } from '../../src/core/errors.ts'
import { misuse } from './errors.ts'
import { reading } from './read-only.ts'
import type { Session } from './session.ts'
import { Shim } from './shim.ts'
import type { Tables } from './tables.ts'
import { sqlVault } from './vault.ts'

interface Entry {
  readonly owner: string
  readonly name: string
  readonly sealed: string
}

/**
 * Does a key open what is sealed in a database? Tried on one entry of each owner; changes nothing, whoever has the
 * database. Undefined: nothing is sealed there. Throws what SQLite throws where it cannot be read.
 */
export async function keyFits(path: string, sealKey: Uint8Array): Promise<boolean | undefined> {
  const some = entriesOf(path)
  if (some.length === 0) return undefined
  // Opened in a table of their own: the database is not held meanwhile.
  const own = new DatabaseSync(':memory:')
  try {
    own.exec('CREATE TABLE secret (owner TEXT, name TEXT, sealed TEXT)')
    const put = own.prepare('INSERT INTO secret VALUES (?, ?, ?)')
    for (const { owner, name, sealed } of some) put.run(owner, name, sealed)
    const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: new Shim(own) }) })
    for (const { owner, name } of some) await sqlVault(readingOnly(db), sealKey, owner).get(name)
    return true
  } catch (thrown) {
    if (thrown instanceof BridgeError && thrown.failure.code === 'config') return false
    throw thrown
  } finally {
    own.close()
  }
}

const entriesOf = (path: string): readonly Entry[] =>
  reading(path, (db) => {
    if (!db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'secret'").get()) return []
    const all = db.prepare('SELECT owner, min(name) AS name, sealed FROM secret GROUP BY owner')
    return all.all().map(({ owner, name, sealed }) => ({
      owner: String(owner),
      name: String(name),
      sealed: String(sealed),
    }))
  })

const readingOnly = (db: Kysely<Tables>): Session => ({
  read: (work) => work(db),
  write: () => Promise.reject(misuse('This is only looked at.')),
  fault: () => undefined,
  close: async () => undefined,
})
