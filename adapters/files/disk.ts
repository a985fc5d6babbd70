import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** `ab/cdef…` for a hash in hex: no folder grows too large. */
export const sharded = (folder: string, hash: string): string =>
  join(folder, hash.slice(0, 2), hash.slice(2))

/** The hash that {@link sharded} made this path of. */
export const hashOfPath = (path: string): string => basename(dirname(path)) + basename(path)

/** All files that {@link sharded} named in a folder; others are not ours to touch. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const all: string[] = []
  for (let shard = 0; shard < 256; shard++) all.push(...(await filesOf(folder, shard)))
  return all
}

/** Those whose hash begins with the byte `shard`. */
export async function filesOf(folder: string, shard: number): Promise<readonly string[]> {
  const place = join(folder, shard.toString(16).padStart(2, '0'))
  const names = (await orAbsent(() => readdir(place))) ?? []
  return names.filter((name) => /^[0-9a-f]{62}$/.test(name)).map((name) => join(place, name))
}

/** A new file, on the disk when this resolves; its name is not, before its folder is synced. Else there is none. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } catch (error) {
    await remove(path).catch(() => undefined)
    throw error
  } finally {
    await file.close()
  }
}

/** Puts a synced file in its place, at once and for good. */
export async function moveDurably(from: string, to: string): Promise<void> {
  const shard = dirname(to)
  if (await mkdir(shard, { recursive: true, mode: 0o700 })) await syncFolder(dirname(shard))
  await rename(from, to)
  await syncFolder(shard)
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

export async function sizeOf(path: string): Promise<number | undefined> {
  return (await orAbsent(() => stat(path)))?.size
}

export const openIfThere = (path: string): Promise<FileHandle | undefined> =>
  orAbsent(() => open(path, 'r'))

export const readIfThere = (path: string): Promise<string | undefined> =>
  orAbsent(() => readFile(path, 'utf8'))

export const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true })

async function orAbsent<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw thrown
  }
}
