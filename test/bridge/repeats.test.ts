import { afterEach, expect, test } from 'vitest'
import { type Chat, management } from '../../src/core/chat.ts'
import { chatId, roomId } from '../../src/core/ids.ts'
import { split } from '../../src/core/split.ts'
import { connectorFeatures, friendChat, message, picture } from '../core/samples.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World, type WorldOptions } from './harness.ts'
import { commandIn, noticesIn } from './said.ts'

// What is not sent before its writer says so: the same text to many, and what is older than a restored backup.

let world: World
afterEach(() => world.close())

const notices = (chat: Chat) => noticesIn(world, chat)
const commands = (chat: Chat, line: string) => commandIn(world, chat, line)

const chats: readonly Chat[] = ['a', 'b', 'c', 'd', 'e'].map((name) => ({
  ...friendChat,
  id: chatId(`wx:2718281828/${name}`),
  name,
  remark: '',
}))
const [one, two, three, four, five] = chats as [Chat, Chat, Chat, Chat, Chat]
const perMs = 600_000

async function opened(parts: WorldOptions['parts'] = { repeats: { chats: 3, perMs } }) {
  world = await openWorld({ parts })
  await world.wechat.sink.chats(chats)
  for (const { id } of chats) await world.wechat.hear(message(`hi ${id}`, { chat: id }))
  for (const chat of chats) await roomOf(world, chat)
}

const writes = async (chat: Chat, text: string) => world.hub.says(await roomOf(world, chat), text)

const sent = () =>
  world.wechat.delivered.map(({ chat, body }) => [
    chats.findIndex(({ id }) => id === chat) + 1,
    body.kind === 'text' ? body.text : body.kind,
  ])

async function seqOf(chat: Chat): Promise<string> {
  const notice = (await notices(chat)).findLast(({ type }) => type === 'heldBack')
  return notice?.type === 'heldBack' ? notice.seq : 'none'
}

/** Three chats have it already. */
async function spread(text = '新年快乐'): Promise<void> {
  for (const chat of [one, two, three]) await writes(chat, text)
  await until(() => world.wechat.delivered.length === 3, 'three sends')
}

test('the same text to a fourth chat is held, and its writer is asked in an answer to it', async () => {
  await opened()
  await spread()
  const id = await writes(four, '  新年快乐 ')
  const room = await roomOf(world, four)
  await until(() => world.hub.words(room).some((words) => words.includes('mass mailing')), 'asked')
  const seq = await seqOf(four)
  expect(await notices(four)).toEqual([
    { type: 'heldBack', why: 'repeated', seq, chats: { count: 4 }, withinMs: perMs },
  ])
  expect(world.hub.delivered.at(-1)?.replyToEvent).toBe(id)
  expect(world.hub.words(room).at(-1)).toMatch(
    new RegExp(`4 chats within 10 minutes.*!wx resend ${seq} sends it, !wx drop ${seq}`),
  )
  // What is written behind it does not wait for the answer.
  await writes(four, 'something else')
  await until(() => world.wechat.delivered.length === 4, 'the later one')
  expect(sent().at(-1)).toEqual([4, 'something else'])
  expect(await world.database.archive.depth()).toEqual({ queued: 0, dead: 1 })
})

test('three chats, other texts, and one chat many times are nobody’s business', async () => {
  await opened()
  await spread()
  for (let n = 0; n < 4; n++) await writes(one, '新年快乐')
  await writes(four, '新年好')
  await until(() => world.wechat.delivered.length === 8, 'all of them')
  expect(await notices(one)).toEqual([])
  expect(await notices(four)).toEqual([])
})

test('what was written long before does not count', async () => {
  await opened({ repeats: { chats: 3, perMs: 1 } })
  await spread()
  await new Promise((resolve) => setTimeout(resolve, 5))
  await writes(four, '新年快乐')
  await until(() => world.wechat.delivered.length === 4, 'the fourth')
})

test('on its writer’s word it goes at the end of the line, once, and is not asked about again', async () => {
  await opened()
  await spread()
  await writes(four, '新年快乐')
  await writes(four, 'later')
  await until(() => world.wechat.delivered.length === 4, 'the later one')
  const seq = await seqOf(four)
  expect(await commands(four, `resend ${seq}`)).toMatchObject({ type: 'resent', twice: 0 })
  await until(() => world.wechat.delivered.length === 5, 'the held one')
  expect(sent().slice(3)).toEqual([
    [4, 'later'],
    [4, '新年快乐'],
  ])
  expect(await commands(four, `resend ${seq}`)).toEqual({ type: 'cannot', why: 'noLetter' })
  expect(await seqOf(four)).toBe(seq)
  // The fifth chat is one more.
  await writes(five, '新年快乐')
  await until(async () => (await seqOf(five)) !== 'none', 'the question')
})

test('all parts of a long text are held together, released in order, and listed as one', async () => {
  await opened()
  const long = Array.from({ length: 30 }, (_, nth) => `line ${nth}`).join('\n')
  const parts = split(long, connectorFeatures.text).length
  expect(parts).toBeGreaterThan(3)
  for (const chat of [one, two, three]) await writes(chat, long)
  const before = 3 * parts
  await until(() => world.wechat.delivered.length === before, 'the first three')
  await writes(four, long)
  await until(async () => (await seqOf(four)) !== 'none', 'the question')
  expect(await notices(four)).toHaveLength(1)
  expect(await commands(four, 'dead')).toMatchObject({ letters: [{ seq: await seqOf(four) }] })
  // Any of its parts stands for all.
  const seq = Number(await seqOf(four)) + 1
  await commands(four, `resend ${seq}`)
  await until(() => world.wechat.delivered.length === before + parts, 'all parts')
  const texts = world.wechat.delivered.slice(before).map(({ body }) => 'text' in body && body.text)
  expect(texts.join('')).toBe(long)
})

test('dropped, all of it is forgotten', async () => {
  await opened()
  const long = 'same '.repeat(30)
  for (const chat of [one, two, three, four]) await writes(chat, long)
  await until(async () => (await seqOf(four)) !== 'none', 'the question')
  const done = await commands(four, `drop ${await seqOf(four)}`)
  expect(done).toMatchObject({ type: 'dropped', perhaps: 0 })
  expect(await world.database.archive.depth()).toMatchObject({ dead: 0 })
  await writes(four, 'after')
  await until(
    () => sent().some(([chat, text]) => chat === 4 && text === 'after'),
    'what came after',
  )
  expect(sent().filter(([chat]) => chat === 4)).toEqual([[4, 'after']])
})

test('taking back what is held drops it, and nobody is told that it is still seen', async () => {
  await opened()
  const long = 'same '.repeat(30)
  for (const chat of [one, two, three]) await writes(chat, long)
  const target = await writes(four, long)
  await until(async () => (await seqOf(four)) !== 'none', 'the question')
  const room = roomId(await roomOf(world, four))
  const at = realClock.now()
  const id = world.hub.event()
  await world.hub.does({ type: 'redaction', id, room, at, from: '@owner', target })
  expect(await world.database.archive.depth()).toMatchObject({ dead: 0 })
  expect(await notices(four)).toHaveLength(1)
  expect(await commands(four, `resend ${await seqOf(four)}`)).toMatchObject({ type: 'cannot' })
  await writes(four, 'after')
  await until(() => sent().some(([, text]) => text === 'after'), 'what came after')
  expect(sent().filter(([chat]) => chat === 4)).toEqual([[4, 'after']])
})

test('pictures are not looked at', async () => {
  await opened()
  const bytes = new Uint8Array([1, 2, 3])
  for (const [nth, chat] of chats.entries()) {
    const media = { ...picture, id: `matrix/${nth}` as never, source: 'matrix', token: 'x' }
    world.hub.media.set(media.id, bytes)
    const room = roomId(await roomOf(world, chat))
    const event = { id: world.hub.event(), room, at: realClock.now(), from: '@owner' }
    await world.hub.does({ type: 'message', ...event, media, text: 'look' })
  }
  await until(() => world.wechat.delivered.length === 10, 'all pictures and captions')
  expect(await notices(five)).toEqual([])
})

test('the settings of a mass mailing survive a restart', async () => {
  await opened()
  await spread()
  await writes(four, '新年快乐')
  await until(async () => (await seqOf(four)) !== 'none', 'the question')
  const seq = await seqOf(four)
  world = await world.restart()
  await world.wechat.hear(message('again', { chat: one.id }))
  expect(await commands(four, `resend ${seq}`)).toMatchObject({ type: 'resent' })
  await until(() => world.wechat.delivered.length === 1, 'the held one')
})

test('what is older than the restored backup is held and asked about, never sent silently', async () => {
  const restoredAt = realClock.now() + 3_600_000
  await opened({ restoredAt })
  const id = await writes(one, 'sent before?')
  await until(async () => (await seqOf(one)) !== 'none', 'the question')
  const seq = await seqOf(one)
  expect(await notices(one)).toEqual([{ type: 'heldBack', why: 'restored', seq }])
  const room = await roomOf(world, one)
  await until(() => world.hub.words(room).some((words) => words.includes('restored')), 'asked')
  expect(world.hub.delivered.at(-1)?.replyToEvent).toBe(id)
  expect(world.wechat.tries).toEqual([])
})

test('what is held from before a restored backup says at its release that it may arrive twice', async () => {
  const restoredAt = realClock.now() + 2_000
  await opened({ restoredAt })
  await writes(one, 'old')
  await until(async () => (await seqOf(one)) !== 'none', 'the question')
  await until(() => realClock.now() > restoredAt, 'time after the restore')
  expect(await commands(one, 'resend all')).toMatchObject({ type: 'resent', count: 0, left: 1 })
  expect(await commands(one, `resend ${await seqOf(one)}`)).toMatchObject({ twice: 1 })
  await until(() => world.wechat.delivered.length === 1, 'the send')
  await writes(one, 'new')
  await until(() => world.wechat.delivered.length === 2, 'what was written after')
})

test('a command from before the restored backup is not carried out again, and says so', async () => {
  await opened({ restoredAt: realClock.now() + 3_600_000 })
  expect(await commands(management, 'logout')).toEqual({ type: 'cannot', why: 'restored' })
  expect(world.wechat.calls).toEqual([])
})
