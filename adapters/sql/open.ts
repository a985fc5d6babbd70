import { Kysely } from 'kysely'
import type { BridgeError } from '../../src/core/errors.ts'
import type { Lane } from '../../src/core/ids.ts'
import type { Archive, Change } from '../../src/ports/archive.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { MediaStore } from '../../src/ports/media.ts'
import type { Store } from '../../src/ports/store.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { sqlArchive } from './archive.ts'
import { newestBackup } from './backup.ts'
import { isBroken } from './codes.ts'
import type { Engine } from './engine.ts'
import { cannotOpen, damaged } from './errors.ts'
import { releaseAll } from './leases.ts'
import { listeners } from './listeners.ts'
import { type Fault, openSession } from './session.ts'
import { sqlite } from './sqlite.ts'
import { sqlStore } from './store.ts'
import type { Tables } from './tables.ts'
import { bringUpToDate, type Upgrade } from './upgrade.ts'
import { keyBytes, sqlVault } from './vault.ts'

/** One database, seen from its three sides. Closing it (or its store) closes all of them. */
export interface Database {
  readonly store: Store
  readonly archive: Archive
  /** The notebook of one adapter; `owner` keeps it apart from the others'. */
  vault(owner: string): Vault
  /**
   * Set while the database cannot be written (no room, a foreign process that holds it, an unwilling disk): since
   * when, in milliseconds, and why. Gone with the next write that works.
   */
  fault(): Fault | undefined
  /** What this opening did to one of an older version. Undefined: it was not. */
  readonly upgraded: Upgrade | undefined
  close(): Promise<void>
}

export interface SqliteOptions {
  /** A file, made if it is not there (its folder too), or `:memory:`. */
  readonly path: string
  /** 32 bytes. Seals the vaults. */
  readonly sealKey: Uint8Array
  readonly clock: Clock
  /**
   * The folder of its copies (`copySqlite`): one that is damaged is refused with the newest of them as the cure, and
   * one of an older version is copied to there before it is brought up to date.
   */
  readonly backups?: string
  /** False: one of an older version is refused, and stays as it is. */
  readonly upgrade?: boolean
  /**
   * Where the archive finds the bytes of kept media. Given as a function it is opened once the database is ours: a
   * bridge that is started twice must not tidy a media folder that another one is using.
   */
  readonly media?: MediaStore | (() => Promise<MediaStore>)
}

/**
 * Opens the bridge's database, alone: a second bridge on the same file is refused. Throws a BridgeError (`config`)
 * that says what is wrong and what to do.
 */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  checkKey(options.sealKey)
  const cure = cureFor(options)
  try {
    return await openOn(sqlite(options.path, options.clock), options, cure)
  } catch (thrown) {
    throw isBroken(thrown) ? await cure(thrown) : thrown
  }
}

async function openOn(
  engine: Engine,
  options: SqliteOptions,
  cure: (thrown: unknown) => Promise<BridgeError>,
): Promise<Database> {
  const { sealKey, clock, media } = options
  const db = new Kysely<Tables>({ dialect: engine.dialect })
  const session = openSession(db, engine, clock, cure)
  const changes = listeners<Change>()
  try {
    const upgraded = await bringUpToDate(db as unknown as Kysely<unknown>, engine, options)
    engine.migrated()
    if (engine.alone) await session.write(releaseAll)
    const opened = typeof media === 'function' ? await media() : media
    return {
      store: sqlStore(session, clock, listeners<Lane>(), changes),
      archive: sqlArchive(session, changes, opened),
      vault: (owner) => sqlVault(session, sealKey, owner),
      fault: () => session.fault(),
      upgraded,
      close: () => session.close(),
    }
  } catch (thrown) {
    await session.close()
    throw engine.explain(thrown) ?? thrown
  }
}

/** What to say of one that is damaged. */
export const cureFor =
  ({ path, backups }: Pick<SqliteOptions, 'path' | 'backups'>) =>
  async (thrown: unknown): Promise<BridgeError> => {
    const backup = backups && (await newestBackup(backups))
    return damaged(path, thrown, {
      ...(backup && { backup }),
      ...(backups && { folder: backups }),
    })
  }

export function checkKey(sealKey: Uint8Array): void {
  if (sealKey.byteLength === keyBytes) return
  throw cannotOpen(
    `The seal key has ${sealKey.byteLength} bytes, not ${keyBytes}.`,
    'Give one of 32 random bytes, and keep it: what it sealed opens with no other.',
  )
}
