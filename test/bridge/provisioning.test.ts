import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { management } from '../../src/core/chat.ts'
import { chatId, hubId, roomId } from '../../src/core/ids.ts'
import type { Provisioning } from '../../src/ports/provisioning.ts'
import { friendChat, groupChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'
import { type Equipped, equip } from './pressing.ts'

let world: World
let hub: Equipped
afterEach(() => world.close())

async function begun(online = true): Promise<Provisioning> {
  world = await openWorld({
    online,
    prepare: (sides) => {
      hub = equip(sides.hub)
    },
  })
  const found = world.bridge.provisioning(hubId('matrix'))
  if (!found) throw new Error('nothing to work with')
  return found
}

const never = new AbortController().signal

test('there is nothing to do on a hub that the bridge does not have', async () => {
  await begun()
  expect(world.bridge.provisioning(hubId('telegram'))).toBeUndefined()
})

test('the login is told, and its next state to whoever waits', async () => {
  const program = await begun(false)
  await world.wechat.sink.login({ state: 'offline', reason: 'expired', relogin: true })
  const now = program.login()
  const next = program.nextLogin(now, never)
  await world.wechat.sink.login({ state: 'scan', qr: 'x', attempt: 1 })
  expect(await next).toMatchObject({ state: 'scan', qr: 'x' })
  // Known already: nobody waits for it.
  expect(await program.nextLogin(now, never)).toMatchObject({ state: 'scan' })
  const stop = new AbortController()
  const waiting = program.nextLogin(program.login(), stop.signal)
  stop.abort()
  expect(await waiting).toMatchObject({ state: 'scan' })
})

test('a login begins only where a person could begin one, and the risk has to be accepted', async () => {
  const program = await begun()
  await until(() => program.login().state === 'online', 'online')
  expect(program.begin()).toBe(false)
  await world.wechat.sink.login({ state: 'offline', reason: 'refused', relogin: false })
  expect(program.begin()).toBe(false)
  await world.wechat.sink.login({ state: 'offline', reason: 'risk', relogin: false })
  expect(program.begin()).toBe(false)
  expect(program.begin({ code: true })).toBe(false)
  expect(world.wechat.calls).toEqual([])
  expect(program.begin({ acceptRisk: true })).toBe(true)
  await world.wechat.sink.login({ state: 'offline', reason: 'kicked', relogin: true })
  expect(program.begin({ code: true })).toBe(true)
  expect(world.wechat.options).toEqual([{ acceptRisk: true }, { code: true }])
})

test('a logout ends the session, once there is one', async () => {
  const program = await begun(false)
  expect(await program.logout(never)).toBe(false)
  expect(world.wechat.calls).toEqual([])
  await world.wechat.online()
  expect(await program.logout(never)).toBe(true)
  expect(world.wechat.calls).toEqual(['logout'])
})

const silent: Chat = { ...friendChat, id: chatId('wx:2718281828/silent'), name: '王伟', remark: '' }

test('chats are listed, the latest first and those without a word last, and found by their words', async () => {
  const program = await begun()
  await world.wechat.sink.chats([silent])
  await world.wechat.hear(message('1', { chat: groupChat.id }))
  await world.wechat.hear(message('2'))
  const room = await roomOf(world, friendChat)
  const all = await program.chats('', 10, 0)
  expect(all.map(({ chat }) => chat)).toEqual([friendChat.id, groupChat.id, silent.id])
  expect(all[0]).toMatchObject({ kind: 'friend', name: '满满', room })
  expect(all[2]).not.toHaveProperty('room')
  expect((await program.chats('', 1, 1)).map(({ chat }) => chat)).toEqual([groupChat.id])
  expect((await program.chats('林 满满', 10, 0)).map(({ chat }) => chat)).toEqual([friendChat.id])
  const other: Chat = { ...silent, id: chatId('wx:2718281828/book'), name: '通讯录里的' }
  world.wechat.people.found = [
    { chat: other, detail: '' },
    { chat: silent, detail: '' },
  ]
  const found = await program.chats('王伟', 10, 0)
  expect(found.map(({ chat }) => chat)).toEqual([silent.id, other.id])
  expect(found[1]).not.toHaveProperty('portal')
})

test('the room of a chat is made once; one of a person’s choice shows it from then on', async () => {
  const program = await begun()
  await world.wechat.hear(message('1'))
  await world.wechat.sink.chats([silent])
  const room = await program.link(silent.id, undefined, never)
  expect(await program.link(silent.id, undefined, never)).toBe(room)
  const [line] = await program.chats('王伟', 1, 0)
  expect(line?.room).toBe(room)
  const here = roomId('!chosen')
  await program.link(silent.id, here, never)
  expect(hub.places.calls).toEqual([['link', line?.portal, here]])
  // The adapter is asked where it goes now.
  const asked = world.hub.ensured.filter((portal) => portal === line?.portal)
  expect(asked.length).toBeGreaterThan(1)
})

test('what is no chat gets no room', async () => {
  const program = await begun()
  for (const id of [management.id, chatId('wx:2718281828/nobody')]) {
    await expect(program.link(id, undefined, never)).rejects.toThrow(/no such chat/)
  }
})

test('a room that shows no chat is not unlinked, one that does is', async () => {
  const program = await begun()
  await world.wechat.hear(message('1'))
  await roomOf(world, friendChat)
  const [line] = await program.chats('', 1, 0)
  const here = roomId('!chosen')
  expect(await program.unlink(here, never)).toBe(false)
  hub.places.portalAt = async () => line?.portal as undefined
  expect(await program.unlink(here, never)).toBe(true)
  expect(hub.places.calls).toEqual([['move', line?.portal, 'auto']])
  hub.places.of = async () => ({ kind: 'own' })
  await expect(program.unlink(here, never)).rejects.toThrow(/made for its chat/)
  expect(hub.places.calls).toHaveLength(1)
})

test('who else has an account here is told to those who may know, in the room of the bridge', async () => {
  const residents = () => [
    { user: '@alice:example.org', online: true },
    { user: '@bob:example.org\n<b>', online: false },
  ]
  world = await openWorld({ parts: { residents } })
  const room = await roomOf(world, management)
  await world.hub.commands(room, 'people')
  const words = await until(
    () => world.hub.words().find((text) => text.includes('have a WeChat account')),
    'the list',
  )
  expect(words).toContain('@alice:example.org  online\n@bob:example.org <b>  offline')
  const helped = () => world.hub.words().find((text) => text.includes('!wx login'))
  await world.hub.commands(room, 'help')
  expect(await until(helped, 'help')).toContain('!wx people')
  await world.close()
  world = await openWorld()
  await world.hub.commands(await roomOf(world, management), 'people')
  await until(() => world.hub.words().some((text) => /is in its configuration/.test(text)), 'a no')
  await world.hub.commands(await roomOf(world, management), 'help')
  expect(await until(helped, 'help')).not.toContain('!wx people')
})
