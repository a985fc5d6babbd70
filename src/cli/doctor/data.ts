import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { newestBackup } from '../../../adapters/sql/backup.ts'
import { keyFits } from '../../../adapters/sql/key-fits.ts'
import { look } from '../../../adapters/sql/look.ts'
import type { Config } from '../../../config/schema.ts'
import { type Finding, note, ok, problem } from '../../core/finding.ts'
import { backupFolder, sealKeyOf } from '../../data-folder.ts'
import { configFor, peopleIn, peopleName } from '../../persons-folder.ts'
import type { Check } from './check.ts'

/** Reading all of a large database from a slow disk takes a while. In milliseconds. */
const patienceMs = 60_000

/** The database: is it sound, is it one this version knows, and does the key open what is sealed in it? */
export const databaseCheck = (config: Config, folder: string): Check => ({
  name: { zh: '数据库', en: 'The database' },
  patienceMs,
  late,
  run: async () => databaseFindings(config, folder, folder),
})

/** The databases of the others who live here; of those that are sound no more than how many. */
export const othersCheck = (config: Config, folder: string): Check => ({
  name: { zh: '其他人的数据库', en: 'The databases of the others' },
  patienceMs,
  late,
  async run() {
    if (!existsSync(join(folder, peopleName))) return []
    const all = await Promise.all(
      (await peopleIn(folder)).map((who) =>
        databaseFindings(configFor(config, who), who.folder, folder),
      ),
    )
    const problems = all.map((found) => found.filter(({ level }) => level === 'problem'))
    const well = problems.filter((found) => found.length === 0).length
    const sound = ok(`其他人的数据库完好：${well}`, `Databases of others that are sound: ${well}`)
    return [...problems.flat(), ...(well > 0 ? [sound] : [])]
  },
})

const late = note({
  zh: '数据库很大，一分钟里没有读完；桥每次做副本时都会整个读一遍。',
  en: 'The database is large, and was not read to its end within a minute; each copy the bridge makes of it reads all of it.',
})

/** `keyFolder`: where the key of all who live here is kept. */
async function databaseFindings(
  config: Config,
  folder: string,
  keyFolder: string,
): Promise<readonly Finding[]> {
  const path = join(folder, 'bridge.sqlite')
  if (!existsSync(path)) return []
  const {
    integrity,
    unknown: [newer],
  } = await look(path)
  if (integrity !== 'ok') {
    return [damaged(path, integrity, await newestBackup(backupFolder(config, folder)))]
  }
  if (newer !== undefined) return [fromLater(path, newer)]
  const sound = ok('数据库完好', 'The database is sound')
  const key = await sealKeyOf(config, keyFolder)
  if (key === undefined) return [sound, keyless(keyFolder)]
  const fits = await keyFits(path, key)
  if (fits === undefined) return [sound]
  return [
    sound,
    fits
      ? ok('密钥能打开保存的登录', 'The seal key opens what is sealed')
      : otherKey(config, keyFolder, path),
  ]
}

function damaged(path: string, flaw: string, backup: string | undefined): Finding {
  const why = flaw.replaceAll(/\s+/g, ' ')
  return problem(
    { zh: `数据库 ${path} 坏了（${why}）。`, en: `The database ${path} is damaged (${why}).` },
    backup === undefined
      ? {
          zh: '这里没有副本。如果别处有备份：npm run bridge -- restore 文件夹',
          en: 'There is no copy of it here. If you have a backup elsewhere: npm run bridge -- restore FOLDER',
        }
      : {
          zh: `恢复最近的副本：npm run bridge -- restore ${backup}`,
          en: `Restore the newest copy: npm run bridge -- restore ${backup}`,
        },
  )
}

const fromLater = (path: string, migration: string): Finding =>
  problem(
    {
      zh: `数据库 ${path} 是更新版本的桥写的（它有 ${migration}）。`,
      en: `The database ${path} was written by a newer version of the bridge (it has had ${migration}).`,
    },
    {
      zh: '安装那个版本或更新的，或恢复升级前的备份。',
      en: 'Install that version or a later one, or restore a backup made before the upgrade.',
    },
  )

const keyless = (folder: string): Finding =>
  problem(
    {
      zh: `有数据库，但没有密钥：${join(folder, 'seal.key')} 不在或不完整，也没有 seal.key。`,
      en: `There is a database and no key to it: ${join(folder, 'seal.key')} is missing or not whole, and seal.key is not set.`,
    },
    {
      zh: '从备份里拿回 seal.key，或设置 seal.key_file。没有它，保存的登录打不开，只能重新登录。',
      en: 'Put seal.key back from a backup, or set seal.key_file. Without it the kept logins cannot be opened, and everybody logs in anew.',
    },
  )

function otherKey(config: Config, folder: string, path: string): Finding {
  const file = join(folder, 'seal.key')
  const own = config.seal.key === null
  return problem(
    {
      zh: own
        ? `${file} 打不开 ${path} 里保存的登录：那是用另一把密钥封的。`
        : `seal.key 打不开 ${path} 里保存的登录：那是用另一把密钥封的。`,
      en: own
        ? `${file} does not open what is sealed in ${path}: that was sealed with another key.`
        : `seal.key does not open what is sealed in ${path}: that was sealed with another key.`,
    },
    {
      zh: own
        ? '从同一份备份里拿回 seal.key，或设置原来的 seal.key。'
        : `设置原来的 seal.key${existsSync(file) ? `，或去掉它，用 ${file}` : ''}。`,
      en: own
        ? 'Put back the seal.key of the same backup, or set the former seal.key.'
        : `Set the former seal.key${existsSync(file) ? `, or take it out, so that ${file} is used` : ''}.`,
    },
  )
}
