import { execFile, execFileSync } from 'node:child_process'
import {
  appendFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeBackup } from '../../src/backup/make.ts'
import { restoreBackup } from '../../src/backup/restore.ts'
import { restoredAt } from '../../src/backup/restored.ts'
import { finishSwap } from '../../src/backup/swap.ts'
import { restoredWords } from '../../src/cli/words.ts'
import { openDataFolder } from '../../src/data-folder.ts'
import { loadConfig } from '../support/config.ts'
import { realClock, tempFolder } from '../support/ports.ts'
import { noSmallDisk } from '../support/small-disk.ts'
import { makeData, openData, randomKey, textsIn } from './ground.ts'

// Copies are made by processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 })

const victim = fileURLToPath(new URL('./victim.ts', import.meta.url))

let temp: Awaited<ReturnType<typeof tempFolder>>
let data: string
let copy: string
let key: string
beforeEach(async () => {
  temp = await tempFolder()
  data = join(temp.path, 'data')
  copy = join(temp.path, 'copy')
  const made = await makeData(data, ['one', 'two'])
  key = made.key
  await makeBackup({ folder: data, ownKey: true }, copy, Date.now())
  await made.database.close()
})
afterEach(() => temp.drop())

const target = (folder: string, own: string | null = null) => ({
  folder,
  key: own,
  clock: realClock,
})

async function textsOf(folder: string, own = key): Promise<readonly string[]> {
  const database = await openData(folder, own)
  try {
    return await textsIn(database)
  } finally {
    await database.close()
  }
}

test('into a new folder: messages, files, login and the time of restoring are there', async () => {
  const fresh = join(temp.path, 'deep', 'fresh')
  const before = Date.now()
  const done = await restoreBackup(copy, target(fresh))
  expect(done).toMatchObject({ aside: undefined, rows: { messages: 2, queued: 2 } })
  const database = await openData(fresh, key)
  expect(await textsIn(database)).toEqual(['one', 'two'])
  expect(await database.vault('wechat-web').get('session')).toBe('the login')
  expect(await restoredAt(database.vault('bridge'))).toBeGreaterThanOrEqual(before)
  await database.close()
  expect(await readFile(join(fresh, 'uploads', 'an-upload-of-the-page'), 'utf8')).toBe('uploaded')
  expect((await stat(fresh)).mode & 0o777).toBe(0o700)
  expect((await stat(join(fresh, 'bridge.sqlite'))).mode & 0o777).toBe(0o600)
  expect((await readdir(fresh)).sort()).toEqual([
    'bridge.sqlite',
    'bridge.sqlite.lock',
    'media',
    'seal.key',
    'uploads',
  ])
})

test('the former data goes aside, whole', async () => {
  const now = join(temp.path, 'now')
  const other = await makeData(now, ['newer'])
  await other.database.close()
  const { aside } = await restoreBackup(copy, target(now))
  expect(await textsOf(now)).toEqual(['one', 'two'])
  expect(await textsOf(aside ?? '', other.key)).toEqual(['newer'])
  expect(await readdir(aside ?? '')).toEqual(
    expect.arrayContaining(['media', 'uploads', 'seal.key']),
  )
})

test('a copy of the database alone leaves files and key as they are', async () => {
  const now = join(temp.path, 'now')
  const other = await makeData(now, ['newer'], key)
  await other.database.close()
  const { aside, manifest } = await restoreBackup(join(copy, 'bridge.sqlite'), target(now))
  expect(manifest).toBeUndefined()
  expect(await textsOf(now)).toEqual(['one', 'two'])
  expect((await readdir(aside ?? '')).filter((name) => !name.includes('.sqlite'))).toEqual([])
  expect(await readdir(now)).toEqual(expect.arrayContaining(['media', 'uploads', 'seal.key']))
})

test('a database alone comes with what a bridge that was killed wrote last', async () => {
  const killed = join(temp.path, 'killed')
  const other = await makeData(join(temp.path, 'now'), ['newest'], key)
  await cp(join(temp.path, 'now'), killed, { recursive: true })
  await other.database.close()
  expect((await stat(join(killed, 'bridge.sqlite-wal'))).size).toBeGreaterThan(0)
  await restoreBackup(join(killed, 'bridge.sqlite'), target(data))
  expect(await textsOf(data)).toEqual(['newest'])
})

test('of a backup that lost files what is there is restored, and what is not is said', async () => {
  const whole = await restoreBackup(copy, target(data))
  expect(whole.lacking).toBeUndefined()
  await rm(join(copy, 'media', 'bytes'), { recursive: true })
  const done = await restoreBackup(copy, target(data))
  expect(await textsOf(data)).toEqual(['one', 'two'])
  expect(done.lacking).toEqual({ files: 1, bytes: 'a picture'.length })
  const voice = { language: 'en', timezone: 'UTC' } as const
  expect(restoredWords(done, data, Date.now(), voice)).toMatch(/not whole any more: it lacks 1 /)
})

test('an exchange whose plan cannot be read is not taken for one that is done', async () => {
  const plan = join(data, 'restore.ready', 'plan.json')
  const waits = join(data, 'restore.ready', 'new', 'bridge.sqlite')
  await mkdir(dirname(waits), { recursive: true })
  await writeFile(waits, 'what comes')
  await symlink('plan.json', plan)
  await expect(finishSwap(data)).rejects.toThrow()
  expect(await readFile(waits, 'utf8')).toBe('what comes')
})

describe('refused, with nothing changed:', () => {
  async function refused(source: string, words: RegExp, own: string | null = null) {
    const before = (await readdir(data)).sort()
    const database = await readFile(join(data, 'bridge.sqlite'))
    await expect(restoreBackup(source, target(data, own))).rejects.toThrow(words)
    expect((await readdir(data)).sort()).toEqual(before)
    expect((await readFile(join(data, 'bridge.sqlite'))).equals(database)).toBe(true)
  }

  test('while a bridge runs', async () => {
    const database = await openData(data, key)
    await expect(restoreBackup(copy, target(data))).rejects.toThrow(/A bridge is running/)
    expect(await textsIn(database)).toEqual(['one', 'two'])
    await database.close()
  })

  test('what is not there, or no backup', async () => {
    await refused(join(temp.path, 'nothing'), /There is no/)
    await refused(temp.path, /no manifest\.json/)
  })

  test('a copy that was changed', async () => {
    await appendFile(join(copy, 'bridge.sqlite'), 'x')
    await refused(copy, /not what its manifest says/)
  })

  test('a damaged database', async () => {
    const bytes = await readFile(join(copy, 'bridge.sqlite'))
    bytes.fill(7, 8192, 60_000)
    const broken = join(temp.path, 'broken.sqlite')
    await writeFile(broken, bytes)
    await refused(broken, /is damaged/)
  })

  test('a database that is not ours', async () => {
    const { DatabaseSync } = await import('node:sqlite')
    const path = join(temp.path, 'other.sqlite')
    const other = new DatabaseSync(path)
    other.exec('create table something (id integer)')
    other.close()
    await refused(path, /not a database of the bridge/)
  })

  test('a database of a newer version', async () => {
    const { DatabaseSync } = await import('node:sqlite')
    const newer = new DatabaseSync(join(copy, 'bridge.sqlite'))
    newer.exec("insert into kysely_migration values ('9999_later', '2030-01-01')")
    newer.close()
    await refused(join(copy, 'bridge.sqlite'), /copy.bridge\.sqlite was written by a newer version/)
  })

  test('a backup of a newer version', async () => {
    const file = join(copy, 'manifest.json')
    const manifest = JSON.parse(await readFile(file, 'utf8'))
    await writeFile(file, JSON.stringify({ ...manifest, format: 3 }))
    await refused(copy, /newer version/)
    await writeFile(file, 'no json')
    await refused(copy, /cannot be read/)
  })

  test('a backup that lost its key', async () => {
    await rm(join(copy, 'seal.key'))
    await refused(copy, /its seal\.key is missing/)
  })

  test.each(['media', 'uploads', 'seal.key'])('a link in the place of %s', async (name) => {
    const elsewhere = join(temp.path, 'elsewhere')
    await rename(join(copy, name), elsewhere)
    await symlink(elsewhere, join(copy, name))
    await refused(copy, /is a link/)
  })

  test.skipIf(noSmallDisk())('media on a disk of its own, which cannot be put aside', async () => {
    const media = join(data, 'media')
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', media], { stdio: 'ignore' })
    try {
      await refused(copy, /is a disk of its own/)
    } finally {
      execFileSync('umount', [media])
    }
  })

  test('a manifest that is far too large', async () => {
    const file = join(copy, 'manifest.json')
    const manifest = await readFile(file, 'utf8')
    await writeFile(file, manifest + ' '.repeat(17 * 1024 * 1024))
    await refused(copy, /manifest\.json cannot be read/)
  })

  test('a key that does not fit, or none', async () => {
    await refused(copy, /another key/, randomKey())
    await rm(join(data, 'seal.key'))
    await refused(join(copy, 'bridge.sqlite'), /no seal key/)
  })
})

describe('a restore that dies', () => {
  let now: string
  let newerKey: string
  beforeEach(async () => {
    now = join(temp.path, 'now')
    const other = await makeData(now, ['newer'])
    newerKey = other.key
    await other.database.close()
  })

  /** How it ended: `SIGKILL`, or `done` if it has fewer steps. */
  const dieAt = (nth: number) =>
    new Promise<string>((resolve, reject) => {
      execFile(process.execPath, [victim, copy, now, String(nth)], (error, _, err) => {
        if (error?.signal) resolve(error.signal)
        else if (error) reject(new Error(err))
        else resolve('done')
      })
    })

  test('at any step is the former data or the restored one at the next start, and loses neither', async () => {
    const seen = new Set<string>()
    for (let step = 1; ; step++) {
      await rm(now, { recursive: true })
      const other = await makeData(now, ['newer'], newerKey)
      await other.database.close()
      const ended = await dieAt(step)
      // As a start does.
      const { config } = loadConfig({
        files: [],
        env: {},
        sets: [`data.dir=${now}`, 'wechat.connector=web'],
      })
      const folder = await openDataFolder(config)
      const own = Buffer.from(folder.sealKey).toString('hex')
      const texts = await textsOf(now, own)
      const [aside] = (await readdir(now)).filter((name) => name.startsWith('before-restore'))
      if (texts.includes('newer')) {
        seen.add('former')
        expect(own, `step ${step}`).toBe(newerKey)
        expect(aside).toBeUndefined()
      } else {
        seen.add('restored')
        expect(texts, `step ${step}`).toEqual(['one', 'two'])
        expect(own).toBe(key)
        expect(await textsOf(join(now, aside ?? ''), newerKey)).toEqual(['newer'])
        expect(await readdir(join(now, 'uploads'))).toHaveLength(1)
      }
      const left = (await readdir(now)).filter((name) => name.startsWith('restore.'))
      expect(left, `step ${step}`).toEqual([])
      // Done again, it is done.
      await restoreBackup(copy, target(now))
      expect(await textsOf(now)).toEqual(['one', 'two'])
      if (ended === 'done') break
    }
    expect([...seen].sort()).toEqual(['former', 'restored'])
  }, 600_000)
})
