import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { systemClock } from '../../adapters/system/clock.ts'
import type { Config } from '../../config/schema.ts'
import { notDone } from '../backup/errors.ts'
import { makeBackup } from '../backup/make.ts'
import { restoreBackup } from '../backup/restore.ts'
import { stamp } from '../backup/stamp.ts'
import { finishSwap } from '../backup/swap.ts'
import { backupFolder, lastingFolder } from '../data-folder.ts'
import { voiceOf } from './voice.ts'
import { backupWords, restoredWords } from './words.ts'

/** A whole backup, made beside a running bridge or a stopped one. */
export async function backup(config: Config, target: string | undefined): Promise<number> {
  const folder = lastingFolder(config)
  await finishSwap(folder)
  if (!existsSync(join(folder, 'bridge.sqlite'))) {
    throw notDone(
      `There is no data in ${folder} to back up. Say where it is with --set data.dir=FOLDER.`,
    )
  }
  const at = Date.now()
  const to = resolve(target ?? join(backupFolder(config, folder), `backup-${stamp(at)}`))
  const source = { folder, ownKey: config.seal.key === null }
  const made = await makeBackup(source, to, at, interrupted())
  console.log(backupWords(made, to, voiceOf(config)))
  return 0
}

export async function restore(config: Config, source: string, person?: string): Promise<number> {
  const folder = lastingFolder(config)
  const isOther = person !== undefined && person !== config.matrix.owner
  const target = {
    folder,
    key: config.seal.key,
    clock: systemClock,
    ...(isOther && { person }),
  }
  const done = await restoreBackup(source, target)
  console.log(restoredWords(done, resolve(folder), Date.now(), voiceOf(config)))
  return 0
}

/** Whoever interrupts a backup finds nothing half made. */
function interrupted(): AbortSignal {
  const stopping = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () =>
      stopping.abort(notDone('The backup was interrupted; nothing of it is left.')),
    )
  }
  return stopping.signal
}
