import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { notDone } from '../../src/backup/errors.ts'
import { makeBackup } from '../../src/backup/make.ts'
import { restoreBackup } from '../../src/backup/restore.ts'
import { restoredAt } from '../../src/backup/restored.ts'
import { claimData } from '../../src/backup/whose.ts'
import { management } from '../../src/core/chat.ts'
import { enrol, type Known, peopleIn } from '../../src/persons-folder.ts'
import { realClock, tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { makeData, openData, textsIn, write } from './ground.ts'

// Copies are made by processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 })

let temp: Awaited<ReturnType<typeof tempFolder>>
let data: string
let copy: string
let key: string
let bob: Known
beforeEach(async () => {
  temp = await tempFolder()
  data = join(temp.path, 'data')
  copy = join(temp.path, 'copy')
  const first = await makeData(data, ['of alice'])
  key = first.key
  await first.database.close()
  bob = await person('@bob:example.org', ['of bob'])
})
afterEach(() => temp.drop())

/** As a bridge leaves it: with its mark, and sealed with the key of all. */
async function person(user: string, texts: readonly string[]): Promise<Known> {
  const who = await enrol(data, user)
  const database = await openData(who.folder, key)
  await claimData(database, user)
  await database.store.unit((unit) => unit.saveChats([management]))
  await database.vault('wechat-web').set('session', `the login of ${user}`)
  await write(database, texts)
  await database.close()
  return who
}

async function within<T>(
  folder: string,
  work: (database: Awaited<ReturnType<typeof openData>>) => Promise<T>,
) {
  const database = await openData(folder, key)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
const texts = (folder: string) => within(folder, textsIn)
const target = (folder: string) => ({ folder, key: null, clock: realClock })
const backup = () => makeBackup({ folder: data, ownKey: true }, copy, Date.now())

test('a backup holds everybody’s messages, files and login, also while they are being written', async () => {
  const database = await openData(bob.folder, key)
  const made = await backup()
  await write(database, ['later'])
  await database.close()
  expect(made).toMatchObject({ format: 2, people: [{ id: bob.id, rows: { messages: 1 } }] })
  const fresh = join(temp.path, 'fresh')
  const before = Date.now()
  const done = await restoreBackup(copy, target(fresh))
  expect(done).toMatchObject({ people: 1, lacking: undefined })
  const [found, ...more] = await peopleIn(fresh)
  expect([found?.user, more]).toEqual([bob.user, []])
  expect(await texts(fresh)).toEqual(['of alice'])
  const its = found?.folder ?? ''
  await within(its, async (one) => {
    expect(await textsIn(one)).toEqual(['of bob'])
    expect(await one.vault('wechat-web').get('session')).toBe(`the login of ${bob.user}`)
    expect(await restoredAt(one.vault('bridge'))).toBeGreaterThanOrEqual(before)
  })
  expect((await readdir(join(its, 'media', 'bytes'), { recursive: true })).length).toBeGreaterThan(
    0,
  )
})

test('restoring puts everybody back, also who came since: what they had goes aside with the rest', async () => {
  await backup()
  const eve = await person('@eve:example.org', ['of eve'])
  await within(bob.folder, (one) => write(one, ['later']))
  const done = await restoreBackup(copy, target(data))
  expect(await texts(bob.folder)).toEqual(['of bob'])
  expect((await peopleIn(data)).map(({ user }) => user)).toEqual([bob.user])
  expect(await texts(join(done.aside ?? '', 'people', eve.id))).toEqual(['of eve'])
})

test('a backup of before there were others puts them aside', async () => {
  await rename(join(data, 'people'), join(temp.path, 'people'))
  const made = await backup()
  expect(made.format).toBe(1)
  await rename(join(temp.path, 'people'), join(data, 'people'))
  const done = await restoreBackup(copy, target(data))
  expect(await peopleIn(data)).toEqual([])
  expect(await texts(join(done.aside ?? '', 'people', bob.id))).toEqual(['of bob'])
})

test('a copy of one database is restored for that person alone, and never as another’s', async () => {
  const file = join(bob.folder, 'bridge.sqlite')
  const alone = join(temp.path, 'bob.sqlite')
  await writeFile(alone, await readFile(file))
  const first = join(temp.path, 'alice.sqlite')
  await writeFile(first, await readFile(join(data, 'bridge.sqlite')))
  await within(data, (one) => one.store.unit((unit) => unit.saveChats([management])))
  await writeFile(first, await readFile(join(data, 'bridge.sqlite')))
  await within(bob.folder, (one) => write(one, ['later']))

  await expect(restoreBackup(alone, target(data))).rejects.toThrow(/of @bob:example\.org/)
  const asBob = { ...target(data), person: bob.user }
  await expect(restoreBackup(first, asBob)).rejects.toThrow(/of the first person/)
  expect(await texts(data)).toEqual(['of alice'])
  expect(await texts(bob.folder)).toEqual(['of bob', 'later'])

  await restoreBackup(alone, asBob)
  expect(await texts(bob.folder)).toEqual(['of bob'])
  expect(await texts(data)).toEqual(['of alice'])
  await backup()
  await expect(restoreBackup(copy, asBob)).rejects.toThrow(/everybody/)
})

test('where one person’s part of a backup is damaged nothing is restored', async () => {
  await backup()
  const its = join(copy, 'people', bob.id)
  const before = (await readdir(data)).sort()
  const refused = (why: RegExp) => expect(restoreBackup(copy, target(data))).rejects.toThrow(why)
  const file = join(its, 'person.json')
  const text = await readFile(file)
  await rm(file)
  await symlink('/etc/hostname', file)
  await refused(/is a link/)
  await rm(file)
  await writeFile(file, '{"user":"@eve:example.org"}')
  await refused(/does not say whose it is/)
  await writeFile(file, text)
  await writeFile(join(its, 'bridge.sqlite'), 'other bytes')
  await refused(/not what its manifest says/)
  expect((await readdir(data)).sort()).toEqual(before)
  expect(await texts(bob.folder)).toEqual(['of bob'])
})

test('a backup is not made within what it copies', async () => {
  const inside = join(bob.folder, 'media', 'copy')
  await expect(makeBackup({ folder: data, ownKey: true }, inside, 0)).rejects.toThrow(/is within/)
  await mkdir(join(bob.folder, 'backups'), { recursive: true })
})

test('one whose database is damaged, or newer, is left out of a backup, which says so; all others are in it', async () => {
  const eve = await person('@eve:example.org', ['of eve'])
  const file = join(bob.folder, 'bridge.sqlite')
  await writeFile(file, 'no database at all. '.repeat(500))
  const made = await backup()
  expect(made).toMatchObject({
    people: [{ id: eve.id }],
    missing: [{ user: bob.user, why: expect.stringMatching(/is damaged/) }],
  })
  expect(await readdir(join(copy, 'people'))).toEqual([eve.id])
  const done = await restoreBackup(copy, target(data))
  expect(done).toMatchObject({ people: 1, manifest: { missing: [{ user: bob.user }] } })
  expect((await peopleIn(data)).map(({ user }) => user)).toEqual([eve.user])
  expect(await texts(eve.folder)).toEqual(['of eve'])
  // What was there of the one who is not in it is aside, as it was.
  const aside = join(done.aside ?? '', 'people', bob.id)
  expect(await readFile(join(aside, 'bridge.sqlite'), 'utf8')).toMatch(/^no database at all/)

  const db = new DatabaseSync(join(eve.folder, 'bridge.sqlite'))
  db.exec("insert into kysely_migration values ('9999_wonders', 'then')")
  db.close()
  const second = await makeBackup({ folder: data, ownKey: true }, `${copy}-2`, Date.now())
  expect(second.people).toBeUndefined()
  expect(second.missing).toMatchObject([{ user: eve.user, why: expect.stringMatching(/newer/) }])
  expect(await readdir(`${copy}-2`)).not.toContain('people')
  expect((await restoreBackup(`${copy}-2`, target(join(temp.path, 'fresh')))).people).toBe(0)
})

test('a backup that is called off leaves nobody out: there is none', async () => {
  // Somebody else has it for as long as it takes.
  const holder = new DatabaseSync(join(bob.folder, 'bridge.sqlite'))
  holder.exec('pragma journal_mode = delete; begin exclusive')
  const stopping = new AbortController()
  const making = makeBackup({ folder: data, ownKey: true }, copy, Date.now(), stopping.signal)
  const theirs = join(`${copy}.partial`, 'people', bob.id)
  await until(async () => (await readdir(theirs)).length > 0, 'their turn', 60_000)
  stopping.abort(notDone('interrupted'))
  await expect(making).rejects.toThrow('interrupted')
  holder.close()
  expect((await readdir(temp.path)).sort()).toEqual(['data'])
})
