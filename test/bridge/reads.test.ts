import { afterEach, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import { chatId } from '../../src/core/ids.ts'
import { friendChat, groupChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const readAt = async (chat = friendChat) => {
  const all = await world.database.archive.chats()
  return all.find((entry) => entry.chat.id === chat.id)?.readAt
}

async function heard(): Promise<string> {
  await world.wechat.hear(message('1'))
  return roomOf(world)
}

test('what was read in a room is read on the phone too, and only what came since is told again', async () => {
  const sleeps: number[] = []
  world = await openWorld({ sleeps })
  const room = await heard()
  await world.hub.reads(room)
  await world.hub.reads(room)
  await until(() => world.wechat.marked.length === 1, 'the mark')
  expect(await readAt()).toBeGreaterThan(0)
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  await world.hub.reads(await roomOf(world, groupChat))
  await world.wechat.hear(message('3', { sender: { type: 'myself' } }))
  await world.hub.reads(room)
  expect(world.wechat.marked).toEqual([friendChat.id, groupChat.id])
  sleeps.length = 0
  await world.wechat.hear(message('4'))
  await world.hub.reads(room)
  await world.hub.reads(room)
  // Not before five seconds have passed since the last one.
  expect(sleeps.filter((ms) => ms > 3_000 && ms <= 5_000)).toHaveLength(1)
  expect(world.wechat.marked).toHaveLength(2)
  await until(() => world.wechat.marked.length === 3, 'the later mark')
})

test('what was read on the phone is read here, and not told back', async () => {
  world = await openWorld()
  const room = await heard()
  expect(await readAt()).toBeUndefined()
  await world.wechat.sink.read(friendChat.id)
  expect(await readAt()).toBeGreaterThan(0)
  await world.hub.reads(room)
  await world.wechat.hear(message('2'))
  await world.hub.reads(room)
  await until(() => world.wechat.marked.length > 0, 'a mark')
  expect(world.wechat.marked).toEqual([friendChat.id])
})

test('strangers, the management room and rooms of nobody mark nothing; being offline neither', async () => {
  world = await openWorld()
  const room = await heard()
  await world.hub.reads(room, '@stranger')
  await world.hub.reads(await roomOf(world, management))
  await world.hub.reads('!nowhere')
  expect(await readAt()).toBeUndefined()
  await world.wechat.sink.login({ state: 'offline', reason: 'kicked', relogin: true })
  await world.hub.reads(room)
  expect(await readAt()).toBeGreaterThan(0)
  expect(world.wechat.marked).toEqual([])
})

test('a mark that fails is noted and nothing else', async () => {
  world = await openWorld()
  const room = await heard()
  world.wechat.markRead = () =>
    Promise.reject(failure({ code: 'network', heal: 'retry', certain: true }))
  await world.hub.reads(room)
  await world.hub.says(room, 'on')
  await until(() => world.wechat.delivered.length === 1, 'a send')
  expect(JSON.stringify(world.log.lines)).toContain('not marked read')
})

test('the phone is not told where the configuration says so; here it is read all the same', async () => {
  world = await openWorld({ parts: { marksRead: false } })
  const room = await heard()
  await world.hub.reads(room)
  expect(await readAt()).toBeGreaterThan(0)
  await world.hub.says(room, 'on')
  await until(() => world.wechat.delivered.length === 1, 'a send')
  expect(world.wechat.marked).toEqual([])
})

test('what was read on the phone is told to the hub once, unless something came meanwhile', async () => {
  const seen: string[] = []
  world = await openWorld({
    prepare: ({ hub }) =>
      void Object.assign(hub, { seen: async (room: string) => void seen.push(room) }),
  })
  const room = await heard()
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  const other = await roomOf(world, groupChat)
  await world.wechat.sink.read(friendChat.id)
  await world.wechat.hear(message('3'))
  await world.wechat.sink.read(groupChat.id)
  await world.wechat.sink.read(groupChat.id)
  await world.wechat.sink.read(chatId('wx:2718281828/nobody'))
  await until(() => seen.length > 0, 'the hub told')
  expect(seen).toEqual([other])
  await world.wechat.sink.read(friendChat.id)
  await until(() => seen.length > 1, 'the hub told again')
  expect(seen).toEqual([other, room])
})
