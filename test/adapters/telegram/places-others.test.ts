import { afterEach, beforeEach, expect, test } from 'vitest'
import { management } from '../../../src/core/chat.ts'
import { roomId } from '../../../src/core/ids.ts'
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
  type StageOptions,
  signal,
  stage,
  textsIn,
} from './places-stage.ts'

// What others in a group, or with a word they should not have, can do; and what they are not shown.

let sim: TelegramSim
let me: SimUser
let home: number
let vault: ReturnType<typeof memoryVault>
let clock: ReturnType<typeof movableClock>
let one: Stage

const begin = async (how: StageOptions = {}): Promise<Stage> => {
  const next = await stage(sim, { vault, clock, ...how })
  if (next.people.owner() === undefined) home = await ownedBy(next, me)
  await next.places.ensure(managing, management, signal)
  return next
}
const group = (chat: number) => roomId(String(chat))

beforeEach(async () => {
  sim = await startTelegram({ limits: false })
  me = sim.user('Ann')
  vault = memoryVault()
  clock = movableClock()
  one = await begin()
  await one.places.ensure(a, chatOf('Alice'), signal)
  await one.places.ensure(b, chatOf('Bob'), signal)
})
afterEach(() => sim.close())

test('a user who has read an invitation in a group cannot take the chat into a group of their own', async () => {
  const payload = new URL(await one.places.invitation(a)).searchParams.get('startgroup') ?? ''
  const uwe = sim.user('Uwe')
  one.people.seen({ id: uwe.id, is_bot: false, first_name: 'Uwe' })
  expect(await one.people.set(String(uwe.id), 'user')).toBe(true)
  await uwe.makesGroup('Elsewhere', { payload })
  await one.hears()
  expect(await one.places.of(a)).toMatchObject({ kind: 'private' })
})

test('a group that its owner has left shows nothing more to those who stay, until the owner is back', async () => {
  const chat = await me.makesGroup('Family')
  const uwe = sim.user('Uwe')
  await uwe.joins(chat)
  await one.places.link(a, group(chat))
  await one.hears()
  await me.leaves(chat)
  await one.hears()
  for (const each of [one, await begin()]) {
    expect(each.places.shut()).toMatchObject([
      { portal: a, detail: expect.stringContaining('“Family”') },
    ])
    await expect(each.posts(a, 'private')).rejects.toMatchObject({
      failure: { heal: 'retry', certain: true, reason: 'shut' },
    })
    await each.posts(b, 'not concerned')
  }
  expect(textsIn(uwe, chat)).not.toContain('private')
  await expect
    .poll(() => textsIn(me, home).join())
    .toContain('“Family” any more: you are not in it')
  await me.joins(chat)
  await one.hears()
  expect(one.places.shut()).toEqual([])
  await one.posts(a, 'again')
  expect(textsIn(uwe, chat)).toContain('again')
})

test('that the bot gets another right is no reason to show anything where the owner is not', async () => {
  const chat = await me.makesGroup('Family')
  const uwe = sim.user('Uwe')
  await uwe.joins(chat)
  await one.places.link(a, group(chat))
  await one.hears()
  await me.leaves(chat)
  await one.hears()
  await uwe.promotesBot(chat, [])
  await one.hears()
  expect(one.places.shut()).toHaveLength(1)
  const stop = new AbortController()
  const watching = one.places.watch(stop.signal)
  clock.forward(61_000)
  const asked = () =>
    sim.calls.filter(
      ({ method, params }) => method === 'getChatMember' && Number(params.user_id) === me.id,
    )
  await expect.poll(() => asked().length).toBe(1)
  expect(one.places.shut()).toHaveLength(1)
  await me.joins(chat)
  await expect
    .poll(() => {
      clock.forward(61_000)
      return one.places.shut()
    })
    .toEqual([])
  stop.abort()
  await watching
})

test('a chat that goes to another group leaves behind that everyone may write', async () => {
  const [first, second] = [await me.makesGroup('One'), await me.makesGroup('Two')]
  await one.places.link(a, group(first))
  await one.people.relay(roomOf(a), true)
  await one.places.ensure(a, chatOf('Alice Wang'), signal)
  expect(one.people.roleOf('4711', roomOf(a))).toBe('relay')
  await one.places.move(a, 'auto')
  await one.places.link(a, group(second))
  expect(one.people.roleOf('4711', roomOf(a))).toBeUndefined()
  expect((await begin()).people.roleOf('4711', roomOf(a))).toBeUndefined()
})

test('a group that cannot be asked about keeps no other one shut', async () => {
  const [first, second] = [await me.makesGroup('One'), await me.makesGroup('Two')]
  await one.places.link(a, group(first))
  await one.places.link(b, group(second))
  await me.kicksBot(first)
  await me.kicksBot(second)
  await one.hears()
  await me.addsBot(second)
  expect(one.places.shut()).toHaveLength(2)
  sim.fails({ method: 'getChat', what: { status: 400, description: 'Bad Request: CHAT_ODD' } })
  const stop = new AbortController()
  const watching = one.places.watch(stop.signal)
  clock.forward(61_000)
  await expect.poll(() => one.places.shut()).toMatchObject([{ portal: a }])
  stop.abort()
  await watching
})

test('the owner is told once, in the language of the bridge, that a group takes nothing any more', async () => {
  one = await begin({ language: 'zh' })
  const chat = await me.makesGroup('家')
  await one.places.link(a, group(chat))
  await one.hears()
  await me.kicksBot(chat)
  await expect(one.posts(a, 'x')).rejects.toThrow(/“家”/)
  await one.hears()
  await expect(one.posts(a, 'x')).rejects.toThrow(/“家”/)
  const told = () => textsIn(me, home).filter((text) => text.includes('不能再显示在「家」'))
  await expect.poll(told).toEqual([expect.stringContaining('机器人不在群里')])
  await me.addsBot(chat)
  await one.hears()
  await one.posts(a, 'y')
  expect(told()).toHaveLength(1)
})

test('that the owner has left is kept at the second try, and told then', async () => {
  const chat = await me.makesGroup('Family')
  await one.places.link(a, group(chat))
  await one.hears()
  await me.leaves(chat)
  const { set } = vault
  vault.set = async () => {
    throw new Error('the disk is full')
  }
  await expect(one.hears()).rejects.toThrow('full')
  vault.set = set
  await one.hears()
  await expect.poll(() => textsIn(me, home).join()).toContain('you are not in it')
  expect((await begin()).places.shut()).toHaveLength(1)
})

test('a group that could not be kept as the chosen one is not', async () => {
  const chat = await me.makesGroup('F', { type: 'forum' })
  await one.places.home(group(chat))
  const { set } = vault
  vault.set = async () => {
    throw new Error('the disk is full')
  }
  await expect(one.places.home(undefined)).rejects.toThrow('full')
  vault.set = set
  expect(await one.places.move(a, 'forum')).toMatchObject({ kind: 'forum' })
})
