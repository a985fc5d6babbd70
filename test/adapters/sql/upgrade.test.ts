import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { backupName, copySqlite, newestBackup } from '../../../adapters/sql/backup.ts'
import { schemaOf } from '../../../adapters/sql/look.ts'
import { migrationNames } from '../../../adapters/sql/migrations/all.ts'
import { openSqlite } from '../../../adapters/sql/open.ts'
import { linChat, message, noon } from '../../contract/store/samples.ts'
import { tempFolder } from '../../support/ports.ts'
import { noSmallDisk, smallDisk } from '../../support/small-disk.ts'
import { sealKey, testClock } from './harness.ts'
import { left } from './left.ts'

// Processes are started, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

const first = '0001_init'
const later = migrationNames.filter((name) => name > first)
const chat = { id: linChat.id, account: linChat.account, kind: linChat.kind }
const rows = { chat: [{ ...chat, data: JSON.stringify(linChat) }] }

let temp: Awaited<ReturnType<typeof tempFolder>>
let path: string
let backups: string
let clock: ReturnType<typeof testClock>
beforeEach(async () => {
  temp = await tempFolder()
  path = join(temp.path, 'bridge.sqlite')
  backups = join(temp.path, 'backups')
  clock = testClock()
  await left(path, first, rows)
})
afterEach(() => temp.drop())

const opened = (how: { readonly upgrade?: boolean; readonly backups?: string } = {}) =>
  openSqlite({ path, sealKey, clock, backups, ...how })

/** What there is in it, whatever it is: tables, indexes, rows. */
function contents(of = path): unknown {
  const db = new DatabaseSync(of, { readOnly: true })
  try {
    const made = db.prepare('select type, name, sql from sqlite_master order by 1, 2').all()
    const tables = made.filter(({ type, name }) => type === 'table' && !/^sqlite/.test(`${name}`))
    return [made, tables.map(({ name }) => db.prepare(`select * from "${name}"`).all())]
  } finally {
    db.close()
  }
}

/** Something of a migration's is there already, made by hand: it fails in its middle. */
const obstruct = (sql: string) => {
  const db = new DatabaseSync(path)
  db.exec(sql)
  db.close()
}

/** As a newer bridge leaves it. */
const foresee = (name: string) =>
  obstruct(`insert into kysely_migration values ('${name}', '2030-01-01T00:00:00.000Z')`)

test('what an upgrade changes is copied first, and only then', async () => {
  const before = contents()
  const database = await opened()
  const former = join(backups, `before-${later[0]}-2023-11-14T22-13-20-000Z.sqlite`)
  expect(database.upgraded).toEqual({ migrations: later, former })
  expect((await database.archive.chats()).map((entry) => entry.chat)).toEqual([linChat])
  await database.close()
  expect(contents(former)).toEqual(before)
  expect(schemaOf(former)).toMatchObject({ done: [first], pending: later })
  expect(schemaOf(path)).toEqual({ done: migrationNames, unknown: [], pending: [] })
  const again = await opened()
  expect(again.upgraded).toBeUndefined()
  await again.close()
  path = join(temp.path, 'new', 'bridge.sqlite')
  const fresh = await opened()
  expect(fresh.upgraded).toBeUndefined()
  await fresh.close()
  expect(await readdir(backups)).toHaveLength(1)
  expect(await newestBackup(backups)).toBe(former)
})

test('the two newest of these copies are kept, and what else is in their folder', async () => {
  await mkdir(backups)
  await copySqlite(path, join(backups, backupName(noon - 9)))
  const others = [backupName(noon - 9), 'before-the-storm.txt', 'before-restore-20260131T083000Z']
  for (const name of others.slice(1)) await writeFile(join(backups, name), 'a treasure')
  const formers: (string | undefined)[] = []
  for (const [n, last] of [first, '0002_merged_chats', first].entries()) {
    path = join(temp.path, `${n}`, 'bridge.sqlite')
    await left(path, last)
    clock.set(noon + n)
    const database = await opened()
    formers.push(database.upgraded?.former)
    await database.close()
  }
  const kept = (await readdir(backups)).filter((name) => !others.includes(name))
  expect(kept.map((name) => join(backups, name)).toSorted()).toEqual(formers.slice(1).toSorted())
  expect((await readdir(backups)).length).toBe(others.length + 2)
})

test('a migration that fails leaves the database as it was, and the words name the copy', async () => {
  // The third migration makes a table of this name, after much else.
  obstruct('create table spent (mine); insert into spent values (1)')
  const before = contents()
  const failure = await opened().catch((error: unknown) => error)
  const [name = ''] = await readdir(backups)
  expect(failure).toMatchObject({
    message: expect.stringMatching(
      /could not be brought up to date .*spent.*It is as it was.*ran before/,
    ),
    failure: { code: 'config', heal: 'never', certain: true },
  })
  expect(String(failure)).toContain(join(backups, name))
  expect(contents()).toEqual(before)
  expect(contents(join(backups, name))).toEqual(before)
  obstruct('drop table spent')
  clock.set(noon + 1)
  await (await opened()).close()
})

test('without a place for the copy nothing is changed', async () => {
  await writeFile(backups, 'a file')
  const before = contents()
  await expect(opened()).rejects.toMatchObject({
    message: expect.stringMatching(/older version .*is copied before.*not copied: .*Nothing was/),
    failure: { code: 'config', heal: 'never', certain: true },
  })
  expect(contents()).toEqual(before)
})

test.skipIf(noSmallDisk() !== undefined)(
  'where there is no room for the copy it is refused for now, and works when there is room',
  async () => {
    const db = new DatabaseSync(path)
    db.exec('create table filler (a); insert into filler values (randomblob(400000))')
    db.close()
    const before = contents()
    const disk = smallDisk(128 * 1024)
    try {
      const there = { backups: join(disk.path, 'backups') }
      await expect(opened(there)).rejects.toMatchObject({
        message: expect.stringMatching(/not enough room in .*Make room.*Nothing was changed; the/),
        failure: { code: 'server', heal: 'retry', certain: true },
      })
      expect(contents()).toEqual(before)
      expect(await readdir(there.backups)).toEqual([])
      disk.grow(4 * 1024 * 1024)
      const database = await opened(there)
      expect(database.upgraded?.migrations).toEqual(later)
      await database.close()
    } finally {
      disk.drop()
    }
  },
)

test('a newer database is refused by the name of what it has had, and stays as it is', async () => {
  await (await opened()).close()
  foresee('9998_wonders')
  foresee('9999_more')
  const before = await readFile(path)
  const refused = (words: RegExp) =>
    expect(opened()).rejects.toMatchObject({
      message: expect.stringMatching(words),
      failure: { code: 'config', heal: 'never', certain: true },
    })
  await refused(/bridge\.sqlite was written by a newer .*9998_wonders.*Nothing .*Install that .*or/)
  // The newer version has made one; it is named.
  const former = join(backups, 'before-9998_wonders-2026-01-31T08-30-00-000Z.sqlite')
  await copySqlite(path, former)
  await refused(
    new RegExp(`upgrade \\(without what came since\\): npm run bridge -- restore ${former}$`),
  )
  expect(await readFile(path)).toEqual(before)
  expect((await readdir(temp.path)).toSorted()).toEqual([
    'backups',
    'bridge.sqlite',
    'bridge.sqlite.lock',
  ])
})

test('who must not upgrade is refused, and nothing changes', async () => {
  const before = await readFile(path)
  await expect(opened({ upgrade: false })).rejects.toMatchObject({
    message: expect.stringMatching(/older version .*has not had 0002_.*Start the bridge once/),
    failure: { code: 'refused' },
  })
  expect(await readFile(path)).toEqual(before)
  await (await opened()).close()
  await (await opened({ upgrade: false })).close()
})

test('of two bridges that start at once one upgrades, and the other is refused until it has gone', async () => {
  const start = () =>
    fork(join(import.meta.dirname, 'opener.ts'), [path, backups], { execArgv: [] })
  const children = [start(), start(), start()]
  const told = await Promise.all(
    children.map(async (child) => (await once(child, 'message'))[0] as Told),
  )
  const winner = told.findIndex((each) => each.opened)
  expect(told[winner]).toMatchObject({ upgraded: { migrations: later } })
  const losers = told.filter((_, i) => i !== winner)
  for (const { why } of losers) expect(why).toContain(`Another bridge is using ${path}`)
  expect(await readdir(backups)).toHaveLength(1)
  for (const child of children) {
    const gone = once(child, 'exit')
    child.disconnect()
    await gone
  }
  const database = await opened()
  expect(database.upgraded).toBeUndefined()
  expect(await database.archive.message(message('none').id)).toBeUndefined()
  await database.close()
})

interface Told {
  readonly opened: boolean
  readonly upgraded?: unknown
  readonly why?: string
}
