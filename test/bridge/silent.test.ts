import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import type { Message } from '../../src/core/message.ts'
import { friendChat, groupChat, lin, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

let world: World
afterEach(() => world.close())

const open = async (options: WorldOptions = {}) => {
  world = await openWorld({ features: { speakers: 'lead' }, ...options })
}
const hear = async (of: Message, chat: Chat = friendChat) => {
  await world.wechat.sink.chats([chat])
  await world.wechat.sink.message(of, '{}')
  return until(() => world.hub.delivered.find(({ message: id }) => id === of.id), 'it posted')
}

test('a chat that is muted in WeChat comes silently, but for what mentions me', async () => {
  await open()
  const muted = { ...groupChat, muted: true } as const
  const said = {
    chat: groupChat.id,
    sender: { type: 'group', contact: lin, nick: '队长' },
  } as const
  expect((await hear(message('1', said), muted)).silent).toBe(true)
  expect((await hear(message('2', { ...said, mentionsMe: true }), muted)).silent).toBeUndefined()
  expect((await hear(message('3'))).silent).toBeUndefined()
})

test('what a person chose for a chat counts more than what WeChat says', async () => {
  await open()
  await world.wechat.hear(message('0'))
  const room = await roomOf(world)
  await world.hub.commands(room, 'mute')
  await until(() => world.hub.words(room).length === 2, 'the answer')
  expect((await hear(message('1'))).silent).toBe(true)
  await world.hub.commands(room, 'unmute')
  await until(() => world.hub.words(room).length === 4, 'the answer')
  expect((await hear(message('2'), { ...friendChat, muted: true })).silent).toBeUndefined()
})

test('grey lines, recalls and what was said on the phone ring no bell, what failed does', async () => {
  await open()
  const grey = { sender: { type: 'system' }, content: { kind: 'note', text: 'note' } } as const
  expect((await hear(message('1', grey))).silent).toBe(true)
  expect((await hear(message('2', { sender: { type: 'myself' } }))).silent).toBe(true)
  const recall = { kind: 'recall', target: { aliases: ['3'], preview: '' }, text: '' } as const
  await hear(message('3'))
  expect((await hear(message('4', { content: recall }))).silent).toBe(true)
  world.wechat.faults.push({ error: failure({ code: 'refused', heal: 'never', certain: true }) })
  await world.hub.says(await roomOf(world), 'oops')
  const notice = await until(
    () => world.hub.delivered.find(({ message: id }) => id.startsWith('notice/notSent')),
    'the notice',
  )
  expect(notice.silent).toBeUndefined()
})

test('where the adapter leads with names it is told them, as they are in the group', async () => {
  await open()
  const inGroup = {
    chat: groupChat.id,
    sender: { type: 'group', contact: lin, nick: '队长' },
  } as const
  expect((await hear(message('1', inGroup), groupChat)).who).toBe('队长')
  expect((await hear(message('2'))).who).toBe('林小满')
  expect((await hear(message('3', { sender: { type: 'myself' } }))).who).toBe('You')
  const hostile = { ...lin, name: 'a\nb\u202e' }
  const said = { sender: { type: 'contact', contact: hostile } } as const
  expect((await hear(message('4', said))).who).toBe('a b')
  const grey = { sender: { type: 'system' }, content: { kind: 'note', text: 'note' } } as const
  expect((await hear(message('5', grey))).who).toBeUndefined()
  expect(world.hub.delivered.find(({ message: id }) => id.startsWith('notice/'))?.who).toBe(
    undefined,
  )
})

test('elsewhere nobody is named beside the post', async () => {
  await open({ features: {} })
  expect((await hear(message('1'))).who).toBeUndefined()
})
