import { createHash } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import type { Content, Message } from '../../src/core/message.ts'
import { friendChat, groupChat, lin, message, picture } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const recallOf = (...aliases: string[]): Content => ({
  kind: 'recall',
  target: { aliases, preview: '' },
  text: '"林小满" 撤回了一条消息',
})
const shown = (words: string) =>
  until(() => world.hub.words().some((w) => w.includes(words)), words)
const eventOf = (of: Message) =>
  until(
    () => world.database.store.unit((unit) => unit.eventOf(of.id, world.hub.id)),
    'the mirrored event',
  )

test('a recall replies to the mirrored message with its original text', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1', { content: { kind: 'text', text: '今晚别来' } }))
  const event = await eventOf(message('1'))
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await shown('今晚别来')
  await shown('林小满 recalled a message (sent')
  const notice = world.hub.delivered.at(-1)
  expect(notice?.replyToEvent).toBe(event)
  expect(notice?.speaker).toEqual({ type: 'bridge' })
  const archived = await world.database.archive.message(message('1').id)
  expect(archived?.recalled).toBe(true)
})

test('trap 74: the original is found after a restart, its picture too, though WeChat has it no more', async () => {
  world = await openWorld()
  const bytes = new Uint8Array(40_000).fill(9)
  world.wechat.media.set(picture.id, bytes)
  await world.wechat.hear(message('1', { content: { kind: 'image', media: picture } }))
  const event = await eventOf(message('1'))
  world = await world.restart()
  world.wechat.media.set(picture.id, failure({ code: 'gone', heal: 'never', certain: true }))
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  const media = await until(
    () => world.hub.delivered.find((post) => post.body.kind === 'media'),
    'the picture again',
  )
  expect(media.replyToEvent).toBe(event)
  expect(world.hub.bytes.get(media.key)).toBe(createHash('sha256').update(bytes).digest('hex'))
})

test('an unknown original is said to be unknown', async () => {
  world = await openWorld()
  await world.wechat.hear(message('2', { content: recallOf('99') }))
  await shown('has not seen the original')
})

test('an id is looked up only in the account, and first in the same chat', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1', { aliases: ['1', 'shared'] }))
  await world.wechat.hear(message('2', { content: recallOf('shared', '1') }))
  await shown('text 1')
  await until(() => world.hub.words().filter((w) => w.includes('text 1')).length === 2, 'the quote')
})

test('what was said in one chat is never quoted in another, whatever the notice claims', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1', { content: { kind: 'text', text: 'private words' } }))
  await shown('private words')
  const forged = message('2', { chat: groupChat.id, content: recallOf('1') })
  await world.wechat.hear(forged)
  await shown('has not seen the original')
  expect(world.hub.words().filter((words) => words.includes('private'))).toHaveLength(1)
  expect((await world.database.archive.message(message('1').id))?.recalled).toBe(false)
})

test('trap 65: without a usable id the latest of the same sender within three minutes is taken', async () => {
  world = await openWorld()
  const at = 1_700_000_000_000
  await world.wechat.hear(message('1', { at: at - 600_000 }))
  await world.wechat.hear(message('2', { at: at - 60_000 }))
  await world.wechat.hear(message('3', { at: at - 30_000, sender: { type: 'myself' } }))
  const guess = { ...recallOf(), guess: 'sender' } as Content
  await world.wechat.hear(message('4', { at, content: guess }))
  await shown('recalled a message')
  expect(world.hub.words().at(-1)).toContain('text 2')
})

test('trap 66: a recall from one’s own phone finds what the bridge itself had sent', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const event = await world.hub.says(room, 'written in the room')
  await until(() => world.wechat.delivered.length === 1, 'the send')
  await until(
    () =>
      world.database.store.unit((unit) =>
        unit.messageBy(message('1').account, ['w-1'], friendChat.id),
      ),
    'the receipt',
  )
  const swapped = { type: 'contact', contact: lin } as const
  await world.wechat.hear(message('2', { sender: swapped, content: recallOf('w-1') }))
  await shown('written in the room')
  const notice = world.hub.delivered.at(-1)
  expect(world.hub.words().at(-1)).toMatch(/^You recalled a message \(sent/)
  expect(notice?.replyToEvent).toBe(event)
})
