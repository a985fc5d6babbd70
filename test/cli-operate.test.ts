import { execFile } from 'node:child_process'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Database } from '../adapters/sql/open.ts'
import { start } from '../src/main.ts'
import { bury, hold, makeData, openData, write } from './backup/ground.ts'
import { loadConfig } from './support/config.ts'
import { memoryLog, tempFolder } from './support/ports.ts'

const script = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

// Each command is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

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
    const how = { cwd: temp.path, env: { PATH: process.env.PATH ?? '' }, timeout: 25_000 }
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
