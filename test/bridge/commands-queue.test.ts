import { afterEach, expect, test } from 'vitest'
import { type Chat, management } from '../../src/core/chat.ts'
import { friendChat, groupChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'
import { commandIn, noticesIn } from './said.ts'

// What `!wx queue` says, in the room of a chat and in the management room.

let world: World
afterEach(() => world.close())

const notices = (chat: Chat) => noticesIn(world, chat)
const commands = (chat: Chat, line: string) => commandIn(world, chat, line)
const sent = () => world.wechat.delivered

async function opened(): Promise<void> {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  await roomOf(world, groupChat)
}

test('the queue of a chat gives the place of its next and last, and about when', async () => {
  await opened()
  expect(await commands(friendChat, 'queue')).toEqual({
    type: 'line',
    waiting: { count: 0 },
    letters: { count: 0 },
  })
  const gate = Promise.withResolvers<void>()
  const busy = Array.from({ length: 4 }, () => ({ until: gate.promise }))
  world.wechat.faults.push(...busy)
  for (const chat of [groupChat, friendChat]) {
    const room = await roomOf(world, chat)
    for (let nth = 0; nth < 3; nth++) await world.hub.says(room, `q${nth}`)
  }
  expect(await commands(friendChat, 'queue')).toMatchObject({
    waiting: { count: 3 },
    first: { place: { count: 2 } },
    last: { place: { count: 6 } },
  })
  // What waits for a room is no wait for WeChat.
  world.hub.faults.push(...busy)
  await world.wechat.hear(message('slow'))
  await world.wechat.hear(message('behind'))
  const all = await commands(management, 'queue')
  expect(all).toMatchObject({
    type: 'queue',
    waiting: { count: 6 },
    chats: { count: 2 },
    longest: [{ waiting: { count: 3 } }, { waiting: { count: 3 } }],
    allowance: { minute: { of: 1e6 }, hour: { of: 1e6 }, day: { of: 1e6 } },
  })
  gate.resolve()
  await until(() => sent().length === 6, 'all sent')
  expect(await commands(management, 'queue')).toMatchObject({
    waiting: { count: 0 },
    longest: [],
    allowance: { minute: { used: 6 } },
  })
})

test('a queue that nobody is logged in for says so', async () => {
  await opened()
  await world.wechat.sink.login({ state: 'offline', reason: 'kicked', relogin: true })
  await world.hub.says(await roomOf(world), 'later')
  const offline = { why: 'offline' }
  expect(await commands(friendChat, 'queue')).toMatchObject({
    waiting: { count: 1 },
    wait: offline,
  })
  expect(await commands(management, 'queue')).toMatchObject({
    waiting: { count: 1 },
    longest: [{ name: '满满', waiting: { count: 1 } }],
    wait: offline,
  })
  // And whoever wrote it was told at once.
  expect(await notices(friendChat)).toMatchObject([{ type: 'waiting', wait: offline }, {}])
})
