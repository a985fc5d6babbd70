import { afterEach, expect, test } from 'vitest'
import type { Chat, Contact } from '../../src/core/chat.ts'
import { accountsRoom } from '../../src/core/chat.ts'
import { chatId, contactId, type EventId, roomId } from '../../src/core/ids.ts'
import type { Content, Message } from '../../src/core/message.ts'
import { friendChat, message } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

let world: World
afterEach(() => world.close())

const paper: Contact = { id: contactId('wx:2718281828/paper'), name: '早报' }
const bank: Contact = { id: contactId('wx:2718281828/bank'), name: 'Bank' }
const chatOf = ({ id, name }: Contact): Chat => ({
  ...friendChat,
  id: chatId(id),
  kind: 'mp',
  name,
  remark: '',
})
const hear = async (id: string, by: Contact, content?: Content): Promise<Message> => {
  const said = message(id, {
    chat: chatOf(by).id,
    sender: { type: 'subscription', contact: by },
    ...(content && { content }),
  })
  await world.wechat.sink.chats([chatOf(paper), chatOf(bank)])
  await world.wechat.hear(said)
  return said
}
const article = (title: string): Content => ({
  kind: 'articles',
  articles: [{ title, url: `https://example.org/${title}` }],
})
const posted = (part: string) =>
  until(() => world.hub.delivered.find(({ body }) => plainOf(body).includes(part)), part)
const eventOf = (of: Message) =>
  until(() => world.database.store.unit((unit) => unit.eventOf(of.id, world.hub.id)), of.id)
async function writes(room: string, text: string, replyTo?: EventId): Promise<EventId> {
  const id = world.hub.event()
  const event = { id, room: roomId(room), at: realClock.now(), from: '@owner', text }
  await world.hub.does({ type: 'message', ...event, ...(replyTo && { replyTo }) })
  return id
}
const sent = () =>
  world.wechat.delivered.map(({ chat, body }) => `${chat}: ${'text' in body ? body.text : ''}`)
const shared: WorldOptions = { mps: 'shared', features: { speakers: 'lead', buttons: true } }
/** A clock that can be put ahead, and by which nobody sleeps long. */
function fastClock() {
  let ahead = 0
  const pass = (ms: number) => {
    ahead += ms
  }
  const now = () => realClock.now() + ahead
  const sleep = (ms: number, signal: AbortSignal) => realClock.sleep(Math.min(ms, 50), signal)
  return { clock: { ...realClock, now, sleep }, pass }
}
/** The time of day some minutes from now. */
const inMinutes = (minutes: number) =>
  new Date(realClock.now() + minutes * 60_000).toISOString().slice(11, 16)

test('official accounts share a room, each by its name, and replies go to the one that is answered', async () => {
  world = await openWorld(shared)
  const one = await hear('1', paper)
  const two = await hear('2', bank)
  const room = await roomOf(world, accountsRoom)
  await posted('text 2')
  const posts = world.hub.delivered.filter(({ message: id }) => id === one.id || id === two.id)
  expect(posts.map(({ room: there, who }) => [there, who])).toEqual([
    [room, '早报'],
    [room, 'Bank'],
  ])
  await writes(room, 'balance', await eventOf(two))
  await writes(room, 'news', await eventOf(one))
  await until(() => sent().length >= 2, 'both sent')
  await until(
    () => new Set(world.wechat.delivered.map(({ chat }) => chat)).size === 2,
    'both chats',
  )
  const to = (id: string) =>
    sent()
      .filter((each) => each.startsWith(id))
      .map((each) => each.slice(id.length))
  expect(to(bank.id).join('')).toMatch(/text 2.*balance$/s)
  expect(to(paper.id).join('')).toMatch(/text 1.*news$/s)
  // What the bridge says about it is said there too, and friends are where they were.
  await world.wechat.hear(message('f'))
  expect((await posted('text f')).room).toBe(await roomOf(world))
})

test('what answers none is asked about, with official accounts to choose from', async () => {
  world = await openWorld(shared)
  await hear('1', paper)
  await world.wechat.hear(message('f'))
  const room = await roomOf(world, accountsRoom)
  const friend = roomId(await roomOf(world))
  await writes(room, 'hello')
  const question = await posted('Which chat')
  expect(question.room).toBe(room)
  const buttons = 'buttons' in question.body ? (question.body.buttons?.flat() ?? []) : []
  expect(buttons.map(({ label }) => label)).toEqual(['早报', 'None of these (not sent)'])
  const [first] = buttons
  if (!first || !('words' in first)) throw new Error('no button')
  const id = world.hub.event()
  const at = realClock.now()
  const command = { type: 'command', id, room: roomId(room), at, from: '@owner' } as const
  // Nor can another be named.
  const other = await world.database.store.unit((unit) => unit.portalIn(world.hub.id, friend))
  const [to = '', code = ''] = first.words
  await world.hub.does({ ...command, id: world.hub.event(), words: [to, code, `${other?.id}`] })
  await posted('cannot be written to')
  expect(sent()).toEqual([])
  await world.hub.does({ ...command, words: first.words })
  await until(() => sent().length === 1, 'it sent')
  expect(sent()).toEqual([`${paper.id}: hello`])
})

test('a recall of one account is not told with that of another, and finds what it takes back', async () => {
  world = await openWorld({ ...shared, recall: 'both' })
  const one = await hear('1', paper)
  await eventOf(one)
  const recall = (alias: string): Content => ({
    kind: 'recall',
    target: { aliases: [alias], preview: '' },
    text: '',
  })
  await hear('2', paper, recall('1'))
  const redaction = await until(
    () => world.hub.delivered.find(({ body }) => body.kind === 'redaction'),
    'the redaction',
  )
  expect(redaction.room).toBe(await roomOf(world, accountsRoom))
  expect(redaction.redacts).toHaveLength(1)
})

test('the room of official accounts is read for itself alone', async () => {
  world = await openWorld(shared)
  await hear('1', paper)
  const room = await roomOf(world, accountsRoom)
  await world.hub.reads(room)
  await writes(room, 'x', await eventOf(message('1')))
  await until(() => sent().length >= 1, 'it sent')
  expect(world.wechat.marked).toEqual([])
})

test('articles come together when it is time, other messages at once', async () => {
  const { clock, pass } = fastClock()
  world = await openWorld({ ...shared, mps: 'digest', clock, parts: { digestAt: inMinutes(90) } })
  await hear('1', paper, article('Morning'))
  await hear('2', bank, article('Rates'))
  await hear('3', paper, article('Evening'))
  await hear('4', bank)
  expect((await posted('text 4')).room).toBe(await roomOf(world, accountsRoom))
  pass(85 * 60_000)
  await hear('5', bank, { kind: 'text', text: 'code 123' })
  await posted('code 123')
  expect(world.hub.words().join()).not.toContain('Morning')
  pass(10 * 60_000)
  const digest = await posted('Morning')
  expect(plainOf(digest.body)).toMatch(/早报.*Morning.*Evening.*Bank.*Rates/s)
  expect(digest.room).toBe(await roomOf(world, accountsRoom))
  // Whom an answer to it is for, nobody can know.
  const event = await until(
    () => world.database.store.unit((unit) => unit.eventOf(digest.message, world.hub.id)),
    'its event',
  )
  await writes(digest.room, 'thanks', event)
  await posted('Which chat')
  expect(sent()).toEqual([])
  // And once only.
  await hear('6', bank)
  await posted('text 6')
  expect(world.hub.words().filter((each) => each.includes('Morning'))).toHaveLength(1)
  // The next day has its own.
  await hear('7', paper, article('Tomorrow'))
  pass(25 * 3_600_000)
  expect(plainOf((await posted('Tomorrow')).body)).not.toContain('Morning')
})

test('what a stop left behind comes at the next start, once', async () => {
  const { clock, pass } = fastClock()
  world = await openWorld({ ...shared, mps: 'digest', clock, parts: { digestAt: inMinutes(90) } })
  await hear('1', paper, article('Morning'))
  pass(26 * 3_600_000)
  world = await world.restart()
  await posted('Morning')
  world = await world.restart()
  await hear('2', bank)
  await posted('text 2')
  expect(world.hub.words().join()).not.toContain('Morning')
})

test("the owner's private names stand in no room that others may be in", async () => {
  const { clock, pass } = fastClock()
  world = await openWorld({
    ...shared,
    mps: 'digest',
    clock,
    parts: { digestAt: inMinutes(90) },
    prepare: ({ hub }) => Object.assign(hub, { places: {} }),
  })
  const chat = { ...chatOf(paper), remark: 'secret' }
  await world.wechat.sink.chats([chat])
  const sender = { type: 'subscription', contact: paper } as const
  const noon = message('2', { chat: chat.id, sender, content: article('Noon') })
  for (const said of [message('1', { chat: chat.id, sender }), noon]) {
    await world.wechat.sink.message(said, '{}')
  }
  await writes(await roomOf(world, accountsRoom), 'hello')
  const question = await posted('Which chat')
  pass(95 * 60_000)
  const digest = await posted('Noon')
  expect(JSON.stringify([question.body, digest.body])).not.toContain('secret')
  expect(JSON.stringify(question.body)).toContain('早报')
})

test('two digests that are due at the same hour are both posted', async () => {
  const { clock, pass } = fastClock()
  const twoDays = 48 * 3_600_000
  pass(twoDays)
  world = await openWorld({ ...shared, mps: 'digest', clock, parts: { digestAt: inMinutes(90) } })
  await hear('1', paper, article('Morning'))
  // The clock was wrong for a while: what waits for a day that is far off comes at once.
  pass(-twoDays)
  await posted('Morning')
  pass(twoDays)
  await hear('2', paper, article('Noon'))
  pass(95 * 60_000)
  await posted('Noon')
})

test('a day with very many articles is posted in as many posts as it takes', async () => {
  const { clock, pass } = fastClock()
  const options = { ...shared, mps: 'digest', clock, parts: { digestAt: inMinutes(90) } } as const
  world = await openWorld({ ...options, features: { text: { limit: 500, format: 'html' } } })
  for (let at = 0; at < 30; at++) await hear(`a${at}`, paper, article(`Title-${at}-`))
  pass(95 * 60_000)
  await posted('Title-29-')
  const posts = world.hub.words().filter((each) => each.includes('Title'))
  expect(posts.length).toBeGreaterThan(2)
  for (let at = 0; at < 30; at++) {
    expect(posts.filter((each) => each.includes(`Title-${at}-`))).toHaveLength(1)
  }
})

test('on a hub where every account has its room nothing changes', async () => {
  world = await openWorld({ ...shared, hubs: 2 })
  const one = await hear('1', paper)
  const there = await until(
    () => world.other.delivered.find(({ message: id }) => id === one.id),
    'it there',
  )
  const portal = await world.database.store.unit((unit) => unit.portal(there.portal))
  expect(portal?.chat.id).toBe(paper.id)
})
