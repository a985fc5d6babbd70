import { afterEach, expect, test } from 'vitest'
import type { Chat } from '../../src/core/chat.ts'
import { management } from '../../src/core/chat.ts'
import { chatId } from '../../src/core/ids.ts'
import type { Store } from '../../src/ports/store.ts'
import type { Doubt } from '../../src/ports/wechat.ts'
import { friendChat, groupChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const chat = (name: string, change: Partial<Chat> = {}): Chat => ({
  ...friendChat,
  id: chatId(`wx:2718281828/${name}`),
  ...change,
})
const twin = chat('twin', { remark: '老二' })
const doubtful = chat('doubtful', { remark: '' })
const other = chat('other', { remark: '' })
const doubt = (of: Chat, ...candidates: readonly Chat[]): Doubt => ({
  chat: of,
  candidates: candidates.map(({ id }) => id),
  about: ['杭州'],
})

const shown = (words: string, room?: string) =>
  until(() => world.hub.words(room).some((w) => w.includes(words)), words)
const sent = () =>
  world.wechat.delivered.map(({ chat, body }) => [chat, body.kind === 'text' && body.text])
const settled = () => world.wechat.people.calls.filter(([verb]) => verb === 'settle')

/** Both known for long, with a room each. */
async function known(): Promise<void> {
  await world.wechat.sink.chats([friendChat, twin, groupChat])
  await world.wechat.sink.message(message('old'), '{}')
  const said = { kind: 'text', text: '昨天 '.repeat(40) } as const
  await world.wechat.sink.message(message('twins', { chat: twin.id, at: 1, content: said }), '{}')
  await roomOf(world, twin)
}

/** The code of the latest question. */
async function codeOf(): Promise<string> {
  return (await questions()).at(-1)?.code ?? 'none'
}

/** All that was asked, as it was asked in the management room. */
async function questions() {
  const all = await world.database.archive.messages(management.id, 500)
  return all.flatMap(({ message: { content } }) => {
    return content.kind === 'notice' && content.notice.type === 'doubt' ? [content.notice] : []
  })
}

/** Writes into a room that is not held, and waits until that is sent: what went before and was not held went too. */
async function others(): Promise<void> {
  const text = `other ${Math.random()}`
  await world.wechat.hear(message(text, { chat: groupChat.id }))
  await world.hub.says(await roomOf(world, groupChat), text)
  await until(() => sent().some(([, words]) => words === text), 'a send elsewhere')
}

test('trap 44: a doubt is asked once in both rooms, with names and last words, and holds all it is about', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat, twin)])
  const code = await codeOf()
  const room = await roomOf(world, doubtful)
  expect(await questions()).toEqual([
    {
      type: 'doubt',
      code,
      name: '林小满',
      about: ['杭州'],
      choices: [
        { chat: friendChat.id, name: '满满', last: 'text old', at: message('old').at },
        { chat: twin.id, name: '老二', last: expect.stringMatching(/^昨天 .{35,37}…$/), at: 1 },
      ],
    },
  ])
  await shown(`!wx same ${code} new`, await roomOf(world, management))
  await shown(`!wx same ${code} new`, room)
  for (const place of [room, await roomOf(world), await roomOf(world, twin)]) {
    await world.hub.says(place, `to ${place}`)
    await world.hub.says(place, `more to ${place}`)
    await shown(`!wx same ${code} …`, place)
  }
  await world.wechat.sink.doubts([doubt(doubtful, friendChat, twin)])
  await others()
  expect(sent()).toHaveLength(1)
  const held = world.hub.delivered.filter((_, at) => world.hub.words()[at]?.includes('Held back'))
  expect(held.map(({ replyToEvent }) => replyToEvent)).toHaveLength(3)
  expect(held.every(({ replyToEvent }) => replyToEvent !== undefined)).toBe(true)
  expect(await questions()).toHaveLength(1)
})

test('the answer "same" joins the chats, lets what waited go there, and tells the connector', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat, twin)])
  await world.wechat.sink.message(message('new', { chat: doubtful.id }), '{}')
  const room = await roomOf(world, doubtful)
  await world.hub.says(room, 'first')
  await world.hub.says(await roomOf(world, twin), 'second')
  await world.hub.says(await roomOf(world), 'elsewhere')
  await world.hub.commands(await roomOf(world, management), `same ${await codeOf()} 2`)
  await until(() => sent().length === 3, 'all sends')
  expect(sent()).toContainEqual([friendChat.id, 'elsewhere'])
  expect(sent().filter(([to]) => to === twin.id)).toEqual([
    [twin.id, 'second'],
    [twin.id, 'first'],
  ])
  expect(settled()).toEqual([['settle', doubtful.id, twin.id]])
  await shown('this is “老二”', room)
  await shown('this is “老二”', await roomOf(world, management))
  // The old room goes on being that chat's, whatever name the connector still uses.
  await world.hub.says(room, 'third')
  await until(() => sent().some(([to, words]) => to === twin.id && words === 'third'), 'the third')
  await world.wechat.sink.chats([{ ...doubtful, name: 'late' }])
  await world.wechat.sink.message(message('late', { chat: doubtful.id }), '{}')
  await shown('text late', await roomOf(world, twin))
  const late = await world.database.archive.message(message('late').id)
  expect(late?.message.chat).toBe(twin.id)
  const chats = await world.database.archive.chats()
  expect(chats.map(({ chat }) => chat.id)).not.toContain(doubtful.id)
})

test('the answer "new" in the room itself keeps it apart, and lets everything go', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat, twin)])
  const room = await roomOf(world, doubtful)
  await world.hub.says(room, 'first')
  expect((await world.database.archive.chat(doubtful.id))?.unconfirmed).toBe(true)
  await world.hub.commands(room, 'same new')
  await until(() => sent().length === 1, 'the send')
  expect(sent()).toEqual([[doubtful.id, 'first']])
  expect(settled()).toEqual([['settle', doubtful.id, undefined]])
  for (const place of [room, await roomOf(world, management)]) {
    await until(
      () => world.hub.words(place).some((words) => /^Settled.* new/.test(words)),
      'the end',
    )
  }
  expect(await world.database.archive.chat(doubtful.id)).not.toHaveProperty('unconfirmed')
})

test('trap 44: nothing slips through a restart: doubts are told before anything is sent', async () => {
  world = await openWorld({ online: false })
  await known()
  await world.hub.says(await roomOf(world), 'to a candidate')
  await world.hub.says(await roomOf(world, twin), 'to another')
  const prepare = ({ wechat }: Pick<World, 'wechat'>) => {
    wechat.isOnline = true
    wechat.doubtful = [doubt(doubtful, friendChat)]
  }
  world = await world.restart(undefined, prepare)
  await until(() => sent().length === 1, 'the send to the other')
  await others()
  const code = await codeOf()
  world = await world.restart(undefined, prepare)
  await others()
  expect(sent().map(([to]) => to)).toEqual([groupChat.id])
  // The code that was shown before the restart still counts, and nobody is asked again.
  await world.hub.commands(await roomOf(world, management), `same ${code} 1`)
  await until(() => sent().length === 2, 'the held send')
  expect(sent().at(-1)).toEqual([friendChat.id, 'to a candidate'])
  expect(await questions()).toHaveLength(1)
})

test('a send that was claimed but has not begun is held as well', async () => {
  world = await openWorld()
  await known()
  const room = await roomOf(world)
  // The pace lets one send of a bucket go at a time: the second is claimed and waits for the first.
  world.wechat.bucket = () => 'one'
  let go: () => void = () => undefined
  const slow = new Promise<void>((resolve) => {
    go = resolve
  })
  world.wechat.faults.push({ until: slow })
  await world.hub.says(await roomOf(world, twin), 'slow')
  await until(() => world.wechat.tries.length === 1, 'the slow send')
  await world.hub.says(room, 'claimed')
  await until(async () => (await world.database.archive.depth()).queued === 2, 'both in line')
  await world.wechat.sink.doubts([doubt(doubtful, friendChat)])
  go()
  await others()
  expect(sent().map(([, words]) => words)).not.toContain('claimed')
  await world.wechat.sink.doubts([])
  await until(() => sent().some(([, words]) => words === 'claimed'), 'the held send')
})

test('a doubt that is gone unanswered holds nothing', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat)])
  await world.hub.says(await roomOf(world), 'held')
  await others()
  expect(sent()).toHaveLength(1)
  await world.wechat.sink.doubts([])
  await until(() => sent().length === 2, 'the held send')
})

test('what was held when the process ended goes out when the doubt is gone', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat)])
  await world.hub.says(await roomOf(world), 'held')
  world = await world.restart(undefined, ({ wechat }) => {
    wechat.doubtful = []
  })
  await until(() => sent().length === 1, 'the held send')
})

test('an answer that the connector never took is repeated to it at the next start', async () => {
  world = await openWorld()
  await known()
  const list = [doubt(doubtful, friendChat, twin), doubt(other, twin)]
  world.wechat.people.settling = new Promise(() => undefined)
  await world.wechat.sink.doubts(list)
  await world.hub.says(await roomOf(world), 'held')
  await world.hub.commands(await roomOf(world, doubtful), 'same 1')
  await world.hub.commands(await roomOf(world, other), 'same new')
  await until(() => settled().length === 2, 'both answers')
  await others()
  // Not while the connector may still take one for the other.
  expect(sent()).toHaveLength(1)
  world = await world.restart(undefined, ({ wechat }) => {
    wechat.doubtful = list
  })
  await until(() => sent().length === 1, 'the held send')
  expect(sent()).toEqual([[friendChat.id, 'held']])
  expect(settled()).toHaveLength(2)
  expect(settled()).toContainEqual(['settle', doubtful.id, friendChat.id])
  expect(settled()).toContainEqual(['settle', other.id, undefined])
  expect(await questions()).toHaveLength(2)
})

test('an answer that the connector cannot take now is told again', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat)])
  world.wechat.people.faults.push(failure({ code: 'server', heal: 'retry', certain: true }))
  await world.hub.says(await roomOf(world, doubtful), 'held')
  await world.hub.commands(await roomOf(world, doubtful), 'same 1')
  await until(() => sent().length === 1, 'the held send')
  expect(settled()).toHaveLength(2)
})

test('a candidate that was taken is nobody else’s any more', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([
    doubt(doubtful, friendChat, twin),
    doubt(other, friendChat, twin),
  ])
  const [one, two] = [await roomOf(world, doubtful), await roomOf(world, other)]
  await world.hub.commands(one, 'same 1')
  await world.hub.commands(two, 'same 1')
  await shown('turned out to be somebody else', two)
  await world.hub.says(await roomOf(world), 'free')
  await until(() => sent().length === 1, 'what the other question does not hold any more')
  await world.hub.says(await roomOf(world, twin), 'held')
  await others()
  expect(sent()).toHaveLength(2)
  await world.hub.commands(two, 'same 2')
  await until(() => sent().length === 3, 'all')
  expect(settled()).toEqual([
    ['settle', doubtful.id, friendChat.id],
    ['settle', other.id, twin.id],
  ])
})

test('a question with nobody left to choose is closed: it is somebody new', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat), doubt(other, friendChat)])
  const two = await roomOf(world, other)
  await world.hub.says(two, 'held')
  await world.hub.commands(await roomOf(world, doubtful), 'same 1')
  await until(() => world.hub.words(two).some((words) => /^Settled.* new/.test(words)), 'the end')
  await until(() => sent().length === 1, 'the held send')
  expect(sent()).toEqual([[other.id, 'held']])
  expect(settled()).toContainEqual(['settle', other.id, undefined])
})

test('what is no answer is told, and changes nothing', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat, twin)])
  const room = await roomOf(world, doubtful)
  const code = await codeOf()
  const desk = await roomOf(world, management)
  for (const [place, line, words] of [
    [desk, 'same', 'Write it like this: !wx same'],
    [desk, 'same 1', 'Write it like this: !wx same'],
    [desk, 'same zzzz 1', 'There is no question zzzz'],
    [desk, `same ${code} 3`, `The question ${code} has no choice 3`],
    [desk, `same ${code} 1.0`, `has no choice 1.0`],
    [room, 'same 0', 'has no choice 0'],
    [room, `same ${code} 1 2`, 'Write it like this'],
    [await roomOf(world, twin), `same ${code} 1`, 'Write it like this'],
  ] as const) {
    await world.hub.commands(place, line)
    await shown(words, place)
  }
  expect(settled()).toEqual([])
  await world.hub.commands(desk, `same ${code.toUpperCase()} 1`)
  await shown('Settled', desk)
  await world.hub.commands(desk, `same ${code} 2`)
  await shown('was answered before', desk)
  expect(settled()).toEqual([['settle', doubtful.id, friendChat.id]])
})

test('two answers at the same time: the first one counts', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat, twin)])
  const room = await roomOf(world, doubtful)
  await Promise.all([world.hub.commands(room, 'same 1'), world.hub.commands(room, 'same 2')])
  await until(() => settled().length === 1, 'the answer')
  await others()
  expect(settled()).toEqual([['settle', doubtful.id, friendChat.id]])
  const into = await world.database.store.unit((unit) => unit.mergedInto(doubtful.id))
  expect(into).toBe(friendChat.id)
})

test('a choice that was joined with another chat meanwhile means that one', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.chats([other])
  await world.wechat.sink.doubts([doubt(doubtful, other)])
  await world.wechat.sink.merge(other.id, twin.id)
  await world.hub.commands(await roomOf(world, doubtful), 'same 1')
  await until(() => settled().length === 1, 'the answer')
  expect(settled()).toEqual([['settle', doubtful.id, other.id]])
  const into = await world.database.store.unit((unit) => unit.mergedInto(doubtful.id))
  expect(into).toBe(twin.id)
})

test('other candidates make another question, so that an old number means nobody', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat)])
  const old = await codeOf()
  await world.wechat.sink.doubts([doubt(doubtful, twin, friendChat)])
  const desk = await roomOf(world, management)
  await until(async () => (await codeOf()) !== old, 'another question')
  await world.hub.commands(desk, `same ${old} 1`)
  await shown(`There is no question ${old}`, desk)
  await world.hub.commands(desk, `same ${await codeOf()} 1`)
  await until(() => settled().length === 1, 'the answer')
  expect(settled()).toEqual([['settle', doubtful.id, twin.id]])
})

test('evidence joins two chats without a person, and says so where it was doubtful', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat, twin), doubt(other, twin)])
  const room = await roomOf(world, doubtful)
  await world.hub.says(room, 'held')
  await world.wechat.sink.merge(doubtful.id, friendChat.id)
  await world.wechat.sink.merge(doubtful.id, friendChat.id)
  await world.wechat.sink.doubts([doubt(other, twin)])
  await until(() => sent().length === 1, 'the held send')
  expect(sent()).toEqual([[friendChat.id, 'held']])
  await shown('this is “满满”', room)
  expect(settled()).toEqual([])
  await world.hub.says(await roomOf(world, twin), 'still held')
  await others()
  expect(sent()).toHaveLength(2)
})

test('what was joined without a person is not held for ever, and not before the connector knows', async () => {
  const sleeps: number[] = []
  world = await openWorld({ sleeps })
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat)])
  await world.hub.says(await roomOf(world, doubtful), 'held')
  await world.wechat.sink.merge(doubtful.id, friendChat.id)
  expect(sleeps).toContain(1_000)
  await others()
  expect(sent()).toHaveLength(1)
  await until(() => sent().length === 2, 'the held send')
})

test('an answer that the connector knows to be wrong is told, and what waited ends in words', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.doubts([doubt(doubtful, friendChat)])
  const room = await roomOf(world, doubtful)
  await world.hub.says(room, 'held')
  const refusal = { code: 'refused', heal: 'never', certain: true } as const
  world.wechat.people.faults.push(failure(refusal, 'these two are not the same'))
  const gone = { code: 'gone', heal: 'never', certain: true } as const
  world.wechat.faults.push({ error: failure(gone, 'not known in this login') })
  await world.hub.commands(room, 'same 1')
  await shown('these two are not the same', await roomOf(world, management))
  await shown('not known in this login', await roomOf(world))
  expect(settled()).toHaveLength(1)
})

test('joining what nobody ever saw makes no noise and no room', async () => {
  world = await openWorld()
  await known()
  await world.wechat.sink.chats([other])
  await world.wechat.sink.merge(other.id, friendChat.id)
  await world.wechat.sink.merge(chatId('never'), friendChat.id)
  const merged = (store: Store) => store.unit((unit) => unit.mergedInto(other.id))
  expect(await merged(world.database.store)).toBe(friendChat.id)
  await others()
  expect(world.hub.words().join()).not.toContain('Settled')
})

test('doubts about hundreds of chats are written and lifted in one go', async () => {
  world = await openWorld()
  await known()
  const many = Array.from({ length: 60 }, (_, n) => doubt(chat(`d${n}`), friendChat, twin))
  await world.wechat.sink.doubts(many)
  await world.hub.says(await roomOf(world), 'held')
  await others()
  expect(sent()).toHaveLength(1)
  await world.wechat.sink.doubts([])
  await until(() => sent().length === 2, 'the held send')
})
