import { afterEach, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { until } from '../support/until.ts'
import { Browser } from './browser.ts'

let sandbox: Sandbox
afterEach(() => sandbox.close())

it('its clock and its timers run as fast as it is told', async () => {
  sandbox = await startSandbox({ speed: 1_000, autoConfirmMs: 40_000 })
  const browser = new Browser(sandbox)
  const uuid = await browser.newCode()
  // Half of 25 s is the time until the scan; here both are some milliseconds.
  const began = Date.now()
  const answers: string[] = []
  while (!answers.at(-1)?.includes('code=200')) answers.push(await browser.poll(uuid, 0))
  expect(Date.now() - began).toBeLessThan(5_000)
  const page = /redirect_uri="(\S+)";/.exec(answers.at(-1) ?? '')?.[1] ?? ''
  await browser.enter(page)
  await browser.init()
  const first = await sandbox.control.say('lin', 'one')
  const before = Date.now()
  await until(() => Date.now() - before > 20)
  const second = await sandbox.control.say('lin', 'two')
  const times = new Map(sandbox.control.said().map(({ id, at }) => [id, at]))
  expect((times.get(second) ?? 0) - (times.get(first) ?? 0)).toBeGreaterThan(15_000)
})

it('lets people live for hours in a moment, and knows everything they said', async () => {
  sandbox = await startSandbox({ speed: 40_000 })
  const browser = new Browser(sandbox)
  await browser.login(sandbox)
  const life = sandbox.control.live({ perHour: 60, seed: 3 })
  await until(() => sandbox.control.said().length > 150, 'a day', 20_000)
  life.stop()
  const said = sandbox.control.said()
  const heard: Record<string, unknown>[] = []
  do {
    heard.push(...(await browser.syncAll()))
    await browser.check()
  } while (heard.filter((each) => each.MsgType !== 10002).length < said.length)
  const ids = new Set(heard.map((message) => message.MsgId))
  expect(said.filter(({ id }) => !ids.has(id))).toEqual([])
  const recalls = heard.filter((message) => message.MsgType === 10002)
  expect(recalls).toHaveLength(sandbox.control.said().filter(({ recalled }) => recalled).length)
  expect(recalls.length).toBeGreaterThan(0)
  expect(new Set(said.map(({ kind }) => kind)).size).toBeGreaterThan(10)
  expect(said.some(({ from }) => from === 'me')).toBe(true)
  const hours = ((said.at(-1)?.at ?? 0) - (said[0]?.at ?? 0)) / 3_600_000
  // A machine that is busy lets their time pass without them.
  expect(said.length / hours).toBeGreaterThan(5)
  expect(said.length / hours).toBeLessThan(150)
})

it('says only what it is told to say, where it is told to', async () => {
  sandbox = await startSandbox({ speed: 100_000 })
  const life = sandbox.control.live({ perHour: 400, kinds: ['voice', 'text'], chats: ['lin'] })
  await until(() => sandbox.control.said().length > 40, 'some words', 20_000)
  life.stop()
  const said = sandbox.control.said()
  expect(new Set(said.map(({ kind }) => kind))).toEqual(new Set(['voice', 'text']))
  expect(new Set(said.map(({ chat }) => chat))).toEqual(new Set(['lin']))
})
