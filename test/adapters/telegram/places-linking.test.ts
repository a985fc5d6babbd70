import { afterEach, beforeEach, expect, test } from 'vitest'
import { createGroups } from '../../../adapters/telegram/places-groups.ts'
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
const group = (chat: number, thread?: string) =>
  roomId(thread === undefined ? String(chat) : `${chat}/${thread}`)
const topicsOf = (chat: number) => me.topics(chat).map(({ name, closed }) => ({ name, closed }))
const threadsOf = (chat: number) => me.topics(chat).map(({ thread }) => thread)

beforeEach(async () => {
  sim = await startTelegram({ limits: false })
  me = sim.user('Ann')
  vault = memoryVault()
  clock = movableClock()
  one = await begin()
  await one.places.ensure(a, chatOf('王五', { remark: 'my secret name' }), signal)
  await one.places.ensure(b, chatOf('Zoe'), signal)
  await one.posts(a, 'in private')
})
afterEach(() => sim.close())

test('a linked group shows its chat alone, and the old topic says where it goes on', async () => {
  const old = threadsOf(home)[0] as number
  const chat = await me.makesGroup('Wang and me')
  const now = await one.places.link(a, group(chat))
  expect(now).toEqual({
    kind: 'linked',
    name: 'Wang and me',
    url: `https://t.me/c/${String(chat).slice(4)}/1`,
  })
  expect(await one.places.of(a)).toEqual(now)
  await one.posts(a, 'in the group')
  expect(textsIn(me, chat)).toContain('in the group')
  const [said, bye] = textsIn(me, home, old)
  expect(said).toBe('in private')
  expect(bye).toContain('in the group “Wang and me”')
  expect(bye).toContain(now.url)
  expect(one.places.roomAt(await me.says(chat, 'hi'))).toBe(a)
  expect(await one.places.portalAt(group(chat))).toBe(a)
})

test('what is said in the topic a chat has left is nobody’s, and never another chat’s', async () => {
  const old = threadsOf(home)[0] as number
  const chat = await me.makesGroup('G')
  await one.places.link(a, group(chat))
  for (const each of [one, await begin()]) {
    const room = each.places.roomAt(await me.says(home, 'late', { thread: old }))
    expect(room).toBe(`${home}/${old}`)
    expect(each.places.isOurs(room)).toBe(true)
    expect(await each.places.portalAt(room)).toBeUndefined()
    // It comes back there one day.
    await expect(each.places.link(b, room)).rejects.toMatchObject({ failure: { code: 'refused' } })
  }
})

test('a place that shows a chat takes no other, and says which one that is', async () => {
  const chat = await me.makesGroup('G')
  await one.places.link(a, group(chat))
  const refused = one.places.link(b, group(chat))
  await expect(refused).rejects.toMatchObject({ failure: { code: 'refused', certain: true } })
  await expect(refused).rejects.toThrow(/“王五”/)
  expect((await one.places.of(b))?.kind).toBe('private')
})

test('of two who ask for one group at the same time one gets it', async () => {
  const chat = await me.makesGroup('G')
  const asked = await Promise.allSettled([
    one.places.link(a, group(chat)),
    one.places.link(b, group(chat)),
  ])
  expect(asked.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

test('a topic that was only made to be left is not left behind, but one that somebody has used is', async () => {
  const chat = await me.makesGroup('G')
  await one.places.link(b, group(chat))
  expect(topicsOf(home).map(({ name }) => name)).toEqual(['my secret name'])
  await one.places.move(b, 'auto')
  expect(topicsOf(home).map(({ name }) => name)).toEqual(['my secret name', 'Zoe'])
  const thread = threadsOf(home)[1] as number
  one.places.roomAt(await me.says(home, 'already here', { thread }))
  await one.places.link(b, group(chat))
  expect(textsIn(me, home, thread)[0]).toBe('already here')
  expect(textsIn(me, home, thread)[1]).toContain('goes on')
})

test('a topic that could not be deleted at once is not deleted later: somebody may be using it', async () => {
  const chat = await me.makesGroup('G')
  sim.fails({ method: 'deleteForumTopic', what: { status: 500, description: 'Internal' } })
  await one.places.link(b, group(chat))
  await (await begin()).places.ensure(b, chatOf('Zoe'), signal)
  expect(topicsOf(home).map(({ name }) => name)).toContain('Zoe')
  expect(textsIn(me, home, threadsOf(home)[1] as number).join()).toContain('goes on')
})

test('a chat that is linked to its own topic stays what it is', async () => {
  const own = await one.places.of(a)
  const room = group(home, String(threadsOf(home)[0]))
  expect(await one.places.link(a, room)).toEqual(own)
  expect(await one.places.link(a, roomOf(a))).toEqual(own)
  expect(await one.places.portalAt(room)).toBe(a)
  expect(await one.places.portalAt(roomOf(managing))).toBeUndefined()
})

test('neither the private chat nor a stranger’s nor a group without the bot can be linked', async () => {
  await expect(one.places.link(a, roomId(String(home)))).rejects.toThrow(/bridge itself/)
  await expect(one.places.link(a, roomOf(managing))).rejects.toThrow(/bridge itself/)
  await expect(one.places.link(a, roomId('777'))).rejects.toThrow(/group/)
  await expect(one.places.link(a, roomId('garbage'))).rejects.toThrow(/group/)
  const chat = await me.makesGroup('G')
  await me.kicksBot(chat)
  await expect(one.places.link(a, group(chat))).rejects.toThrow(/not in that group/)
  expect((await one.places.of(a))?.kind).toBe('private')
})

test('refusals are in the language of the bridge', async () => {
  const chinese = await begin({ language: 'zh' })
  await expect(chinese.places.link(a, roomId(String(home)))).rejects.toThrow('桥本身')
})

test('unlinking brings a chat back to its topic, and the group says so', async () => {
  const chat = await me.makesGroup('G')
  await one.places.link(a, group(chat))
  expect(await one.places.move(a, 'auto')).toMatchObject({ kind: 'private' })
  await one.posts(a, 'back')
  expect(textsIn(me, home, threadsOf(home)[0] as number).at(-1)).toBe('back')
  expect(threadsOf(home)).toHaveLength(2)
  const [line] = textsIn(me, chat).slice(-1)
  expect(line).toContain('“王五” goes on')
  expect(line).not.toContain('secret')
  expect(one.places.roomAt(await me.says(chat, 'hm'))).toBe(String(chat))
  expect(one.places.isOurs(group(chat))).toBe(true)
  // And another chat may have it.
  expect(await one.places.link(b, group(chat))).toMatchObject({ kind: 'linked' })
})

test('a chat can be linked to a topic, and gets its own again when that is deleted', async () => {
  const chat = await me.makesGroup('G', { type: 'forum' })
  const thread = String(await me.makesTopic(chat, 'mine'))
  expect(await one.places.link(a, group(chat, thread))).toMatchObject({
    kind: 'linked',
    url: `https://t.me/c/${String(chat).slice(4)}/${thread}`,
  })
  await one.posts(a, 'x')
  expect(textsIn(me, chat, Number(thread))).toEqual(['x'])
  await one.places.ensure(a, chatOf('New name'), signal)
  expect(topicsOf(chat)).toEqual([{ name: 'mine', closed: false }])
  await me.deletesTopic(chat, Number(thread))
  expect(await one.posts(a, 'y')).toMatchObject({ kind: 'private' })
})

test('a person can force a place, and put it back', async () => {
  expect(await one.places.move(a, 'flat')).toMatchObject({ kind: 'flat' })
  expect(await one.posts(a, 'x')).toMatchObject({ kind: 'flat' })
  await expect(one.places.move(a, 'forum')).rejects.toThrow(/No group has been chosen/)
  expect(await one.places.move(a, 'auto')).toMatchObject({ kind: 'private' })
  sim.setPrivateTopics(false)
  await expect(one.places.move(b, 'private')).rejects.toThrow(/Threaded Mode/)
  expect((await one.places.of(b))?.kind).toBe('private')
})

test('a move that Telegram does not make changes nothing, also not after a restart', async () => {
  await one.places.move(a, 'flat')
  const c = await me.makesGroup('F', { type: 'forum' })
  await one.places.home(group(c))
  sim.fails({ method: 'createForumTopic', what: { status: 400, description: 'Bad Request: NO' } })
  await expect(one.places.move(a, 'forum')).rejects.toMatchObject({ failure: { code: 'refused' } })
  for (const each of [one, await begin()]) {
    expect(await each.posts(a, 'still here')).toMatchObject({ kind: 'flat' })
  }
})

test('chats without private topics go to the chosen group, under names that others may see', async () => {
  sim.setPrivateTopics(false)
  vault = memoryVault()
  one = await begin()
  const chat = await me.makesGroup('Forum', { type: 'forum' })
  expect(await one.places.home(group(chat))).toMatchObject({ kind: 'forum', name: 'Forum' })
  await one.places.ensure(a, chatOf('王五', { remark: 'my secret name' }), signal)
  expect(await one.posts(a, 'x')).toMatchObject({ kind: 'forum', chat: String(chat) })
  expect(topicsOf(chat)).toEqual([{ name: '王五', closed: false }])
  expect(await (await begin()).posts(a, 'y')).toMatchObject({ kind: 'forum' })
  // Topics in private come: what is in the group stays there.
  sim.setPrivateTopics(true)
  clock.forward(11 * 60_000)
  expect(await one.posts(a, 'z')).toMatchObject({ kind: 'forum' })
})

test('a group without topics, or in which the bot may not make any, is no home, and it is told why', async () => {
  const plain = await me.makesGroup('Plain')
  await expect(one.places.home(group(plain))).rejects.toThrow(/“Plain” has no topics/)
  const weak = await me.makesGroup('Weak', { type: 'forum', admin: false })
  await expect(one.places.home(group(weak))).rejects.toThrow(/“Manage topics”/)
  await expect(one.places.home(roomOf(a))).rejects.toMatchObject({ failure: { code: 'refused' } })
  await expect(one.places.move(a, 'forum')).rejects.toThrow(/No group/)
})

test('when there is no chosen group any more, its topics say where chats go on, and are closed', async () => {
  const chat = await me.makesGroup('Forum', { type: 'forum' })
  await one.places.home(group(chat))
  await one.places.move(a, 'forum')
  await one.posts(a, 'in the forum')
  await one.places.move(a, 'auto')
  expect(topicsOf(chat)).toEqual([{ name: '王五', closed: true }])
  expect(textsIn(me, chat, threadsOf(chat)[0] as number).at(-1)).toContain('goes on in a topic')
  await one.places.move(a, 'forum')
  expect(await one.posts(a, 'again')).toMatchObject({ kind: 'forum' })
  expect(topicsOf(chat)).toEqual([{ name: '王五', closed: false }])
  expect(await one.places.home(undefined)).toBeUndefined()
  expect(await one.posts(a, 'elsewhere')).toMatchObject({ kind: 'private' })
})

test('a closed topic is opened for the next post', async () => {
  const chat = await me.makesGroup('Forum', { type: 'forum' })
  await one.places.home(group(chat))
  await one.places.move(a, 'forum')
  const thread = threadsOf(chat)[0] as number
  await me.closesTopic(chat, thread)
  await one.posts(a, 'told by Telegram’s refusal, or before')
  expect(topicsOf(chat)).toEqual([{ name: '王五', closed: false }])
  await me.closesTopic(chat, thread)
  await one.hears()
  const refused = () => sim.calls.filter(({ description }) => description?.includes('TOPIC_CLOSED'))
  const before = refused().length
  await one.posts(a, 'told before')
  expect(topicsOf(chat)).toEqual([{ name: '王五', closed: false }])
  expect(refused()).toHaveLength(before)
})

test('a topic that the bot may not open shuts the room until somebody opens it', async () => {
  const chat = await me.makesGroup('Forum', { type: 'forum' })
  await me.closesTopic(chat, await me.makesTopic(chat, 'theirs'))
  const thread = threadsOf(chat)[0] as number
  await me.promotesBot(chat, [])
  await one.places.link(a, group(chat, String(thread)))
  await expect(one.posts(a, 'x')).rejects.toMatchObject({
    failure: { heal: 'retry', certain: true, afterMs: 60_000 },
  })
  expect(one.places.shut()).toMatchObject([{ portal: a, detail: expect.stringMatching(/closed/) }])
  await me.reopensTopic(chat, thread)
  await one.hears()
  expect(one.places.shut()).toEqual([])
  await one.posts(a, 'x')
})

test('a bot that is thrown out of a linked group holds what is for it until it is back', async () => {
  const chat = await me.makesGroup('G')
  await one.places.link(a, group(chat))
  await one.hears()
  const before = one.changes()
  await me.kicksBot(chat)
  // Found out by posting, before Telegram tells.
  await expect(one.posts(a, 'x')).rejects.toMatchObject({
    failure: { code: 'refused', heal: 'retry', certain: true, afterMs: 60_000 },
  })
  expect(one.changes()).toBeGreaterThan(before)
  await one.hears()
  for (const each of [one, await begin()]) {
    expect(each.places.shut()).toMatchObject([
      { portal: a, detail: expect.stringContaining('“G”') },
    ])
    await expect(each.posts(a, 'y')).rejects.toMatchObject({ failure: { heal: 'retry' } })
    await each.posts(b, 'not concerned')
  }
  await me.addsBot(chat)
  await one.hears()
  expect(one.places.shut()).toEqual([])
  await one.posts(a, 'z')
  expect(textsIn(me, chat)).toContain('z')
})

test('a group that opens without Telegram telling is found out', async () => {
  const chat = await me.makesGroup('G')
  await one.places.link(a, group(chat))
  await me.kicksBot(chat)
  await one.hears()
  const stop = new AbortController()
  const watching = one.places.watch(stop.signal)
  clock.forward(61_000)
  await expect.poll(() => sim.calls.filter(({ method }) => method === 'getChat').length).toBe(2)
  expect(one.places.shut()).toHaveLength(1)
  await me.addsBot(chat)
  await expect
    .poll(() => {
      clock.forward(61_000)
      return one.places.shut()
    })
    .toEqual([])
  stop.abort()
  await watching
})

test('a shut room can be left by moving the chat', async () => {
  const chat = await me.makesGroup('G')
  await one.places.link(a, group(chat))
  await me.kicksBot(chat)
  await one.hears()
  expect(await one.places.move(a, 'auto')).toMatchObject({ kind: 'private' })
  expect(one.places.shut()).toEqual([])
  await one.posts(a, 'x')
})

test('a forum that takes no more topics holds new chats, and only those', async () => {
  sim.setPrivateTopics(false)
  vault = memoryVault()
  one = await begin()
  const chat = await me.makesGroup('Forum', { type: 'forum' })
  await one.places.home(group(chat))
  await one.places.ensure(a, chatOf('A'), signal)
  await me.promotesBot(chat, [])
  await expect(one.places.ensure(b, chatOf('B'), signal)).rejects.toThrow(/“Manage topics”/)
  expect(one.places.shut()).toMatchObject([{ portal: b }])
  await one.posts(a, 'still')
  await me.promotesBot(chat, ['can_manage_topics'])
  await one.hears()
  expect(one.places.shut()).toEqual([])
  expect(await one.posts(b, 'there')).toMatchObject({ kind: 'forum' })
})

test('a group that becomes a supergroup is followed, whoever tells of it', async () => {
  const first = await me.makesGroup('First', { type: 'group' })
  const second = await me.makesGroup('Second', { type: 'group' })
  await one.places.link(a, group(first))
  await one.places.link(b, group(second))
  await one.hears()
  const upFirst = await me.upgrades(first)
  const late = await me.says(upFirst, 'said before it was known')
  await one.posts(a, 'by refusal')
  expect(textsIn(me, upFirst)).toContain('by refusal')
  expect(
    one.places.roomAt({ ...late, chat: { ...late.chat, id: first } as typeof late.chat }),
  ).toBe(a)
  const upSecond = await me.upgrades(second)
  await one.hears()
  expect(one.places.located(roomOf(b))).toMatchObject({ chat: String(upSecond) })
  const other = await begin()
  expect(other.places.located(roomOf(a))).toMatchObject({ chat: String(upFirst) })
  expect(other.places.located(roomOf(b))).toMatchObject({ chat: String(upSecond) })
  expect(other.places.roomAt(await me.says(upSecond, 'hi'))).toBe(b)
  expect(other.places.shut()).toEqual([])
  expect(await other.places.of(a)).toMatchObject({ kind: 'linked', name: 'First' })
})

test('a chosen group that becomes another stays the chosen one', async () => {
  const groups = createGroups(memoryVault())
  await groups.setHome('-5')
  await groups.named('-5', 'Forum')
  await groups.migrated('-5', '-1005')
  expect([groups.home(), groups.title('-1005'), groups.now('-5')]).toEqual([
    '-1005',
    'Forum',
    '-1005',
  ])
  // Telegram says nonsense: no circle.
  await groups.migrated('-1005', '-5')
  expect(groups.now('-5')).toBe('-1005')
})

test('a thread that is only a chain of answers is no topic', async () => {
  const chat = await me.makesGroup('G')
  await one.places.link(a, group(chat))
  const where = { id: chat, type: 'supergroup' as const, title: 'G' }
  expect(one.places.roomAt({ chat: where, message_thread_id: 9 })).toBe(a)
  const topic = { chat: where, message_thread_id: 9, is_topic_message: true } as const
  expect(one.places.roomAt(topic)).toBe(`${chat}/9`)
})

test('an invitation links the group the person picks, once, and for ten minutes', async () => {
  const url = new URL(await one.places.invitation(a))
  const payload = url.searchParams.get('startgroup') ?? ''
  expect(url.origin + url.pathname).toBe(`https://t.me/${sim.bot.username}`)
  const chat = await me.makesGroup('Picked', { payload })
  const left = await one.hears()
  expect(left.filter(({ message }) => message?.chat.id === chat)).toEqual([])
  expect(await one.places.of(a)).toMatchObject({ kind: 'linked', name: 'Picked' })
  await expect.poll(() => textsIn(me, chat).join()).toContain('“王五”')
  expect(textsIn(me, chat).join()).not.toContain('secret')
  const second = await me.makesGroup('Again', { payload })
  await one.hears()
  expect(await one.places.of(a)).toMatchObject({ name: 'Picked' })
  await expect.poll(() => textsIn(me, second).join()).toContain('used up')

  const old = new URL(await one.places.invitation(b)).searchParams.get('startgroup') ?? ''
  clock.forward(11 * 60_000)
  await me.makesGroup('Late', { payload: old })
  await one.hears()
  expect(await one.places.of(b)).toMatchObject({ kind: 'private' })
})

test('a stranger who has got hold of an invitation links nothing', async () => {
  const payload = new URL(await one.places.invitation(a)).searchParams.get('startgroup') ?? ''
  await sim.user('Mallory').makesGroup('Trap', { payload })
  await one.hears()
  expect(await one.places.of(a)).toMatchObject({ kind: 'private' })
})

test('what is not about places is left to others', async () => {
  await one.hears()
  await me.says(home, 'hello')
  const left = await one.hears()
  expect(left.map(({ message }) => message?.text)).toEqual(['hello'])
  for (const update of [{ update_id: 1 }, { update_id: 2, message: { chat: {} } }]) {
    expect(await one.places.happened(update as never, signal)).toBe(false)
  }
})

test('places that were told nothing because Telegram was away are told later', async () => {
  const chat = await me.makesGroup('G')
  await one.places.link(a, group(chat))
  sim.fails({ method: 'sendMessage', what: { status: 500, description: 'Internal' } })
  await one.places.move(a, 'auto')
  expect(textsIn(me, chat).join()).not.toContain('goes on')
  await (await begin()).places.ensure(a, chatOf('王五'), signal)
  expect(textsIn(me, chat).join()).toContain('goes on')
})
