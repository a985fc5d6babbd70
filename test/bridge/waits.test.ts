import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Chat, management } from '../../src/core/chat.ts'
import { accountId, chatId, sendLine } from '../../src/core/ids.ts'
import type { Login } from '../../src/ports/wechat.ts'
import { friendChat, groupChat } from '../core/samples.ts'
import { openWaits } from './waits-world.ts'

let world: Awaited<ReturnType<typeof openWaits>>
beforeEach(async () => {
  world = await openWaits()
})
afterEach(() => world.close())

test('a message that will wait long is answered once: its place, about when, and why', async () => {
  world.now.eachMs = 20_000
  await world.writes(groupChat)
  await world.writes(groupChat)
  await world.writes()
  expect(await world.told()).toEqual([])
  const id = await world.writes()
  const when = { inMs: 60_000, at: '14:01' }
  const notice = { type: 'waiting', place: { count: 4 }, wait: { why: 'pace', when } }
  expect(await world.told()).toEqual([{ ...notice, about: id }])
  await world.writes()
  expect(await world.told()).toHaveLength(1)
})

test('when the line has run empty, a new wait is told anew', async () => {
  world.now.eachMs = 40_000
  await world.writes(friendChat, 2)
  expect(await world.told()).toHaveLength(1)
  await world.sends(1)
  await world.writes(friendChat, 2)
  expect(await world.told()).toHaveLength(1)
  await world.sends(3)
  await world.writes(friendChat, 1)
  expect(await world.told()).toHaveLength(1)
  await world.writes(friendChat, 1)
  expect(await world.told()).toHaveLength(2)
})

test('who was told is not told again by a new process', async () => {
  world.now.eachMs = 40_000
  await world.writes(friendChat, 2)
  world.start()
  await world.pass(60_000)
  await world.writes()
  await world.pass(60_000)
  expect(await world.told()).toHaveLength(1)
})

test('what goes out in time is not announced', async () => {
  await world.writes()
  await world.pass(10_000)
  await world.sends()
  await world.pass(60_000)
  expect(await world.told()).toEqual([])
})

test('a wait that nobody foresaw is told when it has lasted', async () => {
  const id = await world.writes()
  await world.pass(29_000)
  await world.writes()
  expect(await world.told()).toEqual([])
  await world.pass(2_000)
  expect(await world.told()).toMatchObject([{ about: id, wait: { why: 'pace' } }])
})

test('what is written behind something that went out is watched on its own', async () => {
  await world.writes()
  await world.pass(20_000)
  const second = await world.writes()
  await world.sends()
  await world.pass(15_000)
  expect(await world.told()).toEqual([])
  await world.pass(15_000)
  expect(await world.told()).toMatchObject([{ about: second }])
})

test('a wait across a restart is told all the same', async () => {
  await world.writes()
  world.start()
  await world.pass(31_000)
  expect(await world.told()).toHaveLength(1)
})

test('setting the machine’s clock neither hastens nor hinders it', async () => {
  await world.writes()
  await world.pass(0)
  world.clock.set(86_400_000)
  await world.pass(20_000)
  expect(await world.told()).toEqual([])
  world.clock.set(-2 * 86_400_000)
  await world.pass(11_000)
  expect(await world.told()).toHaveLength(1)
})

test('while nobody is logged in it is said at once that the login is waited for', async () => {
  world.now.login = { state: 'offline', reason: 'kicked', relogin: true }
  const id = await world.writes()
  expect(await world.told()).toEqual([
    { type: 'waiting', place: { count: 1 }, wait: { why: 'offline' }, about: id },
  ])
})

test('while another account is logged in it is said at once that the login is waited for', async () => {
  world.now.login = { ...world.now.login, account: accountId('wx:161803') } as Login
  world.now.wasOnline = false
  const id = await world.writes()
  expect(await world.told()).toEqual([
    { type: 'waiting', place: { count: 1 }, wait: { why: 'offline' }, about: id },
  ])
})

test('what may be over in a moment is told when it is not', async () => {
  world.now.login = { state: 'offline', reason: 'unreachable', relogin: false }
  await world.writes()
  expect(await world.told()).toEqual([])
  await world.pass(31_000)
  expect(await world.told()).toMatchObject([{ wait: { why: 'offline' } }])
})

test('a message that waits for a question has the notice of that, and no other', async () => {
  world.now.doubtful = 'abc'
  world.now.eachMs = 40_000
  await world.writes(friendChat, 3)
  await world.pass(60_000)
  expect(await world.told()).toEqual([])
})

test('once the question is answered, a wait is told though one was told before the question', async () => {
  world.now.eachMs = 40_000
  await world.writes(friendChat, 2)
  expect(await world.told()).toHaveLength(1)
  await world.sends(2)
  world.now.doubtful = 'abc'
  await world.writes(friendChat, 2)
  expect(await world.told()).toHaveLength(1)
  world.now.doubtful = undefined
  const id = await world.writes()
  expect(await world.told()).toMatchObject([{}, { about: id, wait: { why: 'pace' } }])
})

test('behind more chats with open questions than are looked at, no place is made up', async () => {
  const chats = Array.from({ length: 205 }, (_, nth) => ({
    ...friendChat,
    id: chatId(`wx:2718281828/f${nth}`),
  }))
  await world.database.store.unit((unit) => unit.saveChats(chats))
  for (const chat of chats) await world.writes(chat)
  world.now.held = new Set(chats.slice(0, 201).map(({ id }) => sendLine(id)))
  world.now.login = { state: 'offline', reason: 'kicked', relogin: true }
  await world.writes()
  expect(await world.told()).toMatchObject([{ place: { count: 1, more: true } }])
})

test('a pause that WeChat wants is told to whoever was refused, and to those behind', async () => {
  const first = await world.writes()
  const other = await world.writes(groupChat)
  await world.pause(5)
  const wait = { why: 'rate', when: { inMs: 300_000, at: '14:05' } }
  expect(await world.told()).toEqual([{ type: 'waiting', place: { count: 1 }, wait, about: first }])
  expect(await world.told(groupChat)).toEqual([
    { type: 'waiting', place: { count: 2 }, wait, about: other },
  ])
  await world.writes()
  await world.writes(groupChat)
  expect((await world.told()).length + (await world.told(groupChat)).length).toBe(2)
  await world.pass(300_000)
  await world.pause(15)
  // Who was refused again hears of the new time; who waits behind knows that it waits.
  expect((await world.told()).at(-1)).toMatchObject({
    wait: { when: { at: '14:20' } },
    about: first,
  })
  expect(await world.told(groupChat)).toHaveLength(1)
})

test('what is written during a pause is told until when it lasts', async () => {
  world.now.pausedUntil = world.clock.now() + 120_000
  world.now.closed = 'rate'
  await world.writes()
  expect(await world.told()).toMatchObject([{ wait: { why: 'rate', when: { at: '14:02' } } }])
})

test('a pause of seconds is told to nobody', async () => {
  await world.writes()
  await world.paused(20_000)
  expect(await world.told()).toEqual([])
})

const ones = (many: number): number[] => Array(many).fill(1)

test('at most twenty chats are told of a pause, and the rest in one line', async () => {
  const chats = Array.from({ length: 25 }, (_, nth) => ({
    ...friendChat,
    id: chatId(`wx:2718281828/f${nth}`),
  }))
  await world.database.store.unit((unit) => unit.saveChats(chats))
  await world.writes()
  for (const chat of chats) await world.writes(chat)
  await world.pause(5)
  const each = await Promise.all(chats.map((chat) => world.told(chat)))
  expect(each.map((notices) => notices.length)).toEqual([...ones(20), ...ones(5).fill(0)])
  expect(await world.told(management)).toMatchObject([{ type: 'othersWait', chats: { count: 5 } }])
  expect(await world.told()).toHaveLength(1)
  // One of the rest writes again: now it is told.
  const rest = chats.at(-1) as Chat
  await world.writes(rest)
  expect(await world.told(rest)).toHaveLength(1)
})

test('while a pause is told to many, whoever else has something to keep gets a turn in between', async () => {
  const chats = Array.from({ length: 15 }, (_, nth) => ({
    ...friendChat,
    id: chatId(`wx:2718281828/f${nth}`),
  }))
  const { store } = world.database
  await store.unit((unit) => unit.saveChats(chats))
  for (const chat of chats) await world.writes(chat)
  let isOver = false
  const telling = world.pause(5).finally(() => {
    isOver = true
  })
  let turns = 0
  while (!isOver) {
    await store.unit(async () => undefined)
    turns++
  }
  await telling
  expect(turns).toBeGreaterThan(10)
  expect(await Promise.all(chats.map(async (chat) => (await world.told(chat)).length))).toEqual(
    ones(15),
  )
})

test('a store that fails at the moment is no end of telling', async () => {
  await world.writes()
  const unit = world.database.store.unit
  let fails = true
  Object.assign(world.database.store, {
    unit: (work: Parameters<typeof unit>[0]) =>
      fails ? Promise.reject(new Error('disk')) : unit(work),
  })
  await world.clock.pass(31_000, async () => turn())
  fails = false
  world.now.complaints = 1
  await world.writes(groupChat)
  await world.pass(31_000)
  expect(await world.told(groupChat)).toHaveLength(1)
  // Whom it failed is told later.
  expect(await world.told()).toHaveLength(1)
})
