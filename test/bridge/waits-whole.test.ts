import { afterEach, expect, test } from 'vitest'
import { type Chat, management } from '../../src/core/chat.ts'
import type { Failure } from '../../src/core/errors.ts'
import { friendChat, groupChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, unpaced, type World, type WorldOptions } from './harness.ts'
import { commandIn, noticesIn } from './said.ts'

// What people are told of waiting, by the whole bridge with its real pace.

let world: World
afterEach(() => world.close())

const notices = (chat: Chat) => noticesIn(world, chat)
const commands = (chat: Chat, line: string) => commandIn(world, chat, line)

const rate: Failure = {
  code: 'rate',
  heal: 'wait',
  certain: true,
  afterMs: 300_000,
  reason: 'tooOften',
}

async function opened(parts: WorldOptions['parts'] = {}): Promise<void> {
  world = await openWorld({ parts })
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  await roomOf(world, groupChat)
}

test('who writes faster than the account may send is told once, with place and time', async () => {
  await opened({ pace: { ...unpaced, perMinute: 2 } })
  const room = await roomOf(world)
  await world.hub.says(room, 'one')
  await world.hub.says(room, 'two')
  await until(() => world.wechat.delivered.length === 2, 'what may go at once')
  expect(await notices(friendChat)).toEqual([])
  const third = await world.hub.says(room, 'three')
  await world.hub.says(room, 'four')
  await until(() => world.hub.words(room).some((words) => words.includes('in line')), 'told')
  expect(world.hub.words(room).at(-1)).toMatch(
    /^Taken, and in line \(place 1\): .* in about (1 minute|50 seconds) \(\d\d:\d\d\)\./,
  )
  expect(world.hub.delivered.at(-1)?.replyToEvent).toBe(third)
  expect(await notices(friendChat)).toHaveLength(1)
  expect(await commands(friendChat, 'queue')).toMatchObject({
    waiting: { count: 2 },
    first: { place: { count: 1 } },
    last: { place: { count: 2 } },
  })
  expect(await commands(management, 'queue')).toMatchObject({
    allowance: { minute: { used: 2, of: 2 } },
  })
})

test('when WeChat says that it is too often, everybody who waits hears until when', async () => {
  await opened()
  const gate = Promise.withResolvers<void>()
  world.wechat.faults.push({ until: gate.promise, error: failure(rate, 'Ret 1205') })
  const room = await roomOf(world)
  const first = await world.hub.says(room, 'fast')
  await until(() => world.wechat.tries.length === 1, 'the send under way')
  const other = await roomOf(world, groupChat)
  // Writes behind it, and will wait with it.
  world.wechat.faults.push({ until: gate.promise, error: failure(rate, 'Ret 1205') })
  await world.hub.says(other, 'behind')
  gate.resolve()
  for (const each of [room, other]) {
    const heard = () => world.hub.words(each).some((words) => words.includes('"too often"'))
    await until(heard, 'the pause')
  }
  const told = world.hub.delivered.find(({ replyToEvent }) => replyToEvent === first)
  expect(told?.room).toBe(room)
  expect(await notices(friendChat)).toMatchObject([{ type: 'waiting', wait: { why: 'rate' } }])
  const queue = await commands(management, 'queue')
  expect(queue).toMatchObject({ waiting: { count: 2 }, wait: { why: 'rate' } })
})
