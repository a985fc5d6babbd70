import { afterAll, beforeAll, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import { type Running, start } from '../../src/main.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { loadConfig } from '../support/config.ts'
import { Person } from '../support/person.ts'
import { memoryLog, tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'

// Two accounts of web WeChat in one bridge, on the page: each by a sandbox of its own, with the same people in it.

let folder: Awaited<ReturnType<typeof tempFolder>>
let one: Sandbox
let two: Sandbox
let bridge: Running
let person: Person
const log = memoryLog()

const friend = '林小满'

async function begin(): Promise<void> {
  const doors = { second: { connector: 'web', web: { loginBase: two.origin } } }
  const { config } = loadConfig({
    files: [],
    env: {},
    sets: [
      `data.dir=${folder.path}`,
      'wechat.connector=web',
      `wechat.web.loginBase=${one.origin}`,
      'wechat.web.acceptRisk=true',
      `wechat.doors=${JSON.stringify(doors)}`,
      'wechat.pace.sameChat.ms=10',
      'wechat.pace.sameChat.jitterMs=0',
      'wechat.pace.otherChat.ms=10',
      'wechat.pace.otherChat.jitterMs=0',
      'web.port=0',
      'language=en',
      'backup.everyHours=0',
    ],
  })
  bridge = await start(config, { log, echoMs: 0 })
  person = await Person.at(String(bridge.page))
}

beforeAll(async () => {
  folder = await tempFolder()
  one = await startSandbox({ autoConfirmMs: 50, holdMs: 2_000 })
  two = await startSandbox({ autoConfirmMs: 50, holdMs: 2_000, seed: 2 })
  await begin()
})
afterAll(async () => {
  await bridge?.stop()
  await one?.close()
  await two?.close()
  await folder?.drop()
})

const doorsNow = async () => (await person.health()).detail.doors
const bothOnline = () =>
  until(async () => (await doorsNow()) === 'main online, second online', 'both online')
const has = async (chat: string, text: string) => {
  const all = await person.messages(chat)
  return all.some((each) => JSON.stringify(each).includes(text))
}
/** The chat in which something was said. */
const chatWith = (text: string) =>
  until(async () => {
    for (const { id, name } of await person.chats()) {
      if (name.startsWith(friend) && (await has(id, text))) return id
    }
    return undefined
  }, `a chat with "${text}"`)
const homeSays = async (part: string) =>
  (await person.messages(management.id)).filter((each) => JSON.stringify(each).includes(part))
const sentTo = async (sandbox: Sandbox, text: string) =>
  (await sandbox.control.delivered()).filter((each) => each.text === text)

test('both accounts log in, and friends of one name have chats of their own', async () => {
  await bothOnline()
  await one.control.say('lin', 'from the first world')
  await two.control.say('lin', 'from the second world')
  const first = await chatWith('from the first world')
  const second = await chatWith('from the second world')
  expect(first).not.toBe(second)
  expect(await has(first, 'from the second world')).toBe(false)
  expect(await has(second, 'from the first world')).toBe(false)
})

test('answers go to the account they are meant for', async () => {
  const first = await chatWith('from the first world')
  const second = await chatWith('from the second world')
  await person.write(first, 'answer one')
  await person.write(second, 'answer two')
  await one.control.waitDelivered(({ text }) => text === 'answer one')
  await two.control.waitDelivered(({ text }) => text === 'answer two')
  expect(await sentTo(one, 'answer two')).toEqual([])
  expect(await sentTo(two, 'answer one')).toEqual([])
})

test('of the one that is kicked only its sends wait, it is said once, and it logs in again by its name', async () => {
  await two.control.kick()
  await until(async () => (await doorsNow()) === 'main online, second offline', 'offline')
  const first = await chatWith('from the first world')
  const second = await chatWith('from the second world')
  await person.write(second, 'waits')
  await person.write(first, 'goes')
  await one.control.waitDelivered(({ text }) => text === 'goes')
  expect(await sentTo(two, 'waits')).toEqual([])
  expect(await homeSays('!wx login second')).toHaveLength(1)
  await person.command('login', 'second')
  await two.control.waitDelivered(({ text }) => text === 'waits')
  expect(await sentTo(one, 'waits')).toEqual([])
})

test('after a restart both resume by themselves, and everything is where it was', async () => {
  await bothOnline()
  const logins = [(await one.control.session()).logins, (await two.control.session()).logins]
  const first = await chatWith('from the first world')
  const second = await chatWith('from the second world')
  const said = (await homeSays('is online')).length
  await bridge.stop()
  await one.control.say('lin', 'while away, first')
  await two.control.say('lin', 'while away, second')
  await begin()
  await bothOnline()
  expect([(await one.control.session()).logins, (await two.control.session()).logins]).toEqual(
    logins,
  )
  expect(await chatWith('while away, first')).toBe(first)
  expect(await chatWith('while away, second')).toBe(second)
  await person.write(second, 'back again')
  await two.control.waitDelivered(({ text }) => text === 'back again')
  expect(await sentTo(one, 'back again')).toEqual([])
  expect((await homeSays('is online')).length).toBe(said)
})

test('logging out of one leaves the other as it is', async () => {
  await person.command('logout', 'second')
  await until(async () => (await doorsNow()) === 'main online, second offline', 'logged out')
  const first = await chatWith('from the first world')
  await person.write(first, 'still here')
  await one.control.waitDelivered(({ text }) => text === 'still here')
})

test('an account that is online already is not taken over by another door, and goes on through that one when it is free', async () => {
  await bridge.stop()
  await two.close()
  // The same seed is the same account.
  two = await startSandbox({ autoConfirmMs: 50, holdMs: 2_000 })
  await begin()
  await until(async () => (await doorsNow())?.startsWith('main online'), 'the first online')
  await person.command('login', 'second')
  await until(async () => (await homeSays('through main already')).length === 1, 'told once')
  await two.control.say('lin', 'heard by both')
  const first = await chatWith('from the first world')
  await person.write(first, 'by the first')
  await one.control.waitDelivered(({ text }) => text === 'by the first')
  expect(await doorsNow()).toBe('main online, second offline')
  expect(await sentTo(two, 'by the first')).toEqual([])
  await person.command('logout', 'main')
  await until(async () => (await doorsNow()) === 'main offline, second online', 'taken over')
  const now = await chatWith('heard by both')
  await person.write(now, 'by the second')
  await two.control.waitDelivered(({ text }) => text === 'by the second')
})
