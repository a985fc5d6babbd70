import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { accountsRoom, management } from '../../src/core/chat.ts'
import { BridgeError } from '../../src/core/errors.ts'
import { chatId, contactId, portalId } from '../../src/core/ids.ts'
import { friendChat, groupChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'
import { ask, buttonsOf, type Equipped, equip, press } from './pressing.ts'

let world: World
let hub: Equipped
/** Of the friend, of the group. */
let lin: string
let hikers: string
afterEach(() => world.close())

async function begun(): Promise<void> {
  world = await openWorld({
    prepare: (sides) => {
      hub = equip(sides.hub)
    },
  })
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  lin = (await roomOf(world)).slice(1)
  hikers = (await roomOf(world, groupChat)).slice(1)
}

const group = { room: '-1001' }

test('in a room of its own, link gives the address at which a group is picked', async () => {
  await begun()
  const { notice, post } = await ask(world, friendChat, 'link')
  const url = `https://t.example/bot?startgroup=${lin}`
  expect(notice).toEqual({ type: 'linkBy', name: '满满', url })
  expect(buttonsOf(post)).toEqual([[{ label: 'Pick a group', url }]])
  expect(hub.places.calls).toEqual([['invitation', lin]])
})

test('in a group that shows no chat, one is picked by a button and goes there', async () => {
  await begun()
  const list = await ask(world, management, 'link', group)
  expect(list.post.room).toBe('-1001')
  expect(list.notice).toMatchObject({ type: 'chats', todo: 'link' })
  // The group's other members read it too.
  const linked = await press(world, list.post, '林小满')
  expect(linked.post.room).toBe('-1001')
  expect(linked.post.replacesEvent).toBeDefined()
  expect(linked.notice).toMatchObject({
    type: 'place',
    name: '林小满',
    where: { kind: 'linked', name: '-1001' },
    now: true,
  })
  expect(hub.places.calls).toEqual([['link', lin, '-1001']])
})

test('numbers count in the list that was shown in that group', async () => {
  await begun()
  await ask(world, management, 'chats')
  expect((await ask(world, management, 'link 1', group)).notice).toEqual({
    type: 'cannot',
    why: 'noChatHere',
  })
  expect(hub.places.calls).toEqual([])
  await ask(world, management, 'link', group)
  await ask(world, management, 'link 2', group)
  expect(hub.places.calls).toEqual([['link', lin, '-1001']])
})

test('a room that shows a chat takes no other', async () => {
  await begun()
  expect((await ask(world, friendChat, ['link', hikers])).notice).toEqual({
    type: 'cannot',
    why: 'otherHere',
  })
  expect((await ask(world, friendChat, ['link', lin])).notice).toMatchObject({ type: 'linkBy' })
})

test('a group becomes the home of all chats, until it is not any more', async () => {
  await begun()
  expect((await ask(world, management, 'link all', group)).notice).toEqual({
    type: 'home',
    where: { kind: 'forum', name: '群组' },
  })
  expect((await ask(world, management, 'unlink all')).notice).toEqual({ type: 'home' })
  expect((await ask(world, management, 'link all')).notice).toMatchObject({ type: 'usage' })
  expect(hub.places.calls).toEqual([
    ['home', '-1001'],
    ['home', undefined],
  ])
})

test('where a chat goes is told, chosen by buttons, and taken back', async () => {
  await begun()
  const now = await ask(world, friendChat, 'place')
  expect(now.notice).toMatchObject({ type: 'place', where: { kind: 'private' } })
  expect(buttonsOf(now.post).map((row) => row.length)).toEqual([3])
  const moved = await press(world, now.post, /^topic in the group$/)
  expect(moved.notice).toMatchObject({ where: { kind: 'forum' }, now: true })
  await ask(world, friendChat, 'place FLAT')
  await ask(world, management, ['place', hikers, 'private'])
  await ask(world, friendChat, 'unlink')
  expect(hub.places.calls).toEqual([
    ['move', lin, 'forum'],
    ['move', lin, 'flat'],
    ['move', hikers, 'private'],
    ['move', lin, 'auto'],
  ])
  for (const line of ['place sideways', 'place flat private', 'unlink 1 2']) {
    expect((await ask(world, friendChat, line)).notice).toMatchObject({ type: expect.any(String) })
  }
  expect(hub.places.calls.length).toBe(4)
  expect((await ask(world, management, 'place flat')).notice).toMatchObject({ type: 'usage' })
})

test('what a hub refuses is said with its own words', async () => {
  await begun()
  const message = 'Topics are not on in this group; nothing was changed.'
  hub.places.fault = new BridgeError(message, { code: 'refused', heal: 'never', certain: true })
  expect((await ask(world, management, 'link all', group)).notice).toMatchObject({
    type: 'notDone',
    code: 'refused',
    detail: message,
  })
})

test('a hub that makes its rooms by itself says so', async () => {
  world = await openWorld()
  for (const line of ['link', 'unlink', 'place flat']) {
    await world.hub.commands(await roomOf(world, management), line)
  }
  const said = await world.database.archive.messages(management.id, 50)
  const notices = said.flatMap(({ message: { content } }) =>
    content.kind === 'notice' && content.notice.type === 'cannot' ? [content.notice.why] : [],
  )
  expect(notices).toEqual(['noPlaces', 'noPlaces', 'noPlaces'])
})

test('where others may be, a friend is not called by the owner’s private name', async () => {
  await begun()
  expect((await ask(world, friendChat, 'place')).notice).toMatchObject({ name: '满满' })
  for (const kind of ['forum', 'linked'] as const) {
    hub.places.at.set(lin, { kind })
    for (const line of ['place', 'link', 'mute', 'unmute']) {
      expect((await ask(world, friendChat, line)).notice).toMatchObject({ name: '林小满' })
    }
    expect((await ask(world, management, ['place', lin])).notice).toMatchObject({ name: '满满' })
  }
  hub.places.at.set(lin, { kind: 'private' })
  expect((await ask(world, friendChat, 'place forum')).notice).toMatchObject({ name: '林小满' })
})

test('the first word in a room of a group with topics does not call a friend by a private name', async () => {
  await begun()
  const wei = { ...friendChat, id: chatId('wx:2718281828/wei'), name: '王伟', remark: 'Dad' }
  await world.wechat.sink.chats([wei])
  const portal = await world.database.store.unit((unit) =>
    unit.portalOf(wei.id, world.hub.id, () => portalId('weiweiweiwei')),
  )
  hub.places.at.set(portal.id, { kind: 'forum', name: 'F' })
  expect((await ask(world, management, ['open', portal.id])).notice).toMatchObject({ name: 'Dad' })
  const room = await roomOf(world, wei)
  await until(() => world.hub.words(room).join().includes('王伟'), 'a word in the new room')
  expect(world.hub.words(room).join()).not.toContain('Dad')
})

test('official accounts that share a room go where that room goes', async () => {
  world = await openWorld({
    mps: 'shared',
    prepare: (sides) => {
      hub = equip(sides.hub)
    },
  })
  const paper = { id: contactId('wx:2718281828/paper'), name: '早报' }
  const chat: Chat = { ...friendChat, id: chatId(paper.id), kind: 'mp', name: '早报', remark: '' }
  await world.wechat.sink.chats([chat])
  const sender = { type: 'subscription', contact: paper } as const
  await world.wechat.hear(message('1', { chat: chat.id, sender }))
  const shared = await roomOf(world, accountsRoom)
  const list = await ask(world, management, 'chats')
  const opened = await press(world, list.post, '早报')
  await press(world, opened.post, 'Link to a group')
  const own = list.notice.type === 'chats' ? (list.notice.chats[0]?.portal ?? '') : ''
  const moved = await ask(world, management, ['place', own, 'flat'])
  expect(moved.notice).toMatchObject({ name: 'Official accounts', portal: shared.slice(1) })
  // In that room, as an answer to one of them.
  const post = await until(() => world.hub.delivered.find(({ room }) => room === shared), 'a post')
  const replyTo = await until(
    () => world.database.store.unit((unit) => unit.eventOf(post.message, world.hub.id)),
    'its event',
  )
  await ask(world, accountsRoom, 'unlink', { replyTo })
  expect(hub.places.calls).toEqual([
    ['invitation', shared.slice(1)],
    ['move', shared.slice(1), 'flat'],
    ['move', shared.slice(1), 'auto'],
  ])
})

test('what others must not read is not told in a group that shows no chat', async () => {
  await begun()
  for (const line of ['dead', 'queue', 'search Lin']) {
    expect((await ask(world, management, line, group)).notice).toEqual({
      type: 'cannot',
      why: 'onlyHome',
    })
    expect((await ask(world, management, line)).notice).not.toMatchObject({ type: 'cannot' })
  }
})
