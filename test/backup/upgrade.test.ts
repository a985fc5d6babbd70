import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { schemaOf } from '../../adapters/sql/look.ts'
import { migrationNames } from '../../adapters/sql/migrations/all.ts'
import { makeBackup } from '../../src/backup/make.ts'
import { hashOf } from '../../src/backup/manifest.ts'
import { restoreBackup } from '../../src/backup/restore.ts'
import { createPersons } from '../../src/persons.ts'
import { enrol } from '../../src/persons-folder.ts'
import { linesOf } from '../../src/persons-told.ts'
import { openStorage } from '../../src/storage.ts'
import { left } from '../adapters/sql/left.ts'
import { HubSide } from '../bridge/harness.ts'
import { kinds, loadConfig } from '../support/config.ts'
import { memoryLog, realClock, tempFolder } from '../support/ports.ts'
import { makeData, randomKey } from './ground.ts'

// Copies are made by processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 })

const [first = ''] = migrationNames
const said = (text: string) => ({
  chat: [{ id: 'c', account: 'wx:100', kind: 'friend', data: '{"id":"c","name":"Lin"}' }],
  message: [
    {
      id: text,
      account: 'wx:100',
      chat: 'c',
      kind: 'text',
      speaker: null,
      at: 1,
      about: null,
      data: JSON.stringify({ id: text, content: { kind: 'text', text } }),
    },
  ],
})

let temp: Awaited<ReturnType<typeof tempFolder>>
let data: string
let log: ReturnType<typeof memoryLog>
beforeEach(async () => {
  temp = await tempFolder()
  data = join(temp.path, 'data')
  log = memoryLog()
})
afterEach(() => temp.drop())

const file = (folder: string) => join(folder, 'bridge.sqlite')
const target = { key: null, clock: realClock }
const pending = (folder: string) => schemaOf(file(folder)).pending

/** A data folder as an earlier version left it. */
async function old(folder: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'seal.key'), randomKey())
  await left(file(folder), first, said(text))
}

function ids(folder: string): readonly unknown[] {
  const db = new DatabaseSync(file(folder), { readOnly: true })
  const rows = db.prepare('select id from message').all()
  db.close()
  return rows.map(({ id }) => id)
}

const configFor = (folder: string) =>
  loadConfig({
    files: [],
    env: {},
    sets: [
      `data.dir=${folder}`,
      'wechat.connector=web',
      'wechat.web.loginBase=http://127.0.0.1:9',
      'language=en',
    ],
  }).config

test('a backup of an older version stays one, and is brought up to date where it is restored', async () => {
  await old(data, 'of long ago')
  const before = await hashOf(file(data))
  const copy = join(temp.path, 'copy')
  const made = await makeBackup({ folder: data, ownKey: true }, copy, Date.now())
  expect(made.rows).toMatchObject({ chats: 1, messages: 1 })
  expect([pending(data), pending(copy)]).toEqual([migrationNames.slice(1), migrationNames.slice(1)])
  expect(await hashOf(file(data))).toBe(before)

  const now = join(temp.path, 'now')
  const present = await makeData(now, ['of now'])
  await present.database.close()
  const { aside = '' } = await restoreBackup(copy, { ...target, folder: now })
  expect([pending(now), ids(now)]).toEqual([[], ['of long ago']])
  expect([pending(copy), ids(copy)]).toEqual([migrationNames.slice(1), ['of long ago']])
  expect(ids(aside)).toEqual(['web/of now'])
})

test('the copy from before an upgrade is told of, and restored; what went aside stays through all of it', async () => {
  await old(data, 'of long ago')
  const config = configFor(data)
  const sealKey = new Uint8Array(32)
  const former: string[] = []
  const asides: string[] = []
  for (let n = 0; n < 3; n++) {
    const { database } = await openStorage(config, { path: data, sealKey }, realClock, log)
    const path = database.upgraded?.former ?? ''
    await database.close()
    expect(log.text()).toContain(path)
    former.push(path)
    expect(pending(data)).toEqual([])
    // Back to how it was: by hand, as nothing here is of an older version.
    const { aside = '' } = await restoreBackup(path, { ...target, folder: data })
    asides.push(aside)
    await left(join(temp.path, `${n}.sqlite`), first, said(`of version ${n}`))
    const back = await restoreBackup(join(temp.path, `${n}.sqlite`), { ...target, folder: data })
    asides.push(back.aside ?? '')
    await writeFile(file(data), await readFile(join(temp.path, `${n}.sqlite`)))
  }
  expect(new Set(asides).size).toBe(6)
  for (const aside of asides) expect(ids(aside)).toHaveLength(1)
  expect((await readdir(join(data, 'backups'))).map((name) => join(data, 'backups', name))).toEqual(
    former.slice(1).toSorted(),
  )
})

test('one person’s newer or unmovable database stops nobody, and is told; an older one is copied and brought up to date', async () => {
  const sealKey = new Uint8Array(32)
  const [bob, eve, kim] = await Promise.all(
    ['bob', 'eve', 'kim'].map((name) => enrol(data, `@${name}:example.org`)),
  )
  if (!bob || !eve || !kim) throw new Error('nobody is there')
  for (const { folder } of [bob, eve, kim]) {
    await left(file(folder), first)
    const db = new DatabaseSync(file(folder))
    // Marked as the one it is of.
    db.exec("insert into chat values ('x', 'y', 'friend', '{}')")
    db.close()
  }
  const newer = new DatabaseSync(file(bob.folder))
  newer.exec("insert into kysely_migration values ('9999_wonders', 'then')")
  newer.close()
  const before = await hashOf(file(bob.folder))
  // No folder can be made where a file is.
  await writeFile(join(kim.folder, 'backups'), 'a file')
  const config = configFor(data)
  const persons = createPersons({
    config,
    tools: { clock: realClock, log },
    kinds,
    folder: { path: data, sealKey },
    first: '@alice:example.org',
    levelOf: () => 'user',
    house: { expect: () => undefined, dismiss: async () => undefined },
    seat: async ({ user }) => ({ adapter: new HubSide('matrix'), users: new Set([user]) }),
    residents: () => [],
  })
  try {
    await persons.prepare()
    await persons.start()
    const states = (await linesOf(persons.all())).map(({ user, state, why }) => [user, state, why])
    const sorted = states.toSorted(([a], [b]) => String(a).localeCompare(String(b)))
    expect(sorted).toEqual([
      [bob.user, 'unknown', expect.stringMatching(/newer version .*9999_wonders/)],
      [eve.user, 'offline', undefined],
      [kim.user, 'unknown', expect.stringMatching(/older version .*is copied before/)],
    ])
    expect(log.text()).toMatch(/does not run, the others go on/)
    expect(await hashOf(file(bob.folder))).toBe(before)
    expect(pending(kim.folder)).toEqual(migrationNames.slice(1))
    expect(await readdir(join(eve.folder, 'backups'))).toEqual([
      expect.stringMatching(/^before-0002_/),
    ])
  } finally {
    await persons.stop()
  }
})
