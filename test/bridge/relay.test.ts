import { afterEach, expect, test } from 'vitest'
import { type EventId, mediaId, roomId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import { message } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

let world: World
let room: string
afterEach(() => world.close())

async function open(options: WorldOptions = {}): Promise<void> {
  world = await openWorld(options)
  world.hub.roles.set('@relay', 'relay')
  world.hub.roles.set('@other', 'relay')
  world.hub.roles.set('@user', 'user')
  await world.wechat.hear(message('1'))
  room = await roomOf(world)
}
const base = (from: string) => ({
  id: world.hub.event(),
  room: roomId(room),
  at: realClock.now(),
  from,
})
type Writes = Omit<Extract<HubEvent, { type: 'message' }>, 'type' | 'id' | 'room' | 'at' | 'from'>
async function writes(from: string, what: Writes): Promise<EventId> {
  const event = { type: 'message', ...base(from) } as const
  await world.hub.does({ ...event, ...what })
  return event.id
}
const edits = (from: string, target: EventId, text: string, name?: string) =>
  world.hub.does({ type: 'edit', ...base(from), target, text, ...(name && { name }) })
const redacts = (from: string, target: EventId) =>
  world.hub.does({ type: 'redaction', ...base(from), target })
const commands = (from: string, words: string[]) =>
  world.hub.does({ type: 'command', ...base(from), words })
const sent = () =>
  world.wechat.delivered.map(({ body }) =>
    body.kind === 'text' ? body.text : body.kind === 'media' ? `[${body.media.id}]` : 'recall',
  )
/** All that was sent, once what the owner says now has come behind it. */
const all = async () => {
  await world.hub.says(room, 'end')
  await until(() => sent().includes('end'), 'the end')
  return sent().slice(0, -1)
}
const image = (id: string): MediaRef => {
  world.hub.media.set(id, new Uint8Array([1]))
  return { id: mediaId(id), source: 'matrix', kind: 'image', mime: 'image/png', token: id }
}

test('those who only write have their names in front, and nothing that a name may hold does harm', async () => {
  await open()
  await writes('@relay', { text: 'hello', name: 'Ann' })
  await writes('@relay', { text: 'again', name: 'A\n\u202enn <b>\u0000' })
  await writes('@relay', { text: 'nameless', name: ' \n' })
  await writes('@user', { text: 'no name', name: 'Ann' })
  const name = `${'n'.repeat(39)}…`
  await writes('@relay', { text: 'hi', name: 'n'.repeat(500) })
  expect(await all()).toEqual([
    'Ann: hello',
    'A nn <b>: again',
    '@relay: nameless',
    'no name',
    `${name}: hi`,
  ])
})

test('media has the name in front of it, or of its caption', async () => {
  await open()
  await writes('@relay', { media: image('a'), name: 'Ann' })
  await writes('@relay', { media: image('b'), text: 'look', name: 'Ann' })
  expect(await all()).toEqual(['Ann:', '[a]', '[b]', 'Ann: look'])
})

test('the other hub shows the name too', async () => {
  await open({ hubs: 2 })
  await writes('@relay', { text: 'hello', name: 'Ann' })
  await writes('@relay', { media: image('a'), name: 'Ann' })
  const there = () => world.other.delivered.filter(({ speaker }) => speaker.type === 'me')
  await until(() => there().length === 2, 'both there')
  expect(there().map(({ body }) => plainOf(body))).toEqual(['Ann: hello', 'Ann:'])
})

test('a change keeps the name in front', async () => {
  await open()
  const id = await writes('@relay', { text: 'helo', name: 'Ann' })
  await until(() => sent().length === 1, 'it sent')
  await edits('@relay', id, 'helo', 'Ann')
  await edits('@relay', id, 'hello', 'Ann')
  expect(await all()).toEqual(['Ann: helo', 'recall', 'Ann: hello'])
})

test('nobody changes or takes back what others wrote, but for the owner', async () => {
  await open()
  const anns = await writes('@relay', { text: 'one', name: 'Ann' })
  const users = await writes('@user', { text: 'two' })
  const owners = await writes('@owner', { text: 'three' })
  await until(() => sent().length === 3, 'all sent')
  for (const target of [users, owners]) {
    await edits('@relay', target, 'changed', 'Ann')
    await redacts('@relay', target)
  }
  for (const target of [anns, owners]) {
    await edits('@user', target, 'changed')
    await redacts('@user', target)
  }
  await edits('@other', anns, 'changed', 'Bob')
  await redacts('@other', anns)
  expect(await all()).toEqual(['Ann: one', 'two', 'three'])
  const count = (words: string) => world.hub.words().filter((each) => each.includes(words)).length
  await until(() => count('you can change your own messages only') === 5, 'the answers')
  await until(() => count('you can recall your own messages only') === 5, 'the other answers')
  await redacts('@relay', anns)
  await redacts('@user', users)
  await redacts('@owner', owners)
  await until(() => sent().length === 7, 'the recalls')
})

test('the owner takes back what others wrote, and what was written on the phone', async () => {
  await open()
  const anns = await writes('@relay', { text: 'one', name: 'Ann' })
  const mine = message('m', { sender: { type: 'myself' }, at: realClock.now() })
  await world.wechat.hear(mine)
  const phone = await until(
    () => world.database.store.unit((unit) => unit.eventOf(mine.id, world.hub.id)),
    'the mirrored event',
  )
  await redacts('@user', phone)
  await redacts('@owner', anns)
  await redacts('@owner', phone)
  await until(() => sent().filter((each) => each === 'recall').length === 2, 'both recalls')
  expect(await all()).toEqual(['Ann: one', 'recall', 'recall'])
})

test('those who only write run no commands, and nothing of strangers is kept', async () => {
  await open()
  const depth = async () => (await world.database.archive.messages(message('1').chat, 100)).length
  const before = await depth()
  await commands('@relay', ['status'])
  await commands('@stranger', ['status'])
  await writes('@stranger', { text: 'psst' })
  await edits('@stranger', world.hub.event(), 'psst')
  world.hub.roles.set('@stranger', 'relay')
  await world.hub.does({
    type: 'message',
    ...base('@stranger'),
    room: roomId('!nowhere'),
    text: 'x',
  })
  expect(await all()).toEqual([])
  expect((await depth()) - before).toBe(1)
  await commands('@user', ['status'])
  await until(() => world.hub.words().join().includes('not delivered'), 'the status')
})

test('what others have read, the owner has not', async () => {
  await open()
  await world.hub.reads(room, '@user')
  await world.hub.reads(room, '@relay')
  await all()
  expect(world.wechat.marked).toEqual([])
  await world.hub.reads(room)
  await until(() => world.wechat.marked.length === 1, 'the mark')
})
