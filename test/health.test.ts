import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Running, start } from '../src/main.ts'
import { loadConfig } from './support/config.ts'
import { Person } from './support/person.ts'
import { memoryLog, tempFolder } from './support/ports.ts'
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
