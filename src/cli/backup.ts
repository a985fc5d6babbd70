import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { systemClock } from '../../adapters/system/clock.ts'
import type { Config } from '../../config/schema.ts'
import { notDone } from '../backup/errors.ts'
import { makeBackup } from '../backup/make.ts'
import { restoreBackup } from '../backup/restore.ts'
import { stamp } from '../backup/stamp.ts'
import { finishSwap } from '../backup/swap.ts'
import type { Voice } from '../core/words.ts'
import { backupFolder, lastingFolder } from '../data-folder.ts'
import { knownAs } from '../persons-folder.ts'
import { voiceOf } from './voice.ts'
import { backupWords, restoredWords } from './words.ts'

/** A whole backup, made beside a running bridge or a stopped one. Exit code 1 where somebody is not in it. */
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
  for (const { user, why } of made.missing ?? []) {
    console.error(notIn(user, why, voiceOf(config)))
  }
  return made.missing ? 1 : 0
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
  const missing = done.manifest?.missing ?? []
  for (const { user } of missing) {
    const aside = done.aside && knownAs(done.aside, user).folder
    const former = aside !== undefined && existsSync(aside) ? aside : undefined
    console.error(notBack(user, former, voiceOf(config)))
  }
  return 0
}

const notIn = (user: string, why: string, { language }: Voice): string =>
  language === 'zh'
    ? `注意：${user} 的数据不在这个备份里。${why}`
    : `Attention: the data of ${user} is not in this backup. ${why}`

const notBack = (user: string, former: string | undefined, { language }: Voice): string => {
  const where = { zh: `，原来的在 ${former}`, en: `; what was there is in ${former}` }
  return language === 'zh'
    ? `注意：备份里没有 ${user} 的数据${former ? where.zh : ''}。如果有这个人的副本：restore 文件 --person ${user}。`
    : `Attention: the data of ${user} was not in the backup${former ? where.en : ''}. If there is a copy of theirs: restore FILE --person ${user}.`
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
