import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type Running, start } from '../../src/main.ts'
import { startGatewayChild } from '../sim/puppet/gateway-child.ts'
import { loadConfig } from '../support/config.ts'
import { fastPace } from '../support/fast-pace.ts'
import { freePort } from '../support/free-port.ts'
import { memoryLog, tempFolder } from '../support/ports.ts'
import { RawHub } from '../support/raw-hub.ts'
import { createRawHub } from '../support/raw-hub-adapter.ts'
import { rawOwner } from '../support/raw-hub-wire.ts'
import { until } from '../support/until.ts'

// The whole bridge, with a hub on one side and Wechaty's gateway, a process of its own, on the other.

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

test('what is written while the gateway is dead waits, and is delivered once when it is back', async () => {
  const port = await freePort()
  const options = { port, token: 'insecure_e2e', online: true }
  const folder = await tempFolder()
  ends.push(() => folder.drop())
  const hub = await RawHub.start()
  ends.push(() => hub.close())
  const first = await startGatewayChild(options)
  ends.push(() => first.kill())
  const log = memoryLog()
  const { config } = loadConfig({
    files: [],
    env: {},
    sets: [
      'language=en',
      `data.dir=${join(folder.path, 'data')}`,
      'wechat.connector=puppet',
      `wechat.puppet.endpoint=127.0.0.1:${port}`,
      'wechat.puppet.token=insecure_e2e',
      ...fastPace,
      'web.enabled=false',
      'backup.everyHours=0',
    ],
  })
  const bridge: Running = await start(config, {
    log,
    seats: (tools) => [
      { adapter: createRawHub({ url: hub.url }, tools), users: new Set([rawOwner]) },
    ],
  })
  ends.push(() => bridge.stop())
  const posted = (text: string) =>
    until(
      () => hub.posts.find((each) => JSON.stringify(each).includes(text)),
      () => `${text} on the hub\n${log.text()}`,
    )
  const count = (text: string) =>
    hub.posts.filter((each) => JSON.stringify(each).includes(text)).length
  // Said again until it is heard: Wechaty repeats nothing that was said before the bridge was there.
  const hello = setInterval(() => first.order({ say: 'hello from WeChat', from: 'lin' }), 300)
  const { room } = await posted('hello from WeChat').finally(() => clearInterval(hello))

  await first.kill()
  await posted('offline unreachable')
  hub.say(room, 'written meanwhile')
  hub.say(room, 'and this')
  const told = () => log.lines.filter((line) => line.includes('gateway cannot be reached')).length
  await until(() => told() >= 2, 'several tries')

  const second = await startGatewayChild(options)
  ends.push(() => second.kill())
  await until(
    () => second.sent.length >= 2,
    () => `the sends\n${log.text()}`,
    60_000,
  )
  second.order({ say: 'welcome back', from: 'lin' })
  expect((await posted('welcome back')).room).toBe(room)
  expect(second.sent.map(({ text }) => text)).toEqual(['written meanwhile', 'and this'])
  expect(first.sent).toEqual([])
  expect(count('welcome back')).toBe(1)
})
