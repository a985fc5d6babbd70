import { execFileSync } from 'node:child_process'
import { chmod, copyFile, mkdir, open, rm, stat, writeFile } from 'node:fs/promises'
import { createServer as createHttp, type Server } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { copySqlite } from '../adapters/sql/backup.ts'
import { start } from '../src/main.ts'
import { enrol } from '../src/persons-folder.ts'
import { makeData, randomKey } from './backup/ground.ts'
import { commandLine, type Ended, snapshot } from './support/command-line.ts'
import { loadConfig } from './support/config.ts'
import { freePort } from './support/free-port.ts'
import { memoryLog, tempFolder } from './support/ports.ts'
import { noSmallDisk, smallDisk } from './support/small-disk.ts'

// Each look is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 })

/** Where a login would begin: whatever answers there will do. */
let door: Server
let doorUrl: string
beforeAll(async () => {
  door = createHttp((_, response) => response.end('hello'))
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve))
  doorUrl = `http://127.0.0.1:${(door.address() as AddressInfo).port}`
})
afterAll(() => {
  door.closeAllConnections()
  door.close()
})

let temp: Awaited<ReturnType<typeof tempFolder>>
let data: string
let sets: string[]
beforeEach(async () => {
  temp = await tempFolder()
  data = join(temp.path, 'data')
  sets = [
    `data.dir=${data}`,
    'language=en',
    'timezone=UTC',
    'wechat.connector=web',
    `wechat.web.loginBase=${doorUrl}`,
    'wechat.web.acceptRisk=true',
    'web.port=0',
  ]
})
afterEach(() => temp.drop())

const run = (words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  commandLine(words, { cwd: temp.path, sets, env })

/** Runs the doctor, and sees that it changed nothing. */
async function doctor(words: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const before = await snapshot(temp.path)
  const ended = await run(['doctor', '--patience', '150', ...words], env)
  expect(await snapshot(temp.path)).toEqual(before)
  expect(ended.err).toBe('')
  return ended
}

/** A data folder of a bridge that has stopped. */
async function stoppedData(): Promise<{ readonly key: string }> {
  const { database, key } = await makeData(data, ['hello'])
  await database.close()
  await chmod(data, 0o700)
  return { key }
}

test('a sound bridge that is stopped is found so', async () => {
  await stoppedData()
  const { code, out } = await doctor()
  expect(out).toContain('✓ Node 24')
  expect(out).toContain('✓ The database is sound')
  expect(out).toContain('✓ The seal key opens what is sealed')
  expect(out).toMatch(/✓ Web WeChat: 127\.0\.0\.1:\d+ is there/)
  expect(out).toContain('✓ The clock is right')
  expect(out).toContain('· The bridge is not running.')
  expect(out).toMatch(/\nNo problem was found\.\n$/)
  expect(code).toBe(0)
})

test('one that runs holds its port and says where its login stands', async () => {
  await stoppedData()
  sets.push(`web.port=${await freePort()}`)
  const { config } = loadConfig({ files: [], env: {}, sets })
  const bridge = await start(config, { log: memoryLog() })
  try {
    const { code, out } = await run(['doctor', '--patience', '150'])
    expect(out).toContain('✓ The bridge is running')
    expect(out).toMatch(/✓ Port \d+ \(web\.port\): the bridge has it/)
    expect(out).toContain('✓ The database is sound')
    expect(out).toMatch(/WeChat: (offline|waits|has not begun)/)
    expect([0, 1]).toContain(code)
    const other = await freePort()
    const moved = await commandLine(['doctor', '--patience', '150'], {
      cwd: temp.path,
      sets: [...sets, `web.port=${other}`],
    })
    expect(moved.out).toContain(
      `✗ The bridge runs, and does not listen on port ${other} (web.port)`,
    )
    expect(moved.code).toBe(1)
  } finally {
    await bridge.stop()
  }
})

test('without a data folder there will be one, and none is made by looking', async () => {
  const { code, out } = await doctor()
  expect(out).toContain(`· There is no data folder ${data} yet: it is made at the first start.`)
  expect(code).toBe(0)
  await expect(stat(data)).rejects.toThrow('ENOENT')
})

test('a file in the place of the data folder is told', async () => {
  await writeFile(data, 'not a folder')
  const { code, out } = await doctor()
  expect(out).toContain(`✗ data.dir: ${data} is no folder.`)
  expect(code).toBe(1)
})

const smallest = noSmallDisk()
test.skipIf(smallest !== undefined)('a disk that is nearly full is told', async () => {
  const disk = smallDisk(1 << 20)
  try {
    sets.push(`data.dir=${disk.path}`)
    const { code, out } = await doctor()
    expect(out).toMatch(/✗ The disk is nearly full: \d+\.\d [kM]B are left for .*100\.0 MB/)
    expect(out).toContain('→ Make room, or put data.dir on a larger disk')
    expect(code).toBe(1)
  } finally {
    disk.drop()
  }
})

test.skipIf(smallest !== undefined)('a disk that can only be read is told', async () => {
  const disk = smallDisk(200 << 20)
  try {
    sets.push(`data.dir=${disk.path}`)
    execFileSync('mount', ['-o', 'remount,ro', disk.path], { stdio: 'ignore' })
    const { code, out } = await doctor()
    expect(out).toContain(`✗ ${disk.path} is on a disk that can only be read.`)
    expect(out).toContain('→ Mount it so that it can be written')
    expect(code).toBe(1)
  } finally {
    disk.drop()
  }
})

test('another seal key, and none, are told from the right one', async () => {
  await stoppedData()
  await writeFile(join(data, 'seal.key'), `${randomKey()}\n`, { mode: 0o600 })
  const other = await doctor()
  expect(other.out).toContain(
    `seal.key does not open what is sealed in ${join(data, 'bridge.sqlite')}`,
  )
  expect(other.out).toContain('→ Put back the seal.key of the same backup')
  expect(other.code).toBe(1)
  await rm(join(data, 'seal.key'))
  const none = await doctor()
  expect(none.out).toContain('✗ There is a database and no key to it')
  expect(none.code).toBe(1)
})

test('a damaged database is told with the copy that helps', async () => {
  await stoppedData()
  const path = join(data, 'bridge.sqlite')
  const copy = join(data, 'backups', 'bridge-2026-01-31T08-30-00-000Z.sqlite')
  await copySqlite(path, copy)
  const file = await open(path, 'r+')
  await file.write(Buffer.alloc(8_192, 0xa5), 0, 8_192, 4_096)
  await file.close()
  const { folder } = await enrol(data, '@bob:example.org')
  await copyFile(copy, join(folder, 'bridge.sqlite'))
  const { code, out } = await doctor()
  expect(out).toContain('✓ Databases of others that are sound: 1')
  expect(out).toMatch(/✗ The database .*bridge\.sqlite is damaged \(.+\)\./)
  expect(out).toContain(`→ Restore the newest copy: npm run bridge -- restore ${copy}`)
  expect(code).toBe(1)
})

test('a database of a newer version is told with its migration, and left as it is', async () => {
  await stoppedData()
  const db = new DatabaseSync(join(data, 'bridge.sqlite'))
  db.prepare('INSERT INTO kysely_migration (name, timestamp) VALUES (?, ?)').run('9999_later', 'x')
  db.close()
  const { code, out } = await doctor()
  expect(out).toContain('was written by a newer version of the bridge (it has had 9999_later)')
  expect(out).toContain('→ Install that version or a later one')
  expect(code).toBe(1)
})

test('a port that somebody else has is told', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    sets.push(`web.port=${port}`)
    const { code, out } = await doctor()
    expect(out).toContain(`✗ Port ${port} (web.port) is taken by another program.`)
    expect(code).toBe(1)
  } finally {
    server.close()
  }
})

test('an address that this machine has not is told', async () => {
  sets.push(`web.port=${await freePort()}`, 'web.host=192.0.2.1')
  const { code, out } = await doctor()
  expect(out).toContain('192.0.2.1 is no address of this machine')
  expect(code).toBe(1)
})

test('secrets that everybody may read are told, those of their owner are not', async () => {
  const secret = 'a'.repeat(64)
  const yaml = join(temp.path, 'bridge.yaml')
  await writeFile(yaml, `seal:\n  key: "${secret}"\n`)
  await writeFile(join(temp.path, '.env'), `BRIDGE__MATRIX__PROVISIONING__SECRET=${secret}\n`)
  await chmod(yaml, 0o644)
  await chmod(join(temp.path, '.env'), 0o604)
  const open = await doctor(['--config', 'bridge.yaml'])
  expect(open.out).toContain(
    '✗ bridge.yaml holds secrets, and everybody on this machine may read it (644).',
  )
  expect(open.out).toContain('✗ .env holds secrets')
  expect(open.out).toContain('→ Leave it to its owner: chmod 600 bridge.yaml')
  expect(open.out).not.toContain(secret)
  expect(open.code).toBe(1)
  await chmod(yaml, 0o640)
  await chmod(join(temp.path, '.env'), 0o600)
  expect(await doctor(['--config', 'bridge.yaml'])).toMatchObject({ code: 0 })
})

test('a configuration that cannot be loaded is told whole, and ends with 78', async () => {
  const bad = async (yaml: string) => {
    await writeFile(join(temp.path, 'bad.yaml'), yaml)
    return doctor(['--config', 'bad.yaml'])
  }
  const typo = await bad('wechat:\n  conector: web\nweb:\n  prot: 1\n')
  expect(typo.out).toContain('✗ The configuration cannot be used:')
  expect(typo.out).toContain('wechat.conector: unknown option, did you mean wechat.connector?')
  expect(typo.out).toContain('did you mean web.port?')
  expect(typo.out).toContain('✓ Node 24')
  expect(typo.code).toBe(78)
  const tab = await bad('web:\n\tport: 1\n')
  expect(tab.out).toMatch(/bad\.yaml.*\n?.*tab/i)
  expect(tab.code).toBe(78)
  const twice = await bad('web:\n  port: 1\n  port: 2\n')
  expect(twice.out).toMatch(/bad\.yaml/)
  expect(twice.code).toBe(78)
})

test('an .env that cannot be read is told without a stack', async () => {
  await mkdir(join(temp.path, '.env'))
  const words = '.env: cannot be read (EISDIR)'
  const looked = await doctor()
  expect(looked.out).toContain(words)
  expect(looked.code).toBe(78)
  const { code, err } = await run(['run'])
  expect(err).toContain(words)
  expect(err).not.toContain('    at ')
  expect(code).toBe(78)
})

test('without ffmpeg something is worth knowing, and nothing is wrong', async () => {
  const { code, out } = await doctor([], { PATH: temp.path })
  expect(out).toContain('· There is no ffmpeg in PATH')
  expect(out).toContain('→ Install ffmpeg')
  expect(code).toBe(0)
})

test('it speaks Chinese, and to programs', async () => {
  sets.push('language=zh')
  const { out } = await doctor()
  expect(out).toContain('数据文件夹')
  expect(out).toMatch(/没有发现问题。\n$/)
  const { out: json } = await doctor(['--json'])
  const { findings } = JSON.parse(json) as { findings: { level: string; what: string }[] }
  expect(findings.find(({ what }) => what.startsWith('Node'))).toMatchObject({ level: 'ok' })
})
