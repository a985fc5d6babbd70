import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BridgeError } from '../../src/core/errors.ts'
import { copiesIn, copyName, copySqlite } from './backup.ts'
import { cannotUpgrade } from './errors.ts'

/** How many copies from before an upgrade are kept. */
const kept = 2

const kindOf = (migration: string): string => `before-${migration}`

/**
 * Copies a database as it is before migrations change it, checked and whole, to
 * `before-0004_name-2026-01-31T08-30-00-000Z.sqlite`; earlier ones go, but for the newest. Returns its path. Throws a
 * BridgeError that says why there is none: `server` (`retry`) when there is no room, else `config`.
 */
export async function copyFormer(
  file: string,
  dir: string,
  pending: readonly string[],
  at: number,
): Promise<string> {
  const path = join(dir, copyName(kindOf(pending[0] ?? ''), at))
  await copySqlite(file, path).catch((thrown: unknown) => {
    throw thrown instanceof BridgeError ? cannotUpgrade(file, pending, thrown) : thrown
  })
  const earlier = await copiesIn(dir, (each) => each.kind !== 'bridge' && each.path !== path)
  // One that cannot be removed is no reason not to run.
  for (const old of earlier.slice(kept - 1)) await rm(old.path).catch(() => undefined)
  return path
}

/** The copy from before a database had a migration. Undefined: there is none. */
export async function formerOf(dir: string, migration: string): Promise<string | undefined> {
  return (await copiesIn(dir, ({ kind }) => kind === kindOf(migration)))[0]?.path
}
