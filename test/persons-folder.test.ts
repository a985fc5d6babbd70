import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configFor, enrol, isPersonId, knownAs, peopleIn, personId } from '../src/persons-folder.ts'
import { loadConfig } from './support/config.ts'
import { tempFolder } from './support/ports.ts'

let temp: Awaited<ReturnType<typeof tempFolder>>
beforeEach(async () => {
  temp = await tempFolder()
})
afterEach(() => temp.drop())

const bob = '@bob:example.org'

test('a person’s id is ten letters of a localpart, and never changes', () => {
  // On disk and in the names of users for good.
  expect(personId(bob)).toBe('wogo7kxpds')
  const ids = Array.from({ length: 2_000 }, (_, n) => personId(`@user${n}:example.org`))
  expect(ids.filter((id) => !isPersonId(id))).toEqual([])
  expect(new Set(ids).size).toBe(ids.length)
})

test('a new person gets a folder that says whose it is and that nobody else can read; again it is the same', async () => {
  const made = await enrol(temp.path, bob)
  expect(made).toEqual(knownAs(temp.path, bob))
  const file = join(made.folder, 'person.json')
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ user: bob })
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  for (const folder of [made.folder, join(temp.path, 'people')]) {
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  }
  expect(await enrol(temp.path, bob)).toEqual(made)
  expect(await peopleIn(temp.path)).toEqual([made])
})

test('a folder that belongs to somebody else, or says nothing, is not used', async () => {
  const { folder } = await enrol(temp.path, bob)
  await writeFile(join(folder, 'person.json'), '{"user":"@eve:example.org"}')
  await expect(enrol(temp.path, bob)).rejects.toThrow(/belongs to @eve:example\.org/)
  await writeFile(join(folder, 'person.json'), 'half')
  await expect(enrol(temp.path, bob)).rejects.toThrow(/cannot be read/)
  const strays: string[] = []
  expect(await peopleIn(temp.path, (stray) => strays.push(stray))).toEqual([])
  expect(strays).toEqual([folder])
})

test('nobody lives where there is no folder, and other folders are nobody’s', async () => {
  expect(await peopleIn(temp.path)).toEqual([])
  await mkdir(join(temp.path, 'people', 'lost+found'), { recursive: true })
  expect(await peopleIn(temp.path)).toEqual([])
})

test('copies of one person’s database are kept apart from those of the others', () => {
  const who = knownAs('/data', bob)
  const { config } = loadConfig({ files: [], env: {}, sets: ['backup.dir=/copies'] })
  expect(configFor(config, who).backup.dir).toBe(join('/copies', 'people', who.id))
  const { config: own } = loadConfig({ files: [], env: {}, sets: [] })
  expect(configFor(own, who)).toEqual(own)
  const doors = { second: { connector: 'web', options: {}, alerts: false } }
  const several = { ...own, wechat: { ...own.wechat, doors } }
  expect(configFor(several, who)).toEqual(own)
})
