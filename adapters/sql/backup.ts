import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Dirent } from 'node:fs'
import { existsSync } from 'node:fs'
import { link, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { errnoOf, isBroken, primaryCode, resultCodes } from './codes.ts'
import type { Copied } from './copier.ts'
import { cannotCopy, cannotCopyNow, copyDamaged, copyInterrupted } from './errors.ts'

/** What this process is making. */
const drafts = new Set<string>()

/**
 * Copies a database that may be in use, by this process, by another, or by none, to a new file: a whole and
 * consistent state, checked, and on the disk when this resolves; readable by this user alone. Whoever writes goes on
 * writing. Makes the folder. Throws a BridgeError: `config` when the target exists, the source is missing or the
 * place does not allow it; `server` when there is no room (`retry`) or the source is damaged (`never`). Then, and
 * after `signal`, there is no target.
 */
export async function copySqlite(
  path: string,
  target: string,
  signal?: AbortSignal,
): Promise<{ readonly bytes: number }> {
  const to = resolve(target)
  const draft = `${to}.partial-${process.pid}-${process.hrtime.bigint()}`
  drafts.add(draft)
  try {
    if (!existsSync(path)) throw cannotCopy(`there is no database ${path}`, 'Check the path.')
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    await dropLeftovers(dirname(to))
    if (existsSync(to)) throw taken(to)
    await (await open(draft, 'wx', 0o600)).close()
    const copied = await inProcess([resolve(path), draft], signal)
    if (!('done' in copied)) throw explained(copied, path, to)
    const { size } = await synced(draft)
    await nameOnce(draft, to)
    await syncFolder(dirname(to))
    return { bytes: size }
  } catch (thrown) {
    throw errnoOf(thrown) === undefined ? thrown : unplaced(thrown, to)
  } finally {
    await rm(draft, { force: true }).catch(() => undefined)
    drafts.delete(draft)
  }
}

/** Reads the whole of a database file that nobody writes. Undefined: it is sound. Else what is wrong with it. */
export async function flawOf(path: string, signal?: AbortSignal): Promise<string | undefined> {
  const checked = await inProcess([resolve(path)], signal)
  return 'done' in checked ? undefined : checked.why
}

/** `bridge-2026-01-31T08-30-00-000Z.sqlite`: in the order of time (milliseconds, UTC) by name too. */
export const backupName = (at: number): string => copyName('bridge', at)

export const copyName = (kind: string, at: number): string =>
  `${kind}-${new Date(at).toISOString().replaceAll(/[:.]/g, '-')}.sqlite`

/** When a backup was made, by its name, in milliseconds. Undefined: that is no name of a backup. */
export function backupTime(path: string): number | undefined {
  const copy = copyOf(path)
  return copy?.kind === 'bridge' ? copy.at : undefined
}

/** A copy that looks whole, by its name. */
export interface NamedCopy {
  readonly path: string
  /** `bridge`, or what it was made before. */
  readonly kind: string
  /** When it was made, in milliseconds. */
  readonly at: number
}

function copyOf(path: string): NamedCopy | undefined {
  const named = /^(bridge|before-\w+)-(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3}Z)\.sqlite$/.exec(
    basename(path),
  )
  if (!named) return undefined
  const [, kind = '', hour, minute, second, rest] = named
  const at = Date.parse(`${hour}:${minute}:${second}.${rest}`)
  return Number.isNaN(at) ? undefined : { path, kind, at }
}

/** The copies of one kind, or of all, that look whole, newest first. None where there is no such folder. */
export async function copiesIn(
  dir: string,
  isMeant: (copy: NamedCopy) => boolean = () => true,
): Promise<readonly NamedCopy[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((): Dirent[] => [])
  const named = entries.flatMap((entry) => {
    const copy = entry.isFile() ? copyOf(join(dir, entry.name)) : undefined
    return copy && isMeant(copy) ? [copy] : []
  })
  const all: NamedCopy[] = []
  for (const copy of named.toSorted((a, b) => b.at - a.at)) {
    if (await looksWhole(copy.path).catch(() => false)) all.push(copy)
  }
  return all
}

/** The copies that are made now and then, newest first, as full paths. */
export const backupsIn = async (dir: string): Promise<readonly string[]> =>
  (await copiesIn(dir, ({ kind }) => kind === 'bridge')).map(({ path }) => path)

/** The newest copy in a folder that looks whole, why ever it was made; what is in it was checked then. */
export async function newestBackup(dir: string): Promise<string | undefined> {
  return (await copiesIn(dir))[0]?.path
}

/** The header names SQLite, and the file has all the pages it speaks of (sqlite.org/fileformat2.html §1.3). */
async function looksWhole(path: string): Promise<boolean> {
  const file = await open(path, 'r')
  try {
    const header = Buffer.alloc(100)
    await file.read(header, 0, header.length, 0)
    if (header.toString('latin1', 0, 16) !== 'SQLite format 3\0') return false
    const said = header.readUInt16BE(16)
    const pageBytes = said === 1 ? 65_536 : said
    return (await file.stat()).size >= pageBytes * header.readUInt32BE(28)
  } finally {
    await file.close()
  }
}

async function inProcess(args: readonly string[], signal?: AbortSignal): Promise<Copied> {
  signal?.throwIfAborted()
  const script = join(import.meta.dirname, 'copier.ts')
  const child = fork(script, args, { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
  const kill = () => void child.kill('SIGKILL')
  signal?.addEventListener('abort', kill)
  try {
    let told: Copied | undefined
    child.once('message', (message) => {
      told = message as Copied
    })
    const [code, ended] = await once(child, 'exit')
    signal?.throwIfAborted()
    if (told) return told
    throw copyInterrupted(String(ended ?? code))
  } finally {
    signal?.removeEventListener('abort', kill)
  }
}

function explained(
  { step, why, errcode }: Exclude<Copied, { done: true }>,
  path: string,
  to: string,
) {
  if (step === 'check' || isBroken(errcode)) return copyDamaged(path, why)
  const code = primaryCode(errcode)
  if (code === resultCodes.full) return noRoom(to)
  if (code === resultCodes.busy) return cannotCopyNow(`${path} was held all the time`, 'Try again.')
  const cure = `Check that ${path} can be read and ${to} be written.`
  return code === undefined ? cannotCopy(why, cure) : cannotCopyNow(why, cure)
}

const taken = (to: string) => cannotCopy(`${to} exists already`, 'Name another file.')

const noRoom = (to: string) =>
  cannotCopyNow(
    `there is not enough room in ${dirname(to)}`,
    'Make room, or name a place on another disk.',
  )

function unplaced(thrown: unknown, to: string) {
  const code = errnoOf(thrown)
  if (code === 'EEXIST') return taken(to)
  if (code === 'ENOSPC' || code === 'EDQUOT') return noRoom(to)
  return cannotCopy(`${to} cannot be written (${code})`, 'Check the path, and who may write there.')
}

async function synced(path: string): Promise<{ readonly size: number }> {
  const file = await open(path, 'r+')
  try {
    await file.sync()
    return await file.stat()
  } finally {
    await file.close()
  }
}

/** Unlike a rename, a link replaces nothing; where there are none (a stick, a share), looking first must do. */
async function nameOnce(draft: string, to: string): Promise<void> {
  try {
    await link(draft, to)
  } catch (thrown) {
    if (errnoOf(thrown) === 'EEXIST' || existsSync(to)) throw taken(to)
    await rename(draft, to)
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    // Some shares cannot.
    await folder.sync().catch(() => undefined)
  } finally {
    await folder.close()
  }
}

/** What a copy left that was killed in the middle: its process is no more. */
async function dropLeftovers(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const pid = Number(/\.partial-(\d+)-\d+$/.exec(name)?.[1] ?? 0)
    const path = join(dir, name)
    // In a container each start has the same number.
    const dead = pid === process.pid ? !drafts.has(path) : pid > 0 && !isAlive(pid)
    if (dead) await rm(path, { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    return errnoOf(thrown) !== 'ESRCH'
  }
}
