import { fork } from 'node:child_process'
import { once } from 'node:events'
import { stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openFiles } from '../../../adapters/files/media.ts'
import { openSqlite } from '../../../adapters/sql/open.ts'
import { sqlite } from '../../../adapters/sql/sqlite.ts'
import { linChat, message, own, picture, post, toHub } from '../../contract/store/samples.ts'
import { onPrepare, sealKey, sqliteHarness, testClock } from './harness.ts'

let t: Awaited<ReturnType<typeof sqliteHarness>>
beforeEach(async () => {
  t = await sqliteHarness()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await t.drop()
})

const opened = (path: string) => openSqlite({ path, sealKey, clock: testClock() })
const config = (message: RegExp) => ({
  message: expect.stringMatching(message),
  failure: { code: 'config', heal: 'never', certain: true },
})

test('one bridge has a database at a time, whichever way it names it', async () => {
  const link = join(dirname(t.path), 'link.db')
  await symlink(t.path, link)
  for (const path of [t.path, link]) {
    await expect(opened(path)).rejects.toMatchObject(config(/^Another bridge is using .*Stop it/))
  }
  await t.store.unit((unit) => unit.saveChats([linChat]))
  await t.reopen()
  expect(await t.archive.chat(linChat.id)).toEqual(linChat)
})

test('a bridge that was killed leaves its database free, its lanes too, and what it had committed', async () => {
  await t.database.close()
  const child = fork(join(import.meta.dirname, 'victim.ts'), [t.path], { execArgv: [] })
  const [told] = await once(child, 'message')
  expect(told).toEqual({ epoch: 1 })
  await expect(opened(t.path)).rejects.toMatchObject(config(/^Another bridge is using/))
  child.kill('SIGKILL')
  await once(child, 'exit')

  await t.reopen()
  const lease = await own(t.store, toHub, 'the next one')
  expect(lease.epoch).toBe(2)
  expect(await t.archive.depth()).toEqual({ queued: 1, dead: 0 })
  const left = await t.store.unit((unit) => unit.uncertain(lease))
  expect(left.map(({ job }) => job)).toEqual([post('a')])
  expect(await t.archive.message(message('uncommitted').id)).toBeUndefined()
})

test('the database and its folder are for their owner alone', async () => {
  expect((await stat(t.path)).mode & 0o077).toBe(0)
  expect((await stat(`${t.path}-wal`)).mode & 0o077).toBe(0)
  const path = join(dirname(t.path), 'new/folder/bridge.db')
  await (await opened(path)).close()
  expect((await stat(dirname(path))).mode & 0o077).toBe(0)
})

test('a database of a newer version is refused', async () => {
  await t.database.close()
  const raw = new DatabaseSync(t.path)
  raw.exec("insert into kysely_migration values ('0999_later', '2031-01-01T00:00:00.000Z')")
  raw.close()
  await expect(opened(t.path)).rejects.toMatchObject(config(/newer version.*0999_later.*Install/))
})

test('a path that cannot be is refused with the reason', async () => {
  await writeFile(join(dirname(t.path), 'file'), '')
  const refused = config(/cannot be opened: .*Check that the path/)
  await expect(opened(join(dirname(t.path), 'file/bridge.db'))).rejects.toMatchObject(refused)
  await expect(opened(dirname(t.path))).rejects.toMatchObject(refused)
})

test('a migration that was cut off leaves nothing, and is done by the next start', async () => {
  await t.database.close()
  const path = join(dirname(t.path), 'half.db')
  onPrepare((_, sql) => {
    if (sql.includes('create table "lease"')) throw new Error('the power is gone')
  })
  await expect(opened(path)).rejects.toThrow('the power is gone')
  vi.restoreAllMocks()
  const database = await opened(path)
  expect(await database.archive.depth()).toEqual({ queued: 0, dead: 0 })
  await database.close()
})

test('what SQLite says is told apart: passing, and our own mistake', () => {
  const engine = sqlite(':memory:', testClock())
  const thrown = (errcode: number) => Object.assign(new Error('why'), { errcode })
  const failures = [13, 10 | (3 << 8), 19, 1].map((code) => engine.explain(thrown(code))?.failure)
  expect(failures.map((failure) => `${failure?.code} ${failure?.heal}`)).toEqual([
    'server retry',
    'server retry',
    'bug retry',
    'bug retry',
  ])
  expect(engine.explain(new Error('not of the database'))).toBeUndefined()
  expect([11, 11 | (1 << 8), 26, 10, 1].map((code) => engine.isBroken(thrown(code)))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
})

test('the archive opens the bytes that were kept, from a media store that is opened last', async () => {
  const path = join(dirname(t.path), 'other.db')
  const files = await openFiles(join(dirname(t.path), 'media'))
  const options = { path, sealKey, clock: testClock() }
  const opening: string[] = []
  const media = async () => {
    opening.push('media')
    await expect(opened(path)).rejects.toMatchObject(config(/^Another bridge/))
    return files
  }
  const database = await openSqlite({ ...options, media })
  expect(opening).toEqual(['media'])
  const { id } = picture('p')
  const kept = await files.put(id, new Blob(['the bytes']).stream(), 'image/x-own')
  expect(await database.archive.media(id)).toBeUndefined()
  await database.store.unit((unit) => unit.keepMedia(id, kept))
  const found = await database.archive.media(id)
  expect(found).toMatchObject({ bytes: 9, mime: 'image/x-own' })
  expect(await new Response(found?.stream).text()).toBe('the bytes')
  await database.close()

  const failing = openSqlite({ ...options, media: () => Promise.reject(new Error('no folder')) })
  await expect(failing).rejects.toThrow('no folder')
  await (await openSqlite(options)).close()
})
