import { execFile } from 'node:child_process'
import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { claimData } from '../src/backup/whose.ts'
import { management } from '../src/core/chat.ts'
import { enrol, type Known } from '../src/persons-folder.ts'
import { bury, hold, makeData, openData, textsIn, write } from './backup/ground.ts'
import { tempFolder } from './support/ports.ts'

const script = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

// Each command is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 120_000 })

const bob = '@bob:example.org'

let temp: Awaited<ReturnType<typeof tempFolder>>
let data: string
let key: string
let who: Known
beforeEach(async () => {
  temp = await tempFolder()
  data = join(temp.path, 'data')
  const first = await makeData(data, ['of alice'])
  key = first.key
  await hold(first.database, ['held of alice'])
  await first.database.close()
  who = await enrol(data, bob)
  const database = await openData(who.folder, key)
  await claimData(database, bob)
  await database.store.unit((unit) => unit.saveChats([management]))
  await write(database, ['dead of bob', 'waits'])
  await bury(database, 'dead')
  await database.close()
})
afterEach(() => temp.drop())

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

function cli(...args: string[]): Promise<Ended> {
  const sets = [`data.dir=${data}`, 'language=en', 'timezone=UTC', 'wechat.connector=web']
  const options = sets.flatMap((set) => ['--set', set])
  return new Promise((resolve) => {
    const how = { cwd: temp.path, env: { PATH: process.env.PATH ?? '' }, timeout: 25_000 }
    execFile(process.execPath, [script, ...args, ...options], how, (error, out, err) => {
      resolve({ code: Number(error?.code ?? 0), out, err })
    })
  })
}

test('status has a line for each of the others, and says where one cannot be looked at', async () => {
  const { code, out } = await cli('status')
  expect(code).toBe(0)
  expect(out).toMatch(/Waiting for your word: 1 /)
  expect(out).toContain(`Others on this bridge:\n  ${bob}: in line 1, waiting for their word 1`)
  expect(out).not.toContain('of bob')
  await writeFile(join(who.folder, 'bridge.sqlite'), 'no database at all. '.repeat(500))
  const broken = await cli('status')
  expect(broken.code).toBe(0)
  expect(broken.out).toMatch(/@bob:example\.org: does not run\. .*damaged/)
})

test('dead letters of another person are listed, put back and forgotten by name, and only theirs', async () => {
  expect(await cli('dead', 'list')).toMatchObject({
    out: expect.stringContaining('“held of alice”'),
  })
  const { out } = await cli('dead', 'list', '--person', bob)
  expect(out).toContain('“dead of bob”')
  expect(out).not.toContain('of alice')
  expect(await cli('dead', 'drop', 'all', '--person', bob)).toMatchObject({
    code: 0,
    out: expect.stringContaining('Forgotten, and not sent any more: 1'),
  })
  expect((await cli('dead', 'list')).out).toMatch(/“held of alice”/)
  const nobody = await cli('dead', 'drop', 'all', '--person', '@eve:example.org')
  expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('has no account') })
  for (const words of [
    ['dead', 'list', '--person', 'bob'],
    ['status', '--person', bob],
  ]) {
    expect(await cli(...words)).toMatchObject({
      code: 64,
      err: expect.stringContaining('--person'),
    })
  }
})

test('a backup of all tells of the others, and one person’s copy is restored for them', async () => {
  const copy = join(temp.path, 'copy')
  expect((await cli('backup', copy)).out).toContain('data of the others on this bridge: 1.')
  expect((await cli('restore', copy)).out).toContain('data of the others on this bridge: 1.')
  const alone = join(temp.path, 'bob.sqlite')
  await copyFile(join(who.folder, 'bridge.sqlite'), alone)
  expect(await cli('restore', alone)).toMatchObject({ code: 1, err: expect.stringContaining(bob) })
  expect(await cli('restore', alone, '--person', bob)).toMatchObject({ code: 0 })
  const database = await openData(who.folder, key)
  expect(await textsIn(database)).toEqual(['dead of bob', 'waits'])
  await database.close()
})
