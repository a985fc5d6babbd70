import type { Message, Update, User } from '@grammyjs/types'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { createIngress } from '../../../adapters/telegram/ingress.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { roomId } from '../../../src/core/ids.ts'
import type { HubEvent } from '../../../src/ports/hub.ts'
import {
  edited,
  group,
  inGroup,
  inTopic,
  owner,
  someone,
  strange,
  surroundings,
  thread,
  update,
} from './incoming.ts'

let around: ReturnType<typeof surroundings>
let ffmpeg: string | undefined
const signal = new AbortController().signal

async function events(from: Update): Promise<readonly HubEvent[]> {
  const ingress = createIngress(around.parts, { ffmpeg: Promise.resolve(ffmpeg) })
  const told = await ingress.translate(from, signal)
  for (const { raw } of told) expect(JSON.parse(raw)).toEqual(from)
  return told.map(({ event }) => event)
}
const read = async (fields: Partial<Message>, from: User = owner) =>
  (await events(update(fields, from)))[0]
const lines = () =>
  around.calls.filter(({ method }) => method === 'sendMessage').map(({ args }) => args)
const bob = { ...someone, is_bot: true }
const user = (id: number, first_name: string): User => ({ id, is_bot: false, first_name })

beforeEach(() => {
  around = surroundings()
  ffmpeg = undefined
})

describe('who is heard', () => {
  it('hears the owner', async () => {
    expect(await read({ text: 'hi' })).toEqual({
      id: '7/100',
      room: '7',
      at: 1_700_000_000_000,
      from: '7',
      type: 'message',
      name: 'Ann Lee',
      text: 'hi',
    })
    expect(around.seen).toEqual(['7'])
  })

  it('hears no bots, and not itself', async () => {
    around.roles.set('8', 'owner')
    expect(await read({ text: 'hi' }, bob)).toBeUndefined()
    expect(lines()).toEqual([])
  })

  it('tells a stranger so once, in their language, and passes nothing on', async () => {
    expect(await read({ text: 'hi' }, someone)).toBeUndefined()
    expect(await read({ text: '/status' }, someone)).toBeUndefined()
    expect(await read({ photo: [] }, someone)).toBeUndefined()
    expect(lines()).toEqual([{ chat_id: 8, text: expect.stringMatching(/^Hello! This bot/) }])
    await read({ text: '你好' }, { ...user(9, 'Wu'), language_code: 'zh-hans' })
    expect(lines()[1]).toMatchObject({ chat_id: 9, text: expect.stringMatching(/^你好/) })
  })

  it('tells the first ones how the bot is claimed', async () => {
    around.state.owned = false
    await read({ text: 'hi' }, someone)
    expect(lines()).toEqual([{ chat_id: 8, text: expect.stringContaining('code') }])
  })

  it('goes on when a line cannot be said', async () => {
    around.state.refuses = true
    expect(await read({ text: 'hi' }, someone)).toBeUndefined()
    expect(await read({ text: 'hi' })).toMatchObject({ type: 'message' })
  })

  it('takes a code behind /start, or alone', async () => {
    around.codes.set('abc-123', 'owner')
    around.codes.set('old', 'wrong')
    expect(await read({ text: '/start abc-123' }, someone)).toBeUndefined()
    expect(await read({ text: ' abc-123 ' }, someone)).toBeUndefined()
    expect(await read({ text: 'old' }, someone)).toBeUndefined()
    expect(lines()).toEqual([
      { chat_id: 8, text: expect.stringContaining('yours now') },
      { chat_id: 8, text: expect.stringContaining('yours now') },
      { chat_id: 8, text: expect.stringContaining('not valid') },
    ])
  })

  it('takes what the owner says for no code, unless it is behind /start', async () => {
    around.codes.set('word', 'user')
    expect(await read({ text: 'word' })).toMatchObject({ type: 'message', text: 'word' })
    expect(await read({ text: '/start word' })).toBeUndefined()
    expect(await read({ text: '/start other' })).toMatchObject({ words: ['help'] })
  })

  it('takes no codes in groups', async () => {
    around.codes.set('abc', 'owner')
    await read({ ...inGroup(group), text: 'abc' }, someone)
    expect(lines()).toEqual([{ chat_id: group, text: expect.stringMatching(/^Hello! This bot/) }])
  })

  it('leaves strangers in other groups alone unless they address it', async () => {
    await read({ ...inGroup(strange), text: 'hi' }, someone)
    await read({ ...inGroup(strange), text: '/help' }, someone)
    expect(lines()).toEqual([])
    await read({ ...inGroup(strange), text: '/help@webot' }, someone)
    expect(lines()).toHaveLength(1)
  })

  it('hears only commands in a group that shows no chat', async () => {
    expect(await read({ ...inGroup(strange), text: 'hi' })).toBeUndefined()
    expect(await read({ ...inGroup(strange), text: '/link' })).toMatchObject({
      type: 'command',
      room: String(strange),
      words: ['link'],
    })
    expect(await read({ ...inGroup(group), text: 'hi' })).toMatchObject({ room: String(group) })
  })

  it('answers where others listen only what is surely meant for it', async () => {
    expect(await read({ ...inGroup(strange), text: '/status' })).toBeUndefined()
    for (const text of ['/status@webot', '!wx status', '！wx status']) {
      expect(await read({ ...inGroup(strange), text })).toMatchObject({ words: ['status'] })
    }
    expect(await read({ ...inGroup(group), text: '/status' })).toMatchObject({ words: ['status'] })
  })

  it('tells who writes anonymously that it cannot see them', async () => {
    const anonymous = { sender_chat: { id: group, type: 'supergroup', title: 'Family' } } as const
    const hidden = { id: 1087968824, is_bot: true, first_name: 'Group' }
    expect(await read({ ...inGroup(group), ...anonymous, text: 'hi' }, hidden)).toBeUndefined()
    expect(lines()).toEqual([{ chat_id: group, text: expect.stringContaining('anonymously') }])
    around.roles.set(String(group), 'relay')
    expect(await read({ ...inGroup(group), ...anonymous, text: 'hi' }, hidden)).toMatchObject({
      from: String(group),
      name: 'Family',
      text: 'hi',
    })
  })

  it('passes on nothing that was a matter of places', async () => {
    around.state.happened = true
    expect(await read({ text: 'hi' })).toBeUndefined()
  })

  it('asks again when a vault fails, and goes on over what cannot be read', async () => {
    const failure = { code: 'server', heal: 'retry', certain: true } as const
    around.state.happened = new BridgeError('disk', failure)
    await expect(events(update({ text: 'hi' }))).rejects.toThrow('disk')
    around.state.happened = new TypeError('undefined is not a function')
    expect(await read({ text: 'hi' })).toMatchObject({ text: 'hi' })
    expect(around.log.text()).toContain('cannot be read')
  })
})

describe('commands', () => {
  it.each([
    ['/status', ['status']],
    ['/Status now  please', ['status', 'now', 'please']],
    ['/status@WeBot x', ['status', 'x']],
    ['/status@webot', ['status']],
    ['!wx mute 3', ['mute', '3']],
    ['！WX mute', ['mute']],
    ['/wx mute 3', ['mute', '3']],
    ['/wx', []],
    ['!wx', []],
    ['/start', ['help']],
    ['/start@WeBot', ['help']],
    ['/remark\n王 五', ['remark', '王', '五']],
  ])('reads %j as %j', async (text, words) => {
    expect(await read({ text })).toMatchObject({ type: 'command', words })
  })

  it('are none where somebody else’s words are passed on', async () => {
    const origin = { type: 'user', sender_user: user(55, 'Mallory'), date: 1 } as const
    for (const text of ['/logout', '!wx logout', '/logout@WeBot']) {
      const forwarded = { text, forward_origin: origin }
      expect(await read(forwarded)).toMatchObject({
        type: 'message',
        text: `[Forwarded from Mallory]\n${text}`,
      })
    }
  })

  it('leaves commands to other bots alone', async () => {
    expect(await read({ ...inGroup(group), text: '/status@OtherBot' })).toBeUndefined()
  })

  it.each(['/usr/bin/env is a path', 'and /status is said', '/ is a stroke', '//status', '/王'])(
    'takes %j for words',
    async (text) => {
      expect(await read({ text })).toMatchObject({ type: 'message', text })
    },
  )

  const reply = (from: User): Partial<Message> =>
    ({ reply_to_message: { message_id: 90, from, date: 1, text: 'x' } }) as Partial<Message>

  it('takes back what /recall answers', async () => {
    expect(await read({ text: '/recall', ...reply(owner) })).toEqual({
      id: '7/100',
      room: '7',
      at: 1_700_000_000_000,
      from: '7',
      type: 'redaction',
      target: '7/90',
    })
  })

  it('passes on /recall as a command where it answers nothing, or has words', async () => {
    expect(await read({ text: '/recall' })).toMatchObject({ type: 'command', words: ['recall'] })
    expect(await read({ text: '/recall 3', ...reply(owner) })).toMatchObject({
      type: 'command',
      words: ['recall', '3'],
      replyTo: '7/90',
    })
  })

  it('lets who only writes along take back nothing of others', async () => {
    around.roles.set('8', 'relay')
    const there = inGroup(group)
    expect(await read({ ...there, text: '/recall', ...reply(owner) }, someone)).toMatchObject({
      type: 'command',
    })
    expect(await read({ ...there, text: '/recall', ...reply(someone) }, someone)).toMatchObject({
      type: 'redaction',
    })
  })
})

describe('buttons', () => {
  const press = (fields: object = {}, from: User = owner): Update =>
    ({
      update_id: 3,
      callback_query: {
        id: 'Q1',
        from,
        chat_instance: 'x',
        data: 'chats open abcdefgh2345',
        message: {
          message_id: 50,
          date: 1_700_000_000,
          chat: { id: from.id, type: 'private', first_name: 'Ann' },
          message_thread_id: thread,
          is_topic_message: true,
        },
        ...fields,
      },
    }) as unknown as Update
  const answers = () =>
    around.calls.filter(({ method }) => method === 'answerCallbackQuery').map(({ args }) => args)

  it('are commands said where their message is', async () => {
    expect(await events(press())).toEqual([
      {
        id: 'press/Q1',
        room: `7/${thread}`,
        at: expect.any(Number),
        from: '7',
        type: 'command',
        words: ['chats', 'open', 'abcdefgh2345'],
        button: '7/50',
      },
    ])
    expect(answers()).toEqual([{ callback_query_id: 'Q1' }])
  })

  it('are told when they are not for somebody', async () => {
    expect(await events(press({}, someone))).toEqual([])
    expect(answers()).toEqual([{ callback_query_id: 'Q1', text: 'This button is not for you.' }])
  })

  it('work when Telegram does not tell the message any more, and when it cannot be answered', async () => {
    around.state.refuses = true
    const message = { message_id: 50, date: 0, chat: { id: 7, type: 'private' } }
    expect(await events(press({ message }))).toMatchObject([{ room: '7', button: '7/50' }])
  })

  it('mean nothing without words or a message', async () => {
    expect(await events(press({ data: undefined }))).toEqual([])
    expect(await events(press({ message: undefined, inline_message_id: 'i' }))).toEqual([])
    expect(answers()).toHaveLength(2)
  })
})

describe('messages', () => {
  const other = { message_id: 90, date: 1, from: owner, text: 'before' }

  it('say what they answer', async () => {
    const said = { ...inTopic, text: 'hi', reply_to_message: other } as Partial<Message>
    expect(await read(said)).toMatchObject({ room: `7/${thread}`, replyTo: '7/90' })
  })

  it('answer nothing where Telegram points at the beginning of the topic', async () => {
    const opening = { message_id: thread, date: 1, from: owner }
    const said = { ...inTopic, text: 'hi', reply_to_message: opening } as Partial<Message>
    expect(await read(said)).not.toHaveProperty('replyTo')
    const created = { message_id: 5, forum_topic_created: { name: 'x', icon_color: 1 } }
    const late = { ...inTopic, text: 'hi', reply_to_message: created } as Partial<Message>
    expect(await read(late)).not.toHaveProperty('replyTo')
  })

  it('answer the first message of a thread that is no topic', async () => {
    const said = { text: 'hi', message_thread_id: 90, reply_to_message: other, ...inGroup(group) }
    expect(await read(said as Partial<Message>)).toMatchObject({ replyTo: `${group}/90` })
  })

  it('show the part that was picked to answer', async () => {
    const quote = { text: 'fore', position: 2, is_manual: true }
    const said = { text: 'why?', reply_to_message: other, quote } as Partial<Message>
    expect(await read(said)).toMatchObject({ text: '> fore\nwhy?', replyTo: '7/90' })
    const all = { ...said, quote: { ...quote, text: 'before' } } as Partial<Message>
    expect(await read(all)).toMatchObject({ text: 'why?' })
  })

  it('show what they answer elsewhere', async () => {
    const origin = { type: 'hidden_user', date: 1, sender_user_name: 'Eve\n\u202e' }
    const said = { text: 'see', external_reply: { origin, photo: [{}] } }
    expect(await read(said as Partial<Message>)).toMatchObject({ text: '> Eve: [picture]\nsee' })
    const quote = { text: 'one\ntwo', position: 0 }
    expect(await read({ ...said, quote } as Partial<Message>)).toMatchObject({
      text: '> Eve: one\n> two\nsee',
    })
  })

  it('keep their links', async () => {
    const entities = [{ type: 'text_link', offset: 0, length: 4, url: 'https://e.org/a' }] as const
    expect(await read({ text: 'this', entities: [...entities] })).toMatchObject({
      text: 'this (https://e.org/a)',
    })
  })

  const from = (origin: object): Partial<Message> =>
    ({ forward_origin: origin }) as Partial<Message>

  it.each([
    [{ type: 'user', sender_user: user(5, 'Carl') }, 'Carl'],
    [{ type: 'hidden_user', sender_user_name: 'Dan' }, 'Dan'],
    [{ type: 'channel', chat: { id: -5, title: 'News' } }, 'News'],
    [{ type: 'chat', sender_chat: { id: -6, title: 'Club' } }, 'Club'],
  ])('say who they were forwarded from: %j', async (origin, name) => {
    expect(await read({ text: 'hi', ...from(origin) })).toMatchObject({
      text: `[Forwarded from ${name}]\nhi`,
    })
    around.voice.language = 'zh'
    expect(await read({ text: 'hi', ...from(origin) })).toMatchObject({
      text: `［转发自 ${name}］\nhi`,
    })
  })

  it('say nothing about what is forwarded from oneself or the bridge', async () => {
    for (const sender of [owner, { id: 99, is_bot: true, first_name: 'WeChat' }]) {
      const origin = { type: 'user', sender_user: sender }
      expect(await read({ text: '王五: hi', ...from(origin) })).toMatchObject({ text: '王五: hi' })
    }
  })

  const photo = [{ file_id: 'P', file_unique_id: 'p', width: 10, height: 10 }]

  it('have media with captions', async () => {
    const entities = [{ type: 'text_link', offset: 0, length: 3, url: 'https://e.org/a' }] as const
    const said = { photo, caption: 'see', caption_entities: [...entities] }
    expect(await read(said)).toMatchObject({
      type: 'message',
      media: { kind: 'image', source: 'telegram' },
      text: 'see (https://e.org/a)',
    })
    expect(await read({ photo })).not.toHaveProperty('text')
  })

  it('keep albums together, and say once where one was forwarded from', async () => {
    const ingress = createIngress(around.parts, { ffmpeg: Promise.resolve(undefined) })
    const told = async (message_id: number, caption?: string) => {
      const origin = from({ type: 'hidden_user', sender_user_name: 'Dan' })
      const said = {
        message_id,
        photo,
        media_group_id: 'A',
        ...(caption && { caption }),
        ...origin,
      }
      const [first] = await ingress.translate(update(said), signal)
      return first?.event
    }
    const first = { album: 'A', text: '[Forwarded from Dan]' }
    expect(await told(1)).toMatchObject(first)
    expect(await told(2)).not.toHaveProperty('text')
    expect(await told(3, 'end')).toMatchObject({ album: 'A', text: 'end' })
    expect(await told(1)).toMatchObject(first)
  })

  it('turn stickers that do not move into pictures, and say what they were', async () => {
    const thumbnail = photo[0]
    const sticker = { file_id: 'S', file_unique_id: 's', is_animated: true, emoji: '😀', thumbnail }
    expect(await read({ sticker } as unknown as Partial<Message>)).toMatchObject({
      media: { kind: 'sticker', mime: 'image/png' },
      text: '[Animated sticker 😀]',
    })
    ffmpeg = '/usr/bin/ffmpeg'
    const moving = { ...sticker, is_animated: false, is_video: true }
    const event = await read({ sticker: moving } as unknown as Partial<Message>)
    expect(event).toMatchObject({ media: { mime: 'image/gif' } })
    expect(event).not.toHaveProperty('text')
  })

  it('tell places as words with a link to a map', async () => {
    const location = { latitude: 39.9087, longitude: 116.3975001234 }
    const venue = { location, title: '天安门', address: 'Chang’an Avenue\n1' }
    expect(await read({ venue, location })).toMatchObject({
      text: [
        '📍 天安门',
        'Chang’an Avenue 1',
        'https://apis.map.qq.com/uri/v1/marker?marker=coord:39.9087,116.3975;title:%E5%A4%A9%E5%AE%89%E9%97%A8&coord_type=1',
      ].join('\n'),
    })
    expect(await read({ location })).toMatchObject({ text: expect.stringMatching(/^https:/) })
    expect(await read({ location: { ...location, live_period: 60 } })).toMatchObject({
      text: expect.stringMatching(/^📍 Live location.*\nhttps:/),
    })
    const nowhere = { latitude: 100, longitude: 200 }
    expect(await read({ location: nowhere })).toMatchObject({
      type: 'unsupported',
      kind: 'location',
    })
  })

  it('tell contacts as a name and a number', async () => {
    const contact = { phone_number: '+86 10 1', first_name: 'Li', last_name: 'Lei', vcard: 'BEGIN' }
    expect(await read({ contact })).toMatchObject({ text: '👤 Li Lei\n+86 10 1' })
  })

  it.each([
    ['poll', { poll: { id: '1', question: 'Who?' } }],
    ['dice', { dice: { emoji: '🎲', value: 5 } }],
    ['game', { game: { title: 'Chess' }, text: undefined }],
    ['story', { story: { id: 1 } }],
    ['paid media', { paid_media: { star_count: 1 } }],
    ['giveaway', { giveaway: { winner_count: 1 } }],
    ['invoice', { invoice: { title: 'x' } }],
    ['checklist', { checklist: { title: 'x' } }],
    ['gift', { gift: { gift: {} } }],
    ['message', { something_of_2031: {} }],
    ['message', {}],
  ])('that WeChat cannot take are told as what they are: %s', async (kind, fields) => {
    expect(await read(fields as unknown as Partial<Message>)).toMatchObject({
      type: 'unsupported',
      from: '7',
      kind,
    })
  })

  it('that Telegram does not give away say how large they are', async () => {
    const document = { file_id: 'D', file_unique_id: 'd', file_size: 34_000_000 }
    expect(await read({ document, caption: 'see' })).toMatchObject({
      type: 'unsupported',
      kind: 'file',
      tooLarge: { bytes: 34_000_000, limit: 20_971_520 },
    })
    Object.assign(around.parts.options, { filesDir: '/var/lib/bot' })
    expect(await read({ document })).toMatchObject({ type: 'message' })
  })

  it.each([
    { new_chat_members: [someone] },
    { pinned_message: { message_id: 1 } },
    { forum_topic_edited: { name: 'x' } },
    { new_chat_title: 'x' },
    { message_auto_delete_timer_changed: { message_auto_delete_time: 1 } },
  ])('nobody said mean nothing: %j', async (fields) => {
    expect(await read(fields as unknown as Partial<Message>)).toBeUndefined()
  })

  it('sent by way of another bot are the person’s', async () => {
    expect(await read({ text: 'hi', via_bot: bob })).toMatchObject({ from: '7', text: 'hi' })
  })
})

describe('edits', () => {
  const before = update({ text: 'one' })

  it('name what was changed, and are each something else', async () => {
    expect(await events(edited(before, { text: 'two' }))).toEqual([
      {
        id: expect.stringMatching(/^7\/100\/1700000060\/[0-9a-f]{12}$/),
        room: '7',
        at: 1_700_000_060_000,
        from: '7',
        type: 'edit',
        name: 'Ann Lee',
        target: '7/100',
        text: 'two',
      },
    ])
  })

  it('may be of a caption', async () => {
    const photo = [{ file_id: 'P', file_unique_id: 'p', width: 1, height: 1 }]
    const [event] = await events(
      edited(update({ photo, caption: 'a', media_group_id: 'A' }), { caption: 'b' }),
    )
    expect(event).toMatchObject({ type: 'edit', text: 'b', media: { kind: 'image' } })
    expect(event).not.toHaveProperty('album')
  })

  it('of a place that moves, or a poll that ends, are none', async () => {
    const location = { latitude: 1, longitude: 1, live_period: 60 }
    expect(await events(edited(update({ location }), {}))).toEqual([])
    expect(await events(edited(update({ poll: {} as never }), {}))).toEqual([])
  })

  it('into a command are one', async () => {
    expect(await events(edited(before, { text: '/status' }))).toMatchObject([
      { type: 'command', words: ['status'] },
    ])
  })

  it('are two where a message is changed twice in a second, and one where Telegram tells it again', async () => {
    const photo = (id: string) => [{ file_id: id, file_unique_id: id, width: 1, height: 1 }]
    const link = { type: 'text_link', offset: 0, length: 1, url: 'https://a.example' } as const
    const changes: Partial<Message>[] = [
      { text: 'two' },
      { text: 'three' },
      { text: 'three', entities: [link] },
      { photo: photo('P'), caption: 'a' },
      { photo: photo('Q'), caption: 'a' },
    ]
    const twice = [...changes, ...changes].map((fields) => edited(before, fields))
    const ids = (await Promise.all(twice.map((each) => events(each)))).flat().map(({ id }) => id)
    expect(ids.slice(5)).toEqual(ids.slice(0, 5))
    expect(new Set(ids).size).toBe(5)
  })

  it('of strangers and in other groups mean nothing, and nobody is told', async () => {
    expect(await events(edited(update({ text: 'a' }, someone), { text: 'b' }))).toEqual([])
    expect(await events(edited(update({ ...inGroup(strange), text: 'a' }), {}))).toEqual([])
    expect(lines()).toEqual([])
  })
})

describe('whatever comes', () => {
  const fields = [
    ...['text', 'caption', 'entities', 'caption_entities', 'photo', 'video', 'voice', 'audio'],
    ...['document', 'sticker', 'animation', 'video_note', 'live_photo', 'location', 'venue'],
    ...['contact', 'poll', 'quote', 'external_reply', 'forward_origin', 'reply_to_message'],
    ...['sender_chat', 'media_group_id', 'message_thread_id', 'is_topic_message', 'edit_date'],
    ...['date', 'message_id', 'chat', 'from', 'thumbnail', 'file_id', 'file_size', 'is_video'],
    ...['length', 'offset', 'type', 'url', '__proto__', 'constructor', 'toString'],
  ]
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: 'small' }, fc.anything(), tie('object'), fc.array(tie('any'))),
    object: fc.dictionary(fc.constantFrom(...fields), tie('any'), { maxKeys: 6 }),
  }))

  it('never throws', async () => {
    const hostile = fc.oneof(
      fc.anything(),
      fc.record({ message: value.any }),
      fc.record({ callback_query: value.any }),
      value.object.map((body) => {
        const known = update({}).message
        return { update_id: 1, message: { ...(body as object), ...known } }
      }),
      value.object.map((body) => edited(update({}), body as Partial<Message>)),
    )
    const ingress = createIngress(around.parts, { ffmpeg: Promise.resolve('/usr/bin/ffmpeg') })
    await fc.assert(
      fc.asyncProperty(hostile, async (given) => {
        const asJson = JSON.parse(JSON.stringify(given, plain) ?? 'null')
        for (const { event } of await ingress.translate(asJson, signal)) {
          expect('from' in event && event.from).toBe('7')
          expect(event.room).toEqual(roomId(event.room))
          expect(JSON.parse(JSON.stringify(event))).toEqual(event)
        }
      }),
      { numRuns: 500 },
    )
  })
})

const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
