import { afterEach, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import type { Content, Message } from '../../src/core/message.ts'
import { account, groupChat, message, picture } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

let world: World
afterEach(() => world.close())

const recallOf = (...aliases: string[]): Content => ({
  kind: 'recall',
  target: { aliases, preview: '' },
  text: '"林小满" 撤回了一条消息',
})
const refused = failure({ code: 'refused', heal: 'never', certain: true })
const shown = (words: string) =>
  until(() => world.hub.words().some((w) => w.includes(words)), words)
const eventsOf = (of: Message) =>
  world.database.store.unit((unit) => unit.eventsOf(of.id, world.hub.id))
/** What came to the rooms of chats. */
const posts = () => world.hub.delivered.filter(({ message: id }) => !id.startsWith('notice/'))
const kinds = () => posts().map(({ body }) => body.kind)
const wordsAt = (at: number) => plainOf(posts()[at]?.body ?? { kind: 'text', text: [] })
/** The bridge has said its first words, so that what a test scripts is not for them. */
const settled = async (options?: WorldOptions) => {
  const opened = await openWorld(options)
  await until(
    async () =>
      opened.hub.delivered.length >= 2 && (await opened.database.archive.depth()).queued === 0,
    'the first words',
  )
  return opened
}
const idle = () => until(async () => (await world.database.archive.depth()).queued === 0, 'no work')
/** What says that all before it is through. */
const after = async (id: string, change: Partial<Message> = {}) => {
  await world.wechat.hear(message(id, change))
  await shown(`text ${id}`)
}

test('redact takes back every part of what was mirrored, without a word', async () => {
  world = await settled({ recall: 'redact' })
  const long = message('1', { content: { kind: 'text', text: '好'.repeat(1500) } })
  await world.wechat.hear(long)
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await after('3')
  expect(kinds()).toEqual(['text', 'text', 'redaction', 'text'])
  const redaction = posts()[2]
  const events = await eventsOf(long)
  expect(events).toHaveLength(2)
  expect(redaction?.redacts).toEqual(events)
  expect(redaction?.room).toBe(posts()[0]?.room)
  expect((await world.database.archive.message(long.id))?.recalled).toBe(true)
})

test('both takes it back and tells it with its original', async () => {
  world = await settled({ recall: 'both' })
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await after('3')
  expect(kinds()).toEqual(['text', 'redaction', 'notice', 'text'])
  expect(wordsAt(2)).toMatch(/recalled a message \(sent.*\ntext 1$/)
  expect([posts()[2]?.replyToEvent]).toEqual(await eventsOf(message('1')))
})

test('off leaves the room as it is, and the page knows it all the same', async () => {
  world = await settled({ recall: 'off' })
  await world.wechat.hear(message('1'))
  const recall = message('2', { content: recallOf('1') })
  await world.wechat.hear(recall)
  await after('3')
  expect(kinds()).toEqual(['text', 'text'])
  expect((await world.database.archive.message(message('1').id))?.recalled).toBe(true)
  expect((await world.database.archive.message(recall.id))?.about?.id).toBe(message('1').id)
})

test('a hub that cannot take back tells it instead', async () => {
  world = await settled({
    recall: 'redact',
    hubs: 2,
    prepare: ({ hub }) => Object.assign(hub, { features: { ...hub.features, redact: false } }),
  })
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await after('3')
  expect(kinds()).toEqual(['text', 'notice', 'text'])
  const others = () => world.other.delivered.filter(({ message: id }) => !id.startsWith('notice/'))
  await until(() => others().length === 3, 'the other hub')
  expect(others().map(({ body }) => body.kind)).toEqual(['text', 'redaction', 'text'])
})

test('a recall of what was never seen is told, whatever the policy', async () => {
  world = await settled({ recall: 'redact' })
  await world.wechat.hear(message('2', { content: recallOf('99') }))
  await shown('has not seen the original')
})

test('what still waits for the room comes first and is then taken back', async () => {
  world = await settled({ recall: 'redact' })
  const gate = Promise.withResolvers<void>()
  world.hub.faults.push({ until: gate.promise })
  await world.wechat.hear(message('0'))
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  expect(await eventsOf(message('1'))).toEqual([])
  gate.resolve()
  await after('3')
  expect(kinds()).toEqual(['text', 'text', 'redaction', 'text'])
  expect(posts()[2]?.redacts).toEqual(await eventsOf(message('1')))
})

test('what never came to the room is told with its original, its picture too, and once', async () => {
  world = await settled({ recall: 'redact' })
  world.wechat.media.set(picture.id, new Uint8Array([1, 2, 3]))
  world.hub.faults.push({ error: refused })
  await world.wechat.hear(message('1', { content: { kind: 'image', media: picture } }))
  await shown('could not be shown here')
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await shown('recalled a message (sent')
  await shown('[image]')
  world = await world.restart()
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await after('3')
  expect(kinds()).toEqual(['text'])
  expect(await world.database.archive.depth()).toEqual({ queued: 0, dead: 1 })
})

test('with both, what never came to the room is told once', async () => {
  world = await settled({ recall: 'both' })
  world.hub.faults.push({ error: refused })
  await world.wechat.hear(message('1'))
  await shown('could not be shown here')
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await after('3')
  expect(world.hub.words().filter((words) => words.includes('recalled a message'))).toHaveLength(1)
  expect(kinds()).not.toContain('redaction')
})

test('what is not in the room any more, or in another one, is told instead', async () => {
  world = await settled({ recall: 'redact' })
  await world.wechat.hear(message('1'))
  await shown('text 1')
  await idle()
  const send = world.hub.send.bind(world.hub)
  world.hub.send = async (post, open) => {
    const receipt = await send(post, open)
    return post.body.kind === 'redaction' ? { ...receipt, ids: [] } : receipt
  }
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await shown('recalled a message (sent')
  await idle()
  expect(kinds()).toEqual(['text', 'redaction', 'notice'])
})

test('what the hub will not take back is told instead, and is no dead letter', async () => {
  world = await settled({ recall: 'redact' })
  await world.wechat.hear(message('1'))
  await shown('text 1')
  await idle()
  world.hub.faults.push({ error: refused })
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await shown('recalled a message (sent')
  await idle()
  expect(await world.database.archive.depth()).toEqual({ queued: 0, dead: 0 })
})

test('a crash while something is taken back is looked into before it is done again', async () => {
  world = await settled({ recall: 'redact' })
  await world.wechat.hear(message('1'))
  await shown('text 1')
  await idle()
  const lost = failure({ code: 'timeout', heal: 'retry', certain: false })
  world.hub.faults.push({ error: lost, after: true })
  world.hub.finds.push({ ids: ['$redaction'], at: 1 })
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await after('3')
  expect(kinds()).toEqual(['text', 'redaction', 'text'])
  const tries = world.hub.tries.filter(({ body }) => body.kind === 'redaction')
  expect(tries).toHaveLength(1)
  expect(world.hub.finds).toHaveLength(0)
})

test('each chat has its own policy, which a command tells, sets and takes back', async () => {
  world = await settled()
  const inGroup = { chat: groupChat.id }
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('g1', inGroup))
  const room = await roomOf(world)
  const other = await roomOf(world, groupChat)
  await world.hub.commands(room, 'recall')
  await shown('with the original (the default).\n!wx recall notice ')
  await world.hub.commands(room, 'recall Redact')
  await shown('From now on, when a message is recalled in this chat: the message is taken back')
  await world.hub.commands(room, 'recall nonsense')
  await shown('Write it like this: !wx recall notice|redact|both|off|default')
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await world.wechat.hear(message('g2', { ...inGroup, content: recallOf('g1') }))
  await until(() => kinds().includes('redaction'), 'the redaction')
  await until(() => world.hub.words(other).some((words) => words.includes('text g1')), 'the notice')
  world = await world.restart()
  await world.hub.commands(room, 'recall')
  await until(() => world.hub.words(room).length === 1, 'the answer')
  expect(world.hub.words(room)[0]).toMatch(/without a notice\.\n/)
  await world.hub.commands(room, 'recall default')
  await shown('with the original (the default).')
  await world.wechat.hear(message('3'))
  await world.wechat.hear(message('4', { at: message('3').at + 90_000, content: recallOf('3') }))
  await shown('recalled a message (sent')
})

test('in the management room it is said where the command belongs', async () => {
  world = await settled()
  const room = await roomOf(world, management)
  await world.hub.commands(room, 'recall off')
  await shown('Write it in the room of a chat: !wx recall')
  expect(account).toBe(message('1').account)
})
