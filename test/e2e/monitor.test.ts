import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Running, start } from '../../src/main.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { loadConfig } from '../support/config.ts'
import { execute } from '../support/execute.ts'
import { freePort } from '../support/free-port.ts'
import { Person } from '../support/person.ts'
import { memoryLog, tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'

// The bridge as machines see it: web WeChat (the sandbox's server), the page as its hub, and the monitor.

let folder: Awaited<ReturnType<typeof tempFolder>>
let sandbox: Sandbox
let bridge: Running | undefined
const long = 90_000

beforeEach(async () => {
  folder = await tempFolder()
  sandbox = await startSandbox({ autoConfirmMs: 50, holdMs: 2_000 })
})
afterEach(async () => {
  await bridge?.stop()
  bridge = undefined
  await sandbox.close()
  await folder.drop()
})

const configOf = (port: number, ...more: readonly string[]) =>
  loadConfig({
    files: [],
    env: {},
    sets: [
      `data.dir=${folder.path}`,
      'wechat.connector=web',
      `wechat.web.loginBase=${sandbox.origin}`,
      'wechat.web.acceptRisk=true',
      'wechat.pace.sameChat.ms=10',
      'wechat.pace.sameChat.jitterMs=0',
      'wechat.pace.otherChat.ms=10',
      'wechat.pace.otherChat.jitterMs=0',
      'web.port=0',
      'backup.everyHours=0',
      `monitor.port=${port}`,
      ...more,
    ],
  }).config

const at = (path: string, port = bridge?.monitor) => `http://127.0.0.1:${port}${path}`
const statusOf = async (path: string) => (await fetch(at(path))).status
const metrics = async () => (await fetch(at('/metrics'))).text()
/** The value of one series. Undefined: there is none. */
const value = async (series: string) => {
  const line = (await metrics()).split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}
const isAtLeast = (series: string, least: number) =>
  until(async () => ((await value(series)) ?? -1) >= least, `${series} ${least}`, long)

test('a message and a recall move the counters, which know nobody’s name and nothing that was said', async () => {
  bridge = await start(configOf(0), { log: memoryLog(), echoMs: 0 })
  const person = await Person.at(String(bridge.page))
  await person.state('online', long)
  await until(async () => (await statusOf('/readyz')) === 200, 'ready', long)
  await isAtLeast('bridge_account_state{account="main"}', 3)
  const text = 'bridge_inbox_total{source="wechat/main",kind="text"}'
  const recall = 'bridge_inbox_total{source="wechat/main",kind="recall"}'
  const toPage = 'bridge_send_seconds_count{lane="web",outcome="delivered"}'
  const before = {
    text: (await value(text)) ?? 0,
    recall: (await value(recall)) ?? 0,
    found: (await value('bridge_recalls_total{found="yes"}')) ?? 0,
    toPage: (await value(toPage)) ?? 0,
  }

  const secret = '谁也不该在指标里看到这句话'
  const id = await sandbox.control.say('lin', secret)
  await isAtLeast(text, before.text + 1)
  await isAtLeast(toPage, before.toPage + 1)
  await sandbox.control.recall(id)
  await isAtLeast(recall, before.recall + 1)
  await isAtLeast('bridge_recalls_total{found="yes"}', before.found + 1)
  // Both have gone on to the page.
  await isAtLeast(toPage, before.toPage + 2)

  const chat = await until(
    async () => (await person.chats()).find(({ name, open }) => open && name.startsWith('林小满')),
    'the chat',
    long,
  )
  await person.write(chat.id, '回你一句')
  await sandbox.control.waitDelivered((each) => each.text === '回你一句', long)
  await isAtLeast('bridge_inbox_total{source="web",kind="text"}', 1)
  await isAtLeast('bridge_send_seconds_count{lane="wechat/main",outcome="delivered"}', 1)

  for (const series of ['bridge_outbox_depth', 'bridge_outbox_oldest_seconds']) {
    for (const lane of ['web', 'wechat/main']) {
      await until(async () => (await value(`${series}{lane="${lane}"}`)) === 0, series, long)
    }
  }
  await isAtLeast('bridge_lease_epoch{lane="web"}', 1)
  expect(await value('bridge_dead_letters')).toBe(0)

  const all = await metrics()
  const values = [...all.matchAll(/="([^"]*)"/g)].map(([, label]) => label ?? '')
  expect(values.length).toBeGreaterThan(20)
  for (const label of values) expect(label).toMatch(/^([a-z]+(\/main)?|[a-zA-Z]+|[0-9.]+|\+Inf)$/)
  const chats = await person.chats()
  for (const words of [secret, '回你一句', ...chats.flatMap(({ id: its, name }) => [its, name])]) {
    if (words) expect(all).not.toContain(words)
  }
}, 400_000)

test('a login that is away and a store that is busy are told apart; after the end nobody answers', async () => {
  const port = await freePort()
  // Nobody is there to log in with.
  const config = configOf(port, 'wechat.web.loginBase=http://127.0.0.1:9')
  bridge = await start(config, { log: memoryLog(), echoMs: 0 })
  expect(bridge.monitor).toBe(port)
  const person = await Person.at(String(bridge.page))
  const both = async () => [await statusOf('/healthz'), await statusOf('/readyz')].join()
  await until(async () => (await both()) === '200,200', 'ready without a login', long)
  expect(await value('bridge_account_state{account="main"}')).toBeLessThan(3)

  const holder = new DatabaseSync(join(folder.path, 'bridge.sqlite'))
  holder.exec('BEGIN IMMEDIATE')
  try {
    // Something that has to be written.
    const said = person.command('help').catch(() => undefined)
    await until(async () => (await both()) === '200,503', 'well, and not ready', long)
    const answer = await fetch(at('/readyz'))
    const told = (await answer.json()) as { ready: boolean; waits: Record<string, string> }
    expect(told).toMatchObject({ ready: false, waits: { store: 'cannot be written' } })
    expect(JSON.stringify(told)).not.toContain(folder.path)
    expect(await metrics()).toContain('bridge_recalls_total{found="yes"} 0')
    await said
  } finally {
    holder.exec('ROLLBACK')
    holder.close()
  }
  await until(async () => (await both()) === '200,200', 'ready again', long)

  await bridge.stop()
  await expect(fetch(at('/healthz'))).rejects.toThrow()
  bridge = undefined
}, 400_000)

test('while it starts it is well and not ready, and a start that fails leaves nobody who answers', async () => {
  const port = await freePort()
  // Reading this waits until somebody writes.
  const registration = join(folder.path, 'registration.yaml')
  await execute('mkfifo', [registration])
  const config = configOf(
    port,
    'matrix.enabled=true',
    'matrix.homeserver.url=http://127.0.0.1:9',
    'matrix.homeserver.domain=example.org',
    'matrix.owner=@alice:example.org',
    `matrix.registration=${registration}`,
  )
  const starting = start(config, { log: memoryLog() })
  starting.catch(() => undefined)
  const asked = await until(() => fetch(at('/readyz', port)), 'an answer', long)
  expect([asked.status, await asked.json()]).toEqual([
    503,
    { ready: false, waits: { bridge: 'starting' } },
  ])
  expect((await fetch(at('/healthz', port))).status).toBe(200)
  expect((await fetch(at('/metrics', port))).status).toBe(200)
  await writeFile(registration, 'not: a registration')
  await expect(starting).rejects.toMatchObject({ failure: { code: 'config' } })
  await expect(fetch(at('/healthz', port))).rejects.toThrow()
}, 200_000)

test('a port that is taken ends the start with a mistake of the configuration', async () => {
  bridge = await start(configOf(0), { log: memoryLog(), echoMs: 0 })
  const other = await tempFolder()
  const config = configOf(bridge.monitor ?? 0, `data.dir=${other.path}`)
  try {
    await expect(start(config, { log: memoryLog() })).rejects.toMatchObject({
      message: expect.stringContaining(`monitor.port: 127.0.0.1 port ${bridge.monitor}`),
      failure: { code: 'config' },
    })
  } finally {
    await other.drop()
  }
})
