import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { backupName, backupTime, flawOf } from '../../adapters/sql/backup.ts'
import type { Database } from '../../adapters/sql/open.ts'
import { type Copies, keepCopies, newestCopy } from '../../src/backup/periodic.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { memoryLog, tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { makeData } from './ground.ts'

let temp: Awaited<ReturnType<typeof tempFolder>>
let database: Database
let clock: ReturnType<typeof handClock>
let log: ReturnType<typeof memoryLog>
let copies: Copies
let folder: string
const stopping = { now: new AbortController() }
let running: Promise<void>

const minute = 60_000
const hour = 60 * minute
const begin = Date.UTC(2026, 0, 31, 8, 30)

/** Time passes when the test says so; it can also be set, which wakes nobody. */
function handClock(start: number) {
  let offset = start
  let passed = 0
  let slept = Promise.withResolvers<void>()
  const waits = new Set<{ readonly until: number; wake(): void }>()
  const clock: Clock = {
    now: () => offset + passed,
    steady: () => passed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        waits.add({ until: passed + ms, wake: () => resolve() })
        slept.resolve()
      }),
  }
  return {
    ...clock,
    /** Goes on, stopping wherever somebody wakes. */
    async pass(ms: number) {
      const end = passed + ms
      for (;;) {
        if (!waits.size) await slept.promise
        const [next] = [...waits].sort((a, b) => a.until - b.until)
        if (!next || next.until > end) break
        passed = next.until
        waits.delete(next)
        slept = Promise.withResolvers<void>()
        next.wake()
      }
      passed = end
    },
    set(at: number) {
      offset = at - passed
    },
  }
}

beforeEach(async () => {
  temp = await tempFolder()
  const data = join(temp.path, 'data')
  ;({ database } = await makeData(data, ['one']))
  folder = join(data, 'backups')
  clock = handClock(begin)
  log = memoryLog()
  copies = {
    database: join(data, 'bridge.sqlite'),
    folder,
    everyMs: 24 * hour,
    keep: 3,
    clock,
    log,
  }
  stopping.now = new AbortController()
})
afterEach(async () => {
  stopping.now.abort()
  await running
  await database.close()
  await temp.drop()
})

const start = () => {
  running = keepCopies(copies, stopping.now.signal)
}
const names = async () => (await readdir(folder).catch(() => [])).sort()

test('the first copy comes some minutes after the start, then one every so often; the newest are kept', async () => {
  start()
  await clock.pass(2 * minute)
  expect(await names()).toEqual([])
  await clock.pass(2 * minute)
  expect(await names()).toHaveLength(1)
  const first = await newestCopy(folder)
  expect(await flawOf(first?.path ?? '')).toBeUndefined()
  await clock.pass(23 * hour)
  expect(await names()).toHaveLength(1)
  await clock.pass(hour)
  expect(await names()).toHaveLength(2)
  await clock.pass(72 * hour)
  const left = await names()
  expect(left).toHaveLength(3)
  expect(left).not.toContain(first?.path.split('/').at(-1))
})

test('a start soon after the last copy makes none before its time', async () => {
  await mkdir(folder)
  start()
  await clock.pass(4 * minute)
  stopping.now.abort()
  await running
  stopping.now = new AbortController()
  start()
  await clock.pass(20 * hour)
  expect(await names()).toHaveLength(1)
  await clock.pass(5 * hour)
  expect(await names()).toHaveLength(2)
})

test('what fails is logged and tried again, and what is not ours stays', async () => {
  await mkdir(join(temp.path, 'data'), { recursive: true })
  await writeFile(folder, 'a file in the way')
  start()
  await clock.pass(5 * minute)
  await until(() => log.text().includes('was not copied'), 'the warning')
  await rename(folder, `${folder}-was-a-file`)
  await mkdir(folder)
  await writeFile(join(folder, 'notes.txt'), 'mine')
  await mkdir(join(folder, 'backup-20260101T000000Z'))
  await clock.pass(hour)
  await clock.pass(100 * hour)
  expect(await names()).toEqual(expect.arrayContaining(['backup-20260101T000000Z', 'notes.txt']))
  expect(await names()).toHaveLength(5)
})

test('a copy dated in the future neither stops the copies nor makes them endless', async () => {
  start()
  await clock.pass(4 * minute)
  const made = await newestCopy(folder)
  await rename(made?.path ?? '', join(folder, backupName(begin + 9000 * hour)))
  await clock.pass(hour)
  expect(await names()).toHaveLength(2)
  await clock.pass(12 * hour)
  expect(await names()).toHaveLength(2)
})

test('copies dated in the future do not take the places of those made now', async () => {
  start()
  await clock.pass(4 * minute)
  await clock.pass(48 * hour)
  for (const [n, name] of (await names()).entries()) {
    await rename(join(folder, name), join(folder, backupName(begin + (9000 + n) * hour)))
  }
  expect(await names()).toHaveLength(3)
  await clock.pass(2 * hour)
  const dates = async () => (await names()).map((name) => backupTime(name) ?? 0)
  expect((await dates()).filter((at) => at < clock.now())).toHaveLength(1)
  await clock.pass(48 * hour)
  expect((await dates()).filter((at) => at < clock.now())).toHaveLength(3)
  expect(await names()).toHaveLength(3)
})

test('a clock set back does not put the next copy off for as long', async () => {
  start()
  await clock.pass(4 * minute)
  clock.set(begin - 1000 * hour)
  await clock.pass(2 * hour)
  expect(await names()).toHaveLength(2)
})
