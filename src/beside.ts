import { join, resolve } from 'node:path'
import { openControl } from '../adapters/control/server.ts'
import type { Database } from '../adapters/sql/open.ts'
import type { Config } from '../config/schema.ts'
import { keepCopies, newestCopy } from './backup/periodic.ts'
import type { QueueView } from './bridge/queue-view.ts'
import { backupFolder, controlName } from './data-folder.ts'
import { createOperator } from './operator.ts'
import type { Clock } from './ports/clock.ts'
import type { Log } from './ports/telemetry.ts'
import type { Login } from './ports/wechat.ts'

/** A bridge that is running, as those see it who work beside it. */
export interface Ground {
  readonly config: Config
  /** The data folder. */
  readonly folder: string
  readonly database: Database
  readonly restoredAt: number | undefined
  readonly clock: Clock
  readonly log: Log
  login(): Login
  line(): QueueView | undefined
}

/**
 * Starts what works beside a bridge and never fails it: the control socket for the command line, and the copies of
 * the database. Returns what ends both. A sandbox has neither: nobody could find it, and its data is nobody's.
 */
export async function startBeside(ground: Ground): Promise<() => Promise<void>> {
  const { config, database, clock, log, restoredAt } = ground
  if (config.wechat.connector === 'sandbox') return async () => undefined
  const folder = resolve(ground.folder)
  const copies = resolve(backupFolder(config, folder))
  const operator = createOperator({
    database,
    clock,
    language: config.language,
    login: ground.login,
    line: ground.line,
    fault: () => database.fault()?.message,
    copy: () => newestCopy(copies),
    restoredAt,
  })
  const control = await openControl(join(folder, controlName), operator, log)
  const stopping = new AbortController()
  const { everyHours, keep } = config.backup
  const copying =
    everyHours > 0
      ? keepCopies(
          {
            database: join(folder, 'bridge.sqlite'),
            folder: copies,
            everyMs: everyHours * 3_600_000,
            keep,
            clock,
            log,
          },
          stopping.signal,
        )
      : undefined
  return async () => {
    stopping.abort(new Error('The bridge is stopping.'))
    await control.close()
    await copying
  }
}
