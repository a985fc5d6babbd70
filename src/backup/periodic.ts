import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { backupName, backupsIn, backupTime, copySqlite } from '../../adapters/sql/backup.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/telemetry.ts'

export interface Copies {
  /** The database, and the folder of its copies. */
  readonly database: string
  readonly folder: string
  readonly everyMs: number
  /** How many are kept. */
  readonly keep: number
  readonly clock: Clock
  readonly log: Log
}

/** The newest copy that is there, with when it was made (milliseconds). */
export interface Copy {
  readonly path: string
  readonly at: number
}

/** A start is busy enough without a copy, and many starts in a row need none: milliseconds. */
const settling = 3 * 60_000
/** After a copy that failed, in milliseconds. */
const pause = 30 * 60_000
/** A clock that was set shows within this, in milliseconds. */
const longestSleep = 60 * 60_000

/**
 * Copies the database every so often until the signal aborts, and keeps the newest. What fails is logged and tried
 * again later: it never rejects.
 */
export async function keepCopies(copies: Copies, signal: AbortSignal): Promise<void> {
  const { clock, everyMs, folder, log } = copies
  let earliest = clock.now() + settling
  while (!signal.aborted) {
    try {
      const now = clock.now()
      // One that is dated later than now was made by a clock that was wrong.
      const last = (await copiesIn(folder)).find(({ at }) => at <= now)
      const due = last ? Math.max(last.at + everyMs, earliest) : earliest
      if (now < due) {
        await clock.sleep(Math.min(due - now, longestSleep), signal)
        // Set back, it would wait for as long.
        earliest = Math.min(earliest, clock.now() + settling)
        continue
      }
      await copy(copies, signal)
    } catch (error) {
      if (signal.aborted) return
      log.warn({ err: error, folder }, 'the database was not copied; it will be tried again')
      await clock.sleep(pause, signal).catch(() => undefined)
    }
  }
}

async function copy(copies: Copies, signal: AbortSignal): Promise<void> {
  const { clock, database, folder, keep, log } = copies
  const path = join(folder, backupName(clock.now()))
  const { bytes } = await copySqlite(database, path, signal)
  log.info({ path, bytes }, 'the database was copied')
  const now = clock.now()
  const all = await copiesIn(folder)
  // What a clock made that was wrong must not stand in the way of what is made now.
  const past = all.filter(({ at }) => at <= now)
  const later = all.filter(({ at }) => at > now)
  for (const old of [...past, ...later].slice(keep)) await rm(old.path)
}

export async function newestCopy(folder: string): Promise<Copy | undefined> {
  return (await copiesIn(folder))[0]
}

async function copiesIn(folder: string): Promise<readonly Copy[]> {
  return (await backupsIn(folder)).flatMap((path) => {
    const at = backupTime(path)
    return at === undefined ? [] : [{ path, at }]
  })
}
