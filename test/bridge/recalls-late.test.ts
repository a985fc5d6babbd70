import { afterEach, expect, test } from 'vitest'
import type { Content, Message } from '../../src/core/message.ts'
import { groupChat, message, picture } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const recallOf = (...aliases: string[]): Content => ({
  kind: 'recall',
  target: { aliases, preview: '' },
  text: '',
})
const posts = () => world.hub.delivered.filter(({ message: id }) => !id.startsWith('notice/'))
const words = () =>
  posts().map(({ body }) => (body.kind === 'media' ? `[${body.media.kind}]` : plainOf(body)))
const settled = async () =>
  until(async () => (await world.database.archive.depth()).queued === 0, 'no work')
const eventOf = (of: Message) =>
  world.database.store.unit((unit) => unit.eventOf(of.id, world.hub.id))
const archived = (of: Message) => world.database.archive.message(of.id)

test('a recall that came before its original is told with it once that has come, and once', async () => {
  world = await openWorld()
  const recall = message('2', { content: recallOf('77', '1') })
  await world.wechat.hear(recall)
  await until(() => words().length === 1, 'the notice')
  expect(words()[0]).toContain('has not seen the original')
  world = await world.restart()
  await world.wechat.hear(message('1'))
  await until(() => words().length === 2, 'both')
  expect(words()).toEqual(['text 1', expect.stringMatching(/recalled a message \(sent.*\ntext 1$/)])
  expect(posts()[1]?.replyToEvent).toBe(await eventOf(message('1')))
  expect((await archived(message('1')))?.recalled).toBe(true)
  expect((await archived(recall))?.about?.id).toBe(message('1').id)
  // Nothing is left that a namesake could be taken for.
  await world.wechat.hear(message('3', { aliases: ['3', '77'] }))
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('4'))
  await until(() => words().includes('text 4'), 'the last')
  expect(words()).toHaveLength(4)
})

test('what was said elsewhere is not what an early recall was about', async () => {
  world = await openWorld()
  await world.wechat.hear(message('2', { chat: groupChat.id, content: recallOf('1') }))
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('3'))
  await until(() => words().includes('text 3'), 'the last')
  expect(words().filter((each) => each.includes('text 1'))).toEqual(['text 1'])
  expect((await archived(message('1')))?.recalled).toBe(false)
})

test('of one of our own it is said that we took it back, though the notice named the other', async () => {
  world = await openWorld()
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await world.wechat.hear(message('1', { sender: { type: 'myself' } }))
  await until(() => words().length === 3, 'all')
  expect(words()[2]).toMatch(/^You recalled a message \(sent/)
})

test('where it is to be taken back, it is shown and taken back, or told if it could not be shown', async () => {
  world = await openWorld({ recall: 'redact' })
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await world.wechat.hear(message('1'))
  await until(() => posts().length === 3, 'all')
  expect(posts().map(({ body }) => body.kind)).toEqual(['notice', 'text', 'redaction'])
  expect(posts()[2]?.redacts).toEqual([await eventOf(message('1'))])
  await settled()
  const late = message('1').at + 90_000
  await world.wechat.hear(message('4', { at: late, content: recallOf('3') }))
  await until(() => posts().length === 4, 'the notice')
  await settled()
  world.hub.faults.push({ error: failure({ code: 'refused', heal: 'never', certain: true }) })
  await world.wechat.hear(message('3', { sender: { type: 'myself' } }))
  await until(() => posts().length === 5, 'the notice with the original')
  expect(words()[4]).toMatch(/^You recalled a message \(sent.*\ntext 3$/)
})

test('an original that is not kept any more is not said to be one that never came', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  await until(() => words().length === 1, 'the message')
  await settled()
  world = await world.restart(async (store) => {
    await store.unit((unit) => unit.forget('messages', Number.MAX_SAFE_INTEGER, 100))
  })
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await until(() => words().length === 1, 'the notice')
  expect(words()[0]).toMatch(
    /recalled a message \([\d:-]+[^)]*\)\. The original is not kept any more\.$/,
  )
})

test('of a picture still on its way it is told after it, and both show it', async () => {
  world = await openWorld()
  const gate = Promise.withResolvers<void>()
  world.wechat.media.set(picture.id, new Uint8Array([1, 2, 3]))
  const download = world.wechat.download.bind(world.wechat)
  world.wechat.download = async (media) => {
    await gate.promise
    return download(media)
  }
  await world.wechat.hear(message('1', { content: { kind: 'image', media: picture } }))
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await world.wechat.hear(message('3'))
  expect(words()).toEqual([])
  gate.resolve()
  await until(() => words().includes('text 3'), 'the last')
  expect(words()).toEqual([
    '[image]',
    expect.stringMatching(/recalled a message \(sent.*\n\[picture\]$/),
    '[image]',
    'text 3',
  ])
  expect(new Set(world.hub.bytes.values()).size).toBe(1)
  expect(posts()[2]?.replyToEvent).toBe(await eventOf(message('1')))
})

test('of a picture that could not be had it is said what it was, and the bytes come when they can', async () => {
  world = await openWorld()
  world.wechat.media.set(picture.id, failure({ code: 'gone', heal: 'never', certain: true }))
  await world.wechat.hear(message('1', { content: { kind: 'image', media: picture } }))
  await until(
    () => world.hub.words().join().includes('could not be shown here'),
    'the first notice',
  )
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  const failures = () =>
    world.hub.words().filter((each) => each.includes('could not be shown here'))
  await until(() => failures().length === 2, 'both notices')
  expect(words()).toEqual([expect.stringMatching(/recalled a message \(sent.*\n\[picture\]$/)])
  world.wechat.media.set(picture.id, new Uint8Array([1, 2, 3]))
  const room = posts()[0]?.room ?? ''
  for (const failed of failures()) {
    await world.hub.commands(room, `resend ${/!wx resend (\d+)/.exec(failed)?.[1]}`)
  }
  await until(() => words().filter((each) => each === '[image]').length === 2, 'the pictures')
})
