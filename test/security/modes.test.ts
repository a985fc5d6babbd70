import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openControl } from '../../adapters/control/server.ts'
import { openSqlite } from '../../adapters/sql/open.ts'
import type { Config } from '../../config/schema.ts'
import { controlName, openDataFolder } from '../../src/data-folder.ts'
import { loadConfig } from '../support/config.ts'
import { memoryLog, realClock, tempFolder } from '../support/ports.ts'

// Whoever shares the machine sees nothing of it: the data folder is its owner's, and so is each file in it.

let temp: Awaited<ReturnType<typeof tempFolder>>
let dir: string
beforeEach(async () => {
  temp = await tempFolder()
  dir = join(temp.path, 'data')
})
afterEach(() => temp.drop())

function configOf(more: Readonly<Record<string, string>> = {}): Config {
  const sets = { 'wechat.connector': 'ilink', 'data.dir': dir }
  const flags = Object.entries(sets).map(([name, value]) => `${name}=${value}`)
  return loadConfig({ files: [], env: more, sets: flags }).config
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

test('the seal key is made at the first start, for its owner alone, and stays', async () => {
  const first = await openDataFolder(configOf())
  expect(await modeOf(dir)).toBe('700')
  expect(await modeOf(join(dir, 'seal.key'))).toBe('600')
  expect(await readdir(dir)).toEqual(['seal.key'])
  expect(first.sealKey).toHaveLength(32)
  expect((await openDataFolder(configOf())).sealKey).toEqual(first.sealKey)
})

test('a folder and a key that were open to others are so no more', async () => {
  await mkdir(dir)
  await chmod(dir, 0o777)
  await writeFile(join(dir, 'seal.key'), `${'ab'.repeat(32)}\n`)
  await chmod(join(dir, 'seal.key'), 0o666)
  await openDataFolder(configOf())
  expect(await modeOf(dir)).toBe('700')
  expect(await modeOf(join(dir, 'seal.key'))).toBe('600')
})

test('a key from the environment is used, and none is written down', async () => {
  const key = '0123456789abcdef'.repeat(4)
  const { sealKey } = await openDataFolder(configOf({ BRIDGE__SEAL__KEY: key }))
  expect(Buffer.from(sealKey).toString('hex')).toBe(key)
  expect(await readdir(dir)).toEqual([])
})

test('a key that is no key is refused, and not repeated', async () => {
  await mkdir(dir)
  await writeFile(join(dir, 'seal.key'), 'hunter2hunter2')
  const opened = openDataFolder(configOf())
  await expect(opened).rejects.toThrow('64 hexadecimal digits')
  await expect(opened).rejects.not.toThrow('hunter2')
  expect(await readFile(join(dir, 'seal.key'), 'utf8')).toBe('hunter2hunter2')
})

test('the database, what is written ahead of it and the control socket are their owner’s', async () => {
  const before = process.umask(0)
  try {
    const { sealKey } = await openDataFolder(configOf())
    const path = join(dir, 'bridge.sqlite')
    const database = await openSqlite({ path, sealKey, clock: realClock })
    await database.vault('web').set('a', 'b')
    const operator = {
      standing: () => Promise.reject(new Error('never asked')),
      letters: async () => [],
      retry: async () => ({ done: 0, left: 0 }),
      drop: async () => ({ done: 0, left: 0 }),
    }
    const control = await openControl(join(dir, controlName), operator, memoryLog())
    const names = await readdir(dir)
    expect(names).toContain('bridge.sqlite-wal')
    expect(names).toContain(controlName)
    for (const name of names) expect([name, await modeOf(join(dir, name))]).toEqual([name, '600'])
    await control.close()
    await database.close()
  } finally {
    process.umask(before)
  }
})
