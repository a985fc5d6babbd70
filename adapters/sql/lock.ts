import { closeSync, existsSync, mkdirSync, openSync, realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isBusy } from './codes.ts'
import { cannotOpen, unusable } from './errors.ts'

/**
 * Makes this process the only one that may use a database of the bridge, until the returned function is called or
 * the process dies, however it dies: the kernel drops an open transaction on a file beside. Makes the folder.
 * Throws a BridgeError (`config`) when another bridge has it.
 */
export function lockDatabase(path: string): () => void {
  const file = `${realPath(path)}.lock`
  let held: DatabaseSync | undefined
  try {
    closeSync(openSync(file, 'a', 0o600))
    held = new DatabaseSync(file)
    held.exec('BEGIN EXCLUSIVE')
  } catch (thrown) {
    held?.close()
    if (!isBusy(thrown)) throw unusable(file, thrown)
    throw cannotOpen(
      `Another bridge is using ${path}.`,
      'Stop it first, or give this one a database of its own.',
      thrown,
    )
  }
  const db = held
  return () => db.close()
}

/** One name per file, whichever links lead to it: so there is one lock per file. Makes the folder. */
export function realPath(path: string): string {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return existsSync(path) ? realpathSync(path) : join(realpathSync(dirname(path)), basename(path))
  } catch (thrown) {
    throw unusable(path, thrown)
  }
}
