import { afterEach, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import type { Notice } from '../../src/core/notice.ts'
import { friendChat, groupChat, message } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { openWorld, roomOf, type World } from './harness.ts'
import { ask, buttonsOf, type Equipped, equip, press } from './pressing.ts'
import { noticesIn } from './said.ts'

let world: World
let hub: Equipped
afterEach(() => world.close())

async function begun(): Promise<void> {
  world = await openWorld({
    hubs: 2,
    prepare: (sides) => {
      hub = equip(sides.hub)
      hub.people.roles.set('@ann', 'user')
      hub.people.roles.set('@bob', 'relay')
    },
  })
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  await roomOf(world, groupChat)
  world.wechat.people.found = [{ chat: groupChat, detail: '' }]
}

const ann = { from: '@ann' }
const annAtHome = { ...ann, room: '4711' }
const notYours: Notice = { type: 'cannot', why: 'notYours' }

test('those who may use the bridge are listed, let in by a link, and put out by a button', async () => {
  await begun()
  const list = await ask(world, management, 'users')
  expect(list.notice).toMatchObject({
    users: [
      { id: '@owner', role: 'owner' },
      { id: '@ann', name: 'name of @ann', role: 'user' },
      { id: '@bob', role: 'relay' },
    ],
  })
  const labels = buttonsOf(list.post).map((row) => row.map(({ label }) => label))
  expect(labels.slice(0, 2)).toEqual([['Remove name of @ann'], ['Remove name of @bob']])
  const added = await press(world, list.post, 'Add one who only writes')
  expect(added.notice).toEqual({
    type: 'userBy',
    role: 'relay',
    link: 'https://t.example/bot?start=relay',
  })
  expect((await ask(world, management, 'users add')).notice).toMatchObject({ role: 'user' })
  const again = await ask(world, management, 'users')
  const gone = await press(world, again.post, 'Remove name of @ann')
  expect(gone.notice).toEqual({ type: 'userGone', name: 'name of @ann' })
  expect(hub.people.roles.has('@ann')).toBe(false)
})

test('the owner, and whom nobody knows, cannot be put out', async () => {
  await begun()
  for (const id of ['@owner', '@nobody']) {
    expect((await ask(world, management, ['users', 'remove', id])).notice).toEqual({
      type: 'cannot',
      why: 'noUser',
    })
  }
  expect(hub.people.calls).toEqual([])
  for (const line of ['users remove', 'users add owner', 'users zap', 'users add relay now']) {
    expect((await ask(world, management, line)).notice).toMatchObject({ type: 'usage' })
  }
})

test('who is let in is nothing for rooms that others may read', async () => {
  await begun()
  const onlyHome = { type: 'cannot', why: 'onlyHome' }
  for (const line of ['users', 'users add', 'users remove @ann']) {
    expect((await ask(world, groupChat, line)).notice).toEqual(onlyHome)
    expect((await ask(world, management, line, { room: '-1001' })).notice).toEqual(onlyHome)
  }
  expect(hub.people.calls).toEqual([])
})

test('a room lets everyone write, and not any more', async () => {
  await begun()
  const room = await roomOf(world, groupChat)
  const on = await ask(world, groupChat, 'relay on')
  expect(on.notice).toEqual({ type: 'relay', allowed: true })
  expect((await press(world, on.post, 'End it')).notice).toEqual({ type: 'relay', allowed: false })
  expect(hub.people.calls).toEqual([
    ['relay', room, true],
    ['relay', room, false],
  ])
  expect((await ask(world, groupChat, 'relay')).notice).toMatchObject({ type: 'usage' })
  expect((await ask(world, management, 'relay on')).notice).toMatchObject({ place: 'chat' })
})

test('a user is answered in the rooms of chats about that chat, and nothing is done that is not theirs', async () => {
  await begun()
  expect((await ask(world, groupChat, 'queue', ann)).notice).toMatchObject({ type: 'line' })
  expect((await ask(world, groupChat, 'members', ann)).notice).toMatchObject({ type: 'members' })
  const owners = [
    'chats',
    'open 1',
    'search x',
    'start 1',
    'accept',
    'same abc 1',
    'login',
    'logout',
    'group 1 2 x',
    'link',
    'link all',
    'unlink',
    'place flat',
    'users',
    'users add',
    'relay on',
    'language zh',
  ]
  for (const line of owners) {
    expect((await ask(world, groupChat, line, ann)).notice, line).toEqual(notYours)
  }
  expect(hub.places.calls).toEqual([])
  expect(hub.people.calls).toEqual([])
  expect(world.wechat.calls).toEqual([])
  expect(world.wechat.people.calls.map(([name]) => name)).toEqual(['members'])
})

test('elsewhere a user gets help and how things stand, where they asked and nowhere else', async () => {
  await begun()
  const help = await ask(world, management, 'help', annAtHome)
  expect(help.post.room).toBe('4711')
  expect(help.notice).toEqual({ type: 'help', places: true, people: true })
  const words = plainOf(help.post.body)
  for (const theirs of ['!wx recall', '!wx status']) expect(words).toContain(theirs)
  for (const owners of ['!wx login', '!wx chats', '!wx users']) expect(words).not.toContain(owners)
  expect((await ask(world, management, 'status', annAtHome)).notice).toMatchObject({
    type: 'status',
  })
  for (const line of ['queue', 'dead', 'resend all', 'drop all', 'mute', 'recall off']) {
    expect((await ask(world, management, line, annAtHome)).notice, line).toEqual(notYours)
  }
  // The owner's own room heard nothing of it, nor did the other hub.
  const home = await roomOf(world, management)
  expect(world.hub.words(home).join()).not.toContain('Commands:')
  expect(world.other.words().join()).not.toContain('Commands:')
})

test('a portal of another chat names nothing to a user', async () => {
  await begun()
  const other = (await roomOf(world)).slice(1)
  expect((await ask(world, groupChat, ['mute', other], ann)).notice).toEqual({
    type: 'cannot',
    why: 'noChatHere',
  })
  expect((await ask(world, groupChat, 'mute', ann)).notice).toMatchObject({ muted: true })
  expect(await noticesIn(world, friendChat)).toEqual([])
})

test('those who only write run nothing', async () => {
  await begun()
  const before = (await noticesIn(world, groupChat)).length
  const room = await roomOf(world, groupChat)
  await world.hub.does({
    type: 'command',
    id: world.hub.event(),
    room: room as never,
    at: Date.now(),
    from: '@bob',
    words: ['help'],
  })
  expect((await noticesIn(world, groupChat)).length).toBe(before)
})

test('a hub whose people are in its configuration says so', async () => {
  world = await openWorld()
  for (const line of ['users', 'relay on']) {
    expect((await ask(world, management, line)).notice).toEqual({ type: 'cannot', why: 'noUsers' })
  }
})

test('help for the owner names what there is only on this hub', async () => {
  await begun()
  const full = await ask(world, management, 'help')
  for (const some of ['!wx users', '!wx link', '!wx chats', '!wx login']) {
    expect(plainOf(full.post.body)).toContain(some)
  }
  await world.close()
  world = await openWorld()
  await ask(world, management, 'help')
  const plain = world.hub.words().join()
  expect(plain).toContain('!wx chats')
  expect(plain).not.toContain('!wx link')
  expect(plain).not.toContain('!wx users')
})

test('commands are named as they are written on the hub', async () => {
  world = await openWorld({
    prepare: (sides) => {
      hub = equip(sides.hub)
      Object.assign(sides.hub, { features: { ...sides.hub.features, commandPrefix: '/' } })
    },
  })
  const help = plainOf((await ask(world, management, 'help')).post.body)
  expect(help).toContain('/login code')
  expect(help).not.toContain('!wx')
  const usage = plainOf((await ask(world, management, 'language fr')).post.body)
  expect(usage).toBe('Write it like this: /language zh|en')
})
