import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Running, start } from '../../src/main.ts'
import { startIlink } from '../sim/ilink/server.ts'
import type { IlinkSim } from '../sim/ilink/sim.ts'
import { loadConfig } from '../support/config.ts'
import { fastPace } from '../support/fast-pace.ts'
import { Person } from '../support/person.ts'
import { memoryLog, tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'

// The official bot in the whole bridge, on the page: by the configuration only, over HTTP to the simulator.

let folder: Awaited<ReturnType<typeof tempFolder>>
let sim: IlinkSim
let bridge: Running
let person: Person

async function begin(): Promise<void> {
  const { config } = loadConfig({
    files: [],
    env: {},
    sets: [
      `data.dir=${folder.path}`,
      'wechat.connector=ilink',
      `wechat.ilink.loginBase=${sim.origin}`,
      `wechat.ilink.cdnBase=${sim.cdnBase}`,
      'wechat.ilink.name=My phone',
      'wechat.ilink.pace.sameChat.ms=0',
      'wechat.ilink.pace.sameChat.jitterMs=0',
      'wechat.ilink.pace.perMinute=1000',
      ...fastPace,
      'web.port=0',
      'language=en',
      'backup.everyHours=0',
    ],
  })
  bridge = await start(config, { log: memoryLog() })
  person = await Person.at(String(bridge.page))
}

beforeAll(async () => {
  folder = await tempFolder()
  sim = await startIlink({ holdMs: 2_000 })
  await begin()
})
afterAll(async () => {
  await bridge?.stop()
  await sim?.close()
  await folder?.drop()
})

const chat = () =>
  until(async () => (await person.chats()).find(({ name }) => name === 'My phone')?.id, 'the chat')
const shows = async (id: string, words: string) =>
  until(
    async () => (await person.messages(id)).find((each) => JSON.stringify(each).includes(words)),
    `"${words}" on the page`,
  )
const arrived = (text: string) =>
  until(() => sim.control.delivered().find((each) => each.text === text), `"${text}" on the phone`)

test('a person logs in, and words go both ways', async () => {
  await sim.control.scan()
  await sim.control.confirm()
  const id = await chat()
  await sim.control.says('from the phone')
  await shows(id, 'from the phone')
  await person.write(id, 'from the page')
  await arrived('from the page')
  expect(sim.control.violations).toEqual([])
})

test('after a restart it goes on where it was, without a login', async () => {
  await bridge.stop()
  await sim.control.says('while it was away')
  await begin()
  await shows(await chat(), 'while it was away')
  await person.write(await chat(), 'still here')
  await arrived('still here')
  expect(sim.control.asked('get_bot_qrcode')).toBe(1)
})

test('what is over the quota waits for a word from the phone, in its order', async () => {
  const id = await chat()
  await sim.control.says('ten, please')
  await shows(id, 'ten, please')
  const before = sim.control.delivered().length
  const texts = Array.from({ length: 12 }, (_, index) => `line ${index}`)
  for (const text of texts) await person.write(id, text)
  await arrived('line 9')
  await sim.control.says('and the rest')
  await arrived('line 11')
  const all = sim.control.delivered().slice(before)
  expect(all.map(({ text }) => text)).toEqual(texts)
})
