import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { chatId } from '../../src/core/ids.ts'
import type { Doubt } from '../../src/ports/wechat.ts'
import { friendChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const chat = (name: string): Chat => ({ ...friendChat, id: chatId(`wx:2718281828/${name}`) })
const [doubtful, known, third] = [chat('doubtful'), chat('known'), chat('third')]
const doubt = (...candidates: readonly Chat[]): Doubt => ({
  chat: doubtful,
  candidates: candidates.map(({ id }) => id),
  about: [],
})
const settled = () => world.wechat.people.calls.filter(([verb]) => verb === 'settle')

test('evidence for a chat that a crash kept from being told joins them all the same', async () => {
  world = await openWorld()
  await world.wechat.sink.chats([doubtful])
  await world.wechat.sink.message(message('said', { chat: doubtful.id }), '{}')
  const room = await roomOf(world, doubtful)
  await world.wechat.sink.merge(doubtful.id, known.id)
  await world.wechat.sink.message(message('more', { chat: known.id }), '{}')
  await until(() => world.hub.words(room).includes('text more'), 'the message')
  const { archive } = world.database
  expect((await archive.message(message('said').id))?.message.chat).toBe(known.id)
  expect(await archive.chat(known.id)).toEqual(known)
})

test('a connector that still tells a chat by its old name hears what it became', async () => {
  world = await openWorld()
  const { sink } = world.wechat
  expect((await sink.chats([doubtful, known, third]))?.size).toBe(0)
  await sink.merge(doubtful.id, known.id)
  await sink.merge(known.id, third.id)
  expect([...((await sink.chats([doubtful, third])) ?? [])]).toEqual([[doubtful.id, third.id]])
})

test('a number alone is no answer where it may be meant for an earlier question', async () => {
  world = await openWorld()
  await world.wechat.sink.chats([known, third])
  for (const { id } of [known, third]) {
    await world.wechat.sink.message(message(`of ${id}`, { chat: id }), '{}')
  }
  await world.wechat.sink.doubts([doubt(known)])
  const room = await roomOf(world, doubtful)
  await world.wechat.sink.doubts([doubt(third, known)])
  for (const answer of ['same 1', 'same new']) await world.hub.commands(room, answer)
  const usage = () => world.hub.words(room).filter((each) => each.includes('!wx same CODE NUMBER'))
  await until(() => usage().length === 2, 'the usage')
  expect(settled()).toEqual([])
  const asked = () => world.hub.words(room).findLast((each) => each.includes(' new '))
  const code = /!wx same (\w+) new/.exec(asked() ?? '')?.[1]
  await world.hub.commands(room, `same ${code} 1`)
  await until(() => settled().length === 1, 'the answer')
  expect(settled()).toEqual([['settle', doubtful.id, third.id]])
})
