import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { LaneNow } from '../src/bridge/lane-book.ts'
import { healthOf } from '../src/health.ts'
import { type Running, start } from '../src/main.ts'
import { loadConfig } from './support/config.ts'
import { Person } from './support/person.ts'
import { memoryLog, realClock, tempFolder } from './support/ports.ts'
import { until } from './support/until.ts'

let temp: Awaited<ReturnType<typeof tempFolder>>
let bridge: Running | undefined
beforeEach(async () => {
  temp = await tempFolder()
})
afterEach(async () => {
  await bridge?.stop()
  await temp.drop()
})

test('while the storage cannot be written the bridge is well but not ready, says why, and gets ready again', async () => {
  const sets = [
    `data.dir=${temp.path}`,
    'wechat.connector=web',
    'wechat.web.loginBase=http://127.0.0.1:9',
    'wechat.web.acceptRisk=true',
    'web.port=0',
  ]
  const { config } = loadConfig({ files: [], env: {}, sets })
  bridge = await start(config, { log: memoryLog() })
  const person = await Person.at(bridge.page ?? '')
  const { origin } = new URL(bridge.page ?? '')
  const status = async (path: string) => (await fetch(origin + path)).status
  const both = async () => [await status('/healthz'), await status('/readyz')]
  await until(async () => (await both()).join() === '200,200', 'a good start')

  const holder = new DatabaseSync(join(temp.path, 'bridge.sqlite'))
  holder.exec('BEGIN IMMEDIATE')
  try {
    // Something that has to be written.
    const said = person.command('help').catch(() => undefined)
    await until(async () => (await both()).join() === '200,503', 'red', 60_000)
    await said
    const health = await person.health()
    expect(health).toMatchObject({ ok: true, ready: false })
    expect(health.detail.database).toMatch(/could not be written/)
    // Who is not let in is told no more than that it is not well.
    expect(await (await fetch(`${origin}/readyz`)).json()).toEqual({ ready: false })
  } finally {
    holder.exec('ROLLBACK')
    holder.close()
  }
  // The page stayed up meanwhile, and takes what is written again.
  await until(async () => (await both()).join() === '200,200', 'green again', 60_000)
  await until(() => person.command('help').then(() => true), 'a command that is taken', 30_000)
}, 150_000)

const well = { archive: { depth: async () => ({ queued: 0, dead: 0 }) }, fault: () => undefined }
const held = { state: 'held', epoch: 3 } as const
const offline = { state: 'offline', reason: 'loggedOut', relogin: true } as const
const withLanes = (...lanes: readonly LaneNow[]) =>
  healthOf(well as never, offline, realClock, [], [], lanes)

test('a hub that waits for a person, and a login that is away, are nothing to wait for', async () => {
  const health = await withLanes(
    { name: 'web', ...held, hub: { isThere: true } },
    { name: 'telegram', ...held, hub: { shut: 'unclaimed', isThere: true } },
    { name: 'matrix', ...held, hub: { shut: 'blocked', isThere: true } },
    { name: 'wechat/main', ...held },
  )
  expect(health).toEqual({ ok: true, ready: true, detail: { login: 'offline' } })
})

test.each<[string, LaneNow]>([
  ['starting', { name: 'matrix', state: 'starting', hub: { isThere: true } }],
  ['starting', { name: 'matrix', ...held, hub: { shut: 'silent', isThere: true } }],
  ['refuses the credential', { name: 'matrix', ...held, hub: { shut: 'refused', isThere: true } }],
  ['cannot be reached', { name: 'matrix', ...held, hub: { isThere: false } }],
  ['stopped', { name: 'matrix', state: 'stopped', hub: { isThere: true } }],
  ['another process has it', { name: 'matrix', state: 'taken', hub: { isThere: true } }],
  ['stopped', { name: 'matrix', state: 'stopped' }],
])('what is in the way is said: %s', async (why, lane) => {
  const health = await withLanes({ name: 'web', ...held, hub: { isThere: true } }, lane)
  expect(health).toEqual({
    ok: true,
    ready: false,
    waits: { matrix: why },
    detail: { login: 'offline', matrix: why },
  })
})

test('before there is a bridge it is starting; a store that fails to answer is not well', async () => {
  expect(await healthOf(well as never, undefined, realClock)).toMatchObject({
    ok: true,
    ready: false,
    waits: { bridge: 'starting' },
  })
  const gone = { ...well, archive: { depth: () => Promise.reject(new Error('/data: closed')) } }
  const health = await healthOf(gone as never, offline, realClock)
  expect(health).toMatchObject({ ok: false, ready: false, waits: { store: 'does not answer' } })
  expect(JSON.stringify(health.waits)).not.toContain('/data')
})
