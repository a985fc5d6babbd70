import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { flaw } from './codes.ts'

/** Up to this size, in bytes, reading all of a database takes no time that anyone notices. */
const wholeUpTo = 128 * 1024 * 1024

/** What a bridge cannot do anything without, and what is small however much was said. */
const vital = ['kysely_migration', 'lease', 'turn', 'chat', 'portal', 'setting', 'secret', 'tally']

/**
 * Was the last stop a clean one? Whoever closes the database last empties its write-ahead log. To be asked before it
 * is opened.
 */
export const stoppedCleanly = (file: string): boolean => sizeOf(`${file}-wal`) === 0

/**
 * Throws when the database is damaged. Reading all of a gigabyte takes half a second from memory, and half a minute
 * from a memory card: so a large one is read whole only where the last stop was not clean (the power may have gone).
 * Else that it has its full length (SQLite sees to that) and that the small tables are sound must do: every backup reads the whole of it,
 * and what is damaged beyond is noticed when it is touched.
 */
export function refuseDamaged(
  db: DatabaseSync,
  file: string,
  clean: boolean,
  wholeUpToBytes = wholeUpTo,
): void {
  if (!clean || sizeOf(file) <= wholeUpToBytes) {
    quickCheck(db)
    return
  }
  const there = db.prepare("select name from sqlite_master where type = 'table'").all()
  for (const { name } of there) if (vital.includes(String(name))) quickCheck(db, String(name))
}

function quickCheck(db: DatabaseSync, table?: string): void {
  const verdict = db.prepare(`PRAGMA quick_check(${table ?? 1})`).get()?.quick_check
  if (verdict !== 'ok') throw flaw(String(verdict))
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0
