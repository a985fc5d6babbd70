import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { management } from '../../src/core/chat.ts'
import { chatId } from '../../src/core/ids.ts'
import { friendChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'
import { equip } from './pressing.ts'

let world: World
afterEach(() => world.close())

test('who a chat may be is asked without private names, and without what they said, where others may be', async () => {
  world = await openWorld({ prepare: (sides) => void equip(sides.hub) })
  const doubtful: Chat = { ...friendChat, id: chatId('wx:2718281828/doubtful'), remark: '' }
  const known: Chat = { ...friendChat, remark: 'Dad' }
  await world.wechat.sink.chats([known])
  await world.wechat.sink.message(message('a secret', { chat: known.id }), '{}')
  await world.wechat.sink.doubts([{ chat: doubtful, candidates: [known.id], about: [] }])
  const room = await roomOf(world, doubtful)
  const home = await roomOf(world, management)
  const asked = (at: string) => world.hub.words(at).find((each) => each.includes('!wx same'))
  const there = await until(() => asked(home), 'the question')
  for (const words of ['Dad', 'a secret']) expect(there).toContain(words)
  const here = await until(() => asked(room), 'the question in the room')
  expect(here).toContain(known.name)
  expect(here).not.toMatch(/Dad|a secret/)
  const code = /!wx same (\w+)/.exec(here)?.[1]
  await world.hub.commands(home, `same ${code} 1`)
  await until(() => world.wechat.people.calls.some(([verb]) => verb === 'settle'), 'the answer')
  expect(world.hub.words(room).join()).not.toContain('Dad')
})
