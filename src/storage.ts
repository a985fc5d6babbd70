import { join } from 'node:path'
import { openFiles } from '../adapters/files/media.ts'
import { type Database, openSqlite } from '../adapters/sql/open.ts'
import { systemClock } from '../adapters/system/clock.ts'
import type { Config } from '../config/schema.ts'
import { isTaken } from './backup/errors.ts'
import { BridgeError } from './core/errors.ts'
import { backupFolder, type DataFolder } from './data-folder.ts'
import type { Clock } from './ports/clock.ts'
import type { MediaStore } from './ports/media.ts'
import type { Log } from './ports/telemetry.ts'

export interface Storage {
  readonly database: Database
  readonly mediaStore: MediaStore
}

/** How long a start waits for whoever has the data: a command line that looks, a bridge that is just stopping. */
const patience = 5_000

/**
 * Opens what a bridge keeps, for it alone, and brings what is of an older version up to date, with a copy from before.
 * Throws a BridgeError of code `config` if that cannot be; `server` where it may work later.
 */
export async function openStorage(
  config: Config,
  folder: Pick<DataFolder, 'path' | 'sealKey'>,
  clock: Clock,
  log?: Pick<Log, 'info'>,
): Promise<Storage> {
  let mediaStore: MediaStore | undefined
  const database = await onceFree(() =>
    openSqlite({
      path: join(folder.path, 'bridge.sqlite'),
      sealKey: folder.sealKey,
      clock,
      backups: backupFolder(config, folder.path),
      // Opened behind the database's lock: opening tidies up, which only the owner may do.
      media: async () => {
        mediaStore = await openFiles(join(folder.path, 'media'))
        return mediaStore
      },
    }),
  )
  const { upgraded } = database
  if (upgraded) log?.info({ ...upgraded }, 'the database was brought up to date')
  if (mediaStore) return { database, mediaStore }
  await database.close()
  const failure = { code: 'config', heal: 'never', certain: true } as const
  throw new BridgeError('the media folder was not opened', failure)
}

async function onceFree(open: () => Promise<Database>): Promise<Database> {
  const end = systemClock.steady() + patience
  for (;;) {
    try {
      return await open()
    } catch (error) {
      if (!isTaken(error) || systemClock.steady() > end) throw error
      await systemClock.sleep(200, new AbortController().signal)
    }
  }
}
