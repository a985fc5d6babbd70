import { join } from 'node:path'
import { openSqlite } from '../../adapters/sql/open.ts'
import { systemClock } from '../../adapters/system/clock.ts'
import type { Config } from '../../config/schema.ts'
import { isTaken } from '../backup/errors.ts'
import { newestCopy } from '../backup/periodic.ts'
import { restoredAt } from '../backup/restored.ts'
import { BridgeError } from '../core/errors.ts'
import { backupFolder, sealKeyOf } from '../data-folder.ts'
import { createOperator } from '../operator.ts'
import type { Reached } from './reach.ts'

/** The data of a bridge that does not run. Throws a BridgeError while one has it. */
export async function openOwnData(config: Config, folder: string): Promise<Reached> {
  // A key is not made for looking: without one there is nothing sealed that this would read.
  const sealKey = (await sealKeyOf(config, folder)) ?? new Uint8Array(32)
  const backups = backupFolder(config, folder)
  const path = join(folder, 'bridge.sqlite')
  const opening = openSqlite({ path, sealKey, clock: systemClock, backups })
  const database = await opening.catch((error: unknown) => {
    throw isTaken(error) ? unreachable(folder, error) : error
  })
  const operator = createOperator({
    database,
    clock: systemClock,
    language: config.language,
    copy: () => newestCopy(backups),
    restoredAt: await restoredAt(database.vault('bridge')).catch(() => undefined),
  })
  return { operator, running: false, close: () => database.close() }
}

const unreachable = (folder: string, cause: unknown): BridgeError =>
  new BridgeError(
    `A bridge has ${folder}, but no control socket there: it is just starting, or its log says why. Try again, use its page or its rooms, or stop it first.`,
    { code: 'gone', heal: 'never', certain: true },
    { cause },
  )
