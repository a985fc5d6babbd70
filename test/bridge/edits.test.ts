import { afterEach, expect, test } from 'vitest'
import { type EventId, mediaId, roomId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import { connectorFeatures, friendChat, groupChat, message } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

let world: World
afterEach(() => world.close())

/** A world with the friend's room, in which something was said. */
async function open(options: WorldOptions = {}): Promise<string> {
  world = await openWorld(options)
  await world.wechat.hear(message('1'))
  return roomOf(world)
}
const base = (room: string) => ({
  id: world.hub.event(),
  room: roomId(room),
  at: realClock.now(),
  from: '@owner',
})
const edit = (room: string, target: EventId, text?: string, media?: MediaRef) =>
  world.hub.does({
    type: 'edit',
    ...base(room),
    target,
    ...(text !== undefined && { text }),
    ...(media && { media }),
  })
const redact = (room: string, target: EventId) =>
  world.hub.does({ type: 'redaction', ...base(room), target })
/** What WeChat was given, in order. */
const sent = () =>
  world.wechat.delivered.map(({ body }) =>
    body.kind === 'text' ? body.text : body.kind === 'media' ? `[${body.media.id}]` : 'recall',
  )
const sentOnce = async (count: number) => {
  await until(
    () => sent().length >= count,
    () => `${count} sends, not ${sent()}`,
  )
  // Whatever is said next is behind all that was to come.
  const room = await roomOf(world)
  await world.hub.says(room, 'end')
  await until(() => sent().includes('end'), 'the end')
  return sent().filter((each) => each !== 'end')
}
const told = (words: string) =>
  until(() => world.hub.words().some((each) => each.includes(words)), words)
/** WeChat answers nothing before it is let go. */
function held() {
  const gate = Promise.withResolvers<void>()
  world.wechat.faults.push({ until: gate.promise })
  return gate
}
/** A clock that can be put ahead. */
function lateClock() {
  let ahead = 0
  const clock = { ...realClock, now: () => realClock.now() + ahead }
  const pass = (ms: number) => {
    ahead += ms
  }
  return { clock, pass }
}
const image = (id: string): MediaRef => ({
  id: mediaId(id),
  source: 'matrix',
  kind: 'image',
  mime: 'image/png',
  token: id,
})

test('what waits in line is changed where it stands', async () => {
  const room = await open()
  const gate = held()
  await world.hub.says(room, 'first')
  await until(() => world.wechat.tries.length === 1, 'the first under way')
  const second = await world.hub.says(room, 'secnod')
  await world.hub.says(room, 'third')
  await edit(room, second, 'second')
  gate.resolve()
  expect(await sentOnce(3)).toEqual(['first', 'second', 'third'])
})

test('a long text that waits is changed as a whole, be it shorter or longer', async () => {
  const room = await open()
  const gate = held()
  await world.hub.says(room, 'first')
  await until(() => world.wechat.tries.length === 1, 'the first under way')
  const long = 'a'.repeat(connectorFeatures.text + 10)
  const one = await world.hub.says(room, long)
  const other = await world.hub.says(room, 'short')
  await edit(room, one, 'now short')
  await edit(room, other, 'b'.repeat(connectorFeatures.text + 10))
  gate.resolve()
  const got = await sentOnce(4)
  expect(got).toEqual(['first', 'now short', 'b'.repeat(50), 'b'.repeat(10)])
})

test('what was sent just now is taken back and sent anew, quoting what it answers', async () => {
  const room = await open()
  const replyTo = await until(
    () => world.database.store.unit((unit) => unit.eventOf(message('1').id, world.hub.id)),
    'the mirrored event',
  )
  const reply = base(room)
  await world.hub.does({ type: 'message', ...reply, text: 'helo world', replyTo })
  await until(() => sent().length === 2, 'the reply, in two parts')
  const before = sent().join('')
  expect(before).toContain('「林小满：text 1」')
  await edit(room, reply.id, 'hello world')
  const got = await sentOnce(6)
  expect(got.slice(2, 4)).toEqual(['recall', 'recall'])
  expect(got.slice(4).join('')).toBe(before.replace('helo', 'hello'))
  const recalls = world.wechat.delivered.filter(({ body }) => body.kind === 'recall')
  expect(recalls.map((each) => each.recalls?.ids)).toEqual([['w-1'], ['w-2']])
})

test('what is going out at this moment is taken back behind itself', async () => {
  const room = await open()
  const gate = held()
  const oops = await world.hub.says(room, 'oops')
  await until(() => world.wechat.tries.length === 1, 'it under way')
  await edit(room, oops, 'better')
  gate.resolve()
  expect(await sentOnce(3)).toEqual(['oops', 'recall', 'better'])
})

test('what was sent too long ago is followed by a line with the new words', async () => {
  const { clock, pass } = lateClock()
  const room = await open({ clock })
  const old = await world.hub.says(room, 'at six')
  await until(() => sent().length === 1, 'it sent')
  pass(connectorFeatures.recallMs + 1_000)
  await edit(room, old, 'at seven')
  expect(await sentOnce(2)).toEqual(['at six', '✏️ at seven'])
})

test('the policy "follow" takes nothing back, "off" says that nothing was changed', async () => {
  const room = await open({ parts: { edits: 'follow' } })
  const one = await world.hub.says(room, 'one')
  await until(() => sent().length === 1, 'it sent')
  await edit(room, one, 'two')
  expect(await sentOnce(2)).toEqual(['one', '✏️ two'])
  await world.close()

  const other = await open({ parts: { edits: 'off' } })
  const target = await world.hub.says(other, 'one')
  await until(() => sent().length === 1, 'it sent')
  await edit(other, target, 'two')
  await told('Was not changed in WeChat: changes are not sent')
  expect(await sentOnce(1)).toEqual(['one'])
})

test('the same words once more change nothing', async () => {
  const room = await open()
  const one = await world.hub.says(room, 'one')
  await until(() => sent().length === 1, 'it sent')
  await edit(room, one, 'one')
  await world.hub.says(room, 'then')
  await until(() => sent().includes('then'), 'what was said after')
  await edit(room, one, 'two')
  await until(() => sent().includes('two'), 'the change')
  await edit(room, one, 'two')
  expect(await sentOnce(4)).toEqual(['one', 'then', 'recall', 'two'])
})

test('a second change takes back the first, and nothing twice', async () => {
  const room = await open()
  const one = await world.hub.says(room, 'one')
  await until(() => sent().length === 1, 'it sent')
  await edit(room, one, 'two')
  await until(() => sent().length === 3, 'the change')
  await edit(room, one, 'three')
  expect(await sentOnce(5)).toEqual(['one', 'recall', 'two', 'recall', 'three'])
  const recalls = world.wechat.delivered.filter(({ body }) => body.kind === 'recall')
  expect(recalls.map((each) => each.recalls?.ids)).toEqual([['w-1'], ['w-3']])
})

test('a second change that comes before the first went out takes its place', async () => {
  const room = await open()
  const one = await world.hub.says(room, 'one')
  await until(() => sent().length === 1, 'it sent')
  const gate = held()
  await edit(room, one, 'two')
  await until(() => world.wechat.tries.length === 2, 'the recall under way')
  await edit(room, one, 'three')
  gate.resolve()
  expect(await sentOnce(3)).toEqual(['one', 'recall', 'three'])
})

test('taking it back after a change takes back what it was changed to', async () => {
  const room = await open()
  const one = await world.hub.says(room, 'one')
  await until(() => sent().length === 1, 'it sent')
  await edit(room, one, 'two')
  await until(() => sent().length === 3, 'the change')
  await redact(room, one)
  await redact(room, one)
  expect(await sentOnce(4)).toEqual(['one', 'recall', 'two', 'recall'])
  const recalls = world.wechat.delivered.filter(({ body }) => body.kind === 'recall')
  expect(recalls.map((each) => each.recalls?.ids)).toEqual([['w-1'], ['w-3']])
})

test('how old a change is counts from the change', async () => {
  const { clock, pass } = lateClock()
  const room = await open({ clock })
  const one = await world.hub.says(room, 'one')
  await until(() => sent().length === 1, 'it sent')
  pass(100_000)
  await edit(room, one, 'two')
  await until(() => sent().length === 3, 'the change')
  pass(100_000)
  await edit(room, one, 'three')
  await until(() => sent().length === 5, 'the second change')
  pass(100_000)
  await redact(room, one)
  expect(await sentOnce(6)).toEqual(['one', 'recall', 'two', 'recall', 'three', 'recall'])
  expect(world.hub.words().join()).not.toContain('two minutes')
})

test('a taking-back that WeChat refused is tried once more when it is asked for again', async () => {
  const room = await open()
  const one = await world.hub.says(room, 'one')
  await until(() => sent().length === 1, 'it sent')
  world.wechat.faults.push({ error: failure({ code: 'refused', heal: 'never', certain: true }) })
  await redact(room, one)
  await told('Was not recalled')
  await redact(room, one)
  expect(await sentOnce(2)).toEqual(['one', 'recall'])
})

test('what was taken back is not sent by changing it', async () => {
  const room = await open()
  const one = await world.hub.says(room, 'one')
  await until(() => sent().length === 1, 'it sent')
  await redact(room, one)
  await edit(room, one, 'two')
  await told('Was not changed in WeChat: the message was recalled')
  expect(await sentOnce(2)).toEqual(['one', 'recall'])
})

test('what could not be taken back any more can still be put right', async () => {
  const { clock, pass } = lateClock()
  const room = await open({ clock })
  const one = await world.hub.says(room, 'at six')
  await until(() => sent().length === 1, 'it sent')
  pass(connectorFeatures.recallMs + 1_000)
  await redact(room, one)
  await told('two minutes')
  await edit(room, one, 'at seven')
  expect(await sentOnce(2)).toEqual(['at six', '✏️ at seven'])
})

test('a reply to a changed message quotes what it says now', async () => {
  const room = await open()
  const one = await world.hub.says(room, 'one')
  await edit(room, one, 'two')
  await until(() => sent().at(-1) === 'two', 'the change')
  await world.hub.does({ type: 'message', ...base(room), text: 'and so', replyTo: one })
  await until(() => sent().join('').endsWith('and so'), 'the reply')
  expect(sent().join('')).toContain('「two」')
})

test('what WeChat refused goes out in other words, and the letter is gone', async () => {
  const room = await open()
  world.wechat.faults.push({ error: failure({ code: 'refused', heal: 'never', certain: true }) })
  const one = await world.hub.says(room, 'one')
  await told('Was not sent')
  await edit(room, one, 'two')
  expect(await sentOnce(1)).toEqual(['two'])
  expect(await world.database.archive.depth()).toEqual({ queued: 0, dead: 0 })
})

test('while nobody knows whether it arrived, the new words come as a line of their own', async () => {
  const room = await open()
  world.wechat.found = 'unknown'
  world.wechat.faults.push({
    error: failure({ code: 'timeout', heal: 'retry', certain: false }),
    after: true,
  })
  const one = await world.hub.says(room, 'one')
  await told('May not have been sent')
  await edit(room, one, 'two')
  expect(await sentOnce(2)).toEqual(['one', '✏️ two'])
  const [letter] = await world.database.archive.deadLetters(5)
  expect(letter?.state).toBe('unknown')
})

test('what is held back for being said to many is held in its new words too', async () => {
  world = await openWorld({ parts: { repeats: { chats: 1, perMs: 600_000 } } })
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  const room = await roomOf(world)
  const group = await roomOf(world, groupChat)
  await world.hub.says(room, 'buy')
  await until(() => sent().length === 1, 'the first')
  const spam = await world.hub.says(group, 'buy')
  await until(async () => (await world.database.archive.depth()).dead === 1, 'it held')
  await edit(group, spam, 'hello')
  await until(() => sent().includes('hello'), 'the new words')
  expect(await world.database.archive.depth()).toMatchObject({ dead: 0 })
  // The other way round it is held, and what it was is taken back.
  await edit(group, spam, 'buy')
  await until(async () => (await world.database.archive.depth()).dead === 1, 'it held again')
})

test('a change from before a restored backup is not made, and that is said', async () => {
  const room = await open({ parts: { restoredAt: realClock.now() + 3_600_000 } })
  const one = await world.hub.says(room, 'one')
  await edit(room, one, 'two')
  await told('the change is from before the restored backup')
  expect(sent()).toEqual([])
})

test('a change of the caption lets the picture be', async () => {
  const room = await open()
  world.hub.media.set('p', new Uint8Array([1]))
  world.hub.media.set('q', new Uint8Array([2]))
  const shown = base(room)
  await world.hub.does({ type: 'message', ...shown, text: 'me', media: image('p') })
  await until(() => sent().length === 2, 'picture and words')
  await edit(room, shown.id, 'you', image('p'))
  await until(() => sent().length === 4, 'the words anew')
  expect(sent()).toEqual(['[p]', 'me', 'recall', 'you'])
  // No words at all: only these go.
  await edit(room, shown.id, undefined, image('p'))
  await until(() => sent().length === 5, 'the words taken back')
  // Another picture: all of it goes.
  await edit(room, shown.id, 'they', image('q'))
  expect(await sentOnce(8)).toEqual([
    ...['[p]', 'me', 'recall', 'you', 'recall'],
    ...['recall', '[q]', 'they'],
  ])
  const recalled = world.wechat.delivered.flatMap(({ recalls }) => recalls?.ids ?? [])
  expect(recalled).toEqual(['w-2', 'w-4', 'w-1'])
})

test('words under media are changed though the hub does not tell the media again', async () => {
  const room = await open()
  world.hub.media.set('p', new Uint8Array([1]))
  const shown = base(room)
  await world.hub.does({ type: 'message', ...shown, text: 'me', media: image('p') })
  await until(() => sent().length === 2, 'picture and words')
  await edit(room, shown.id, 'you')
  expect(await sentOnce(4)).toEqual(['[p]', 'me', 'recall', 'you'])
})

test('media that was refused goes with the words it has now', async () => {
  const room = await open()
  world.hub.media.set('p', new Uint8Array([1]))
  const shown = base(room)
  const tooLarge = { ...image('p'), bytes: 5_000 }
  await world.hub.does({ type: 'message', ...shown, text: 'me', media: tooLarge })
  await told('Make it smaller')
  await edit(room, shown.id, 'you', image('p'))
  expect(await sentOnce(2)).toEqual(['[p]', 'you'])
})

test('words that a picture gets much later say that they are a change', async () => {
  const { clock, pass } = lateClock()
  const room = await open({ clock })
  world.hub.media.set('p', new Uint8Array([1]))
  const shown = base(room)
  await world.hub.does({ type: 'message', ...shown, media: image('p') })
  await until(() => sent().length === 1, 'the picture')
  pass(connectorFeatures.recallMs + 1_000)
  await edit(room, shown.id, 'us', image('p'))
  expect(await sentOnce(2)).toEqual(['[p]', '✏️ us'])
})

test('what was written in a room that shows the chat no more is changed and taken back', async () => {
  const room = await open()
  const one = await world.hub.says(room, 'one')
  await until(() => sent().length === 1, 'it sent')
  await edit('!formerly', one, 'two')
  await until(() => sent().length === 3, 'the change')
  await redact('!formerly', one)
  expect(await sentOnce(4)).toEqual(['one', 'recall', 'two', 'recall'])
})

test('a change in a chat that was merged meanwhile is one in what it became', async () => {
  world = await openWorld()
  const double = { ...friendChat, id: 'wx:2718281828/double' as never, unconfirmed: true as const }
  await world.wechat.sink.chats([friendChat, double])
  await world.wechat.hear(message('1', { chat: double.id }))
  const room = await roomOf(world, double)
  const one = await world.hub.says(room, 'one')
  await until(() => sent().length === 1, 'it sent')
  await world.database.store.unit((unit) => unit.mergeChats(double.id, friendChat.id))
  await edit(room, one, 'two')
  await until(() => sent().length === 3, 'the change')
  expect(sent()).toEqual(['one', 'recall', 'two'])
  expect(world.wechat.delivered.at(-1)?.chat).toBe(friendChat.id)
})

test('what comes from WeChat, or what the bridge does not keep, is not changed, and that is said', async () => {
  const room = await open()
  const theirs = await until(
    () => world.database.store.unit((unit) => unit.eventOf(message('1').id, world.hub.id)),
    'the mirrored event',
  )
  await edit(room, theirs, 'mine now')
  await told('you can change your own messages only')
  await edit(room, world.hub.event(), 'what was it')
  await told('the bridge does not keep that message')
  expect(await sentOnce(0)).toEqual([])
})

test('the other hub shows the change: in its place, or behind what is taken back', async () => {
  world = await openWorld({ hubs: 2 })
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const there = () =>
    world.other.delivered
      .filter(({ speaker }) => speaker.type === 'me')
      .map((post) => (post.body.kind === 'redaction' ? 'redaction' : plainOf(post.body as never)))
  const one = await world.hub.says(room, 'one')
  await until(() => there().length === 1, 'the mirrored message')
  await edit(room, one, 'two')
  await until(() => there().length === 3, 'the change')
  expect(there()).toEqual(['one', 'redaction', '✏️ two'])
  // Not posted yet: nobody sees that it was changed.
  const gate = Promise.withResolvers<void>()
  world.other.faults.push({ until: gate.promise })
  await world.hub.says(room, 'slow')
  await until(() => world.other.tries.at(-1)?.message.startsWith('matrix/'), 'it under way')
  const next = await world.hub.says(room, 'nxet')
  await edit(room, next, 'next')
  gate.resolve()
  await until(() => there().length === 5, 'the rest')
  expect(there().slice(3)).toEqual(['slow', 'next'])
  // A hub that can change what it shows does so.
  world.other.features = { ...world.other.features, edits: true }
  await edit(room, next, 'last')
  await until(() => there().length === 6, 'the last')
  const last = world.other.delivered.at(-1)
  expect(there().at(-1)).toBe('last')
  expect(last?.replacesEvent).toMatch(/^web-/)
})

test('after a restart a change finds what it changes', async () => {
  const room = await open()
  const one = await world.hub.says(room, 'one')
  await until(() => sent().length === 1, 'it sent')
  await edit(room, one, 'two')
  await until(() => sent().length === 3, 'the change')
  world = await world.restart()
  await edit(room, one, 'three')
  await until(() => sent().length === 2, 'the second change')
  expect(sent()).toEqual(['recall', 'three'])
})
