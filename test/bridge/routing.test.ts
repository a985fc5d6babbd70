import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { management } from '../../src/core/chat.ts'
import { chatId, type EventId, mediaId, roomId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Button, HubFeatures } from '../../src/core/post.ts'
import type { HubEvent, RoomPost } from '../../src/ports/hub.ts'
import { friendChat, groupChat, message } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

let world: World
let room: string
afterEach(() => world.close())

const meeting: Partial<HubFeatures> = { shared: true, buttons: true, edits: true }

/** A world whose management room is shared by chats, with the friend and the group known. */
async function open(options: WorldOptions = {}): Promise<void> {
  world = await openWorld({ features: meeting, ...options })
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  room = await roomOf(world, management)
  await roomOf(world, groupChat)
}
type Writes = Omit<Extract<HubEvent, { type: 'message' }>, 'type' | 'id' | 'room' | 'at' | 'from'>
async function writes(what: Writes, from = '@owner'): Promise<EventId> {
  const id = world.hub.event()
  const event = { type: 'message', id, room: roomId(room), at: realClock.now(), from } as const
  await world.hub.does({ ...event, ...what })
  return id
}
const base = () => ({
  id: world.hub.event(),
  room: roomId(room),
  at: realClock.now(),
  from: '@owner',
})
/** Where and what WeChat was given. */
const sent = () =>
  world.wechat.delivered.map(({ chat, body }) => {
    const to = chat === friendChat.id ? 'friend' : chat === groupChat.id ? 'group' : chat
    const what =
      body.kind === 'text' ? body.text : body.kind === 'media' ? body.media.id : body.kind
    return `${to}: ${what}`
  })
const questions = (): readonly RoomPost[] =>
  world.hub.delivered.filter(({ body }) => 'text' in body && /Which chat/.test(plainOf(body)))
const buttonsOf = (post: RoomPost | undefined): readonly Button[] =>
  post && 'buttons' in post.body ? (post.body.buttons?.flat() ?? []) : []
const asked = (count = 1) =>
  until(() => questions().length >= count && questions().at(-1), `question ${count}`)
/** Presses the button of a post that has this label. */
async function press(post: RoomPost, label: string | RegExp, from = '@owner'): Promise<void> {
  const found = buttonsOf(post).find((each) =>
    typeof label === 'string' ? each.label === label : label.test(each.label),
  )
  if (!found || !('words' in found)) throw new Error(`no button ${label}`)
  const button = await until(
    () => world.database.store.unit((unit) => unit.eventOf(post.message, world.hub.id)),
    'the event of the question',
  )
  await world.hub.does({ type: 'command', ...base(), from, words: found.words, button })
}
const told = (words: string) =>
  until(() => world.hub.words().some((each) => each.includes(words)), words)
const eventOf = (id: string) =>
  until(
    () => world.database.store.unit((unit) => unit.eventOf(message(id).id, world.hub.id)),
    `the event of ${id}`,
  )
const image = (id: string): MediaRef => {
  world.hub.media.set(id, new Uint8Array([1]))
  return { id: mediaId(id), source: 'matrix', kind: 'image', mime: 'image/png', token: id }
}

test('what is written in the shared room goes to the chat of the message it answers', async () => {
  await open()
  const mine = await writes({ text: 'go', replyTo: await eventOf('2') })
  await until(() => sent().length === 1, 'it sent')
  await writes({ text: 'you', replyTo: await eventOf('1') })
  await until(() => sent().length === 2, 'both sent')
  // One's own message is one of its chat too.
  await writes({ text: 'more', replyTo: mine })
  await until(() => sent().length === 3, 'all sent')
  expect(sent().map((each) => each.slice(0, 6))).toEqual(['group:', 'friend', 'group:'])
  expect(questions()).toEqual([])
})

test('what answers nothing is sent to nobody before the person says for which chat it is', async () => {
  await open()
  await writes({ text: 'help' })
  const question = await asked()
  expect(plainOf(question.body)).toContain('Not sent yet: "help"')
  expect(question.room).toBe(room)
  expect(buttonsOf(question).map(({ label }) => label)).toEqual([
    groupChat.name,
    friendChat.remark,
    'None of these (not sent)',
  ])
  expect(sent()).toEqual([])
  await press(question, groupChat.name)
  await until(() => sent().length === 1, 'it sent')
  expect(sent()).toEqual(['group: help'])
  // The question gives way to what was decided.
  const answer = await until(
    () => world.hub.delivered.find(({ body }) => plainOf(body).includes(`→ ${groupChat.name}`)),
    'the answer',
  )
  const event = await world.database.store.unit((unit) =>
    unit.eventOf(question.message, world.hub.id),
  )
  expect(answer.replacesEvent).toBe(event)
})

test('a second press sends nothing again, and says so', async () => {
  await open()
  await writes({ text: 'once' })
  const question = await asked()
  await press(question, groupChat.name)
  await press(question, friendChat.remark as string)
  await told('settled already')
  await press(question, /None/)
  await until(() => sent().length === 1, 'it sent')
  expect(sent()).toEqual(['group: once'])
})

test('what is for none of them is not sent, and what was taken back neither', async () => {
  await open()
  await writes({ text: 'oops' })
  await press(await asked(), /None/)
  await told('Was not sent: "oops"')
  const other = await writes({ text: 'again' })
  const question = await asked(2)
  await world.hub.does({ type: 'redaction', ...base(), target: other })
  await told('Taken back; it was not sent: "again"')
  await press(question, groupChat.name)
  await told('settled already')
  expect(sent()).toEqual([])
})

test('the question survives a restart, with media and in its order', async () => {
  await open()
  await writes({ text: 'look', media: image('p') })
  await writes({ text: 'second' })
  await asked(2)
  const [first, second] = questions()
  world = await world.restart()
  world.hub.media.set('p', new Uint8Array([1]))
  await press(first as RoomPost, friendChat.remark as string)
  await press(second as RoomPost, friendChat.remark as string)
  await until(() => sent().length === 3, 'all sent')
  expect(sent()).toEqual(['friend: p', 'friend: look', 'friend: second'])
})

test('a change before the answer changes what will be sent', async () => {
  await open()
  const id = await writes({ text: 'at six' })
  const question = await asked()
  await world.hub.does({ type: 'edit', ...base(), target: id, text: 'at seven' })
  const anew = await asked(2)
  expect(plainOf(anew.body)).toContain('"at seven"')
  expect(anew.replacesEvent).toBeDefined()
  await press(question, groupChat.name)
  await until(() => sent().length === 1, 'it sent')
  // And one after it is one like any other.
  await world.hub.does({ type: 'edit', ...base(), target: id, text: 'at eight' })
  await until(() => sent().length === 3, 'the change')
  expect(sent()).toEqual(['group: at seven', 'group: recall', 'group: at eight'])
})

test('an album is asked about once, and goes as one', async () => {
  await open()
  await writes({ media: image('a'), text: 'ours', album: 'x' })
  await writes({ media: image('b'), album: 'x' })
  await writes({ media: image('c'), album: 'x' })
  const question = await asked(3)
  expect(plainOf(question.body)).toContain('(3 of them)')
  expect(new Set(questions().map(({ replacesEvent }) => replacesEvent)).size).toBe(2)
  await press(question, groupChat.name)
  await until(() => sent().length === 4, 'all of it')
  expect(sent()).toEqual(['group: a', 'group: b', 'group: c', 'group: ours'])
})

test('more chats than fit are on further pages', async () => {
  await open()
  const many: Chat[] = Array.from({ length: 12 }, (_, at) => ({
    ...friendChat,
    id: chatId(`wx:2718281828/n${at}`),
    name: `friend ${at}`,
    remark: `friend ${at}`,
  }))
  await world.wechat.sink.chats(many)
  for (const [at, { id }] of many.entries()) {
    await world.wechat.sink.message(message(`n${at}`, { chat: id }), '{}')
  }
  await writes({ text: 'hello' })
  const first = await asked()
  expect(buttonsOf(first)).toHaveLength(10)
  await press(first, /More/)
  const second = await asked(2)
  expect(buttonsOf(second).map(({ label }) => label)).toContain(groupChat.name)
  await press(second, /Previous/)
  await asked(3)
  await press(second, groupChat.name)
  await until(() => sent().length === 1, 'it sent')
  expect(sent()).toEqual(['group: hello'])
})

test('a press that names no chat of this hub sends nothing', async () => {
  await open()
  await writes({ text: 'hello' })
  const question = await asked()
  const words = buttonsOf(question).flatMap((each) => ('words' in each ? [each.words] : []))[0]
  const command = { type: 'command', ...base() } as const
  await world.hub.does({ ...command, words: ['to', words?.[1] as string, 'nowhere'] })
  await told('that chat cannot be written to')
  const here = room.slice(1)
  await world.hub.does({ ...command, ...base(), words: ['to', words?.[1] as string, here] })
  const count = () => world.hub.words().filter((each) => each.includes('cannot be written to'))
  await until(() => count().length === 2, 'the second answer')
  await press(question, groupChat.name)
  await until(() => sent().length === 1, 'it sent')
})

test('what the bridge cannot send is refused where it was written', async () => {
  await open()
  const tooLarge = { bytes: 60_000_000, limit: 20_971_520 }
  await world.hub.does({ type: 'unsupported', ...base(), kind: 'file', tooLarge })
  await told('it has 57.2 MB, the limit is 20.0 MB')
  expect(world.hub.delivered.at(-1)?.room).toBe(room)
  expect(sent()).toEqual([])
})

test('a change and a taking-back in the shared room find the chat', async () => {
  await open()
  const id = await writes({ text: 'one', replyTo: await eventOf('2') })
  await until(() => sent().length === 1, 'it sent')
  await world.hub.does({ type: 'edit', ...base(), target: id, text: 'two' })
  await until(() => sent().length === 3, 'the change')
  await world.hub.does({ type: 'redaction', ...base(), target: id })
  await until(() => sent().length === 4, 'the recall')
  expect(sent().map((each) => each.replace(/「.*/s, '').replace(/\n.*/s, ''))[3]).toBe(
    'group: recall',
  )
  await world.hub.does({ type: 'edit', ...base(), target: world.hub.event(), text: 'which' })
  await told('does not keep that message')
})

test('without a shared room, what is written there is a command as before', async () => {
  world = await openWorld()
  room = await roomOf(world, management)
  await writes({ text: 'status' })
  await told('not delivered')
  expect(questions()).toEqual([])
})

test('a command in a room that shows no chat is answered there, and on no other hub', async () => {
  world = await openWorld({ hubs: 2 })
  await roomOf(world, management)
  const before = world.other.delivered.length
  await world.hub.commands('!group', 'status')
  await told('not delivered')
  const answer = world.hub.delivered.find(({ body }) => plainOf(body).includes('not delivered'))
  expect(answer?.room).toBe('!group')
  await world.wechat.hear(message('1'))
  await until(() => world.other.delivered.some(({ message: id }) => id === message('1').id))
  const others = world.other.delivered.slice(before).map(({ body }) => plainOf(body))
  expect(others.join()).not.toContain('not delivered')
})

test('an answer that cannot be given there is given where the owner looks', async () => {
  world = await openWorld()
  room = await roomOf(world, management)
  await until(() => world.hub.delivered.length >= 2, 'welcome and login')
  world.hub.faults.push({ error: failure({ code: 'refused', heal: 'never', certain: true }) })
  await world.hub.commands('!group', 'status')
  await told('not delivered')
  expect(world.hub.delivered.at(-1)?.room).toBe(room)
})

test('what a user writes where no chat is shown is answered there', async () => {
  await open()
  world.hub.roles.set('@user', 'user')
  await world.hub.says('!private', 'hello?', '@user')
  await told('that room belongs to no WeChat chat ("hello?")')
  expect(world.hub.delivered.at(-1)?.room).toBe('!private')
})
