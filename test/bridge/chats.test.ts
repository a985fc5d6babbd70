import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { management } from '../../src/core/chat.ts'
import { chatId } from '../../src/core/ids.ts'
import { friendChat, groupChat, message } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'
import { ask, buttonsOf, type Equipped, equip, press } from './pressing.ts'
import { noticesIn } from './said.ts'

let world: World
let hub: Equipped
afterEach(() => world.close())

const chat = (n: number): Chat => ({
  ...friendChat,
  id: chatId(`wx:2718281828/chat${n}`),
  name: `Chat ${n}`,
  remark: '',
})

/** Chats 1 to `count` have talked, in this order. */
async function talked(count: number): Promise<void> {
  world = await openWorld({
    prepare: (sides) => {
      hub = equip(sides.hub)
    },
  })
  const chats = Array.from({ length: count }, (_, at) => chat(at + 1))
  await world.wechat.sink.chats(chats)
  for (const { id } of chats) {
    await world.wechat.sink.message(message(`in ${id}`, { chat: id }), id)
  }
  await until(() => world.hub.words().length >= count, 'all of it')
}

const names = (post: Parameters<typeof buttonsOf>[0]) =>
  buttonsOf(post).map((row) => row.map(({ label }) => label).join(' | '))

test('chats lists who was talked with last, as buttons, page by page in one message', async () => {
  await talked(18)
  const first = await ask(world, management, 'chats')
  const page = (from: number, to: number) =>
    Array.from({ length: from - to + 1 }, (_, at) => `Chat ${from - at}`)
  expect(names(first.post)).toEqual([...page(18, 11), 'Next →'])
  expect(plainOf(first.post.body)).toContain('1. Chat 18 (friend)')
  expect(first.notice).toMatchObject({ type: 'chats', page: 1, more: true })
  expect(first.post.replacesEvent).toBeUndefined()

  const second = await press(world, first.post, 'Next')
  expect(names(second.post)).toEqual([...page(10, 3), '← Previous | Next →'])
  const third = await press(world, second.post, 'Next')
  expect(names(third.post)).toEqual(['Chat 2', 'Chat 1', '← Previous'])
  const back = await press(world, third.post, 'Previous')
  expect(names(back.post)).toEqual(names(second.post))
  // All of it in the place of the first.
  const events = [second, third, back].map(({ post }) => post.replacesEvent)
  expect(new Set(events).size).toBe(1)
  expect(events[0]).toBeDefined()
  expect(await ask(world, management, 'chats -9')).toMatchObject({
    notice: { type: 'chats', page: 9, chats: [] },
  })
})

test('a chat is opened by its button, also after a restart, and is said to be where it is', async () => {
  await talked(3)
  const list = await ask(world, management, 'chats')
  const room = await roomOf(world, chat(2))
  hub.places.at.set(room.slice(1), { kind: 'private', url: 'https://t.example/c/2' })
  const opened = await press(world, list.post, 'Chat 2')
  expect(opened.notice).toMatchObject({
    type: 'opened',
    name: 'Chat 2',
    muted: false,
    where: { kind: 'private', url: 'https://t.example/c/2' },
  })
  expect(names(opened.post)).toEqual([
    'Go there',
    'Mute | Link to a group…',
    'Where it goes: private topic',
  ])
  // Its room was there: nothing has to be said in it.
  expect(await noticesIn(world, chat(2))).toEqual([])

  world = await world.restart(undefined, (sides) => {
    hub = equip(sides.hub)
  })
  const words = ['open', room.slice(1)]
  expect((await ask(world, management, words)).notice).toMatchObject({ name: 'Chat 2' })
  // Numbers are those of the list that was shown, which is gone.
  expect((await ask(world, management, 'open 1')).notice).toEqual({
    type: 'cannot',
    why: 'noChatHere',
  })
  expect((await ask(world, management, 'open nobodyatall')).notice).toMatchObject({
    why: 'noChatHere',
  })
})

test('words look in the address book and among the chats, and whom one never talked with gets a room', async () => {
  await talked(2)
  const stranger = { ...chat(77), name: '陈 Chat' }
  world.wechat.people.found = [
    { chat: stranger, detail: '杭州' },
    { chat: chat(2), detail: '' },
  ]
  const list = await ask(world, management, 'chats Chat')
  expect(names(list.post)).toEqual(['Chat 2', 'Chat 1', '陈 Chat'])
  const opened = await ask(world, management, 'open 3')
  expect(opened.notice).toMatchObject({ type: 'opened', name: '陈 Chat' })
  const room = await roomOf(world, stranger)
  await until(() => world.hub.words(room).join().includes('is open'), 'a word in the new room')
  await world.hub.says(room, 'hello')
  await until(() => world.wechat.delivered[0]?.chat === stranger.id, 'the send')
  world.wechat.people.found = []
  const nothing = await ask(world, management, 'chats zzz')
  expect(nothing.notice).toMatchObject({ type: 'chats', words: 'zzz', page: 1, chats: [] })
  expect(plainOf(nothing.post.body)).toContain('Nothing was found for “zzz”')
})

test('what a search finds has a button where it is known, and a number in any case', async () => {
  await talked(1)
  world.wechat.people.found = [
    { chat: chat(1), detail: '' },
    { chat: chat(9), detail: '' },
  ]
  const { post } = await ask(world, management, 'search x')
  expect(names(post)).toEqual(['Chat 1'])
  expect((await press(world, post, 'Chat 1')).notice).toMatchObject({ type: 'opened' })
  expect((await ask(world, management, 'start 2')).notice).toMatchObject({ name: 'Chat 9' })
})

test('a failing address book does not hide the chats there are', async () => {
  await talked(2)
  world.wechat.people.search = async () => {
    throw new Error('not now')
  }
  expect(names((await ask(world, management, 'chats chat 1')).post)).toEqual(['Chat 1'])
})

test('where one writes by answering, there is something to answer', async () => {
  await talked(1)
  const room = await roomOf(world, chat(1))
  hub.places.at.set(room.slice(1), { kind: 'flat' })
  await ask(world, management, 'chats')
  const opened = await ask(world, management, 'open 1')
  expect(plainOf(opened.post.body)).toContain('to write there, reply to one of its messages')
  expect(await noticesIn(world, chat(1))).toEqual([
    { type: 'doneWith', what: 'start', name: 'Chat 1' },
  ])
})

test('what was looked for keeps its words from page to page', async () => {
  await talked(10)
  const first = await ask(world, management, 'chats Chat')
  const second = await press(world, first.post, 'Next')
  expect(second.notice).toMatchObject({ words: 'Chat', page: 2, chats: { length: 2 } })
})

test('muting and unmuting is a button, and a chat that WeChat mutes is muted', async () => {
  await talked(1)
  await ask(world, management, 'chats')
  const opened = await ask(world, management, 'open 1')
  const muted = await press(world, opened.post, 'Mute')
  expect(muted.notice).toMatchObject({ type: 'muted', name: 'Chat 1', muted: true })
  await world.wechat.sink.message(message('quiet', { chat: chat(1).id }), 'quiet')
  const post = await until(
    () => world.hub.delivered.find((each) => plainOf(each.body) === 'text quiet'),
    'the message',
  )
  expect(post.silent).toBe(true)
  expect((await ask(world, chat(1), 'unmute')).notice).toMatchObject({ muted: false })
  expect((await ask(world, management, 'mute')).notice).toMatchObject({
    type: 'usage',
    place: 'chat',
  })
  const quiet: Chat = { ...groupChat, muted: true }
  await world.wechat.sink.chats([quiet])
  await world.wechat.sink.message(message('g', { chat: quiet.id }), 'g')
  const before = await ask(world, management, ['open', (await roomOf(world, quiet)).slice(1)])
  expect(before.notice).toMatchObject({ type: 'opened', muted: true })
  const after = await press(world, before.post, 'Unmute')
  expect(after.notice).toMatchObject({ type: 'muted', muted: false })
})
