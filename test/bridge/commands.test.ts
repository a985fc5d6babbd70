import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { management } from '../../src/core/chat.ts'
import { chatId, contactId } from '../../src/core/ids.ts'
import type { Notice } from '../../src/core/notice.ts'
import type { WeChatPeople } from '../../src/ports/wechat.ts'
import { friendChat, groupChat, lin, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, newFriend, openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const chen: Chat = { ...friendChat, id: chatId('wx:2718281828/chen'), name: '陈', remark: '' }
const zhou = { id: contactId('wx:2718281828/zhou'), name: '周', remark: '秘密' }
const found = (...chats: readonly Chat[]) => chats.map((chat) => ({ chat, detail: '杭州' }))

/** What was said in a chat's room, as data. */
async function notices(chat: Chat): Promise<readonly Notice[]> {
  const all = await world.database.archive.messages(chat.id, 500)
  return all.flatMap(({ message: { content } }) =>
    content.kind === 'notice' ? [content.notice] : [],
  )
}

/** Runs commands in a chat's room, and waits for the answer to each. */
async function run(chat: Chat, ...lines: readonly string[]): Promise<Notice | undefined> {
  for (const line of lines) {
    const before = (await notices(chat)).length
    await world.hub.commands(await roomOf(world, chat), line)
    await until(async () => (await notices(chat)).length > before, `an answer to ${line}`)
  }
  return (await notices(chat)).at(-1)
}

async function opened(): Promise<void> {
  world = await openWorld()
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  await roomOf(world, groupChat)
}

const calls = () => world.wechat.people.calls

test('a search lists what was found, and start opens the room of one on every hub', async () => {
  world = await openWorld({ hubs: 2 })
  world.wechat.people.found = found(groupChat, chen)
  expect(await run(management, 'search 陈 小')).toEqual({
    type: 'found',
    words: '陈 小',
    found: [
      { kind: 'group', name: '周末爬山队', detail: '杭州' },
      { kind: 'friend', name: '陈', detail: '杭州' },
    ],
  })
  expect(calls()).toEqual([['search', '陈 小']])
  const done = { type: 'doneWith', what: 'start', name: '陈' }
  expect(await run(management, 'start 2')).toEqual(done)
  const room = await roomOf(world, chen)
  expect(await notices(chen)).toEqual([done])
  await until(() => world.other.rooms.length === 2, 'the room on the other hub')
  await world.hub.says(room, 'hi')
  await until(() => world.wechat.delivered[0]?.chat === chen.id, 'the send')
})

test('what is not shown of a search is said to be there', async () => {
  await opened()
  world.wechat.people.found = found(...Array.from({ length: 21 }, () => chen))
  const all = await run(management, 'search x')
  expect(all).toMatchObject({ type: 'found', more: true })
  expect(all?.type === 'found' && all.found.length).toBe(20)
  expect(await run(management, 'start 21')).toEqual({ type: 'cannot', why: 'noSearch' })
  world.wechat.people.found = found(...Array.from({ length: 20 }, () => chen))
  expect(await run(management, 'search x')).not.toHaveProperty('more')
})

test('a number counts in the list last shown in its own room, and is never guessed', async () => {
  await opened()
  world.wechat.people.found = found(chen)
  const noSearch = { type: 'cannot', why: 'noSearch' }
  const noMembers = { type: 'cannot', why: 'noMembers' }
  expect(await run(management, 'start 1')).toEqual(noSearch)
  await run(management, 'search x')
  for (const line of ['start 2', 'start 9999']) {
    expect(await run(management, line)).toEqual(noSearch)
  }
  for (const line of [
    'start',
    'start 0',
    'start -1',
    'start 1.0',
    'start 1 2',
    'start constructor',
  ]) {
    expect(await run(management, line)).toEqual({ type: 'usage', usage: '!wx start NUMBER' })
  }
  // Listed elsewhere, or listed before something else was.
  expect(await run(groupChat, 'invite 1')).toEqual(noSearch)
  expect(await run(groupChat, 'search x', 'members', 'invite 1')).toEqual(noSearch)
  world.wechat.people.found = []
  expect(await run(management, 'search nobody', 'start 1')).toEqual(noSearch)
  world = await world.restart()
  expect(await run(groupChat, 'remove 1')).toEqual(noMembers)
  expect(calls()).toEqual([])
})

test('members of a group are listed, asked to be friends, removed and invited', async () => {
  await opened()
  world.wechat.people.inGroup = [lin, zhou]
  const list = await run(groupChat, 'members')
  // A private remark is nothing for a room that others may be in.
  expect(list).toEqual({ type: 'members', names: ['林小满', '周'] })
  await run(groupChat, 'add 2 你好 我是阿墨', 'remove 1 2 1')
  world.wechat.people.found = found(chen, friendChat)
  expect(await run(groupChat, 'search x', 'invite 2 1')).toEqual({
    type: 'doneWith',
    what: 'added',
    name: '满满, 陈',
  })
  await run(groupChat, 'rename 新 名字')
  expect(calls()).toEqual([
    ['members', groupChat.id],
    ['add', zhou.id, '你好 我是阿墨'],
    ['remove', groupChat.id, [lin.id, zhou.id]],
    ['search', 'x'],
    ['invite', groupChat.id, [friendChat.id, chen.id]],
    ['rename', groupChat.id, '新 名字'],
  ])
})

test('a group is made of friends of the last search, and its room is opened', async () => {
  await opened()
  world.wechat.people.found = found(chen, friendChat, groupChat)
  await run(management, 'search x')
  for (const line of ['group', 'group 1 2', 'group 1 爬山', 'group 1 1 爬山', 'group 爬山 1 2']) {
    expect(await run(management, line)).toMatchObject({ type: 'usage' })
  }
  for (const line of ['group 1 3 爬山', 'group 1 7 爬山']) {
    expect(await run(management, line)).toMatchObject({ type: 'cannot' })
  }
  expect(await run(management, 'group 2 1 周日 爬山')).toMatchObject({ what: 'create' })
  expect(calls().at(-1)).toEqual(['createGroup', [friendChat.id, chen.id], '周日 爬山'])
  await roomOf(world, { ...groupChat, id: chatId('wx:2718281828/made') })
})

test('a chat is renamed for oneself, pinned and fetched anew from its room', async () => {
  await opened()
  expect(await run(friendChat, 'remark 小 满')).toMatchObject({ what: 'remark', name: '小 满' })
  expect(await run(friendChat, 'remark')).toMatchObject({ what: 'unremark', name: '林小满' })
  await run(friendChat, 'pin', 'unpin')
  await run(groupChat, 'pin')
  expect(await run(friendChat, 'refresh')).toMatchObject({ what: 'refresh', name: 'refreshed' })
  expect(calls()).toEqual([
    ['remark', friendChat.id, '小 满'],
    ['remark', friendChat.id, ''],
    ['pin', friendChat.id, true],
    ['pin', friendChat.id, false],
    ['pin', groupChat.id, true],
    ['refresh', friendChat.id],
  ])
})

test('a command in a room where it means nothing says where it belongs', async () => {
  await opened()
  for (const line of ['pin', 'unpin', 'refresh']) {
    const usage = { type: 'usage', usage: `!wx ${line}`, place: 'chat' }
    expect(await run(management, line)).toEqual(usage)
  }
  for (const line of ['members', 'invite 1', 'remove 1']) {
    expect(await run(management, line)).toMatchObject({ type: 'usage', place: 'group' })
  }
  for (const line of ['members', 'invite 1', 'remove 1', 'rename x', 'add 1 x']) {
    expect(await run(friendChat, line)).toMatchObject({ type: 'usage', place: 'group' })
  }
  for (const chat of [groupChat, management]) {
    expect(await run(chat, 'remark x')).toMatchObject({ type: 'usage', place: 'friend' })
  }
  expect(await run(management, 'search')).toEqual({ type: 'usage', usage: '!wx search WORDS' })
  expect(calls()).toEqual([])
})

test('a friend request is shown in the management room, and the only one needs no number', async () => {
  await opened()
  const content = {
    kind: 'friendRequest',
    name: '秋',
    greeting: '你好',
    request: '7',
  } as const
  await world.wechat.hear(message('r', { content }))
  const desk = await roomOf(world, management)
  await until(() => world.hub.words(desk).some((words) => words.includes('秋')), 'the request')
  expect((await world.database.archive.messages(management.id, 9)).at(-1)?.message.content).toEqual(
    content,
  )
  const request = (name: string) => ({ request: name, name: '秋', greeting: '你好', at: 1 })
  expect(await run(management, 'accept')).toEqual({ type: 'requests', requests: [] })
  world.wechat.people.open = [request('7'), request('8')]
  expect(await run(management, 'accept')).toMatchObject({ requests: [{ request: '7' }, {}] })
  expect(await run(management, 'accept 9')).toMatchObject({ type: 'cannot', why: 'noRequest' })
  expect(await run(management, 'accept 8')).toMatchObject({ what: 'accept', name: '满满' })
  await roomOf(world, newFriend)
  world.wechat.people.open = [request('7')]
  await run(management, 'accept')
  expect(calls()).toEqual([
    ['accept', '8'],
    ['accept', '7'],
  ])
})

test('what WeChat refuses, or what nobody foresaw, is told in the same room and harms nothing', async () => {
  await opened()
  const refused = { code: 'refused', heal: 'never', certain: true } as const
  world.wechat.people.faults.push(failure(refused, 'Ret 1205: too often'))
  expect(await run(groupChat, 'rename x')).toEqual({
    type: 'notDone',
    code: 'refused',
    detail: 'Ret 1205: too often',
  })
  const known = { ...refused, reason: 'tooOften', said: '操作太频繁' } as const
  world.wechat.people.faults.push(failure(known, 'too often'))
  expect(await run(groupChat, 'rename x')).toMatchObject({ reason: 'tooOften', said: '操作太频繁' })
  world.wechat.people.faults.push(new TypeError('x is undefined') as never)
  expect(await run(friendChat, 'pin')).toMatchObject({ type: 'notDone', code: 'bug' })
  expect(await run(friendChat, 'pin')).toMatchObject({ type: 'doneWith', what: 'pin' })
})

test('a connector without an address book says so', async () => {
  await opened()
  const side: { people?: WeChatPeople } = world.wechat
  delete side.people
  expect(await run(management, 'search x')).toEqual({ type: 'cannot', why: 'noPeople' })
})

test('a command longer than any name does nothing, and all of a shorter one is taken', async () => {
  await opened()
  const long = { type: 'cannot', why: 'tooLong' }
  expect(await run(groupChat, `rename ${'x '.repeat(600)}`)).toEqual(long)
  expect(await run(management, `search ${'很'.repeat(1001)}`)).toEqual(long)
  expect(calls()).toEqual([])
  const words = 'one two three four five six seven eight nine ten eleven twelve'
  expect(await run(groupChat, `rename ${words}`)).toMatchObject({ what: 'rename', name: words })
})

test('logging out takes no other word, and resending needs one', async () => {
  await opened()
  expect(await run(management, 'logout now')).toEqual({ type: 'usage', usage: '!wx logout' })
  expect(await run(management, 'resend')).toEqual({ type: 'usage', usage: '!wx resend NUMBER|all' })
  expect(await run(management, 'status')).toMatchObject({ type: 'status', state: 'online' })
})

test('a command that the hub delivers twice asks WeChat once', async () => {
  await opened()
  const room = (await roomOf(world, friendChat)) as never
  const id = world.hub.event()
  const event = { type: 'command', id, room, at: 1, from: '@owner', words: ['pin'] } as const
  await world.hub.does(event)
  await world.hub.does(event)
  await until(async () => (await notices(friendChat)).length === 1, 'the answer')
  expect(calls()).toEqual([['pin', friendChat.id, true]])
})

test('a slip of the finger is told what it looks like', async () => {
  world = await openWorld()
  expect(await run(management, 'serach x')).toEqual({
    type: 'unknownCommand',
    word: 'serach',
    near: 'search',
  })
  for (const word of ['__proto__', 'hasOwnProperty', 'x', '<b>']) {
    expect(await run(management, word)).toEqual({ type: 'unknownCommand', word })
  }
})

test('the risk of logging in is told first, and has to be accepted', async () => {
  world = await openWorld({ online: false })
  const risk = { state: 'offline', reason: 'risk', relogin: true } as const
  await world.wechat.sink.login(risk)
  await until(async () => (await notices(management)).length === 2, 'the risk')
  await world.wechat.sink.login(risk)
  expect((await notices(management)).at(-1)).toEqual({ type: 'risk' })
  expect(await run(management, 'login')).toEqual({ type: 'risk' })
  expect(await run(management, 'login code')).toEqual({ type: 'risk' })
  expect(await run(management, 'login please')).toMatchObject({ type: 'usage' })
  expect(world.wechat.options).toEqual([])
  expect(await run(management, 'login yes')).toEqual({ type: 'done', what: 'login' })
  await world.wechat.sink.login({ state: 'offline', reason: 'expired', relogin: true })
  await run(management, 'login', 'login Code', 'login code yes')
  expect(world.wechat.options).toEqual([
    { acceptRisk: true },
    {},
    { code: true },
    { acceptRisk: true, code: true },
  ])
})
