import { existsSync } from 'node:fs'
import { lstat, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { copySqlite, flawOf } from '../../adapters/sql/backup.ts'
import { type Counts, countRows, someSealed } from '../../adapters/sql/counts.ts'
import { lockDatabase } from '../../adapters/sql/lock.ts'
import { openSqlite } from '../../adapters/sql/open.ts'
import type { Clock } from '../ports/clock.ts'
import { codeOf, isTaken, notDone } from './errors.ts'
import { hashOf, type Manifest, readManifest } from './manifest.ts'
import { noteRestored } from './restored.ts'
import { stamp } from './stamp.ts'
import { commit, exchange, stage, type Told, unstage } from './swap.ts'
import { copyDurably, linkTree, syncFolder, type Tree } from './tree.ts'

export interface Target {
  /** The data folder. Made if it is not there. */
  readonly folder: string
  /** The seal key of the configuration, where it has one: 64 hexadecimal digits. */
  readonly key: string | null
  readonly clock: Clock
}

export interface Restored {
  /** Undefined for a copy of the database alone. */
  readonly manifest: Manifest | undefined
  readonly rows: Counts
  /** Where the former data is. Undefined: there was none. */
  readonly aside: string | undefined
  /** The files that its manifest speaks of and that the backup does not have any more, where there are such. */
  readonly lacking: Tree | undefined
}

/** The database with what SQLite keeps beside it. */
const database = ['bridge.sqlite-wal', 'bridge.sqlite-shm', 'bridge.sqlite']

/**
 * Puts a backup (a folder that `makeBackup` made, or a copy of the database alone) in the place of what is in a data
 * folder, which goes aside. Throws a BridgeError while a bridge runs there, or if the copy is not sound; then nothing
 * has changed. After a death in the middle the next start, or the next restore, brings it to its end.
 */
export async function restoreBackup(
  source: string,
  target: Target,
  told: Told = () => undefined,
): Promise<Restored> {
  const from = resolve(source)
  const folder = resolve(target.folder)
  const found = await stat(from).catch(() => undefined)
  if (!found) throw notDone(`There is no ${from}. Check the path.`)
  const manifest = found.isDirectory() ? await readManifest(from) : undefined
  const copy = found.isDirectory() ? join(from, 'bridge.sqlite') : from
  if (manifest) await refuseLinks(from)
  if (manifest) await checkHash(copy, manifest)
  const flaw = await flawOf(copy)
  if (flaw !== undefined) throw notDone(`${copy} is damaged (${flaw}). Take another backup.`)

  await mkdir(folder, { recursive: true, mode: 0o700 })
  const unlock = lock(folder)
  try {
    // One that was cut off is brought to its end first: what it put aside must not be put aside again.
    if (existsSync(join(folder, 'restore.ready'))) await exchange(folder, told)
    if (manifest) await refuseMounts(folder)
    told('stage')
    const into = await stage(folder)
    try {
      const lacking = await gather(from, copy, manifest, into)
      told('prepare')
      await prepare(into, folder, manifest, target, copy)
      const rows = countRows(join(into, 'bridge.sqlite'))
      const comes = ['bridge.sqlite', ...(manifest ? ['media', 'uploads'] : [])]
      if (manifest?.sealKey) comes.push('seal.key')
      const aside = [...database, ...comes.filter((name) => name !== 'bridge.sqlite')]
      const had = aside.some((name) => existsSync(join(folder, name)))
      const away = freshName(folder, `before-restore-${stamp(target.clock.now())}`)
      await commit(folder, { folder: away, aside, comes }, told)
      await exchange(folder, told)
      return { manifest, rows, aside: had ? join(folder, away) : undefined, lacking }
    } catch (error) {
      await unstage(folder)
      throw error
    }
  } finally {
    unlock()
  }
}

/** What is aside stays as it is, also when two come in one second. */
function freshName(folder: string, name: string): string {
  for (let n = 1; ; n++) {
    const tried = n === 1 ? name : `${name}-${n}`
    if (!existsSync(join(folder, tried))) return tried
  }
}

function lock(folder: string): () => void {
  try {
    return lockDatabase(join(folder, 'bridge.sqlite'))
  } catch (error) {
    if (!isTaken(error)) throw error
    throw notDone(`A bridge is running on ${folder}. Stop it first. Nothing was changed.`, error)
  }
}

/** No backup of ours has one: it would bring in what lies elsewhere on this machine. */
async function refuseLinks(from: string): Promise<void> {
  for (const name of ['bridge.sqlite', 'media', 'uploads', 'seal.key']) {
    const path = join(from, name)
    const isLink = (await lstat(path).catch(() => undefined))?.isSymbolicLink()
    if (isLink) throw notDone(`${path} is a link, which no backup has. Take another backup.`)
  }
}

/** What has a disk mounted on it cannot be renamed; that must not show halfway. */
async function refuseMounts(folder: string): Promise<void> {
  const { dev } = await stat(folder)
  for (const name of ['media', 'uploads', 'seal.key']) {
    const path = join(folder, name)
    const found = await lstat(path).catch(() => undefined)
    if (found === undefined || found.dev === dev) continue
    throw notDone(
      `${path} is a disk of its own and cannot go aside. Restore into another folder, or unmount it first. Nothing was changed.`,
    )
  }
}

async function checkHash(copy: string, { database: { sha256 } }: Manifest): Promise<void> {
  const found = await hashOf(copy).catch((error: unknown) => {
    throw notDone(`${copy} cannot be read (${codeOf(error)}). Take another backup.`, error)
  })
  if (found === sha256) return
  throw notDone(`${copy} is not what its manifest says: it was changed. Take another backup.`)
}

async function gather(
  from: string,
  copy: string,
  manifest: Manifest | undefined,
  into: string,
): Promise<Tree | undefined> {
  const path = join(into, 'bridge.sqlite')
  // What a bridge that was killed wrote last is only in its write-ahead log.
  const log = manifest ? undefined : await stat(`${copy}-wal`).catch(() => undefined)
  if (log && log.size > 0) await copySqlite(copy, path)
  else await copyDurably(copy, path)
  if (!manifest) return undefined
  const media = await linkTree(join(from, 'media'), join(into, 'media'))
  const uploads = await linkTree(join(from, 'uploads'), join(into, 'uploads'))
  if (manifest.sealKey) await takeKey(from, into)
  const files = manifest.media.files + manifest.uploads.files - media.files - uploads.files
  const bytes = manifest.media.bytes + manifest.uploads.bytes - media.bytes - uploads.bytes
  return files > 0 || bytes > 0
    ? { files: Math.max(0, files), bytes: Math.max(0, bytes) }
    : undefined
}

async function takeKey(from: string, into: string): Promise<void> {
  await copyDurably(join(from, 'seal.key'), join(into, 'seal.key')).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error
    throw notDone(
      `${from} is not whole: its seal.key is missing. Put it back, or take another backup.`,
      error,
    )
  })
}

/** Brings the tables up to date, tries the key, and notes when this was: what is older may have been delivered. */
async function prepare(
  into: string,
  folder: string,
  manifest: Manifest | undefined,
  { key, clock }: Target,
  copy: string,
): Promise<void> {
  const path = join(into, 'bridge.sqlite')
  countRows(path)
  const sealed = someSealed(path)
  const text = key ?? (await keyIn(manifest?.sealKey ? into : folder))
  if (text === undefined && sealed) throw noKey(folder)
  const sealKey = text === undefined ? undefined : Buffer.from(text, 'hex')
  const opened = await openSqlite({ path, sealKey: sealKey ?? new Uint8Array(32), clock })
  try {
    if (sealed) await opened.vault(sealed.owner).get(sealed.name)
    if (sealKey) await noteRestored(opened.vault('bridge'), clock.now())
  } catch (error) {
    throw notDone(`${copy} was sealed with another key than this one. ${theKey(folder)}`, error)
  } finally {
    await opened.close()
  }
  await rm(`${path}.lock`, { force: true })
  await syncFolder(into)
}

async function keyIn(folder: string): Promise<string | undefined> {
  const text = (await readFile(join(folder, 'seal.key'), 'utf8').catch(() => '')).trim()
  return /^[0-9a-f]{64}$/i.test(text) ? text : undefined
}

const theKey = (folder: string) =>
  `Put the seal.key it was made with into ${folder}, or set seal.key in the configuration.`

const noKey = (folder: string) =>
  notDone(`The copy holds no seal key, and there is none here to open it. ${theKey(folder)}`)
