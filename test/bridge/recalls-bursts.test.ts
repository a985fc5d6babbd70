import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { Chat, Contact } from '../../src/core/chat.ts'
import { contactId, hubLane, roomId } from '../../src/core/ids.ts'
import type { Content, Message } from '../../src/core/message.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { friendChat, groupChat, lin, message, picture } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const recallOf = (...aliases: string[]): Content => ({
  kind: 'recall',
  target: { aliases, preview: '' },
  text: '',
})
const start = 1_700_000_000_000
const says = (n: number, change: Partial<Message> = {}) =>
  world.wechat.hear(message(`m${n}`, { content: { kind: 'text', text: `<word ${n}>` }, ...change }))
const recalls = (n: number, change: Partial<Message> = {}) =>
  world.wechat.hear(
    message(`r${n}`, { at: start + n * 1000, content: recallOf(`m${n}`), ...change }),
  )
const shown = (words: string) =>
  until(() => world.hub.words().some((w) => w.includes(words)), words)
/** What came to the rooms of chats. */
const posts = () => world.hub.delivered.filter(({ message: id }) => !id.startsWith('notice/'))
const words = () =>
  posts().map(({ body }) => (body.kind === 'media' ? `[${body.media.kind}]` : plainOf(body)))
const notices = () => words().filter((_, at) => posts()[at]?.body.kind === 'notice')
const eventOf = (id: string) =>
  world.database.store.unit((unit) => unit.eventOf(message(id).id, world.hub.id))
const idle = () => until(async () => (await world.database.archive.depth()).queued === 0, 'no work')

/** A clock that a test can put forward. */
function jumping(): Clock & { ahead: number } {
  const clock = {
    ahead: 0,
    now: () => realClock.now() + clock.ahead,
    steady: () => realClock.steady() + clock.ahead,
    sleep: realClock.sleep,
  }
  return clock
}

test('the first recall is told at once, those that follow soon after are one notice', async () => {
  const clock = jumping()
  world = await openWorld({ clock })
  for (const n of [1, 2, 3, 4]) await says(n)
  await until(() => posts().length === 4, 'the messages')
  await recalls(1)
  await shown('recalled a message (sent')
  await idle()
  for (const n of [2, 3, 4]) await recalls(n)
  expect((await world.database.archive.depth()).queued).toBe(1)
  expect(notices()).toHaveLength(1)
  clock.ahead = 4_000
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(notices()).toHaveLength(1)
  clock.ahead = 5_100
  await shown('recalled 3 messages')
  expect(notices()[1]).toBe(
    '林小满 recalled 3 messages\n22:13:20 <word 2>\n22:13:20 <word 3>\n22:13:20 <word 4>',
  )
  const post = posts().at(-1)
  expect(post?.folded).toEqual(['r3', 'r4'].map((id) => message(id).id))
  // Of several it points to the first.
  expect(post?.replyToEvent).toBe(await eventOf('m2'))
  for (const n of [1, 2, 3, 4]) {
    expect((await world.database.archive.message(message(`m${n}`).id))?.recalled).toBe(true)
  }
})

test('a minute later, or by somebody else, or elsewhere, it is told at once', async () => {
  world = await openWorld()
  const bo: Contact = { id: contactId('wx:2718281828/bo'), name: 'Bo' }
  const by = (contact: Contact) => ({ type: 'group', contact, nick: '' }) as const
  for (const n of [1, 2, 90]) await says(n)
  for (const n of [3, 4]) await says(n, { chat: groupChat.id, sender: by(n === 3 ? lin : bo) })
  await recalls(1)
  await recalls(3, { chat: groupChat.id, sender: by(lin) })
  await recalls(4, { chat: groupChat.id, sender: by(bo) })
  await recalls(90)
  await until(() => notices().length === 4, 'all of them')
  expect(notices().every((words) => words.includes('recalled a message (sent'))).toBe(true)
})

test('what is said meanwhile does not wait for a notice that gathers', async () => {
  world = await openWorld()
  for (const n of [1, 2, 3]) await says(n)
  await recalls(1)
  await shown('recalled a message (sent')
  await idle()
  await recalls(2)
  await recalls(3)
  const begun = Date.now()
  await says(4)
  await shown('<word 4>')
  expect(Date.now() - begun).toBeLessThan(2_000)
  expect(words().slice(-2)).toEqual([
    '林小满 recalled 2 messages\n22:13:20 <word 2>\n22:13:20 <word 3>',
    '<word 4>',
  ])
})

test('while the hub is down they become one, and a try that was begun is left as it was', async () => {
  world = await openWorld()
  for (const n of [1, 2, 3, 4]) await says(n)
  await until(() => posts().length === 4, 'the messages')
  const gate = Promise.withResolvers<void>()
  const lost = failure({ code: 'timeout', heal: 'retry', certain: false, afterMs: 1 })
  world.hub.faults.push({ until: gate.promise, error: lost })
  await recalls(1)
  await until(() => world.hub.faults.length === 0, 'the try')
  for (const n of [2, 3]) await recalls(n)
  gate.resolve()
  await until(() => notices().length === 2, 'both')
  await recalls(4)
  await says(5)
  await shown('<word 5>')
  expect(notices().map((words) => words.split('\n')[0])).toEqual([
    expect.stringContaining('recalled a message'),
    '林小满 recalled 2 messages',
    expect.stringContaining('recalled a message'),
  ])
})

test('what was tried may be there as it was, so nothing more is told in it', async () => {
  world = await openWorld()
  for (const n of [1, 2]) await says(n)
  await until(() => posts().length === 2, 'the messages')
  await idle()
  const lost = failure({ code: 'timeout', heal: 'retry', certain: false, afterMs: 1_000 })
  world.hub.faults.push({ error: lost, after: true })
  await recalls(1)
  const waiting = async () => {
    const room = await roomOf(world)
    return world.database.store.unit(async (unit) => {
      const portal = await unit.portalIn(world.hub.id, roomId(room))
      return portal && unit.lastWaiting(hubLane(world.hub.id), portal.id)
    })
  }
  await until(async () => (await waiting())?.attempt === 1, 'the other try')
  await recalls(2)
  await idle()
  expect(notices().map((told) => /<word \d>/.exec(told)?.[0])).toEqual([
    '<word 1>',
    '<word 1>',
    '<word 2>',
  ])
})

test('what is told in a notice that is about to go out goes out with it', async () => {
  world = await openWorld()
  for (const n of [1, 2]) await says(n)
  await until(() => posts().length === 2, 'the messages')
  await idle()
  const gate = Promise.withResolvers<void>()
  const ensureRoom = world.hub.ensureRoom.bind(world.hub)
  const asked = world.hub.ensured.length
  world.hub.ensureRoom = async (portal) => {
    const room = await ensureRoom(portal)
    await gate.promise
    return room
  }
  const tell = (n: number) =>
    world.wechat.sink.message(
      message(`r${n}`, { at: start + n * 1000, content: recallOf(`m${n}`) }),
      '{}',
    )
  await world.wechat.sink.chats([{ ...friendChat, name: 'renamed' }])
  await tell(1)
  await until(() => world.hub.ensured.length > asked, 'the notice about to go out')
  await tell(2)
  gate.resolve()
  await idle()
  expect(notices()).toEqual(['林小满 recalled 2 messages\n22:13:20 <word 1>\n22:13:20 <word 2>'])
})

test('of two people each has notices of their own, and neither waits for the other', async () => {
  world = await openWorld()
  const bo: Contact = { id: contactId('wx:2718281828/bo'), name: 'Bo' }
  const by = (contact: Contact) =>
    ({ chat: groupChat.id, sender: { type: 'group', contact, nick: '' } }) as const
  for (const n of [1, 2]) await says(n, by(lin))
  for (const n of [3, 4]) await says(n, by(bo))
  await recalls(1, by(lin))
  await recalls(3, by(bo))
  await until(() => notices().length === 2, 'the first of each')
  await idle()
  const begun = Date.now()
  await recalls(2, by(lin))
  await recalls(4, by(bo))
  await until(() => notices().length === 4, 'the second of each')
  expect(Date.now() - begun).toBeLessThan(2_500)
  expect(notices().map((told) => told.split(' recalled a message (')[0])).toEqual([
    '林小满',
    'Bo',
    '林小满',
    'Bo',
  ])
})

test('a picture follows the notice that tells of it, and what comes then is told behind it', async () => {
  world = await openWorld()
  world.wechat.media.set(picture.id, new Uint8Array([1, 2, 3]))
  for (const n of [1, 2, 4]) await says(n)
  await says(3, { content: { kind: 'image', media: picture } })
  await until(() => posts().length === 4, 'the messages')
  await recalls(1)
  await shown('recalled a message (sent')
  await idle()
  for (const n of [2, 3, 4]) await recalls(n)
  await until(() => posts().length === 8, 'all')
  expect(words().slice(5)).toEqual([
    '林小满 recalled 2 messages\n22:13:20 <word 2>\n22:13:20 [picture]',
    '[image]',
    expect.stringContaining('<word 4>'),
  ])
})

test('a notice that is full is followed by another', async () => {
  world = await openWorld()
  for (let n = 1; n <= 6; n++) {
    await says(n, { content: { kind: 'text', text: `${n}${'好'.repeat(400)}` } })
  }
  await until(() => posts().length === 6, 'the messages')
  await recalls(1)
  await shown('recalled a message (sent')
  await idle()
  for (let n = 2; n <= 6; n++) await recalls(n)
  await says(7)
  await shown('<word 7>')
  expect(notices().map((words) => words.split('\n')[0]?.slice(0, 24))).toEqual(
    [
      '林小满 recalled a message (',
      '林小满 recalled 2 messages',
      '林小满 recalled 2 messages',
      '林小满 recalled a message (',
    ].map((words) => words.slice(0, 24)),
  )
})

test('an original that takes two posts is told by itself, and nothing is told in its second', async () => {
  world = await openWorld()
  const long = '好'.repeat(945)
  await says(1)
  await says(2, { content: { kind: 'text', text: long } })
  await says(3)
  await until(() => posts().length === 3, 'the messages')
  await recalls(1)
  await until(() => notices().length === 1, 'the first')
  await idle()
  const gate = Promise.withResolvers<void>()
  world.hub.faults.push({ until: gate.promise })
  await says(4)
  await recalls(2)
  await recalls(3)
  gate.resolve()
  await until(() => notices().length === 4, 'all')
  expect(notices().slice(1)).toEqual([
    expect.stringContaining('recalled a message'),
    long,
    expect.stringMatching(/recalled a message .*\n<word 3>$/),
  ])
})

test('recalls that name nothing are each of another message, and never twice of one', async () => {
  world = await openWorld()
  for (const n of [1, 2, 3]) await says(n, { at: start + n })
  const guess = { kind: 'recall', target: { aliases: [], preview: '' }, text: '' } as const
  await recalls(3)
  for (const n of [11, 12, 13]) await recalls(n, { content: { ...guess, guess: 'sender' } })
  await says(4)
  await shown('<word 4>')
  const told = notices().join('\n')
  expect([...told.matchAll(/<word (\d)>/g)].map(([, n]) => n)).toEqual(['3', '2', '1'])
  expect(told).toContain('has not seen the original')
})

test('with both, each is taken back before the one notice that tells them all', async () => {
  const clock = jumping()
  world = await openWorld({ recall: 'both', clock })
  for (const n of [1, 2, 3, 4]) await says(n)
  await until(() => posts().length === 4, 'the messages')
  await recalls(1)
  await until(() => posts().length === 6, 'the first')
  await idle()
  for (const n of [2, 3, 4]) await recalls(n)
  expect((await world.database.archive.depth()).queued).toBe(4)
  clock.ahead = 5_100
  await shown('recalled 3 messages')
  const last = posts().slice(-4)
  expect(last.flatMap(({ redacts }) => redacts ?? [])).toEqual(
    await Promise.all(['m2', 'm3', 'm4'].map(eventOf)),
  )
  expect(last[3]?.body.kind).toBe('notice')
})

test('a restart while a notice gathers loses none of it, and a repeat adds nothing', async () => {
  world = await openWorld()
  for (const n of [1, 2, 3]) await says(n)
  await recalls(1)
  await shown('recalled a message (sent')
  await idle()
  await recalls(2)
  await recalls(3)
  world = await world.restart()
  await recalls(3)
  await recalls(2)
  await says(4)
  await shown('<word 4>')
  expect(words()).toEqual([
    '林小满 recalled 2 messages\n22:13:20 <word 2>\n22:13:20 <word 3>',
    '<word 4>',
  ])
})

test('of any bursts each original is told once, in its order, in its own room', async () => {
  world = await openWorld()
  const people = ['ann', 'bob', 'cy'].map(
    (name): Contact => ({ id: contactId(`wx:2718281828/${name}`), name }),
  )
  const chats: readonly Chat[] = [friendChat, groupChat]
  await world.wechat.sink.chats(chats)
  const tell = (told: Message) => world.wechat.sink.message(told, '{}')
  let runs = 0
  let told = 0
  const step = fc.record({
    chat: fc.nat(1),
    who: fc.constantFrom(0, 0, 0, 1, 2),
    gap: fc.constantFrom(0, 1_000, 1_000, 5_000, 61_000),
    what: fc.constantFrom(...Array.from({ length: 7 }, () => 'recall'), 'talk', 'pause'),
    long: fc.constantFrom(0, 0, 0, 300, 1_500),
  })
  const bursts = fc.asyncProperty(
    fc.array(step, { minLength: 5, maxLength: 20 }),
    async (steps) => {
      const run = ++runs
      let at = start + run * 10_000_000
      const expected = chats.map((): string[] => [])
      const before = posts().length
      const said = steps.map(({ chat: to, who, long }, n) => ({
        name: `p${run}.${n}`,
        text: `<word p${run}.${n}>${'好'.repeat(long)}<word p${run}.${n}.>`,
        chat: (chats[to] ?? friendChat).id,
        sender: { type: 'group', contact: people[who] ?? lin, nick: '' } as const,
      }))
      for (const { name, text, ...of } of said) {
        await tell(message(name, { ...of, at, content: { kind: 'text', text } }))
      }
      await idle()
      for (const [n, { gap, what, chat: to }] of steps.entries()) {
        const { name, chat, sender } = said[n] ?? { name: '' }
        at += gap
        const of = { ...(chat && { chat }), ...(sender && { sender }), at }
        if (what === 'pause') await new Promise((resolve) => setTimeout(resolve, 20))
        if (what === 'talk') await tell(message(`t${run}.${n}`, of))
        if (what !== 'recall') continue
        expected[to]?.push(name, `${name}.`)
        await tell(message(`${name}.r`, { ...of, content: recallOf(name) }))
      }
      for (const chat of chats) {
        const name = `end${run}.${chat.kind}`
        await tell(message(name, { chat: chat.id, at }))
        await shown(`text ${name}`)
      }
      for (const [to, chat] of chats.entries()) {
        const room = await roomOf(world, chat)
        const words = posts()
          .slice(before)
          .flatMap((post) =>
            post.room === room && post.body.kind === 'notice'
              ? post.body.text.map((each) => each.text)
              : [],
          )
          .join('')
        const found = [...words.matchAll(/<word ([\w.]+)>/g)].map(([, name]) => name)
        expect(found).toEqual(expected[to])
        told += found.length
      }
    },
  )
  await fc.assert(bursts, { numRuns: 8 })
  expect(told).toBeGreaterThan(40)
  const folded = posts().filter((post) => post.folded)
  expect(folded.length).toBeGreaterThan(3)
})
