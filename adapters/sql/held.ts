import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { isBusy } from './codes.ts'

/** Has somebody a database of the bridge (`lock.ts`)? Looks only: nothing is made, and nobody is kept waiting. */
export function isHeld(path: string): boolean {
  const file = `${path}.lock`
  if (!existsSync(file)) return false
  let db: DatabaseSync | undefined
  try {
    db = new DatabaseSync(file, { readOnly: true })
    db.prepare('SELECT 1 FROM sqlite_master').all()
    return false
  } catch (thrown) {
    return isBusy(thrown)
  } finally {
    db?.close()
  }
}
