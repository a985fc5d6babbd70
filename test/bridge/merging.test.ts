import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { chatId, roomId } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import { friendChat, groupChat, lin, message } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

let world: World
afterEach(() => world.close())

const zhou = { ...lin, id: `${lin.id}-zhou` as typeof lin.id, name: '周' }

const from = (who: typeof lin, n: number, text: string, change: Partial<Message> = {}): Message =>
  message(`${n}`, {
    chat: groupChat.id,
    sender: { type: 'group', contact: who, nick: '' },
    content: { kind: 'text', text },
    ...change,
  })

/** A world whose hub posts texts together, and holds up the first post of the group. */
async function crowded(parts: WorldOptions['parts'] = {}) {
  const first = Promise.withResolvers<void>()
  world = await openWorld({
    parts,
    prepare: ({ hub }) => Object.assign(hub.features, { merges: true }),
  })
  await until(async () => (await depth()) === 0, 'the welcome')
  world.hub.faults.push({ until: first.promise })
  await world.wechat.sink.chats([groupChat])
  await hear(from(lin, 0, 'first'))
  await until(() => posts().length === 1, 'the first try')
  return first.resolve
}

const depth = () => world.database.store.unit(async (unit) => (await unit.depth()).queued)
const hear = (heard: Message) => world.wechat.sink.message(heard, JSON.stringify(heard))
const posts = (): readonly RoomPost[] =>
  world.hub.tries.filter((post) => post.body.kind !== 'notice')
const said = () =>
  posts().map(({ body }) =>
    body.kind === 'text' ? body.text.map(({ text }) => text).join('') : body.kind,
  )
const done = () => until(async () => (await depth()) === 0, 'all posts')

test('short texts of one person that wait in line are posted as one, in their order', async () => {
  const go = await crowded()
  for (const n of [1, 2, 3, 4]) await hear(from(lin, n, `text ${n}`))
  go()
  await done()
  expect(said()).toEqual(['first', 'text 1\ntext 2\ntext 3\ntext 4'])
})

test('what others say in between keeps its place, and its name', async () => {
  const go = await crowded()
  await hear(from(lin, 1, 'a'))
  await hear(from(lin, 2, 'b'))
  await hear(from(zhou, 3, 'c'))
  await hear(from(lin, 4, 'd'))
  go()
  await done()
  expect(said()).toEqual(['first', 'a\nb', 'c', 'd'])
})

test('each of the messages is answered at the post that shows it', async () => {
  const go = await crowded()
  for (const n of [1, 2, 3]) await hear(from(lin, n, `text ${n}`))
  go()
  await done()
  const { store } = world.database
  const events = await store.unit((unit) =>
    Promise.all([1, 2, 3].map((n) => unit.eventOf(from(lin, n, '').id, world.hub.id))),
  )
  expect(new Set(events).size).toBe(1)
  expect(events[0]).toBeTruthy()
})

test('a recall of one of them does not take away the others', async () => {
  const go = await crowded({ recall: 'redact' })
  for (const n of [1, 2, 3]) await hear(from(lin, n, `text ${n}`))
  go()
  await done()
  const target = { aliases: ['2'], preview: '' }
  await hear(from(lin, 9, '', { content: { kind: 'recall', target, text: '' } }))
  await until(
    () =>
      world.hub.tries.some(
        ({ body }) => JSON.stringify(body).includes('text 2') && body.kind === 'notice',
      ),
    'a notice instead',
  )
  const redacting = world.hub.tries.filter(({ body }) => body.kind === 'redaction')
  expect(redacting.flatMap(({ redacts = [] }) => redacts)).toEqual([])
})

test('a long text, another burst and an answer stand by themselves', async () => {
  const go = await crowded()
  const long = 'x'.repeat(301)
  await hear(from(lin, 1, 'a'))
  await hear(from(lin, 2, long))
  await hear(from(lin, 3, 'b'))
  const quote = { kind: 'quote', text: 'c', target: { aliases: ['1'], preview: 'a' } } as const
  await hear(from(lin, 4, '', { content: quote }))
  await hear(from(lin, 5, 'd'))
  await hear(from(lin, 6, 'e', { at: message('0').at + 600_000 }))
  go()
  await done()
  expect(said()).toEqual(['first', 'a', long, 'b', 'c', 'd', 'e'])
})

test('a change of the first of them, made elsewhere, does not lose the others', async () => {
  world = await openWorld({ hubs: 2 })
  Object.assign(world.other.features, { merges: true, edits: true })
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const shown = () => world.other.tries.map(({ body }) => plainOf(body))
  await until(() => shown().includes('text 1'), 'what was heard')
  const first = Promise.withResolvers<void>()
  world.other.faults.push({ until: first.promise })
  await world.hub.says(room, 'zero')
  await until(() => shown().includes('zero'), 'the first try')
  const target = await world.hub.says(room, 'oen')
  await world.hub.says(room, 'two')
  await world.hub.says(room, 'three')
  const at = realClock.now()
  const change = { id: world.hub.event(), room: roomId(room), at, from: '@owner' }
  await world.hub.does({ type: 'edit', ...change, target, text: 'one' })
  first.resolve()
  await until(() => shown().includes('✏️ one'), 'the change')
  expect(shown()).toContain('oen\ntwo\nthree')
})

test('what cannot be shown is said of each of them', async () => {
  const go = await crowded()
  for (const n of [1, 2, 3]) await hear(from(lin, n, `text ${n}`))
  world.hub.faults.push({ error: failure({ code: 'refused', heal: 'never', certain: true }) })
  go()
  const notice = await until(
    () => world.hub.words().find((each) => each.includes('could not be shown')),
    'the notice',
  )
  for (const n of [1, 2, 3]) expect(notice).toContain(`text ${n}`)
})

test('what oneself said to several official accounts is not mixed in their room', async () => {
  world = await openWorld({ mps: 'shared', features: { merges: true } })
  const chats = [1, 2].map((n): Chat => {
    const id = chatId(`wx:2718281828/mp${n}`)
    return { ...friendChat, id, kind: 'mp', name: `mp ${n}`, remark: '' }
  })
  const to = async (n: number) => {
    const chat = chats[n % 2]?.id ?? friendChat.id
    await hear(message(`${n}`, { chat, sender: { type: 'myself' } }))
  }
  await world.wechat.sink.chats(chats)
  const first = Promise.withResolvers<void>()
  await until(async () => (await depth()) === 0, 'the welcome')
  world.hub.faults.push({ until: first.promise })
  for (const n of [0, 1, 2, 3]) await to(n)
  first.resolve()
  await done()
  expect(said()).toEqual(['text 0', 'text 1', 'text 2', 'text 3'])
})

test('names stay names where texts are posted as one, and each call is made once', async () => {
  const go = await crowded()
  await hear(from(lin, 1, 'a'))
  const who = { type: 'contact', contact: zhou.id } as const
  await hear(from(lin, 2, '@周\u2005b', { mentionsMe: true, mentions: [{ name: '周', who }] }))
  await hear(from(lin, 3, 'c', { mentionsMe: true }))
  go()
  await done()
  expect(said()).toEqual(['first', 'a\n@周\u2005b\nc'])
  const last = posts().at(-1)
  expect(last?.calls).toEqual([{ type: 'me' }])
  expect(last?.body).toMatchObject({
    text: expect.arrayContaining([{ text: '@周', mention: who }]),
  })
})
