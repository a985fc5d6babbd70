import { fork } from 'node:child_process'
import { once } from 'node:events'
import { chmod, copyFile, cp, mkdir, open, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { look } from '../../../adapters/sql/look.ts'
import { type Looker, lookInto } from '../../../adapters/sql/looker.ts'
import { migrationNames } from '../../../adapters/sql/migrations/all.ts'
import { openSqlite } from '../../../adapters/sql/open.ts'
import { reading } from '../../../adapters/sql/read-only.ts'
import { hashOf } from '../../../src/backup/manifest.ts'
import { message, noon, post, toHub } from '../../contract/store/samples.ts'
import { tempFolder } from '../../support/ports.ts'
import { sealKey, testClock } from './harness.ts'
import { left } from './left.ts'

// Processes are started, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

let temp: Awaited<ReturnType<typeof tempFolder>>
let folder: string
let path: string
beforeEach(async () => {
  temp = await tempFolder()
  folder = join(temp.path, 'data')
  path = join(folder, 'bridge.sqlite')
  await mkdir(folder)
})
afterEach(() => temp.drop())

const opened = () => openSqlite({ path, sealKey, clock: testClock() })
const looked = () => lookInto({ path, sealKey, clock: testClock() })

/** As this version leaves it. */
async function current(count = 1): Promise<void> {
  const database = await opened()
  await database.vault('bridge').set('restored', '5')
  await database.store.unit(async (unit) => {
    for (let i = 0; i < count; i++) await unit.saveMessage(message(`m${i}`))
    await unit.enqueue(toHub, post('stopped'), noon)
  })
  await database.close()
}

/** As one leaves it that was killed: what it wrote last is in the write-ahead log only. */
async function killed(): Promise<void> {
  const child = fork(join(import.meta.dirname, 'victim.ts'), [path], { execArgv: [] })
  await once(child, 'message')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** Every byte in the folder; not SQLite's index of the log, which is no data, nor the empty file that is locked. */
async function bytes(): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !/-shm$|\.lock(-journal)?$/.test(name))
  const all = names.map(async (name) => [name, await hashOf(join(folder, name))])
  return Object.fromEntries(await Promise.all(all))
}

async function within<T>(work: (looker: Looker) => Promise<T>): Promise<T> {
  const looker = await looked()
  try {
    return await work(looker)
  } finally {
    await looker.close()
  }
}

const alter = (sql: string) => {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}
const newer = () => alter("insert into kysely_migration values ('9999_wonders', 'then')")

test('a look tells of one that is sound, old, or newer, and changes nothing', async () => {
  await current()
  const told = async () => {
    const before = await bytes()
    const found = await look(path)
    expect(await bytes()).toEqual(before)
    return found
  }
  expect(await told()).toEqual({ integrity: 'ok', unknown: [], pending: [] })
  newer()
  expect(await told()).toEqual({ integrity: 'ok', unknown: ['9999_wonders'], pending: [] })
  path = join(folder, 'old.sqlite')
  await left(path, '0001_init')
  expect(await told()).toEqual({ integrity: 'ok', unknown: [], pending: migrationNames.slice(1) })
  path = join(folder, 'empty.sqlite')
  await writeFile(path, '')
  expect(await told()).toEqual({ integrity: 'ok', unknown: [], pending: migrationNames })
  expect((await readdir(folder)).filter((name) => /-(wal|shm)$/.test(name))).toEqual([])
  path = join(folder, 'none.sqlite')
  await expect(look(path)).rejects.toMatchObject({
    message: expect.stringMatching(/There is no database .*none/),
    failure: { code: 'config' },
  })
})

test('a look beside a bridge that goes on writing sees what it has, and disturbs nobody', async () => {
  await current()
  const database = await opened()
  alter('create table beside (a)')
  expect(await look(path)).toEqual({ integrity: 'ok', unknown: [], pending: [] })
  newer()
  expect(await look(path)).toMatchObject({ unknown: ['9999_wonders'] })
  await database.store.unit((unit) => unit.saveMessage(message('still')))
  await database.close()
})

test('a look says what is wrong with one that is damaged', async () => {
  await current(400)
  const file = await open(path, 'r+')
  const { size } = await file.stat()
  await file.write(Buffer.alloc(8_192, 0xa5), 0, 8_192, Math.floor(size / 8_192) * 4_096)
  await file.close()
  const spoilt = await look(path)
  expect(spoilt).toMatchObject({ integrity: expect.any(String), unknown: [], pending: [] })
  expect(spoilt.integrity).not.toBe('ok')
  await writeFile(path, 'these are not the bytes of a database, but of a letter'.repeat(99))
  expect(await look(path)).toEqual({
    integrity: expect.stringMatching(/not a database/),
    unknown: [],
    pending: [],
  })
})

test('what somebody writes in the middle of a look is read anew', async () => {
  await current()
  const copy = join(temp.path, 'other.sqlite')
  await copyFile(path, copy)
  let times = 0
  const count = reading(path, (db) => {
    if (times++ === 0) {
      const other = new DatabaseSync(path)
      other.exec("insert into chat values ('x', 'y', 'friend', '{}', null, null)")
      other.close()
    }
    return db.prepare('select count(*) as n from chat').get()?.n
  })
  expect([times, count]).toEqual([2, 1])
})

test('looking into one changes no byte, whether it was stopped or killed', async () => {
  await current()
  for (const end of [async () => undefined, killed]) {
    await end()
    const before = await bytes()
    await within(async ({ archive, store, vault }) => {
      expect((await archive.depth()).queued).toBeGreaterThan(0)
      expect(await vault('bridge').get('restored')).toBe('5')
      await expect(store.unit((unit) => unit.saveMessage(message('x')))).rejects.toThrow(
        /could not be written/,
      )
    })
    expect(await bytes()).toEqual(before)
  }
  await within(async ({ archive }) => expect((await archive.depth()).queued).toBe(2))
})

test('one of another version is not looked into, and nothing changes', async () => {
  await left(path, '0002_merged_chats')
  const refused = async (words: RegExp, code: string) => {
    const before = await bytes()
    await expect(looked()).rejects.toMatchObject({
      message: expect.stringMatching(words),
      failure: { code },
    })
    expect(await bytes()).toEqual(before)
    // It has let go.
    await expect(looked()).rejects.toMatchObject({ failure: { code } })
  }
  await refused(/older version .*0003_delivery.*Start the bridge once/, 'refused')
  await (await opened()).close()
  newer()
  await refused(/newer version .*9999_wonders.*Install that version/, 'config')
  await writeFile(path, 'no database at all. '.repeat(500))
  await refused(/is damaged/, 'config')
})

test('while one looks no bridge starts, and where one runs nobody looks', async () => {
  await current()
  await within(async () => expect(opened()).rejects.toThrow(/Another bridge is using/))
  const database = await opened()
  await expect(looked()).rejects.toThrow(/Another bridge is using/)
  await database.close()
})

test('a look needs no right to write', async () => {
  if (process.getuid?.() === 0) return
  await current()
  await cp(folder, join(temp.path, 'kept'), { recursive: true })
  await chmod(folder, 0o500)
  expect(await look(path)).toMatchObject({ integrity: 'ok' })
  await chmod(folder, 0o700)
})
