import { afterEach, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import { type EventId, eventId, type RoomId, roomId } from '../../src/core/ids.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import { friendChat, groupChat, lin, message } from '../core/samples.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World, type WorldOptions } from './harness.ts'
import { noticesIn } from './said.ts'

let world: World
afterEach(() => world.close())

const base = (room: string, from = '@owner') => ({
  id: world.hub.event(),
  room: roomId(room),
  at: realClock.now(),
  from,
})
const moves = (room: string, to: string, from = '@owner') =>
  world.hub.does({ type: 'moved', ...base(room, from), to: roomId(to) })
const sent = () =>
  world.wechat.delivered.map(({ body }) => (body.kind === 'text' ? body.text : body.kind))

async function begun(options: WorldOptions = {}): Promise<string> {
  world = await openWorld(options)
  await world.wechat.hear(message('1'))
  await until(() => world.hub.words().includes('text 1'), 'the first message')
  return roomOf(world)
}

test('a chat whose room goes on as another one is in that one at once, both ways', async () => {
  const room = await begun()
  const before = world.hub.ensured.length
  await moves(room, '!new')
  await world.wechat.hear(message('2'))
  await until(() => world.hub.words('!new').includes('text 2'), 'it in the new room')
  expect(world.hub.ensured).toHaveLength(before)
  await world.hub.says('!new', 'from there')
  await until(() => sent().includes('from there'), 'what was said there')
})

test('the room of the bridge itself moves too', async () => {
  await begun()
  await moves(await roomOf(world, management), '!home')
  await world.hub.commands('!home', 'status')
  await until(() => world.hub.words('!home').some((each) => each.includes('WeChat')), 'an answer')
})

test('only the owner’s word moves a room, and never into that of another chat', async () => {
  const room = await begun({ prepare: ({ hub }) => void hub.roles.set('@ann', 'user') })
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  const other = await roomOf(world, groupChat)
  await moves(room, '!new', '@ann')
  await moves(room, '!new', '@stranger')
  await moves(room, other)
  await world.wechat.hear(message('3'))
  await until(() => world.hub.words(room).includes('text 3'), 'it in its room')
  expect(await noticesIn(world, management)).not.toContainEqual(
    expect.objectContaining({ type: 'notDone' }),
  )
})

test('a copy of our own post in another room is what its sender meant; in its own it goes nowhere, and they are told', async () => {
  const room = await begun()
  const post = world.hub.delivered.find(({ body }) => JSON.stringify(body).includes('text 1'))
  const event = (await world.database.store.unit((unit) =>
    unit.eventOf(message('1').id, world.hub.id),
  )) as EventId
  const meant = (id: EventId): HubEvent => ({
    type: 'message',
    ...base(room),
    id,
    text: `copied as ${id}`,
  })
  await world.wechat.hear(message('in the group', { chat: groupChat.id }))
  const other = await roomOf(world, groupChat)
  const echo = (id: EventId, key = post?.key, where = room) =>
    world.hub.does({
      type: 'echo',
      id,
      room: roomId(where) as RoomId,
      at: 1,
      key: key as never,
      otherwise: { ...meant(id), room: roomId(where) as RoomId },
    })
  await echo(event)
  await echo(eventId('$same'))
  await echo(eventId('$same'))
  await echo(eventId('$copy'), undefined, other)
  await echo(eventId('$copy'), undefined, other)
  await echo(eventId('$forged'), 'post/of/nobody' as never)
  await until(() => sent().length === 2, 'the copies')
  expect(sent()).toEqual(['copied as $copy', 'copied as $forged'])
  const told = (await noticesIn(world, friendChat)).filter(({ type }) => type === 'copied')
  expect(told).toHaveLength(1)

  const held = Promise.withResolvers<void>()
  world.hub.faults.push({ until: held.promise })
  await world.wechat.hear(message('2'))
  await until(() => world.hub.tries.some(({ message: id }) => id === message('2').id), 'a post')
  const going = world.hub.tries.find(({ message: id }) => id === message('2').id)
  await echo(eventId('$own'), going?.key)
  held.resolve()
  await world.hub.says(room, 'then')
  await until(() => sent().includes('then'), 'what was said after')
  expect(sent()).toHaveLength(3)
})

test('a merge of two rooms is told until it is taken, also after a restart; the old room still leads to the chat', async () => {
  const calls: string[] = []
  const failing: NonNullable<WorldOptions['prepare']> = ({ hub }) =>
    void Object.assign(hub, {
      async merged(from: string, into: string) {
        calls.push(`${from} ${into}`)
        throw failure({ code: 'network', heal: 'retry', certain: true })
      },
    })
  const old = await begun({ prepare: failing })
  const twin = { ...friendChat, id: groupChat.id, name: '另一个' }
  await world.wechat.sink.chats([twin])
  await world.wechat.sink.message(message('2', { chat: twin.id }), '{}')
  const room = await roomOf(world, twin)
  await world.wechat.sink.merge(friendChat.id, twin.id)
  const pair = `${old.slice(1)} ${room.slice(1)}`
  await until(() => calls.length >= 2, 'two tries')
  expect(calls[0]).toBe(pair)
  const told: string[] = []
  world = await world.restart(
    undefined,
    ({ hub }) =>
      void Object.assign(hub, {
        merged: async (from: string, into: string) => void told.push(`${from} ${into}`),
      }),
  )
  await until(() => told.length === 1, 'it told')
  await world.hub.says(old, 'in the old room')
  await until(() => world.wechat.delivered.some(({ chat }) => chat === twin.id), 'it sent')
  world = await world.restart(
    undefined,
    ({ hub }) =>
      void Object.assign(hub, {
        merged: async () => void told.push('again'),
      }),
  )
  await world.hub.says(old, 'once more')
  await until(() => world.wechat.delivered.length === 1, 'it sent')
  expect(told).toEqual([pair])
})

test('a logout that a death cuts off is brought to its end, unless the session is there after all', async () => {
  const left: string[] = []
  let works = false
  const prepare: NonNullable<WorldOptions['prepare']> = ({ hub, wechat }) => {
    Object.assign(hub, {
      async loggedOut(me: { id: string; name: string }) {
        left.push(`${me.id} ${me.name}`)
        if (!works) return new Promise(() => undefined)
        return [room.slice(1)]
      },
    })
    wechat.logout = async () => {
      await wechat.sink.login({ state: 'offline', reason: 'loggedOut', relogin: true })
      return true
    }
  }
  let room = ''
  room = await begun({ prepare, online: false })
  await world.wechat.online()
  await world.hub.commands(await roomOf(world, management), 'logout')
  await until(() => left.length === 1, 'the hub told')
  works = true
  world = await world.restart(undefined, prepare)
  expect(left).toHaveLength(1)
  await world.wechat.sink.login({ state: 'offline', reason: 'unreachable', relogin: true })
  await world.wechat.sink.login({ state: 'offline', reason: 'loggedOut', relogin: true })
  await until(
    async () => (await noticesIn(world, management)).some(({ type }) => type === 'roomsCleared'),
    'the word about it',
  )
  expect(new Set(left).size).toBe(1)
  expect(left).toHaveLength(2)
  world = await world.restart(undefined, prepare)
  await world.wechat.sink.login({ state: 'offline', reason: 'loggedOut', relogin: true })
  await world.wechat.online()
  expect(left).toHaveLength(2)
})

test('after a logout the rooms that the hub gave up are none any more, and a kick is no logout', async () => {
  const left: string[] = []
  let room = ''
  const prepare: NonNullable<WorldOptions['prepare']> = ({ hub, wechat }) => {
    Object.assign(hub, {
      async loggedOut(me: { name: string }) {
        left.push(me.name)
        if (left.length === 1) throw failure({ code: 'network', heal: 'retry', certain: true })
        return [room.slice(1)]
      },
    })
    wechat.logout = async () => {
      await wechat.sink.login({ state: 'offline', reason: 'loggedOut', relogin: true })
      return true
    }
  }
  room = await begun({ prepare })
  await world.wechat.sink.login({ state: 'offline', reason: 'kicked', relogin: true })
  await world.wechat.online()
  await world.hub.commands(await roomOf(world, management), 'logout')
  await until(
    async () => (await noticesIn(world, management)).some(({ type }) => type === 'roomsCleared'),
    'the word about it',
  )
  expect(left).toEqual(['阿墨', '阿墨'])
  expect(
    await world.database.store.unit((unit) => unit.portalIn(world.hub.id, roomId(room))),
  ).toBeUndefined()
  const before = world.hub.ensured.length
  await world.wechat.hear(message('2', { sender: { type: 'contact', contact: lin } }))
  await until(() => world.hub.ensured.length > before, 'a room once more')
})
