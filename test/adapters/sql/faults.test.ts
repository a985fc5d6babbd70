import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openSqlite } from '../../../adapters/sql/open.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import { linChat, message, noon, own, post, toHub } from '../../contract/store/samples.ts'
import { onPrepare, sealKey, sqliteHarness, testClock } from './harness.ts'

let t: Awaited<ReturnType<typeof sqliteHarness>>
beforeEach(async () => {
  t = await sqliteHarness()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await t.drop()
})

const forNow = { code: 'server', heal: 'retry', certain: true }

/** Another process that holds the file: begun, and ended by a message. */
async function holder(path: string): Promise<{ readonly end: () => Promise<void> }> {
  const child = fork(join(import.meta.dirname, 'holder.ts'), [path], { execArgv: [] })
  await once(child, 'message')
  return {
    async end() {
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

test('a full disk fails the unit, surely and for now, and nothing of it stays', async () => {
  // The limit is a connection's own, so it has to be set on the store's.
  const connections = new Set<DatabaseSync>()
  await t.database.close()
  onPrepare((connection) => connections.add(connection))
  await t.reopen()
  const limit = (pages: number) => {
    for (const connection of connections) connection.exec(`PRAGMA max_page_count = ${pages}`)
  }
  limit(1)
  expect(t.database.fault()).toBeUndefined()

  const text = 'x'.repeat(1_000_000)
  const big = (id: string) =>
    t.store.unit(async (unit) => {
      await unit.saveChats([linChat])
      await unit.accept('matrix', id, text, noon).catch(() => {})
      await unit.saveMessage(message('a'))
    })
  await expect(big('e1')).rejects.toMatchObject({
    message: expect.stringContaining('full'),
    failure: forNow,
  })
  t.clock.set(noon + 5_000)
  await expect(big('e1')).rejects.toMatchObject({ failure: forNow })
  expect(await t.archive.chats()).toEqual([])
  const fault = { since: noon, message: expect.stringContaining('could not be written') }
  expect(t.database.fault()).toEqual(fault)
  // What writes nothing proves nothing.
  await t.store.unit((unit) => unit.countChats())
  await t.store.unit((unit) => unit.saveChats([]))
  expect(t.database.fault()).toEqual(fault)

  limit(1_000_000)
  await big('e1')
  expect(t.database.fault()).toBeUndefined()
  expect(await t.archive.chat(linChat.id)).toEqual(linChat)
  expect(await t.archive.message(message('a').id)).toBeDefined()
})

const disk = '/tmp'
const canMount = (() => {
  try {
    return process.getuid?.() === 0 && process.platform === 'linux' && mountable()
  } catch {
    return false
  }
})()

test.skipIf(!canMount)(
  'a disk that really is full loses nothing, and when there is room again all goes on (needs the right to mount)',
  async () => {
    const place = join(dirname(t.path), 'disk')
    await mkdir(place)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', place])
    try {
      const path = join(place, 'bridge.db')
      const database = await openSqlite({ path, sealKey, clock: testClock() })
      const raw = 'x'.repeat(20_000)
      const kept: string[] = []
      const accept = (id: string) =>
        database.store.unit(async (unit) => {
          await unit.saveMessage(message(id))
          await unit.accept('matrix', id, raw, noon)
          await unit.enqueue(toHub, post(id), noon)
        })
      const ballast = join(place, 'ballast')
      await writeFile(ballast, Buffer.alloc(600_000))
      let failed = 0
      for (let i = 0; failed < 3; i++) {
        await accept(`m${i}`).then(
          () => kept.push(`m${i}`),
          (error) => {
            expect(error).toMatchObject({ failure: forNow })
            failed++
          },
        )
      }
      expect(kept.length).toBeGreaterThan(5)
      expect(database.fault()?.message).toMatch(/full/)
      await rm(ballast)
      await accept('later')
      expect(database.fault()).toBeUndefined()
      await database.close()
      const again = await openSqlite({ path, sealKey, clock: testClock() })
      const lease = await own(again.store)
      const { queued } = await again.archive.depth()
      expect(queued).toBe(kept.length + 1)
      const [line] = await again.store.unit((unit) => unit.lines(lease.lane, 9, 9_999))
      expect(line?.count).toBe(kept.length + 1)
      for (const id of [...kept, 'later']) {
        expect(await again.archive.message(message(id).id)).toBeDefined()
      }
      await again.close()
    } finally {
      execFileSync('umount', [place])
    }
  },
)

function mountable(): boolean {
  const place = execFileSync('mktemp', ['-d', '-p', disk]).toString().trim()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place], { stdio: 'ignore' })
    execFileSync('umount', [place], { stdio: 'ignore' })
    return true
  } finally {
    execFileSync('rmdir', [place])
  }
}

test('while another process holds the file the loop turns, and what was asked for is done after it', async () => {
  const foreign = await holder(t.path)
  let longest = 0
  let last = performance.now()
  let turns = 0
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
    if (++turns === 60) void foreign.end()
  }, 5)
  await t.store.unit((unit) => unit.saveChats([linChat]))
  clearInterval(timer)
  expect(turns).toBeGreaterThanOrEqual(60)
  // Waiting within a statement would have held it for seconds.
  expect(longest).toBeLessThan(500)
  expect(await t.archive.chat(linChat.id)).toEqual(linChat)
})

test('units one upon another let the loop turn', async () => {
  await t.database.close()
  const clock = { ...testClock(), steady: () => performance.now() }
  const database = await openSqlite({ path: t.path, sealKey, clock })
  let turned = false
  const timer = setTimeout(() => {
    turned = true
  }, 30)
  const begun = performance.now()
  // None of them waits for anything but the database, which answers at once.
  while (!turned && performance.now() - begun < 2_000) {
    await database.store.unit((unit) => unit.countChats())
  }
  clearTimeout(timer)
  expect(turned).toBe(true)
  await database.close()
})

test('one that holds the file for long makes a unit fail for now', async () => {
  const sleeps: number[] = []
  const patient: Clock = {
    ...testClock(),
    async sleep(ms) {
      sleeps.push(ms)
    },
  }
  await t.database.close()
  const database = await openSqlite({ path: t.path, sealKey, clock: patient })
  const raw = new DatabaseSync(t.path)
  raw.exec('BEGIN IMMEDIATE')
  const unit = () => database.store.unit((unit) => unit.saveChats([linChat]))
  await expect(unit()).rejects.toMatchObject({ failure: forNow })
  expect(sleeps.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(3_000)
  expect(database.fault()).toMatchObject({ since: noon, message: expect.stringMatching(/locked/) })
  raw.exec('ROLLBACK')
  await database.store.unit(async (unit) => {
    await unit.countChats()
    expect(() => raw.exec('BEGIN IMMEDIATE')).toThrow(/locked/)
  })
  raw.close()
  await unit()
  expect(database.fault()).toBeUndefined()
  await database.close()
})
