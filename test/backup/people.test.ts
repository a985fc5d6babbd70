import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeBackup } from '../../src/backup/make.ts'
import { restoreBackup } from '../../src/backup/restore.ts'
import { restoredAt } from '../../src/backup/restored.ts'
import { claimData } from '../../src/backup/whose.ts'
import { management } from '../../src/core/chat.ts'
import { enrol, type Known, peopleIn } from '../../src/persons-folder.ts'
import { realClock, tempFolder } from '../support/ports.ts'
import { makeData, openData, textsIn, write } from './ground.ts'

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
