import { existsSync } from 'node:fs'
import { mkdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { copySqlite } from '../../adapters/sql/backup.ts'
import { countRows } from '../../adapters/sql/counts.ts'
import { refuseNewer } from '../../adapters/sql/look.ts'
import packageFile from '../../package.json' with { type: 'json' }
import { BridgeError } from '../core/errors.ts'
import { oneLine } from '../core/one-line.ts'
import { peopleIn, peopleName, personFile } from '../persons-folder.ts'
import { codeOf, notDone } from './errors.ts'
import { type DataManifest, hashOf, type Manifest, writeManifest } from './manifest.ts'
import { copyDurably, linkTree, syncFolder } from './tree.ts'

export interface Source {
  /** The data folder. */
  readonly folder: string
  /** Is the seal key in the configuration, and so no part of the data? */
  readonly ownKey: boolean
}

/**
 * A whole backup of a data folder, whether or not a bridge is running on it, as a new folder: the database as of one
 * moment, and the files it speaks of; tables of an older version stay as they are. Whoever of those beside the first
 * person has a database that is damaged, or of a newer version, is `missing` in it. Written beside and renamed at the
 * end. Throws a BridgeError, leaving nothing.
 */
export async function makeBackup(
  { folder, ownKey }: Source,
  target: string,
  at: number,
  signal?: AbortSignal,
): Promise<Manifest> {
  const to = resolve(target)
  if (existsSync(to)) throw notDone(`${to} exists already. Name a folder that does not.`)
  const draft = `${to}.partial`
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await refuseWithin(folder, dirname(to))
  await mkdir(draft, { mode: 0o700 }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error
    throw notDone(
      `${draft} is there: another backup is being made, or was cut off. Remove it, or name another folder.`,
    )
  })
  try {
    const made = await fill(folder, draft, ownKey, at, signal)
    await syncFolder(draft)
    await rename(draft, to)
    await syncFolder(dirname(to))
    return made
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

const trees = ['media', 'uploads', peopleName] as const

/** A backup within what it copies would copy itself. */
async function refuseWithin(folder: string, place: string): Promise<void> {
  const real = await realpath(place)
  for (const name of trees) {
    const tree = await realpath(join(folder, name)).catch(() => undefined)
    if (tree === undefined || !`${real}${sep}`.startsWith(`${tree}${sep}`)) continue
    throw notDone(`${place} is within what is copied. Name a folder outside of ${tree}.`)
  }
}

/** Each person's as of a moment of its own: nothing in one speaks of another. */
async function fill(
  folder: string,
  draft: string,
  ownKey: boolean,
  at: number,
  signal: AbortSignal | undefined,
): Promise<Manifest> {
  const first = await copyData(folder, draft, signal)
  const people: NonNullable<Manifest['people']> = []
  const missing: NonNullable<Manifest['missing']> = []
  for (const who of await peopleIn(folder)) {
    // One who has just come and has nothing yet.
    if (!existsSync(join(who.folder, 'bridge.sqlite'))) continue
    const to = join(draft, peopleName, who.id)
    await mkdir(to, { recursive: true, mode: 0o700 })
    try {
      people.push({ id: who.id, ...(await copyData(who.folder, to, signal)) })
    } catch (error) {
      if (signal?.aborted || !isTheirs(error)) throw error
      missing.push({ user: who.user, why: oneLine(error.message, 400) })
      await rm(to, { recursive: true })
      continue
    }
    await copyDurably(join(who.folder, personFile), join(to, personFile))
    await syncFolder(to)
  }
  if (people.length > 0) await syncFolder(join(draft, peopleName))
  else await rm(join(draft, peopleName), { recursive: true, force: true })
  const key = join(folder, 'seal.key')
  const sealKey = ownKey && existsSync(key)
  if (sealKey) await copyDurably(key, join(draft, 'seal.key'))
  const made: Manifest = {
    format: people.length > 0 ? 2 : 1,
    version: packageFile.version,
    at: new Date(at).toISOString(),
    ...first,
    ...(people.length > 0 && { people }),
    ...(missing.length > 0 && { missing }),
    sealKey,
  }
  await writeManifest(draft, made)
  return made
}

/** Their data is not as it should be, and no second try makes it so: that is nothing to everybody else's backup. */
const isTheirs = (error: unknown): error is BridgeError =>
  error instanceof BridgeError && error.failure.heal !== 'retry'

/** The database first: files are kept before it speaks of them, and what is pruned meanwhile was to go anyway. */
async function copyData(
  folder: string,
  draft: string,
  signal: AbortSignal | undefined,
): Promise<DataManifest> {
  const copy = join(draft, 'bridge.sqlite')
  const source = join(folder, 'bridge.sqlite')
  await copySqlite(source, copy, signal)
  refuseNewer(copy, source)
  const media = await linkTree(
    join(folder, 'media'),
    join(draft, 'media'),
    (name) => name === 'temp',
    signal,
  )
  const uploads = await linkTree(
    join(folder, 'uploads'),
    join(draft, 'uploads'),
    (name) => name.endsWith('.part'),
    signal,
  )
  return {
    database: { bytes: (await stat(copy)).size, sha256: await hashOf(copy) },
    rows: countRows(copy),
    media,
    uploads,
  }
}
