import { execFile } from 'node:child_process'
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { copySqlite } from '../adapters/sql/backup.ts'
import { schemaOf } from '../adapters/sql/look.ts'
import type { Database } from '../adapters/sql/open.ts'
import { hashOf } from '../src/backup/manifest.ts'
import { start } from '../src/main.ts'
import { enrol, knownAs } from '../src/persons-folder.ts'
import { left } from './adapters/sql/left.ts'
import { bury, hold, makeData, openData, write } from './backup/ground.ts'
import { loadConfig } from './support/config.ts'
import { memoryLog, tempFolder } from './support/ports.ts'
import { noSmallDisk, smallDisk } from './support/small-disk.ts'

const script = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

// Each command is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 600_000 })

let temp: Awaited<ReturnType<typeof tempFolder>>
let data: string
let key: string
let sets: string[]
beforeEach(async () => {
  temp = await tempFolder()
  data = join(temp.path, 'data')
  sets = [
    `data.dir=${data}`,
    'language=en',
    'timezone=UTC',
    'wechat.connector=web',
    // Nobody is there: the bridge stays offline, and what is put in line stays there.
    'wechat.web.loginBase=http://127.0.0.1:9',
    'wechat.web.acceptRisk=true',
    'web.port=0',
  ]
})
afterEach(() => temp.drop())

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

function cli(...args: string[]): Promise<Ended> {
  const options = sets.flatMap((set) => ['--set', set])
  return new Promise((resolve) => {
    const how = { cwd: temp.path, env: { PATH: process.env.PATH ?? '' }, timeout: 60_000 }
    execFile(process.execPath, [script, ...args, ...options], how, (error, out, err) => {
      resolve({ code: Number(error?.code ?? 0), out, err })
    })
  })
}

/** A dead letter, one that may have arrived, two held back, one that waits. */
async function fill(): Promise<void> {
  const made = await makeData(data, ['dead one', 'maybe \u001b[31mred\r\nsecond line\u202e'])
  key = made.key
  await bury(made.database, 'dead', 'notFriend')
  await bury(made.database, 'unknown')
  await hold(made.database, ['held one', 'held two'])
  await write(made.database, ['in line'])
  await made.database.close()
}

async function within<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openData(data, key)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

const seqOf = (list: string, what: string) =>
  new RegExp(`^(\\d+) .*${what}`, 'm').exec(list)?.[1] ?? 'none'

describe.each(['stopped', 'running'] as const)('while the bridge is %s', (how) => {
  let bridge: Awaited<ReturnType<typeof start>> | undefined
  beforeEach(async () => {
    await fill()
    if (how === 'stopped') return
    const { config } = loadConfig({ files: [], env: {}, sets })
    bridge = await start(config, { log: memoryLog() })
  })
  afterEach(async () => {
    await bridge?.stop()
    bridge = undefined
  })

  test('status says how things stand, and whether anybody is there', async () => {
    const { code, out } = await cli('status')
    expect(code).toBe(0)
    expect(out.includes('The bridge is not running')).toBe(how === 'stopped')
    if (how === 'running') expect(out).toMatch(/WeChat is offline|waiting for the code/)
    expect(out).toMatch(/In line: [1-9]/)
    expect(out).toMatch(/to WeChat: 1, the first for \d+ s/)
    expect(out).toContain('Waiting for your word: 4 (npm run bridge -- dead list)')
    expect(out).toContain('There is no copy of the database yet.')
  })

  test('dead letters are listed, put back and forgotten', async () => {
    const { code, out } = await cli('dead', 'list')
    expect(code).toBe(0)
    expect(out).toMatch(
      /\d+ {2}.* {2}not delivered {2}→ WeChat Lin {2}“dead one” \(WeChat does not/,
    )
    expect(out).toMatch(/may have arrived {2}→ WeChat Lin {2}“maybe .*red second line”/)
    // Hostile text stays within its line, and moves no cursor.
    expect([...'\u001b\r\u202e'].filter((one) => out.includes(one))).toEqual([])
    expect(out.trim().split('\n')).toHaveLength(how === 'stopped' ? 6 : 5)
    const few = await cli('dead', 'list', '--limit', '1')
    expect(few.out).toContain('held two')
    expect(few.out).not.toContain('held one')

    const all = await cli('dead', 'retry', 'all')
    expect(all).toMatchObject({ code: 0 })
    expect(all.out).toMatch(/Put back in line: 1\nLeft alone: 3\./)
    const maybe = seqOf(out, 'maybe')
    expect(await cli('dead', 'drop', maybe)).toMatchObject({
      code: 0,
      out: expect.stringContaining('Forgotten, and not sent any more: 1'),
    })
    const gone = await cli('dead', 'retry', maybe)
    expect(gone).toMatchObject({ code: 1, err: expect.stringContaining('There is no delivery') })
    await bridge?.stop()
    bridge = undefined
    const lanes = await within(({ archive }) => archive.lanes())
    expect(lanes.find(({ lane }) => /wechat/.test(lane))).toMatchObject({ queued: 2 })
  })

  test('a backup is made, and restoring is refused only while it runs', async () => {
    const copy = join(temp.path, 'copy')
    const made = await cli('backup', copy)
    expect(made).toMatchObject({ code: 0 })
    expect(made.out).toMatch(/The backup is complete: .*copy\n\d+ messages/)
    expect(made.out).toContain('Keep it safe')
    expect((await stat(copy)).mode & 0o777).toBe(0o700)
    if (how === 'stopped') {
      expect(await cli('backup')).toMatchObject({ code: 0 })
      const [name] = await readdir(join(data, 'backups'))
      expect(name).toMatch(/^backup-\d{8}T\d{6}Z$/)
    }
    const restored = await cli('restore', copy)
    if (how === 'running') {
      expect(restored).toMatchObject({ code: 1 })
      expect(restored.err).toContain('A bridge is running on')
    } else {
      expect(restored).toMatchObject({ code: 0 })
      expect(restored.out).toMatch(/1 in line, 4 waiting for your word, as of/)
      expect(restored.out).toContain('The former data is in')
      expect((await cli('status')).out).toMatch(/Restored from a backup: \d\d:\d\d/)
    }
  })
})

test('where there is no data, or only a sandbox, that is said and nothing is made', async () => {
  expect(await cli('status')).toMatchObject({ code: 1, err: expect.stringContaining('no data in') })
  expect(await cli('backup')).toMatchObject({ code: 1, err: expect.stringContaining('no data in') })
  expect(await readdir(temp.path)).toEqual([])
  sets = []
  for (const words of [['status'], ['restore', 'x']]) {
    expect(await cli(...words)).toMatchObject({
      code: 1,
      err: expect.stringContaining('The sandbox throws its data away'),
    })
  }
})

test('a bridge without a socket is told from none', async () => {
  await fill()
  await within(async () => {
    const { code, err } = await cli('status')
    expect([code, err]).toEqual([1, expect.stringContaining('but no control socket')])
  })
})

describe('data of another version', () => {
  const file = () => join(data, 'bridge.sqlite')
  const change = (sql: string) => {
    const db = new DatabaseSync(file())
    db.exec(sql)
    db.close()
  }
  /** Does all this and finds every byte as it was. */
  async function unchanged(words: readonly string[][], ended: object): Promise<void> {
    const before = await hashOf(file())
    for (const each of words) {
      expect({ words: each, ...(await cli(...each)) }).toMatchObject({ words: each, ...ended })
    }
    expect(await hashOf(file())).toBe(before)
  }
  const deeds = [['status'], ['dead', 'list'], ['dead', 'retry', 'all'], ['dead', 'drop', '1']]

  test('of an older one: nobody who looks changes it, and a backup takes it as it is', async () => {
    await left(file(), '0001_init')
    const why = expect.stringMatching(/older version .*Nothing was changed.*Start the bridge once/)
    await unchanged(deeds, { code: 1, err: why })
    const copy = join(temp.path, 'copy')
    await unchanged([['backup', copy]], { code: 0, out: expect.stringContaining('complete') })
    expect(schemaOf(join(copy, 'bridge.sqlite')).pending).toEqual(schemaOf(file()).pending)
  })

  test('of a newer one: nothing is done, not even a start, and the words say what to do', async () => {
    await fill()
    change("insert into kysely_migration values ('9999_wonders', 'then')")
    const why = expect.stringMatching(/newer version .*9999_wonders.*Install that version/)
    await unchanged([...deeds, ['backup', join(temp.path, 'copy')], ['run']], {
      code: 78,
      err: why,
    })
    expect(await readdir(temp.path)).toEqual(['data'])
    // What was made before the upgrade goes back in, and what was there is aside.
    const former = join(data, 'backups', 'before-9999_wonders-2026-01-31T08-30-00-000Z.sqlite')
    await copySqlite(file(), former)
    const db = new DatabaseSync(former)
    db.exec("delete from kysely_migration where name = '9999_wonders'")
    db.close()
    const [, words = ''] = /npm run bridge -- (restore \S+)/.exec((await cli('status')).err) ?? []
    expect(words).toBe(`restore ${former}`)
    const { out, code } = await cli(...words.split(' '))
    expect(code).toBe(0)
    const [, aside = ''] = /The former data is in (\S+)/.exec(out) ?? []
    expect(schemaOf(join(aside, 'bridge.sqlite')).unknown).toEqual(['9999_wonders'])
    expect((await cli('status')).out).toContain('Waiting for your word: 4')
  })

  test.skipIf(noSmallDisk() !== undefined)(
    'without room for the copy from before an upgrade a start ends so that a supervisor tries again',
    async () => {
      await left(file(), '0001_init')
      change('create table filler (a); insert into filler values (randomblob(400000))')
      const disk = smallDisk(128 * 1024)
      try {
        sets.push(`backup.dir=${join(disk.path, 'copies')}`)
        const why = expect.stringMatching(/not enough room in .*the next start tries it again/)
        await unchanged([['run']], { code: 1, err: why })
      } finally {
        disk.drop()
      }
    },
  )
})

test('a backup that somebody is not in says whose data that is, and ends with 1; restoring it says so too', async () => {
  await fill()
  const { folder } = await enrol(data, '@bob:example.org')
  await writeFile(join(folder, 'bridge.sqlite'), 'no database at all. '.repeat(500))
  const copy = join(temp.path, 'copy')
  const made = await cli('backup', copy)
  expect(made).toMatchObject({ code: 1, out: expect.stringContaining('The backup is complete') })
  expect(made.err).toMatch(/the data of @bob:example\.org is not in this backup\. .*damaged/)
  const back = await cli('restore', copy)
  expect(back).toMatchObject({ code: 0, out: expect.stringContaining('Restored into') })
  const [, aside = ''] = /The former data is in (\S+)/.exec(back.out) ?? []
  expect(back.err).toContain(
    `the data of @bob:example.org was not in the backup; what was there is in ${knownAs(aside, '@bob:example.org').folder}.`,
  )
  sets.push('language=zh')
  expect((await cli('restore', copy)).err).toMatch(/备份里没有 @bob:example\.org 的数据。.*restore/)
})

test('what makes no sense is answered with the usage', async () => {
  await mkdir(data)
  for (const words of [
    ['dead', 'retry', 'seven'],
    ['dead', 'list', '--limit', 'x'],
    ['restore'],
    ['status', 'now'],
  ]) {
    expect(await cli(...words), words.join(' ')).toMatchObject({
      code: 64,
      err: expect.stringContaining('npm run bridge'),
    })
  }
})

test('it speaks the language of the configuration', async () => {
  await fill()
  sets.push('language=zh')
  expect((await cli('status')).out).toMatch(
    /桥没有在运行.*\n排队：1\n.*发往 微信：1.*\n等你决定：4/,
  )
  expect((await cli('dead', 'list')).out).toMatch(/未送达.*→ 微信 Lin.*“dead one”（/)
})
