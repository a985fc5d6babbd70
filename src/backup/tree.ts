import { constants, type Dirent } from 'node:fs'
import { chmod, copyFile, link, mkdir, open, opendir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from './errors.ts'

/** How many files, and their bytes together. */
export interface Tree {
  readonly files: number
  readonly bytes: number
}

/** A disk that cannot link says so in one of these ways. */
const unlinkable = new Set([
  'EXDEV',
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EMLINK',
  'ENOSYS',
  'EINVAL',
])

/**
 * The files of a folder in another: as hard links where the disk has them, else copied, which is right for files that
 * are never written again. `skips` names what is left out. What vanishes meanwhile is left out too. On the disk when
 * this resolves. A folder that is not there is an empty one.
 */
export async function linkTree(
  from: string,
  to: string,
  skips: (name: string) => boolean = () => false,
  signal?: AbortSignal,
): Promise<Tree> {
  await mkdir(to, { recursive: true, mode: 0o700 })
  let files = 0
  let bytes = 0
  for await (const entry of entriesOf(from)) {
    signal?.throwIfAborted()
    if (skips(entry.name)) continue
    const [source, target] = [join(from, entry.name), join(to, entry.name)]
    if (entry.isDirectory()) {
      const within = await linkTree(source, target, undefined, signal)
      files += within.files
      bytes += within.bytes
    } else if (entry.isFile() && (await place(source, target))) {
      files += 1
      bytes += (await stat(target)).size
    }
  }
  await syncFolder(to)
  return { files, bytes }
}

async function* entriesOf(folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(folder)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
}

/** False: it is not there any more. */
async function place(source: string, target: string): Promise<boolean> {
  try {
    await link(source, target)
    return true
  } catch (error) {
    const code = codeOf(error) ?? ''
    if (code === 'ENOENT') return false
    if (!unlinkable.has(code)) throw error
  }
  try {
    await copyDurably(source, target)
    return true
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    await unlink(target).catch(() => undefined)
    return false
  }
}

/** A new file of this user's alone, on the disk when this resolves. */
export async function copyDurably(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
  await chmod(target, 0o600)
  const file = await open(target, 'r+')
  await file.sync().finally(() => file.close())
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  // Some shares cannot.
  await folder.sync().catch(() => undefined)
  await folder.close()
}
