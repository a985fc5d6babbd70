import { existsSync } from 'node:fs'
import { lstat, mkdir, readFile, rm, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { copySqlite, flawOf } from '../../adapters/sql/backup.ts'
import { type Counts, countRows, someSealed } from '../../adapters/sql/counts.ts'
import { lockDatabase } from '../../adapters/sql/lock.ts'
import { refuseNewer } from '../../adapters/sql/look.ts'
import { openSqlite } from '../../adapters/sql/open.ts'
import { enrol, peopleIn, peopleName, personFile } from '../persons-folder.ts'
import type { Clock } from '../ports/clock.ts'
import { codeOf, isTaken, notDone } from './errors.ts'
import { type DataManifest, hashOf, type Manifest, readManifest } from './manifest.ts'
import { noteRestored } from './restored.ts'
import { stamp } from './stamp.ts'
import { commit, exchange, stage, type Told, unstage } from './swap.ts'
import { copyDurably, linkTree, syncFolder, type Tree } from './tree.ts'
import { claimData } from './whose.ts'

export interface Target {
  /** The data folder. Made if it is not there. */
  readonly folder: string
  /** One of those who have an account here beside the first person: a copy of their database alone is restored. */
  readonly person?: string
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
  /** Whose data it holds beside the first person's: how many. */
  readonly people: number
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
  if (manifest) await checkHash(copy, manifest.database.sha256)
  const flaw = await flawOf(copy)
  if (flaw !== undefined) throw notDone(`${copy} is damaged (${flaw}). Take another backup.`)
  refuseNewer(copy)

  const known = await flaws(from, manifest)
  const { person } = target
  if (person !== undefined && manifest) throw notDone(everybody)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const unlock = lock(folder)
  try {
    const into = person === undefined ? folder : (await enrol(folder, person)).folder
    return await swap(from, copy, manifest, { ...target, data: into, folder }, told, known)
  } finally {
    unlock()
  }
}

interface Place extends Target {
  /** The folder whose data is exchanged: the data folder itself, or one person's in it. */
  readonly data: string
}

/** Under the lock of the data folder. */
async function swap(
  from: string,
  copy: string,
  manifest: Manifest | undefined,
  target: Place,
  told: Told,
  people: readonly string[],
): Promise<Restored> {
  const { data, clock } = target
  // One that was cut off is brought to its end first: what it put aside must not be put aside again.
  if (existsSync(join(data, 'restore.ready'))) await exchange(data, told)
  if (manifest) await refuseMounts(data)
  told('stage')
  const into = await stage(data)
  try {
    const lacking = await gather(from, copy, manifest, into)
    told('prepare')
    const keys = manifest?.sealKey ? into : target.folder
    await prepare(into, keys, target, target.person, copy)
    for (const id of people) {
      const its = join(into, peopleName, id)
      const user = (await peopleIn(into)).find((each) => each.id === id)?.user
      if (user === undefined)
        throw notDone(`${join(from, peopleName, id)} does not say whose it is.`)
      await prepare(its, keys, target, user, join(from, peopleName, id, 'bridge.sqlite'))
    }
    const rows = countRows(join(into, 'bridge.sqlite'))
    const comes = ['bridge.sqlite', ...(manifest ? ['media', 'uploads'] : [])]
    if (people.length > 0) comes.push(peopleName)
    if (manifest?.sealKey) comes.push('seal.key')
    const goes = [...comes.filter((name) => name !== 'bridge.sqlite')]
    // Who came after the backup was made has no place in what it brings back.
    if (manifest && people.length === 0) goes.push(peopleName)
    const aside = [...database, ...goes]
    const had = aside.some((name) => existsSync(join(data, name)))
    const away = freshName(data, `before-restore-${stamp(clock.now())}`)
    await commit(data, { folder: away, aside, comes }, told)
    await exchange(data, told)
    const gone = had ? join(data, away) : undefined
    return { manifest, rows, aside: gone, lacking, people: people.length }
  } catch (error) {
    await unstage(data)
    throw error
  }
}

/** Whose data is there beside the first person's, by the names of their folders. Throws where a copy is not sound. */
async function flaws(from: string, manifest: Manifest | undefined): Promise<readonly string[]> {
  const people = manifest?.people ?? []
  for (const { id, database: made } of people) {
    const folder = join(from, peopleName, id)
    await refuseLinks(folder)
    const copy = join(folder, 'bridge.sqlite')
    await checkHash(copy, made.sha256)
    const flaw = await flawOf(copy)
    if (flaw !== undefined) throw notDone(`${copy} is damaged (${flaw}). Take another backup.`)
    refuseNewer(copy)
  }
  return people.map(({ id }) => id)
}

const everybody =
  'A whole backup holds the data of everybody, and is restored for everybody: leave --person out, or name the .sqlite file of one person.'

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
  for (const name of ['bridge.sqlite', 'media', 'uploads', 'seal.key', peopleName, personFile]) {
    const path = join(from, name)
    const isLink = (await lstat(path).catch(() => undefined))?.isSymbolicLink()
    if (isLink) throw notDone(`${path} is a link, which no backup has. Take another backup.`)
  }
}

/** What has a disk mounted on it cannot be renamed; that must not show halfway. */
async function refuseMounts(folder: string): Promise<void> {
  const { dev } = await stat(folder)
  for (const name of ['media', 'uploads', 'seal.key', peopleName]) {
    const path = join(folder, name)
    const found = await lstat(path).catch(() => undefined)
    if (found === undefined || found.dev === dev) continue
    throw notDone(
      `${path} is a disk of its own and cannot go aside. Restore into another folder, or unmount it first. Nothing was changed.`,
    )
  }
}

async function checkHash(copy: string, sha256: string): Promise<void> {
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
  const trees = [await gatherTrees(from, into)]
  const promised: DataManifest[] = [manifest]
  for (const each of manifest.people ?? []) {
    const [its, place] = [from, into].map((folder) => join(folder, peopleName, each.id)) as [
      string,
      string,
    ]
    await mkdir(place, { recursive: true, mode: 0o700 })
    for (const name of ['bridge.sqlite', personFile]) {
      await copyDurably(join(its, name), join(place, name))
    }
    trees.push(await gatherTrees(its, place))
    promised.push(each)
  }
  if (manifest.sealKey) await takeKey(from, into)
  const sum = (what: readonly Tree[], of: keyof Tree) => what.reduce((all, one) => all + one[of], 0)
  const should = promised.flatMap(({ media, uploads }) => [media, uploads])
  const files = sum(should, 'files') - sum(trees, 'files')
  const bytes = sum(should, 'bytes') - sum(trees, 'bytes')
  return files > 0 || bytes > 0
    ? { files: Math.max(0, files), bytes: Math.max(0, bytes) }
    : undefined
}

async function gatherTrees(from: string, into: string): Promise<Tree> {
  const media = await linkTree(join(from, 'media'), join(into, 'media'))
  const uploads = await linkTree(join(from, 'uploads'), join(into, 'uploads'))
  return { files: media.files + uploads.files, bytes: media.bytes + uploads.bytes }
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
  keys: string,
  { key, clock }: Target,
  person: string | undefined,
  copy: string,
): Promise<void> {
  const path = join(into, 'bridge.sqlite')
  countRows(path)
  const sealed = someSealed(path)
  const text = key ?? (await keyIn(keys))
  if (text === undefined && sealed) throw noKey(keys)
  const sealKey = text === undefined ? undefined : Buffer.from(text, 'hex')
  const opened = await openSqlite({ path, sealKey: sealKey ?? new Uint8Array(32), clock })
  try {
    if (sealed) {
      await opened
        .vault(sealed.owner)
        .get(sealed.name)
        .catch((error: unknown) => {
          throw notDone(`${copy} was sealed with another key than this one. ${theKey(keys)}`, error)
        })
    }
    if (sealKey) {
      await claimData(opened, person).catch((error: unknown) => {
        throw notDone(error instanceof Error ? error.message : String(error), error)
      })
      await noteRestored(opened.vault('bridge'), clock.now())
    }
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
