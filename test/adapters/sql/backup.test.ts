import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  backupName,
  backupsIn,
  backupTime,
  copySqlite,
  flawOf,
  newestBackup,
} from '../../../adapters/sql/backup.ts'
import { openSqlite } from '../../../adapters/sql/open.ts'
import { message, noon, own, post, toHub } from '../../contract/store/samples.ts'
import { until } from '../../support/until.ts'
import { sealKey, sqliteHarness, testClock } from './harness.ts'

let t: Awaited<ReturnType<typeof sqliteHarness>>
let folder: string
let target: string
beforeEach(async () => {
  t = await sqliteHarness()
  folder = join(dirname(t.path), 'backups')
  target = join(folder, backupName(noon))
})
afterEach(() => t.drop())

/** One unit: a message and its delivery. A copy has both of it or none. */
const write = (name: string) =>
  t.store.unit(async (unit) => {
    await unit.saveMessage(message(name))
    await unit.enqueue(toHub, post(name), noon)
  })

test('a bridge that goes on writing is copied as it was at one moment', async () => {
  for (let i = 0; i < 50; i++) await write(`before-${i}`)
  let done = false
  const writing = (async () => {
    let count = 0
    for (; !done || count < 20; count++) {
      await write(`during-${count}`)
      await setImmediate()
    }
    return count
  })()
  const { bytes } = await copySqlite(t.path, target).finally(() => {
    done = true
  })
  const during = await writing
  expect((await stat(target)).size).toBe(bytes)
  expect((await stat(target)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual([backupName(noon)])

  const copy = await openSqlite({ path: target, sealKey, clock: testClock() })
  const { queued } = await copy.archive.depth()
  expect(queued).toBeGreaterThanOrEqual(50)
  expect(queued).toBeLessThan(50 + during)
  expect(await copy.archive.messages(message('x').chat, 9_999)).toHaveLength(queued)
  const lease = await own(copy.store)
  const lines = await copy.store.unit((unit) => unit.lines(lease.lane, 1, 9_999))
  expect(lines[0]?.count).toBe(queued)
  await copy.close()
  expect((await t.archive.depth()).queued).toBe(50 + during)
})

test('a copy is made of a bridge in another process too, and of none', async () => {
  await t.database.close()
  const child = fork(join(import.meta.dirname, 'victim.ts'), [t.path], { execArgv: [] })
  await once(child, 'message')
  await copySqlite(t.path, target)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await copySqlite(t.path, `${target}.2`)
  for (const path of [target, `${target}.2`]) {
    const raw = new DatabaseSync(path, { readOnly: true })
    const states = raw.prepare('select state from outbox').all()
    raw.close()
    expect(states.map(({ state }) => state)).toEqual(['sending'])
  }
  await t.reopen()
})

test('nothing is overwritten, and what is refused leaves nothing behind', async () => {
  await write('a')
  await mkdir(folder)
  await writeFile(target, 'a treasure')
  const failed = (from: string, to: string) =>
    copySqlite(from, to).then(
      () => 'copied',
      (error) => `${error.failure.heal}: ${error.message}`,
    )
  expect(await failed(t.path, target)).toMatch(/^never: .*not copied.*exists already. Name another/)
  expect(await failed(`${t.path}.not`, join(folder, 'b'))).toMatch(/^never: .*no database.*Check/)
  expect(await failed(t.path, join(target, 'b'))).toMatch(/^never: .*\(E(EXIST|NOTDIR)\)|exists/)
  await writeFile(join(folder, 'letter'), 'dear all '.repeat(999))
  expect(await failed(join(folder, 'letter'), join(folder, 'b'))).toMatch(
    /^never: .*letter is damaged.*earlier backups/,
  )
  expect((await readdir(folder)).toSorted()).toEqual([backupName(noon), 'letter'])
  expect((await stat(target)).size).toBe('a treasure'.length)
})

test('what comes to be at the target meanwhile is not overwritten either', async () => {
  await write('a')
  const copying = copySqlite(t.path, target)
  await until(async () => (await readdir(folder).catch(() => [])).length > 0)
  await writeFile(target, 'a treasure')
  await expect(copying).rejects.toThrow(/exists already/)
  expect((await stat(target)).size).toBe('a treasure'.length)
  expect(await readdir(folder)).toEqual([backupName(noon)])
})

test('a database that is damaged is not copied', async () => {
  for (let i = 0; i < 400; i++) await write(`m${i}`)
  await t.database.close()
  const hurt = join(dirname(t.path), 'hurt.db')
  await copyFile(t.path, hurt)
  expect(await flawOf(hurt)).toBeUndefined()
  const file = await open(hurt, 'r+')
  const { size } = await file.stat()
  await file.write(Buffer.alloc(8_192, 0xa5), 0, 8_192, Math.floor(size / 8_192) * 4_096)
  await file.close()
  expect(await flawOf(hurt)).toEqual(expect.any(String))
  await expect(copySqlite(hurt, target)).rejects.toMatchObject({
    message: expect.stringMatching(/is damaged .*Keep its earlier backups/),
    failure: { code: 'server', heal: 'never', certain: true },
  })
  expect(await readdir(folder)).toEqual([])
  await t.reopen()
})

test('a copy that is called off, or whose process is killed, leaves nothing', async () => {
  await write('a')
  const over = new AbortController()
  const copying = copySqlite(t.path, target, over.signal)
  over.abort(new Error('the bridge stops'))
  await expect(copying).rejects.toThrow('the bridge stops')
  expect(await readdir(folder)).toEqual([])

  // Also while it waits for one who holds the source.
  const source = join(dirname(t.path), 'held.db')
  const holder = new DatabaseSync(source)
  holder.exec('create table t (a); begin exclusive')
  const later = new AbortController()
  const waiting = copySqlite(source, target, later.signal)
  await until(async () => (await readdir(folder)).length > 0)
  const begun = performance.now()
  later.abort(new Error('now'))
  await expect(waiting).rejects.toThrow('now')
  expect(performance.now() - begun).toBeLessThan(5_000)
  holder.close()
  expect(await readdir(folder)).toEqual([])

  // The next copy tidies up after one whose process is no more, and leaves alone what else is there.
  const dead = fork(join(import.meta.dirname, 'nothing.ts'), [], { execArgv: [] })
  await once(dead, 'exit')
  const left = `x.sqlite.partial-${dead.pid}-12`
  const alive = `x.sqlite.partial-${process.ppid}-12`
  const earlier = `x.sqlite.partial-${process.pid}-12`
  for (const name of [left, alive, earlier, 'my own']) await writeFile(join(folder, name), 'x')
  await copySqlite(t.path, target)
  expect((await readdir(folder)).toSorted()).toEqual([backupName(noon), 'my own', alive].toSorted())
})

test('the newest copy is found by its name, if it looks whole', async () => {
  expect(await newestBackup(folder)).toBeUndefined()
  const hour = 3_600_000
  const names = [noon + hour, noon, noon + 2 * hour].map(backupName)
  for (const name of names) await copySqlite(t.path, join(folder, name))
  const paths = [2, 0, 1].map((i) => join(folder, names[i]!))
  expect(await backupsIn(folder)).toEqual(paths)
  expect(names.map(backupTime)).toEqual([noon + hour, noon, noon + 2 * hour])
  expect(backupTime('/elsewhere/bridge.sqlite')).toBeUndefined()
  expect(backupTime('bridge-2026-99-99T00-00-00-000Z.sqlite')).toBeUndefined()

  // Not what is no copy, nor what was cut off.
  await copyFile(paths[0]!, join(folder, 'bridge-later.sqlite'))
  await mkdir(join(folder, backupName(noon + 8 * hour)))
  await writeFile(join(folder, backupName(noon + 9 * hour)), '')
  await writeFile(join(folder, backupName(noon + 10 * hour)), 'x'.repeat(9_999))
  const cut = await open(paths[0]!, 'r+')
  await cut.truncate((await cut.stat()).size - 1)
  await cut.close()
  expect(await newestBackup(folder)).toBe(paths[1])
  await rm(paths[1]!)
  expect(await newestBackup(folder)).toBe(paths[2])
})

test('a folder where nothing may be written is named', async () => {
  if (process.getuid?.() === 0) return
  await mkdir(folder)
  await chmod(folder, 0o500)
  await expect(copySqlite(t.path, target)).rejects.toMatchObject({
    message: expect.stringMatching(/cannot be written \(EACCES\)/),
  })
})
