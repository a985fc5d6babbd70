import { afterEach, expect, test } from 'vitest'
import { type Chat, management } from '../../src/core/chat.ts'
import type { Failure } from '../../src/core/errors.ts'
import {
  type EventId,
  hubMessageId,
  roomId,
  sendKey,
  sendLine,
  weChatLane,
} from '../../src/core/ids.ts'
import type { Letter } from '../../src/core/queue-notice.ts'
import { account, friendChat, groupChat, message, picture } from '../core/samples.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World } from './harness.ts'
import { commandIn, noticesIn } from './said.ts'

// What waits for a person's word: listed, sent again, forgotten.

let world: World
afterEach(() => world.close())

const notices = (chat: Chat) => noticesIn(world, chat)
const commands = (chat: Chat, line: string) => commandIn(world, chat, line)

const refused: Failure = { code: 'refused', heal: 'never', certain: true, reason: 'notFriend' }
const lost: Failure = { code: 'timeout', heal: 'retry', certain: false }

async function opened(): Promise<void> {
  world = await openWorld({ parts: { echoMs: 0 } })
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  await roomOf(world, groupChat)
}

async function letters(chat: Chat): Promise<readonly Letter[]> {
  const notice = await commands(chat, 'dead')
  return notice.type === 'letters' ? notice.letters : []
}

/** The owner writes something, and it is given up. */
async function fails(chat: Chat, text: string, error = failure(refused)): Promise<EventId> {
  const before = (await world.database.archive.depth()).dead
  world.wechat.faults.push({ error })
  if (!error.failure.certain) world.wechat.finds.push('unknown')
  const id = await world.hub.says(await roomOf(world, chat), text)
  await until(async () => (await world.database.archive.depth()).dead > before, 'given up')
  return id
}

const sent = () => world.wechat.delivered.map(({ body }) => 'text' in body && body.text)

test('what was given up is listed: which, where, what, when, why, and what to say', async () => {
  await opened()
  await fails(friendChat, 'first')
  await fails(groupChat, 'second', failure(lost))
  const all = await letters(management)
  expect(all).toMatchObject([
    { chat: '周末爬山队', what: 'second', way: 'send', state: 'dead', certain: false },
    { chat: '满满', what: 'first', certain: true, code: 'refused', reason: 'notFriend' },
  ])
  const [, first] = all
  const room = await roomOf(world, management)
  await until(() => world.hub.words(room).some((words) => words.includes('newest first')), 'list')
  const said = world.hub.words(room).at(-1) ?? ''
  expect(said).toContain(`${first?.seq}. 满满, ${first?.at}: “first”`)
  expect(said).toContain('Was not sent: WeChat does not let you write there')
  expect(said).toContain('May not have been sent: there was no answer.')
  expect(said).toContain(`!wx resend ${first?.seq} · !wx drop ${first?.seq}`)
})

test('in the room of a chat only its own are listed, and no others can be touched', async () => {
  await opened()
  await fails(friendChat, 'mine')
  await fails(groupChat, 'theirs')
  const [mine] = await letters(friendChat)
  const [theirs] = await letters(groupChat)
  expect(await letters(friendChat)).toMatchObject([{ what: 'mine' }])
  expect(mine).not.toHaveProperty('chat')
  for (const verb of ['resend', 'drop']) {
    const refusal = { type: 'cannot', why: 'otherChat' }
    expect(await commands(friendChat, `${verb} ${theirs?.seq}`)).toEqual(refusal)
  }
  await commands(friendChat, 'drop all')
  expect(await letters(management)).toMatchObject([{ what: 'theirs' }])
  expect(await commands(management, `resend ${theirs?.seq}`)).toMatchObject({ what: 'theirs' })
  await until(() => sent().length === 1, 'the send')
})

test('hostile text and names are one line of the list', async () => {
  await opened()
  await fails(friendChat, 'x\n99. 满满, 10:00: “y”\n!wx resend 1\u202egnirts <b>')
  const [letter] = await letters(management)
  expect(letter?.what).toBe('x 99. 满满, 10:00: “y” !wx resend 1gnirts <b>')
})

test('a number that may have been sent says so when it is sent again', async () => {
  await opened()
  await fails(friendChat, 'perhaps', failure(lost))
  const [letter] = await letters(friendChat)
  expect(await commands(friendChat, `resend ${letter?.seq}`)).toEqual({
    type: 'resent',
    what: 'perhaps',
    count: 1,
    twice: 1,
    left: 0,
  })
  await until(() => world.hub.words().some((words) => words.includes('may arrive twice')), 'said')
  await until(() => sent().length === 1, 'the send')
})

test('all of a room are sent again in their order, without those that may have arrived', async () => {
  await opened()
  for (const text of ['one', 'two', 'three']) await fails(friendChat, text)
  await fails(friendChat, 'perhaps', failure(lost))
  await fails(groupChat, 'elsewhere')
  const done = await commands(friendChat, 'resend all')
  expect(done).toEqual({ type: 'resent', count: 3, twice: 0, left: 1 })
  await until(() => sent().length === 3, 'the sends')
  expect(sent()).toEqual(['one', 'two', 'three'])
  expect((await letters(management)).map(({ what }) => what)).toEqual(['elsewhere', 'perhaps'])
})

test('at most fifty are sent again at once, the oldest, and it is said that there are more', async () => {
  await opened()
  world.wechat.faults.push(...Array.from({ length: 53 }, () => ({ error: failure(refused) })))
  const room = await roomOf(world)
  for (let nth = 0; nth < 53; nth++) await world.hub.says(room, `t${nth}`)
  await until(async () => (await world.database.archive.depth()).dead === 53, 'all given up')
  const listed = await commands(friendChat, 'dead')
  expect(listed).toMatchObject({ type: 'letters', more: { count: 33 } })
  expect(listed.type === 'letters' && listed.letters.map(({ what }) => what)).toEqual(
    Array.from({ length: 20 }, (_, nth) => `t${52 - nth}`),
  )
  expect(await commands(friendChat, 'resend all')).toMatchObject({ count: 50, more: true })
  await until(() => sent().length === 50, 'fifty')
  expect(sent()).toEqual(Array.from({ length: 50 }, (_, nth) => `t${nth}`))
  expect(await commands(friendChat, 'resend ALL')).toMatchObject({ count: 3 })
  await until(() => sent().length === 53, 'the rest')
})

test('what is dropped is named, never goes out, and its number is good for nothing more', async () => {
  await opened()
  await fails(friendChat, 'gone')
  const [letter] = await letters(friendChat)
  const done = { type: 'dropped', what: 'gone', count: 1, perhaps: 0 }
  expect(await commands(friendChat, `drop ${letter?.seq}`)).toEqual(done)
  for (const line of [
    `drop ${letter?.seq}`,
    `resend ${letter?.seq}`,
    'drop 0',
    'resend 99999999',
  ]) {
    expect(await commands(friendChat, line)).toEqual({ type: 'cannot', why: 'noLetter' })
  }
  for (const line of ['drop', 'drop 1 2', 'resend', 'dead 1']) {
    expect(await commands(friendChat, line)).toMatchObject({ type: 'usage' })
  }
  for (const line of ['drop all', 'resend all', 'dead']) {
    expect(await commands(friendChat, line)).toMatchObject({ type: 'letters', letters: [] })
  }
  expect(sent()).toEqual([])
})

test('what waits in line is no dead letter: a number of it can be neither sent again nor dropped', async () => {
  await opened()
  const gate = Promise.withResolvers<void>()
  world.wechat.faults.push({ until: gate.promise })
  const room = await roomOf(world)
  await world.hub.says(room, 'under way')
  await world.hub.says(room, 'waits')
  await until(() => world.wechat.tries.length === 1, 'the send under way')
  const item = await world.database.store.unit((unit) =>
    unit.lastWaiting(weChatLane(account), sendLine(friendChat.id)),
  )
  for (const seq of [item?.seq ?? 0, (item?.seq ?? 0) - 1]) {
    expect(await commands(friendChat, `drop ${seq}`)).toMatchObject({ why: 'noLetter' })
    expect(await commands(friendChat, `resend ${seq}`)).toMatchObject({ why: 'noLetter' })
  }
  gate.resolve()
  await until(() => sent().length === 2, 'both')
  expect(sent()).toEqual(['under way', 'waits'])
})

test('what could not be shown in a room is listed, and can be had again', async () => {
  await opened()
  world.wechat.media.set(picture.id, failure({ code: 'gone', heal: 'never', certain: true }))
  await world.wechat.hear(message('p', { content: { kind: 'image', media: picture } }))
  await until(async () => (await world.database.archive.depth()).dead === 1, 'given up')
  const [letter] = await letters(friendChat)
  expect(letter).toMatchObject({ what: '[picture]', way: 'post', certain: true })
  world.wechat.media.set(picture.id, new Uint8Array([1, 2, 3]))
  expect(await commands(friendChat, `resend ${letter?.seq}`)).toMatchObject({ twice: 0 })
  await until(() => world.hub.words().includes('[image]'), 'the picture')
})

test('a recall that could not be told can be had again, and in no list is anybody’s private name', async () => {
  await opened()
  const lost = message('4', { chat: groupChat.id, content: { kind: 'text', text: 'the words' } })
  await world.wechat.hear(lost)
  await until(() => world.hub.words().includes('the words'), 'the original')
  await until(async () => (await world.database.archive.depth()).queued === 0, 'no work')
  const target = { aliases: ['4'], preview: '' }
  const recall = { kind: 'recall', target, text: '“满满” recalled a message' } as const
  world.hub.faults.push({ error: failure(refused) })
  await world.wechat.hear(message('5', { chat: groupChat.id, content: recall }))
  await until(async () => (await world.database.archive.depth()).dead === 1, 'given up')
  const [notShown] = (await notices(groupChat)).filter(({ type }) => type === 'notShown')
  const [letter] = await letters(groupChat)
  expect(notShown).toMatchObject({ what: 'recalled a message', seq: letter?.seq })
  expect(letter).toMatchObject({ what: 'recalled a message', way: 'post' })
  await commands(groupChat, `resend ${letter?.seq}`)
  await until(() => world.hub.words().some((w) => /recalled.*\nthe words$/.test(w)), 'the words')
})

test('hostile text that could not be shown is one line of the notice that says so', async () => {
  await opened()
  await until(async () => (await world.database.archive.depth()).queued === 0, 'no work')
  world.hub.faults.push({ error: failure(refused) })
  const text = `hi\n\nWas not sent. \u202e!wx drop all ${'😀'.repeat(100)}`
  await world.wechat.hear(message('h', { content: { kind: 'text', text } }))
  await until(async () => (await world.database.archive.depth()).dead === 1, 'given up')
  const notShown = (await notices(friendChat)).find((notice) => notice.type === 'notShown')
  expect(notShown?.what).toMatch(/^hi Was not sent\. !wx drop all (😀)+…$/u)
})

test('a message that is taken back while it goes out is recalled behind it, however long it waited', async () => {
  await opened()
  const gate = Promise.withResolvers<void>()
  world.wechat.faults.push({ until: gate.promise })
  const room = await roomOf(world)
  // It waited longer than WeChat allows for recalls, and goes out only now.
  const at = realClock.now() - 3_600_000
  const id = world.hub.event()
  const event = { room: roomId(room), from: '@owner' }
  await world.hub.does({ type: 'message', id, at, ...event, text: 'oops' })
  await until(() => world.wechat.tries.length === 1, 'the send under way')
  const now = { id: world.hub.event(), at: realClock.now() }
  await world.hub.does({ type: 'redaction', ...now, ...event, target: id })
  gate.resolve()
  await until(() => world.wechat.delivered.length === 2, 'the recall')
  expect(world.wechat.delivered.at(-1)).toMatchObject({
    body: { kind: 'recall' },
    recalls: { ids: ['w-1'] },
  })
  expect(await notices(friendChat)).toEqual([])
})

test('taking back what went out long ago is too late, though its delivery is forgotten', async () => {
  await opened()
  const room = roomId(await roomOf(world))
  const long = { ids: ['long-ago'], at: realClock.now() - 3_600_000 }
  world.wechat.send = async () => long
  const target = await world.hub.says(room, 'said')
  const id = hubMessageId(world.hub.id, target)
  const { store } = world.database
  const isForgotten = () =>
    store.unit(async (unit) => {
      if (!(await unit.sentReceipt(id, 0))) return false
      await unit.forget('sent', realClock.now() + 1, 99)
      return !(await unit.knows(sendKey(id, 0)))
    })
  await until(isForgotten, 'the delivery forgotten')
  const event = { id: world.hub.event(), room, at: realClock.now(), from: '@owner' }
  await world.hub.does({ type: 'redaction', ...event, target })
  expect(await notices(friendChat)).toMatchObject([{ refusal: { why: 'tooLate' } }])
})

test('taking back what was given up drops it', async () => {
  await opened()
  const target = await fails(friendChat, 'never mind')
  const room = roomId(await roomOf(world))
  const event = { id: world.hub.event(), room, at: realClock.now(), from: '@owner' }
  await world.hub.does({ type: 'redaction', ...event, target })
  expect(await letters(friendChat)).toEqual([])
})

test('help and status name what to say about what waits', async () => {
  await opened()
  await commands(management, 'help')
  const desk = await roomOf(world, management)
  const shown = (words: string) =>
    until(() => world.hub.words(desk).some((each) => each.includes(words)), words)
  for (const word of ['!wx queue', '!wx dead', '!wx resend', '!wx drop']) await shown(word)
  await fails(friendChat, 'x')
  await commands(management, 'status')
  await shown('1 not delivered.')
  await shown('!wx dead lists what was not delivered')
})
