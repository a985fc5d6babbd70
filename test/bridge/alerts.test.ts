import { afterEach, expect, test } from 'vitest'
import { chatId } from '../../src/core/ids.ts'
import type { Login } from '../../src/ports/wechat.ts'
import { until } from '../support/until.ts'
import {
  openWorld,
  secondFriend,
  type WeChatSide,
  type World,
  type WorldOptions,
} from './harness.ts'

// One account tells in WeChat what became of another.

let world: World
let bot: WeChatSide
afterEach(() => world.close())

const prepare: NonNullable<WorldOptions['prepare']> = ({ doors }) => {
  const side = doors.bot!
  side.features = { ...side.features, chats: ['friend'], oneChat: true }
}

async function open(): Promise<void> {
  take(await openWorld({ doors: ['bot'], alerts: 'bot', prepare }))
  await until(() => world.bridge.doors().every(({ login }) => login.state === 'online'), 'online')
  await bot.sink.chats(bot.chats)
}
function take(now: World): void {
  world = now
  bot = now.doors.bot!
}
const kicked: Login = { state: 'offline', reason: 'kicked', relogin: true }
const waiting = async () =>
  (await world.database.store.unit((unit) => unit.lanes())).reduce(
    (sum, { queued }) => sum + queued,
    0,
  )
const alerts = () =>
  bot.delivered.map(({ chat, body }) => [chat, body.kind === 'text' && body.text])

test('when another account is logged out it says so in WeChat, once', async () => {
  await open()
  await world.wechat.sink.login(kicked)
  await until(() => alerts().length === 1, 'the alert')
  expect(alerts()).toEqual([[secondFriend.id, expect.stringMatching(/^main: WeChat is offline/)]])
  await world.wechat.sink.login(kicked)
  // It would be in line by now, or gone out.
  expect(alerts().length + (await waiting())).toBe(1)
  await world.wechat.online()
  await world.wechat.sink.login(kicked)
  await until(() => alerts().length === 2, 'the next time')
  expect(await waiting()).toBe(0)
  expect(world.wechat.delivered).toEqual([])
})

test('what comes back by itself, and the one that alerts, are nothing to alert about', async () => {
  await open()
  await world.wechat.sink.login({ state: 'offline', reason: 'unreachable', relogin: false })
  await world.wechat.sink.login({ state: 'scan', qr: 'x', attempt: 1 })
  await bot.sink.login(kicked)
  await bot.online()
  await world.wechat.sink.login(kicked)
  await until(() => alerts().length > 0, 'an alert')
  expect(alerts()).toHaveLength(1)
})

test('an alert that could not go out is forgotten when it is over', async () => {
  await open()
  await bot.sink.login(kicked)
  await world.wechat.sink.login(kicked)
  await world.wechat.online()
  await bot.online()
  await world.wechat.sink.login(kicked)
  await until(() => alerts().length > 0, 'an alert')
  expect(alerts()).toHaveLength(1)
})

test('a restart does not tell it again', async () => {
  await open()
  await world.wechat.sink.login(kicked)
  await until(() => alerts().length === 1, 'the alert')
  take(
    await world.restart(undefined, (sides) => {
      prepare(sides)
      sides.wechat.isOnline = false
    }),
  )
  await until(() => bot.sink !== undefined, 'the bot running')
  await world.wechat.sink.login(kicked)
  await world.wechat.online()
  await world.wechat.sink.login(kicked)
  await until(() => alerts().length > 0, 'an alert')
  expect(alerts()).toHaveLength(1)
})

test('somebody else who writes to the one that alerts is not told of it', async () => {
  await open()
  await bot.sink.chats([{ ...secondFriend, id: chatId(`${secondFriend.account}/stranger`) }])
  await world.wechat.sink.login(kicked)
  await until(() => alerts().length === 1, 'the alert')
  expect(alerts()[0]?.[0]).toBe(secondFriend.id)
})
