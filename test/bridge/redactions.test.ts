import { afterEach, expect, test } from 'vitest'
import { type EventId, roomId } from '../../src/core/ids.ts'
import { connectorFeatures, message } from '../core/samples.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const event = (room: string) => ({
  id: world.hub.event(),
  room: roomId(room),
  at: realClock.now(),
  from: '@owner',
})
const redact = (room: string, target: EventId) =>
  world.hub.does({ type: 'redaction', ...event(room), target })
const mirrored = (of: ReturnType<typeof message>) =>
  until(
    () => world.database.store.unit((unit) => unit.eventOf(of.id, world.hub.id)),
    'the mirrored event',
  )
const tried = () => world.wechat.tries.map((each) => each.body.kind)

test('a text of the phone is one message, however long: it is recalled once', async () => {
  world = await openWorld()
  const content = { kind: 'text', text: '好'.repeat(connectorFeatures.text + 50) } as const
  const long = message('6', { sender: { type: 'myself' }, at: realClock.now(), content })
  await world.wechat.hear(long)
  const room = await roomOf(world)
  await redact(room, await mirrored(long))
  await world.hub.says(room, 'after')
  await until(() => tried().includes('text'), 'what was said after')
  expect(tried()).toEqual(['recall', 'text'])
})

test('of what was refused nothing is recalled, and nobody is told that it is still seen', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const poll = event(room)
  await world.hub.does({ type: 'unsupported', ...poll, kind: 'poll' })
  await redact(room, poll.id)
  await world.hub.says(room, 'after')
  await until(() => tried().length > 0, 'what was said after')
  expect(tried()).toEqual(['text'])
  expect(world.hub.words().join()).not.toContain('ecalled')
})

test('a part that only the quotation made is recalled too, though it is still on its way', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const replyTo = await mirrored(message('1'))
  const gate = Promise.withResolvers<void>()
  world.wechat.faults.push({}, { until: gate.promise })
  const reply = event(room)
  const text = '好'.repeat(connectorFeatures.text)
  await world.hub.does({ type: 'message', ...reply, text, replyTo })
  await until(() => tried().length === 2, 'the second part under way')
  await redact(room, reply.id)
  gate.resolve()
  await until(() => world.wechat.delivered.length === 4, 'both recalls')
  expect(tried()).toEqual(['text', 'text', 'recall', 'recall'])
  expect(world.wechat.delivered.slice(2).map((each) => each.recalls?.ids)).toEqual([
    ['w-1'],
    ['w-2'],
  ])
})

test('what fails while it is taken back was never seen, and is not offered again', async () => {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const gate = Promise.withResolvers<void>()
  const error = failure({ code: 'refused', heal: 'never', certain: true })
  world.wechat.faults.push({ until: gate.promise, error })
  const oops = await world.hub.says(room, 'oops')
  await until(() => tried().length === 1, 'the send under way')
  await redact(room, oops)
  gate.resolve()
  await world.hub.says(room, 'after')
  await until(() => world.wechat.delivered.length === 1, 'what was said after')
  expect(world.hub.words().join()).not.toContain('recalled')
  expect(await world.database.archive.depth()).toEqual({ queued: 0, dead: 0 })
})

test('taking away the notice of one’s own recall asks nothing of WeChat', async () => {
  world = await openWorld()
  const own = { sender: { type: 'myself' }, at: realClock.now() } as const
  await world.wechat.hear(message('1', own))
  const recall = { kind: 'recall', target: { aliases: ['1'], preview: '' }, text: '' } as const
  await world.wechat.hear(message('2', { ...own, content: recall }))
  const room = await roomOf(world)
  await redact(room, await mirrored(message('2', own)))
  await world.hub.says(room, 'after')
  await until(() => tried().includes('text'), 'what was said after')
  expect(tried()).toEqual(['text'])
  expect(world.hub.words().join()).not.toContain('Was not recalled')
})
