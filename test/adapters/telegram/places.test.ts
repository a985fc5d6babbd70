import { afterEach, beforeEach, expect, test } from 'vitest'
import { management } from '../../../src/core/chat.ts'
import { portalId } from '../../../src/core/ids.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../../sim/telegram/sim.ts'
import { memoryVault } from '../../support/ports.ts'
import {
  a,
  b,
  chatOf,
  managing,
  movableClock,
  ownedBy,
  roomOf,
  type Stage,
  signal,
  stage,
  textsIn,
} from './places-stage.ts'

let sim: TelegramSim
let me: SimUser
let home: number
let vault: ReturnType<typeof memoryVault>
const clock = movableClock()

const begin = async (place?: 'auto' | 'private' | 'forum' | 'flat'): Promise<Stage> => {
  const one = await stage(sim, { vault, clock, ...(place && { place }) })
  if (one.people.owner() === undefined) home = await ownedBy(one, me)
  await one.places.ensure(managing, management, signal)
  return one
}
const topics = () => me.topics(home).map(({ name }) => name)
const calls = (method: string) => sim.calls.filter((call) => call.method === method)

beforeEach(async () => {
  sim = await startTelegram({ limits: false })
  me = sim.user('Ann')
  vault = memoryVault()
})
afterEach(() => sim.close())

test('each chat gets a topic of its own in the private chat, and only one', async () => {
  const one = await begin()
  expect(await one.places.ensure(a, chatOf('王五'), signal)).toBe(a)
  await Promise.all([one.posts(a, 'hello'), one.posts(a, 'again')])
  await one.places.ensure(b, chatOf('Cooking', { kind: 'group' }), signal)
  await one.posts(b, 'soup')
  expect(topics()).toEqual(['王五', 'Cooking'])
  const [first, second] = me.topics(home)
  expect(textsIn(me, home, first?.thread)).toEqual(['hello', 'again'])
  expect(textsIn(me, home, second?.thread)).toEqual(['soup'])
  const colours = calls('createForumTopic').map(({ params }) => params.icon_color)
  expect(new Set(colours).size).toBe(2)
})

test('after a restart a chat is where it was', async () => {
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  await one.posts(a, 'one')
  const other = await begin()
  expect(other.places.located(roomOf(a))).toMatchObject({
    kind: 'private',
    shows: { name: '王五' },
  })
  await other.posts(a, 'two')
  expect(topics()).toEqual(['王五'])
  expect(textsIn(me, home, me.topics(home)[0]?.thread)).toEqual(['one', 'two'])
})

test('what is said in a topic is said in its chat, and in the private chat itself to the bridge', async () => {
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  const thread = me.topics(home)[0]?.thread as number
  const inTopic = await me.says(home, 'to Wang', { thread })
  expect(one.places.roomAt(inTopic)).toBe(a)
  const outside = await me.says(home, 'to the bridge')
  const room = one.places.roomAt(outside)
  expect(room).toBe(managing)
  expect(one.places.isManagement(room)).toBe(true)
  expect(one.places.isManagement(roomOf(a))).toBe(false)
})

test('a topic follows the name of its chat, and only that: a person may call it otherwise', async () => {
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  const thread = me.topics(home)[0]?.thread as number
  await me.renamesTopic(home, thread, 'Boss')
  await one.hears()
  await one.places.ensure(a, chatOf('王五', { muted: true }), signal)
  await (await begin()).places.ensure(a, chatOf('王五', { muted: true }), signal)
  expect(topics()).toEqual(['Boss'])
  await one.places.ensure(a, chatOf('王五', { remark: 'Old Wang' }), signal)
  expect(topics()).toEqual(['Old Wang'])
})

test('a hostile name becomes one line that Telegram takes', async () => {
  const one = await begin()
  const name = `<b>\u202e${'\u0000\n王'.repeat(200)}`
  await one.places.ensure(a, chatOf(name), signal)
  const [shown = ''] = topics()
  expect(shown.length).toBeLessThanOrEqual(128)
  expect(shown).toMatch(/^<b>( 王)+…$/)
  await one.places.ensure(b, chatOf('\u200e\u0007 \u202e'), signal)
  expect(topics()[1]).toBe('(no name)')
})

test('a deleted topic is made again under the name of the chat', async () => {
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  await one.posts(a, 'one')
  await me.deletesTopic(home, me.topics(home)[0]?.thread as number)
  await Promise.all([one.posts(a, 'two'), one.posts(a, 'three')])
  expect(topics()).toEqual(['王五'])
  expect(textsIn(me, home, me.topics(home)[0]?.thread)).toEqual(
    expect.arrayContaining(['two', 'three']),
  )
})

test('who failed in a place that the chat has left meanwhile just tries again', async () => {
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  const old = await one.places.ready(roomOf(a), signal)
  await me.deletesTopic(home, Number(old.thread))
  const error = await one.base.api
    .call(
      'sendMessage',
      { chat_id: home, message_thread_id: Number(old.thread), text: 'x' },
      signal,
    )
    .catch((thrown: unknown) => thrown)
  const mended = await one.posts(a, 'mended')
  expect(await one.places.failed(roomOf(a), error, signal, old)).toBe('again')
  expect(await one.posts(a, 'there')).toEqual(mended)
  expect(calls('createForumTopic')).toHaveLength(2)
})

test('what is not about the place is not the place’s to mend', async () => {
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  for (const description of [
    'message is too long',
    'not enough rights to send photos to the chat',
  ]) {
    sim.fails({
      method: 'sendMessage',
      what: { status: 400, description: `Bad Request: ${description}` },
    })
    await expect(one.posts(a, 'x')).rejects.toMatchObject({ said: { status: 400 } })
  }
  sim.fails({ method: 'sendMessage', what: { status: 500, description: 'Internal' } })
  await expect(one.posts(a, 'x')).rejects.toMatchObject({ failure: { code: 'server' } })
  expect(one.places.shut()).toEqual([])
  await one.posts(a, 'y')
})

test('an answer in a place that is gone is given up, not tried for ever', async () => {
  const one = await begin()
  const bare = roomOf(portalId(`${home}/99`))
  sim.fails({
    method: 'sendMessage',
    what: { status: 400, description: 'Bad Request: message thread not found' },
  })
  await expect(one.posts(bare as never, 'x')).rejects.toMatchObject({
    failure: { code: 'gone', heal: 'never', certain: true },
  })
})

test('an owner who has blocked the bot gets it all later', async () => {
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  await me.blocks()
  await expect(one.posts(a, 'x')).rejects.toMatchObject({
    failure: { heal: 'retry', certain: true, afterMs: 60_000 },
  })
  await me.unblocks()
  expect(await one.posts(a, 'x')).toMatchObject({ kind: 'private' })
})

test('a bot that does not know its owner holds everything', async () => {
  const one = await begin('flat')
  await one.places.ensure(a, chatOf('王五'), signal)
  sim.fails({
    method: 'sendMessage',
    what: { status: 400, description: 'Bad Request: chat not found' },
  })
  await expect(one.posts(a, 'x')).rejects.toMatchObject({
    failure: { heal: 'retry', certain: true },
  })
})

test('what lands outside a deleted topic without a word makes the next post get another', async () => {
  await sim.close()
  sim = await startTelegram({ limits: false, straysFromTopics: true })
  me = sim.user('Ann')
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  await me.deletesTopic(home, me.topics(home)[0]?.thread as number)
  await one.posts(a, 'strayed')
  await one.posts(a, 'home again')
  expect(topics()).toEqual(['王五'])
  expect(textsIn(me, home, me.topics(home)[0]?.thread)).toEqual(['home again'])
})

test('without topics in private, chats share the private chat; once there are, each gets its own', async () => {
  sim.setPrivateTopics(false)
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  expect(await one.posts(a, 'flat')).toMatchObject({ kind: 'flat', chat: String(home) })
  expect(one.places.roomAt(await me.says(home, 'hm'))).toBe(managing)
  sim.setPrivateTopics(true)
  expect(await one.posts(a, 'still flat')).toMatchObject({ kind: 'flat' })
  clock.forward(11 * 60_000)
  expect(await one.posts(a, 'own')).toMatchObject({ kind: 'private' })
  expect(topics()).toEqual(['王五'])
  // Nobody asked for it: the other chats' place is not told.
  await one.places.ensure(a, chatOf('王五'), signal)
  expect(textsIn(me, home).join()).not.toContain('goes on')
})

test('when topics in private are switched off, the chat goes on flat, and later in its old topic', async () => {
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  const before = await one.posts(a, 'one')
  sim.setPrivateTopics(false)
  expect(await one.posts(a, 'two')).toMatchObject({ kind: 'flat' })
  expect(await one.posts(a, 'three')).toMatchObject({ kind: 'flat' })
  sim.setPrivateTopics(true)
  clock.forward(11 * 60_000)
  expect(await one.posts(a, 'four')).toEqual(before)
  expect(calls('createForumTopic')).toHaveLength(1)
})

test('where Telegram cannot make topics, a chat goes on flat for half an hour and is not moved about', async () => {
  const one = await begin()
  sim.fails({
    method: 'createForumTopic',
    times: 2,
    what: { status: 400, description: 'Bad Request: TOPICS_BROKEN' },
  })
  await one.places.ensure(a, chatOf('王五'), signal)
  for (const text of ['1', '2', '3'])
    expect(await one.posts(a, text)).toMatchObject({ kind: 'flat' })
  await one.places.ensure(b, chatOf('Zoe'), signal)
  expect(await one.posts(b, 'x')).toMatchObject({ kind: 'flat' })
  expect(calls('createForumTopic')).toHaveLength(1)
  clock.forward(31 * 60_000)
  expect(await one.posts(a, '4')).toMatchObject({ kind: 'flat' })
  expect(calls('createForumTopic')).toHaveLength(2)
  clock.forward(31 * 60_000)
  expect(await one.posts(a, '5')).toMatchObject({ kind: 'private' })
  expect(await one.posts(b, 'y')).toMatchObject({ kind: 'private' })
})

test('one hiccup of the server is waited out, two of them are not', async () => {
  const one = await begin()
  sim.fails({
    method: 'createForumTopic',
    times: 2,
    what: { status: 500, description: 'Internal' },
  })
  await expect(one.places.ensure(a, chatOf('王五'), signal)).rejects.toMatchObject({
    failure: { code: 'server', heal: 'retry', certain: true },
  })
  await one.places.ensure(a, chatOf('王五'), signal)
  expect(await one.posts(a, '1')).toMatchObject({ kind: 'flat' })
})

test('topics that vanish as soon as they are made end in the flat chat', async () => {
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  sim.fails({
    method: 'sendMessage',
    times: 2,
    what: { status: 400, description: 'Bad Request: message thread not found' },
  })
  expect(await one.posts(a, 'x')).toMatchObject({ kind: 'flat' })
  expect(calls('createForumTopic')).toHaveLength(2)
})

test('a topic whose making was not answered is left, and another made', async () => {
  const one = await begin()
  sim.fails({ method: 'createForumTopic', what: 'lost' })
  await expect(one.places.ensure(a, chatOf('王五'), signal)).rejects.toMatchObject({
    failure: { heal: 'retry', certain: true },
  })
  await one.places.ensure(a, chatOf('王五'), signal)
  const place = await one.posts(a, 'x')
  const [orphan, used] = me.topics(home)
  expect(place.thread).toBe(String(used?.thread))
  expect(textsIn(me, home, orphan?.thread)).toEqual([])
  const said = await me.says(home, 'here?', { thread: orphan?.thread as number })
  expect(one.places.roomAt(said)).toBe(`${home}/${orphan?.thread}`)
  expect(one.places.isOurs(one.places.roomAt(said))).toBe(true)
})

test('the settings can force the flat chat', async () => {
  const one = await begin('flat')
  await one.places.ensure(a, chatOf('王五'), signal)
  expect(await one.posts(a, 'x')).toMatchObject({ kind: 'flat' })
  expect(topics()).toEqual([])
})

test('nothing goes anywhere while nobody owns the bot', async () => {
  const one = await stage(sim, { vault })
  await expect(one.places.ensure(a, chatOf('王五'), signal)).rejects.toMatchObject({
    failure: { heal: 'retry', certain: true },
  })
})

test('a room that was never heard of asks the bridge for a place, and a bare one is where it says', async () => {
  const one = await begin()
  await expect(one.places.ready(roomOf(portalId('nobodyknowsx')), signal)).rejects.toMatchObject({
    failure: { code: 'gone', heal: 'retry', certain: true },
  })
  const bare = portalId('-1001234/77')
  expect(one.places.located(roomOf(bare))).toMatchObject({ chat: '-1001234', thread: '77' })
})

test('a vault that cannot write fails for sure, and the next try works', async () => {
  const one = await begin()
  await one.places.ensure(a, chatOf('王五'), signal)
  await me.deletesTopic(home, me.topics(home)[0]?.thread as number)
  const { set } = vault
  Object.assign(vault, { set: () => Promise.reject(new Error('disk full')) })
  await expect(one.posts(a, 'x')).rejects.toThrow('disk full')
  Object.assign(vault, { set })
  await one.posts(a, 'y')
  expect(textsIn(me, home, me.topics(home).at(-1)?.thread)).toEqual(['y'])
})
