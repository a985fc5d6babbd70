import { join, resolve } from 'node:path'
import type { Operator } from '../adapters/control/operator.ts'
import { openControl } from '../adapters/control/server.ts'
import type { Config } from '../config/schema.ts'
import { keepCopies } from './backup/periodic.ts'
import { backupFolder, controlName } from './data-folder.ts'
import type { Clock } from './ports/clock.ts'
import type { Log } from './ports/telemetry.ts'

/** A data folder whose bridge is running, as those see it who work beside it. */
export interface Beside {
  readonly config: Config
  /** The data folder. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
}

// What works beside a bridge never fails it. A sandbox has none of it: nobody could find it, and its data is nobody's.

/** Starts the control socket for the command line, one for all who live here. Returns what ends it. */
export async function startControl(
  { config, folder, log }: Beside,
  operator: Operator,
): Promise<() => Promise<void>> {
  if (config.wechat.connector === 'sandbox') return async () => undefined
  const control = await openControl(join(resolve(folder), controlName), operator, log)
  return () => control.close()
}

/** Starts the copies of one person's database. Returns what ends them. */
export function startCopies(beside: Beside): () => Promise<void> {
  const { config, clock, log } = beside
  const { everyHours, keep } = config.backup
  if (config.wechat.connector === 'sandbox' || everyHours <= 0) return async () => undefined
  const folder = resolve(beside.folder)
  const stopping = new AbortController()
  const copying = keepCopies(
    {
      database: join(folder, 'bridge.sqlite'),
      folder: copiesOf(beside),
      everyMs: everyHours * 3_600_000,
      keep,
      clock,
      log,
    },
    stopping.signal,
  )
  return async () => {
    stopping.abort(new Error('The bridge is stopping.'))
    await copying
  }
}

/** Where the copies of one person's database are. */
export const copiesOf = ({ config, folder }: Pick<Beside, 'config' | 'folder'>): string =>
  resolve(backupFolder(config, resolve(folder)))
