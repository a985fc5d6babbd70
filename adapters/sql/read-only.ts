import { statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

/** How long to wait for a writer that is alone with the file, in milliseconds: while it opens it, or closes it. */
const patienceMs = 10_000

/**
 * Reads a database without changing a byte of it, whoever else has it. One that nobody has open (there is no
 * write-ahead log) gets no new files beside it either, and may lie where nothing can be written. `work` may be done
 * twice: somebody may have opened it meanwhile. Throws what SQLite throws.
 */
export function reading<T>(path: string, work: (db: DatabaseSync) => T): T {
  const before = traceOf(path)
  if (before === undefined) return within(path, work)
  const found = outcome(() => within(immutable(path), work))
  if (traceOf(path) !== before) return within(path, work)
  if ('thrown' in found) throw found.thrown
  return found.value
}

/**
 * Opens a database for looking, for as long as the caller has its lock: nobody else writes. As {@link reading}, it
 * changes nothing.
 */
export const openReadOnly = (path: string): DatabaseSync =>
  opened(traceOf(path) === undefined ? path : immutable(path))

function immutable(path: string): URL {
  const location = pathToFileURL(path)
  location.searchParams.set('immutable', '1')
  return location
}

const opened = (location: string | URL): DatabaseSync =>
  new DatabaseSync(location, { readOnly: true, timeout: patienceMs })

function within<T>(location: string | URL, work: (db: DatabaseSync) => T): T {
  const db = opened(location)
  try {
    return work(db)
  } finally {
    db.close()
  }
}

function outcome<T>(work: () => T): { readonly value: T } | { readonly thrown: unknown } {
  try {
    return { value: work() }
  } catch (thrown) {
    return { thrown }
  }
}

/** What changes when somebody writes. Undefined: somebody has it open, or died while he had; or it is not there. */
function traceOf(path: string): string | undefined {
  if (statSync(`${path}-wal`, { throwIfNoEntry: false })) return undefined
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found && `${found.ino} ${found.size} ${found.mtimeNs}`
}
