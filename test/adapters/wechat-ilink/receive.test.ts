import { describe, expect, test } from 'vitest'
import { accountFor } from '../../../adapters/wechat-ilink/ids.ts'
import { parseJson, record } from '../../../adapters/wechat-ilink/json.ts'
import { normalise, type Who } from '../../../adapters/wechat-ilink/normalise.ts'
import { accountOf } from '../../../src/core/ids.ts'
import { until } from '../../support/until.ts'
import { connectorTo, greet, logIn, stage } from './lab.ts'

const { sim: start, run } = stage()

async function ready() {
  const sim = await start()
  const one = run(connectorTo(sim))
  await logIn(sim, one)
  return { sim, one }
}

const who: Who = {
  account: accountFor('me@im.wechat'),
  bot: 'b@im.bot',
  owner: 'me@im.wechat',
  ownerName: 'Me',
}
const at = 1_790_000_000_000
const told = (raw: object) => normalise(raw as Record<string, unknown>, who, at)
const contents = (raw: object) => told(raw).messages.map(({ content }) => content)

test('ids of 64 bits arrive to the last digit', async () => {
  const { sim, one } = await ready()
  const id = await sim.control.says('with a large id')
  expect(BigInt(id)).toBeGreaterThan(BigInt(Number.MAX_SAFE_INTEGER))
  const { aliases, id: own } = await one.facts.said('with a large id')
  expect(aliases).toContain(id)
  expect(own.endsWith(`/${id}`)).toBe(true)
})

test('a quote by id names the message it answers', async () => {
  const { sim, one } = await ready()
  const first = await sim.control.says('what do you think?')
  await sim.control.quotes('yes', { id: first })
  await sim.control.quotes('no', { text: 'older client' })
  const [, by, older] = await until(() => one.facts.messages.length === 3 && one.facts.messages)
  expect(by?.content).toEqual({
    kind: 'quote',
    text: 'yes',
    target: { aliases: [first], preview: '' },
  })
  expect(older?.content).toMatchObject({ text: 'no', target: { preview: 'older client' } })
})

test('garbage in a list is shown as something unreadable, and never stops what follows', async () => {
  const { sim, one } = await ready()
  const msgs = [
    ...['text', 5, null, [], {}],
    { message_id: { a: 1 }, item_list: 'no list', from_user_id: 7, create_time_ms: 'soon' },
    { message_id: '12', from_user_id: sim.user, item_list: [{ type: 1 }, 'x', { type: 'y' }] },
    { message_id: '13', from_user_id: sim.user, item_list: [{ type: 2, image_item: [] }] },
    { message_id: '14', item_list: [{ type: 3, voice_item: { media: { aes_key: '?' } } }] },
    { message_id: '15', item_list: [{ type: 4, file_item: { media: { full_url: {} } } }] },
  ]
  sim.control.fault({ path: 'getupdates', how: { answer: { msgs } } })
  sim.control.fault({ path: 'getupdates', how: { answer: { msgs: 'none', get_updates_buf: 5 } } })
  await greet(sim, one, 'after it all')
  const odd = one.facts.messages.filter((each) => each.content.kind === 'unsupported')
  expect(odd.length).toBeGreaterThanOrEqual(msgs.length)
  for (const { chat, sender, at: time } of one.facts.messages) {
    expect(accountOf(chat)).toBe(`ilink:${sim.user}`)
    expect(sender.type).toBe('contact')
    expect(Math.abs(time - Date.now())).toBeLessThan(60_000)
  }
})

describe('what one message says', () => {
  const base = { message_id: '1', from_user_id: who.owner, message_type: 1 }

  test('several items are several messages, each with its own id', () => {
    const item_list = [
      { type: 1, text_item: { text: 'look' }, msg_id: 'v1:a' },
      {
        type: 2,
        image_item: { media: { encrypt_query_param: 'q', aes_key: btoa('k'.repeat(16)) } },
      },
      { type: 1, text_item: { text: 'there' }, msg_id: 'v1:c' },
    ]
    const { messages } = told({ ...base, item_list })
    expect(messages.map(({ content }) => content.kind)).toEqual(['text', 'image', 'text'])
    expect(messages.map(({ aliases }) => aliases)).toEqual([
      ['1', 'v1:a'],
      ['1#2'],
      ['1#3', 'v1:c'],
    ])
    expect(new Set(messages.map(({ id }) => id)).size).toBe(3)
    const ids = messages.flatMap(({ content }) => ('media' in content ? content.media.id : []))
    expect(ids).toEqual([`wechat/${who.account}/1#2`])
  })

  test('a text keeps its lines, and loses what no one types', () => {
    const item_list = [{ type: 1, text_item: { text: 'a\u0000\n<b>&amp;\u202e🙂\ud800' } }]
    const [content] = contents({ ...base, item_list })
    expect(content).toEqual({ kind: 'text', text: 'a\n<b>&amp;\u202e🙂\ufffd' })
  })

  test('voice without its bytes still says what was understood', () => {
    const item_list = [{ type: 3, voice_item: { text: 'see you' } }]
    expect(contents({ ...base, item_list })).toEqual([
      { kind: 'unsupported', type: '34', summary: 'see you' },
    ])
  })

  test('a kind of tomorrow is named by its number', () => {
    const item_list = [{ type: 12, tool_call_result_item: {} }]
    expect(contents({ ...base, item_list })).toEqual([
      { kind: 'unsupported', type: 'message', summary: 'iLink 12' },
    ])
  })

  test('a message that was taken back is told as that, after what it said', () => {
    const item_list = [{ type: 1, text_item: { text: 'oops' } }]
    const { messages } = told({ ...base, item_list, delete_time_ms: at - 5 })
    expect(messages.map(({ content }) => content.kind)).toEqual(['text', 'recall'])
    expect(messages[1]?.content).toMatchObject({ target: { aliases: ['1'] } })
    expect(messages[1]?.id).not.toBe(messages[0]?.id)
    const later = contents({ ...base, item_list, delete_time_ms: at + 10 ** 9 })
    expect(later.map(({ kind }) => kind)).toEqual(['text'])
  })

  test('a group is never shown among private words', () => {
    const item_list = [{ type: 1, text_item: { text: 'all of you' } }]
    const { chat, messages } = told({ ...base, group_id: 'g/1@chatroom', item_list })
    expect(chat.kind).toBe('group')
    expect(chat.id).not.toBe(told({ ...base, item_list }).chat.id)
    expect(messages[0]?.sender).toMatchObject({ type: 'group', nick: '' })
  })

  test('someone else is told from the owner, without their id being shown', () => {
    const from_user_id = 'other/one?@im.wechat'
    const { chat } = told({ ...base, from_user_id, item_list: [] })
    expect(chat.id).toBe(`${who.account}/other%2Fone%3F@im.wechat`)
    expect(chat.name).not.toMatch(/other|^Me$/)
    expect(told({ ...base, item_list: [] }).chat.name).toBe('Me')
  })

  test('what another program said as the bot is told as said by oneself', () => {
    const raw = { ...base, from_user_id: who.bot, to_user_id: who.owner, message_type: 2 }
    const { from, messages, chat } = told({
      ...raw,
      item_list: [{ type: 1, text_item: { text: 'x' } }],
    })
    expect(from).toBeUndefined()
    expect(messages[0]?.sender).toEqual({ type: 'myself' })
    expect(chat.name).toBe('Me')
  })

  test('without an id it gets one that is the same each time', () => {
    const raw = { from_user_id: who.owner, item_list: [{ type: 1, text_item: { text: 'x' } }] }
    expect(told(raw).messages[0]?.id).toBe(told({ ...raw }).messages[0]?.id)
    const other = { ...raw, create_time_ms: at }
    expect(told(other).messages[0]?.id).not.toBe(told(raw).messages[0]?.id)
  })
})

test('numbers that no double holds stay what they are, and all others are numbers', () => {
  const json =
    '{"a":18446744073709551615,"b":-9007199254740993,"c":1e400,"d":1.5,"e":9007199254740991}'
  expect(record(parseJson(json))).toEqual({
    ...{ a: '18446744073709551615', b: '-9007199254740993' },
    ...{ c: Number.POSITIVE_INFINITY, d: 1.5, e: 9007199254740991 },
  })
})
