import type { Kysely } from 'kysely'
import type { Clock } from '../../src/ports/clock.ts'
import { isBroken, isPassing } from './codes.ts'
import type { Engine } from './engine.ts'
import { newer, notMigrated, older } from './errors.ts'
import { copyFormer, formerOf } from './former.ts'
import { migrate, schemaIn } from './migrate.ts'

/** A database of an older version was brought up to date. */
export interface Upgrade {
  /** What it had not had, in order. */
  readonly migrations: readonly string[]
  /** The copy from before. Undefined: nobody said where to put one. */
  readonly former: string | undefined
}

export interface Upgrading {
  /** As the operator named it. */
  readonly path: string
  /** The folder of its copies. */
  readonly backups?: string
  readonly clock: Pick<Clock, 'now'>
  /** False: whoever opens it only wants something of it as it is. */
  readonly upgrade?: boolean
}

/** Throws the BridgeError that says so where a database is not of this version. Changes nothing. */
export async function refuseOther(
  db: Kysely<unknown>,
  { path, backups }: Pick<Upgrading, 'path' | 'backups'>,
): Promise<void> {
  const { unknown, pending } = await schemaIn(db)
  await refuseNewer(unknown, path, backups)
  if (pending.length > 0) throw older(path, pending)
}

async function refuseNewer(unknown: readonly string[], path: string, backups: string | undefined) {
  const [foreign] = unknown
  if (foreign === undefined) return
  throw newer(path, foreign, backups && (await formerOf(backups, foreign)))
}

/**
 * Makes the tables those of this version, behind the lock of the engine. Throws a BridgeError when a newer version of
 * the bridge has written here (it may keep things that this one does not know and would lose), when it is of an older
 * one and must not change, and when it could not be copied or brought up to date; what SQLite said when it is damaged. Then it is as
 * it was. Undefined: there was nothing to do, or it is new.
 */
export async function bringUpToDate(
  db: Kysely<unknown>,
  engine: Engine,
  { path, backups, clock, upgrade = true }: Upgrading,
): Promise<Upgrade | undefined> {
  const { done, unknown, pending } = await schemaIn(db)
  await refuseNewer(unknown, path, backups)
  if (pending.length === 0) return undefined
  const isNew = done.length === 0
  if (!isNew && !upgrade) throw older(path, pending)
  const former =
    isNew || backups === undefined
      ? undefined
      : await copyFormer(engine.file, backups, pending, clock.now())
  try {
    await migrate(db, engine)
  } catch (thrown) {
    if (isBroken(thrown)) throw thrown
    throw notMigrated(path, pending, thrown, isPassing(thrown), former)
  }
  return isNew ? undefined : { migrations: pending, former }
}
