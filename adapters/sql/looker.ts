import { Kysely } from 'kysely'
import type { Lane } from '../../src/core/ids.ts'
import type { Archive, Change } from '../../src/ports/archive.ts'
import type { Store } from '../../src/ports/store.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { sqlArchive } from './archive.ts'
import { isBroken } from './codes.ts'
import { listeners } from './listeners.ts'
import { checkKey, cureFor, type SqliteOptions } from './open.ts'
import { openSession } from './session.ts'
import { sqliteToLook } from './sqlite.ts'
import { sqlStore } from './store.ts'
import type { Tables } from './tables.ts'
import { refuseOther } from './upgrade.ts'
import { sqlVault } from './vault.ts'

/** A database that nobody uses now, as it is looked at. */
export interface Looker {
  readonly archive: Archive
  /** It refuses every unit: nothing can be written. */
  readonly store: Store
  vault(owner: string): Pick<Vault, 'get'>
  close(): Promise<void>
}

/**
 * Opens a database that is there for looking, alone: not a byte of it changes, and one of another version is refused. Throws a
 * BridgeError: `refused` for an older version, else `config`.
 */
export async function lookInto(
  options: Pick<SqliteOptions, 'path' | 'sealKey' | 'clock' | 'backups'>,
): Promise<Looker> {
  const { path, sealKey, clock } = options
  checkKey(sealKey)
  const cure = cureFor(options)
  try {
    const engine = sqliteToLook(path, clock)
    const db = new Kysely<Tables>({ dialect: engine.dialect })
    const session = openSession(db, engine, clock, cure)
    const changes = listeners<Change>()
    try {
      await refuseOther(db as unknown as Kysely<unknown>, options)
      return {
        archive: sqlArchive(session, changes, undefined),
        store: sqlStore(session, clock, listeners<Lane>(), changes),
        vault: (owner) => sqlVault(session, sealKey, owner),
        close: () => session.close(),
      }
    } catch (thrown) {
      await session.close()
      throw engine.explain(thrown) ?? thrown
    }
  } catch (thrown) {
    throw isBroken(thrown) ? await cure(thrown) : thrown
  }
}
