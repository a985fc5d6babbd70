import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A real file system of a few bytes, for what happens when it is full. */
export interface SmallDisk {
  readonly path: string
  /** From now on it has so many bytes. */
  grow(bytes: number): void
  drop(): void
}

/** Why no small disk can be had here; undefined: it can. */
export function noSmallDisk(): string | undefined {
  if (process.platform !== 'linux') return 'only Linux has tmpfs'
  if (process.getuid?.() !== 0) return 'only root may mount'
  try {
    smallDisk(1 << 20).drop()
    return undefined
  } catch {
    return 'mounting is not allowed here'
  }
}

/** Mounts a tmpfs of so many bytes; `drop` unmounts it. */
export function smallDisk(bytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'wechat-bridge-disk-'))
  try {
    const options = `size=${bytes},mode=700`
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'ignore' })
  } catch (error) {
    rmSync(path, { recursive: true })
    throw error
  }
  return {
    path,
    grow(to) {
      execFileSync('mount', ['-o', `remount,size=${to}`, path], { stdio: 'ignore' })
    },
    drop() {
      execFileSync('umount', ['-l', path], { stdio: 'ignore' })
      rmSync(path, { recursive: true })
    },
  }
}
