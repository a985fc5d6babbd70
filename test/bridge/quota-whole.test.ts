import { afterEach, expect, test } from 'vitest'
import type { ConnectorFeatures } from '../../src/core/post.ts'
import { connectorFeatures, friendChat, groupChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

// WeChat's own bot takes so many sends for each message that comes from the chat.

let world: World
afterEach(() => world.close())

const features: ConnectorFeatures = {
  ...connectorFeatures,
  quota: { per: 'inbound', sends: 2, withinMs: 86_400_000 },
}
const usedUp = () =>
  failure({ code: 'rate', heal: 'wait', certain: true, reason: 'quota', afterMs: 3_600_000 })

const open = async (options: WorldOptions = {}) => {
  world = await openWorld({
    ...options,
    prepare: ({ wechat }) => {
      wechat.features = features
    },
  })
}
const sent = () =>
  world.wechat.delivered.map(({ body }) => (body.kind === 'text' ? body.text : body.kind))
let heard = 0
const hears = (chat = friendChat) =>
  world.wechat.hear(message(String(++heard), { chat: chat.id, at: 1_000_000 + heard }))
const friend = () => roomOf(world, friendChat)

test('what is over waits, its writer is told once what to do, and the next message lets it go', async () => {
  await open()
  await hears()
  const room = await friend()
  for (const text of ['one', 'two', 'three', 'four', 'five']) await world.hub.says(room, text)
  await until(() => sent().length === 2, 'the first two')
  const told = () => world.hub.words(room).filter((each) => each.includes('only 2 for each'))
  await until(async () => {
    await world.hub.commands(room, 'queue')
    return told().length > 0
  }, 'the wait being told')
  expect(told()[0]).toContain('write one to the bot on your phone')
  await hears()
  await until(() => sent().length === 4, 'two more')
  await hears()
  await until(() => sent().length === 5, 'the last')
  expect(sent()).toEqual(['one', 'two', 'three', 'four', 'five'])
  expect(world.hub.words(room).join('\n')).not.toMatch(/not delivered|was not sent/)
})

test('who writes while nothing goes out is told at once, and only once', async () => {
  await open()
  await hears()
  const room = await friend()
  for (const text of ['one', 'two']) await world.hub.says(room, text)
  await until(() => sent().length === 2, 'the first two')
  await world.hub.says(room, 'three')
  await world.hub.says(room, 'four')
  const told = () => world.hub.words(room).filter((each) => /^Taken, and in line/.test(each))
  await until(() => told().length > 0, 'being told')
  await hears()
  await until(() => sent().length === 4, 'all sent')
  expect(told()).toHaveLength(1)
})

test('where WeChat counts otherwise its word holds, and the send is not lost or given up', async () => {
  await open()
  world.wechat.faults.push({ error: usedUp() })
  const room = await hears().then(friend)
  await world.hub.says(room, 'one')
  await until(() => world.wechat.tries.length === 1, 'a try')
  await until(async () => (await waiting()) === 1, 'it waiting')
  await hears()
  await until(() => sent().length === 1, 'it being sent')
  expect(sent()).toEqual(['one'])
})

test('so does the word of a connector that need not ask WeChat', async () => {
  await open()
  let isFull = true
  Object.assign(world.wechat, {
    check: () => {
      if (isFull) throw usedUp()
    },
  })
  const room = await hears().then(friend)
  await world.hub.says(room, 'one')
  const told = () => world.hub.words(room).some((each) => each.includes('only 2 for each'))
  await until(async () => {
    await world.hub.commands(room, 'queue')
    return told()
  }, 'the wait being told')
  isFull = false
  await hears()
  await until(() => sent().length === 1, 'it being sent')
})

test('one chat that is held holds up no other', async () => {
  await open()
  await hears()
  await hears(groupChat)
  const room = await friend()
  for (const text of ['one', 'two', 'three']) await world.hub.says(room, text)
  await world.hub.says(await roomOf(world, groupChat), 'elsewhere')
  await until(() => sent().includes('elsewhere'), 'the other chat')
  await until(() => sent().length === 3, 'all that may go')
  expect(sent()).not.toContain('three')
})

test('a restart neither refills what was used nor forgets what waits', async () => {
  await open()
  await hears()
  const room = await friend()
  for (const text of ['one', 'two', 'three']) await world.hub.says(room, text)
  await until(() => sent().length === 2, 'the first two')
  world = await world.restart(undefined, ({ wechat }) => {
    wechat.features = features
  })
  await world.hub.says(await friend(), 'four')
  await until(async () => (await waiting()) === 2, 'both waiting')
  expect(sent()).toEqual([])
  await hears()
  await until(() => sent().length === 2, 'both sent')
  expect(sent()).toEqual(['three', 'four'])
})

const waiting = async () =>
  (await world.database.store.unit((unit) => unit.lanes())).reduce(
    (sum, { lane, queued }) => sum + (lane.startsWith('wechat/') ? queued : 0),
    0,
  )
