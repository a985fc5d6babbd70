import { constants, setPriority } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { reading } from './read-only.ts'

// The process that makes a copy (`backup.ts` starts it): a large database takes seconds, in which the bridge's own loop
// must turn; and a process can be ended at any moment, in the middle of a statement.

/** What became of it. `errcode` is SQLite's, where SQLite said it. */
export type Copied =
  | { readonly done: true }
  | { readonly step: 'read' | 'check'; readonly why: string; readonly errcode?: number }

/** How long to wait for a writer that is alone with the file, in milliseconds: while it opens it, or closes it. */
const patienceMs = 10_000

/** A snapshot, compact, without what was deleted. In the write-ahead log's world readers hold up nobody. */
function copy(source: string, target: string): Copied {
  const from = new DatabaseSync(source, { readOnly: true, timeout: patienceMs })
  try {
    from.prepare('VACUUM INTO ?').run(target)
  } finally {
    from.close()
  }
  return check(target)
}

/** Reads all of it. */
function check(file: string): Copied {
  const check = 'PRAGMA quick_check(1)'
  const verdict = reading(file, (db) => db.prepare(check).get()?.quick_check)
  return verdict === 'ok' ? { done: true } : { step: 'check', why: String(verdict) }
}

function outcome(source: string, target: string | undefined): Copied {
  try {
    return target === undefined ? check(source) : copy(source, target)
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    const said = thrown instanceof Error && 'errcode' in thrown ? thrown.errcode : undefined
    return { step: 'read', why, ...(typeof said === 'number' && { errcode: said }) }
  }
}

try {
  setPriority(constants.priority.PRIORITY_LOW)
} catch {
  // Where it is not allowed, it takes its full share.
}
const [source, target] = process.argv.slice(2)
if (source !== undefined) process.send?.(outcome(source, target), () => process.disconnect())
