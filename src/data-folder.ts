import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, mkdtemp, open, readFile, rm, unlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Config } from '../config/schema.ts'
import { finishSwap } from './backup/swap.ts'
import { BridgeError } from './core/errors.ts'

export interface DataFolder {
  readonly path: string
  /** 32 bytes that seal login sessions at rest. */
  readonly sealKey: Uint8Array
  /** Removes the folder, if it was made for this run only. */
  drop(): Promise<void>
}

/**
 * The folder everything durable lives in. The sandbox forgets its world when it stops, so its data is thrown away
 * with it: invented people never get into the database of real ones. Throws a BridgeError of code `config` if the folder or key cannot be used.
 */
export async function openDataFolder(config: Config): Promise<DataFolder> {
  const named = config.wechat.connector === 'sandbox' ? undefined : config.data.dir
  try {
    const path = named ?? (await mkdtemp(join(tmpdir(), 'wechat-bridge-sandbox-')))
    await mkdir(path, { recursive: true, mode: 0o700 })
    // A folder that was there before (a mounted volume) may be open to others.
    await chmod(path, 0o700)
    // Before anything is made here: a key of today would stand in the way of the one that comes.
    await finishSwap(path)
    const sealKey = config.seal.key ? Buffer.from(config.seal.key, 'hex') : await ownKey(path)
    const drop = async () => {
      if (named === undefined) await rm(path, { recursive: true, force: true })
    }
    return { path, sealKey, drop }
  } catch (error) {
    if (error instanceof BridgeError) throw error
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw unusable(
      `data.dir: the folder ${named ?? 'for temporary files'} cannot be used (${code})`,
      error,
    )
  }
}

/** The data folder for those who only look, or copy: nothing is made. Throws a BridgeError for the sandbox. */
export function lastingFolder(config: Config): string {
  if (config.wechat.connector !== 'sandbox') return config.data.dir
  throw new BridgeError(
    'The sandbox throws its data away when it stops: there is nothing to ask, to back up or to restore. For a bridge of your own, name its configuration with --config or --set.',
    { code: 'refused', heal: 'never', certain: true },
  )
}

/** The control socket of a data folder. */
export const controlName = 'control.sock'

/** Where copies of the database are kept. */
export const backupFolder = (config: Config, folder: string): string =>
  config.backup.dir ?? join(folder, 'backups')

/** The key of a data folder, if it has one. */
export async function sealKeyOf(config: Config, folder: string): Promise<Uint8Array | undefined> {
  if (config.seal.key) return Buffer.from(config.seal.key, 'hex')
  const text = await readFile(join(folder, 'seal.key'), 'utf8').catch(() => '')
  return isKey(text.trim()) ? Buffer.from(text.trim(), 'hex') : undefined
}

const isKey = (text: string): boolean => /^[0-9a-f]{64}$/i.test(text)

/** The key kept beside the data, made on first use. */
async function ownKey(folder: string): Promise<Uint8Array> {
  const path = join(folder, 'seal.key')
  await makeOnce(path, `${randomBytes(32).toString('hex')}\n`)
  await chmod(path, 0o600)
  const text = (await readFile(path, 'utf8')).trim()
  if (isKey(text)) return Buffer.from(text, 'hex')
  throw unusable(
    `${path}: expected 64 hexadecimal digits. Restore this file from a backup; without it, delete it and log in again.`,
  )
}

/** Whole or not at all, also when the power goes: everything sealed depends on it. */
export async function makeOnce(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    // A link, unlike a rename, does not replace a key that is there.
    await link(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

const unusable = (message: string, cause?: unknown) =>
  new BridgeError(message, { code: 'config', heal: 'never', certain: true }, { cause })
