import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { accountsRoom, management } from '../../src/core/chat.ts'
import { chatId, roomId } from '../../src/core/ids.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import { friendChat, message } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const asked = () =>
  until(
    () => world.hub.delivered.find(({ body }) => plainOf(body).includes('Which chat')),
    'the question',
  )
const wordsOf = ({ body }: RoomPost, label: string): readonly string[] => {
  const buttons = 'buttons' in body ? (body.buttons?.flat() ?? []) : []
  const found = buttons.find((each) => each.label === label)
  if (!found || !('words' in found)) throw new Error(`no button ${label}`)
  return found.words
}

test('what another asked to have sent waits for them, whoever else presses', async () => {
  world = await openWorld({ mps: 'shared', features: { shared: true, buttons: true, edits: true } })
  world.hub.roles.set('@user', 'user')
  const paper: Chat = {
    ...friendChat,
    id: chatId('wx:2718281828/paper'),
    kind: 'mp',
    name: 'Paper',
    remark: '',
  }
  await world.wechat.sink.chats([paper])
  await world.wechat.sink.message(message('1', { chat: paper.id }), '{}')
  const room = await roomOf(world, accountsRoom)
  await world.hub.says(room, 'hello')
  const question = await asked()
  const words = wordsOf(question, 'Paper')
  const button = await until(
    () => world.database.store.unit((unit) => unit.eventOf(question.message, world.hub.id)),
    'its event',
  )
  const press = (from: string) => {
    const event = { id: world.hub.event(), room: roomId(room), at: realClock.now(), from }
    return world.hub.does({ type: 'command', ...event, words, button })
  }
  await press('@user')
  const answer = await until(() => world.hub.delivered.find(({ at }) => at > question.at), 'it')
  expect(answer.replacesEvent).toBeUndefined()
  expect(plainOf(answer.body)).not.toContain('settled already')
  expect(world.wechat.delivered).toEqual([])
  await press('@owner')
  expect((await until(() => world.wechat.delivered[0], 'it sent')).chat).toBe(paper.id)
})

test('a chat that was picked after it was merged is the one that it became', async () => {
  world = await openWorld({ features: { shared: true, buttons: true, edits: true } })
  const { store } = world.database
  const twin: Chat = { ...friendChat, id: chatId('wx:2718281828/twin'), name: 'Twin', remark: '' }
  await world.wechat.hear(message('1'))
  await world.wechat.sink.chats([twin])
  await world.wechat.sink.message(message('2', { chat: twin.id }), '{}')
  await roomOf(world, twin)
  await roomOf(world)
  const room = await roomOf(world, management)
  await world.hub.says(room, 'hello')
  const words = wordsOf(await asked(), 'Twin')
  await store.unit((unit) => unit.mergeChats(twin.id, friendChat.id))
  const at = realClock.now()
  const command = { type: 'command', id: world.hub.event(), room: roomId(room), at } as const
  await world.hub.does({ ...command, from: '@owner', words })
  const sent = await until(() => world.wechat.delivered[0], 'it sent')
  expect(sent.chat).toBe(friendChat.id)
  expect((await store.unit((unit) => unit.message(sent.message)))?.chat).toBe(friendChat.id)
})
