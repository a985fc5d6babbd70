import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { management } from '../../src/core/chat.ts'
import { type EventId, eventId } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import { friendChat, groupChat, message, picture } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World, type WorldOptions } from './harness.ts'
import { ask, buttonsOf, type Equipped, equip, eventOfPost, press } from './pressing.ts'
import { noticesIn } from './said.ts'

// Commands that are said as answers to a message, or by the button under one.

let world: World
let hub: Equipped
afterEach(() => world.close())

async function begun(options: WorldOptions = {}): Promise<void> {
  world = await openWorld({
    ...options,
    prepare: (sides) => {
      hub = equip(sides.hub)
      hub.people.roles.set('@ann', 'user')
    },
  })
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  await roomOf(world, groupChat)
}

const refused = failure({ code: 'refused', heal: 'never', certain: true, reason: 'notFriend' })

/** Written in a chat, and sent. */
async function sent(chat: Chat, text: string, from = '@owner'): Promise<EventId> {
  const before = world.wechat.delivered.length
  const id = await world.hub.says(await roomOf(world, chat), text, from)
  await until(() => world.wechat.delivered.length > before, 'the send')
  await until(async () => (await world.database.archive.depth()).queued === 0, 'all done')
  return id
}

/** Written in a chat, and given up; with what was said about it. */
async function failed(chat: Chat, text: string): Promise<{ id: EventId; post: RoomPost }> {
  world.wechat.faults.push({ error: refused })
  const before = world.hub.delivered.length
  const id = await world.hub.says(await roomOf(world, chat), text)
  const post = await until(
    () => world.hub.delivered.slice(before).find(({ body }) => plainOf(body).startsWith('Was not')),
    'what became of it',
  )
  return { id, post }
}

const texts = () =>
  world.wechat.delivered.flatMap(({ body }) => (body.kind === 'text' ? [body.text] : []))
const recalls = () => world.wechat.delivered.filter(({ body }) => body.kind === 'recall').length

test('recall as an answer to one’s own message takes it back in WeChat', async () => {
  await begun()
  const replyTo = await sent(friendChat, 'not you')
  const { notice } = await ask(world, friendChat, 'recall', { replyTo })
  expect(notice).toEqual({ type: 'doneWith', what: 'recall', name: 'not you' })
  await until(() => recalls() === 1, 'the recall')
  expect(world.wechat.delivered.at(-1)?.body).toMatchObject({ kind: 'recall', part: 0 })
})

test('recall as an answer to what others said, to words of the bridge, or to nothing, takes nothing back', async () => {
  await begun()
  const theirs = await eventOf(message('1'))
  expect((await ask(world, friendChat, 'recall', { replyTo: theirs })).notice).toEqual({
    type: 'refused',
    refusal: { why: 'notMine' },
  })
  const policy = await ask(world, friendChat, 'recall')
  expect(policy.notice).toMatchObject({ type: 'recallPolicy' })
  for (const replyTo of [eventOfPost(policy.post), eventId('$unknown')]) {
    expect((await ask(world, friendChat, 'recall', { replyTo })).notice).toEqual({
      type: 'cannot',
      why: 'notTaken',
    })
  }
  // What is in another chat is nothing of this one.
  const elsewhere = await sent(groupChat, 'far away')
  expect((await ask(world, friendChat, 'recall', { replyTo: elsewhere })).notice).toMatchObject({
    why: 'notTaken',
  })
  expect(recalls()).toBe(0)
})

test('a user takes back what they wrote themselves, and nothing of the owner', async () => {
  await begun()
  const ann = { from: '@ann' }
  const owners = await sent(groupChat, 'of the owner')
  const refusal = { type: 'refused', refusal: { why: 'notMine' } }
  expect((await ask(world, groupChat, 'recall', { ...ann, replyTo: owners })).notice).toEqual(
    refusal,
  )
  const own = await sent(groupChat, 'of Ann', '@ann')
  expect((await ask(world, groupChat, 'recall', { ...ann, replyTo: own })).notice).toMatchObject({
    what: 'recall',
  })
  await until(() => recalls() === 1, 'the recall')
})

test('what a recall does is chosen by a button', async () => {
  await begun()
  const { post } = await ask(world, friendChat, 'recall')
  const chosen = await press(world, post, 'Both', { room: await roomOf(world) })
  expect(chosen.notice).toMatchObject({ policy: 'both', chosen: true, now: true })
  expect(chosen.post.replacesEvent).toBe(eventOfPost(post))
})

test('resend and drop are buttons under what was not sent, and the answer takes their place', async () => {
  await begun()
  const first = await failed(friendChat, 'first')
  expect(
    buttonsOf(first.post)
      .flat()
      .map(({ label }) => label),
  ).toEqual(['Resend', 'Drop'])
  const again = await press(world, first.post, 'Resend')
  expect(again.notice).toMatchObject({ type: 'resent', what: 'first', count: 1 })
  expect(again.post.replacesEvent).toBe(eventOfPost(first.post))
  await until(() => texts().includes('first'), 'the second try')
  const second = await failed(friendChat, 'second')
  const dropped = await press(world, second.post, 'Drop')
  expect(dropped.notice).toMatchObject({ type: 'dropped', what: 'second' })
  // Pressed once more (two people, or a slow phone): nothing goes out twice.
  expect((await press(world, first.post, 'Resend')).notice).toEqual({
    type: 'cannot',
    why: 'noLetter',
  })
  expect(texts()).toEqual(['first'])
})

test('resend as an answer to the notice, or to the message itself, needs no number', async () => {
  await begun()
  const one = await failed(friendChat, 'one')
  const two = await failed(friendChat, 'two')
  const byNotice = await ask(world, friendChat, 'resend', { replyTo: eventOfPost(one.post) })
  expect(byNotice.notice).toMatchObject({ type: 'resent', what: 'one', others: true })
  const byMessage = await ask(world, friendChat, 'drop', { replyTo: two.id })
  expect(byMessage.notice).toMatchObject({ type: 'dropped', what: 'two' })
  expect(byMessage.notice).not.toHaveProperty('others')
  await until(() => texts().includes('one'), 'the send')
  const none = await ask(world, friendChat, 'resend', { replyTo: one.id })
  expect(none.notice).toEqual({ type: 'cannot', why: 'noAnswer' })
  expect((await ask(world, friendChat, 'resend')).notice).toMatchObject({ type: 'usage' })
})

test('an answer in one chat touches nothing of another', async () => {
  await begun()
  const { id, post } = await failed(friendChat, 'mine')
  for (const replyTo of [id, eventOfPost(post)]) {
    expect((await ask(world, groupChat, 'resend', { replyTo })).notice).toEqual({
      type: 'cannot',
      why: 'otherChat',
    })
  }
  expect((await world.database.archive.depth()).dead).toBe(1)
})

test('a list of what was not sent has buttons for the first few, and for the rest numbers', async () => {
  await begun()
  for (const text of ['a', 'b', 'c', 'd', 'e', 'f']) await failed(friendChat, text)
  const list = await ask(world, management, 'dead')
  const rows = buttonsOf(list.post).map((row) => row.map(({ label }) => label))
  expect(rows.length).toBe(6)
  expect(rows[0]?.join()).toMatch(/^Resend \d+: f,Drop \d+$/)
  const dropped = await press(world, list.post, /^Drop/)
  expect(dropped.notice).toMatchObject({ type: 'dropped', what: 'f', others: true })
  const others = await press(world, dropped.post, 'Not delivered')
  expect(others.notice).toMatchObject({ type: 'letters', letters: { length: 5 } })
  const all = await press(world, others.post, 'Resend all')
  expect(all.notice).toMatchObject({ type: 'resent', count: 5 })
})

test('what was pressed under a list of several parts is answered below it', async () => {
  world = await openWorld({
    prepare: (sides) => {
      hub = equip(sides.hub, 300)
    },
  })
  await world.wechat.hear(message('1'))
  for (const text of ['a', 'b', 'c']) await failed(friendChat, text)
  const list = await ask(world, management, 'dead')
  expect(list.post.part).toBeGreaterThan(0)
  const again = await press(world, list.post, /^Resend \d/)
  expect(again.notice).toMatchObject({ type: 'resent' })
  expect(again.post.replacesEvent).toBeUndefined()
})

test('fetch as an answer gets the bytes once more', async () => {
  await begun()
  const gone = failure({ code: 'gone', heal: 'never', certain: true })
  world.wechat.media.set(picture.id, gone)
  const lost = message('p', { content: { kind: 'image', media: picture } })
  await world.wechat.hear(lost)
  const notice = await until(
    () => world.hub.delivered.find(({ body }) => plainOf(body).includes('could not be shown')),
    'what became of it',
  )
  expect(buttonsOf(notice).flat()).toMatchObject([{ label: 'Fetch again' }])
  world.wechat.media.set(picture.id, new Uint8Array([1, 2, 3]))
  const fetched = await ask(world, friendChat, 'fetch', { replyTo: eventOfPost(notice) })
  expect(fetched.notice).toMatchObject({ type: 'doneWith', what: 'fetch' })
  await until(
    () => world.database.store.unit(async (unit) => !!(await unit.keptMedia(picture.id))),
    'the bytes',
  )
})

test('where chats share the room of the bridge, an answer to a message is said in its chat', async () => {
  await begun()
  const home = await roomOf(world, management)
  const theirs = await eventOf(message('1'))
  const muted = await ask(world, management, 'mute', { room: home, replyTo: theirs })
  expect(muted.notice).toMatchObject({ type: 'muted', name: '林小满', muted: true })
  expect(await noticesIn(world, friendChat)).toMatchObject([{ type: 'muted' }])
  const own = await sent(groupChat, 'oops')
  await ask(world, management, 'recall', { room: home, replyTo: own })
  await until(() => recalls() === 1, 'the recall')
  // What is said as an answer to the bridge itself is said to the bridge.
  const status = await ask(world, management, 'status')
  const replyTo = eventOfPost(status.post)
  expect((await ask(world, management, 'mute', { room: home, replyTo })).notice).toMatchObject({
    type: 'usage',
    place: 'chat',
  })
})

test('the answer to a question is a button', async () => {
  const doubtful: Chat = { ...friendChat, id: 'wx:2718281828/new' as never, unconfirmed: true }
  await begun()
  await world.wechat.sink.chats([doubtful])
  await world.wechat.sink.doubts([
    { chat: doubtful, about: [], candidates: [friendChat.id] } as never,
  ])
  const asked = await until(
    () => world.hub.delivered.find(({ body }) => plainOf(body).startsWith('Which chat of before')),
    'the question',
  )
  const labels = buttonsOf(asked)
    .flat()
    .map(({ label }) => label)
  expect(labels).toEqual(['满满', 'None of them: somebody new'])
  const [, [second] = []] = buttonsOf(asked)
  const words = second && 'words' in second ? second.words : []
  const button = eventOfPost(asked)
  const id = world.hub.event()
  await world.hub.does({
    type: 'command',
    id,
    room: asked.room,
    at: 1,
    from: '@owner',
    words,
    button,
  })
  await until(() => world.wechat.people.calls.some(([name]) => name === 'settle'), 'the answer')
  expect(world.wechat.people.calls.at(-1)).toEqual(['settle', doubtful.id, undefined])
})

const eventOf = (of: Message) =>
  until(
    () => world.database.store.unit((unit) => unit.eventOf(of.id, world.hub.id)),
    'the mirrored event',
  )
