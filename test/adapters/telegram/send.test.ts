import { describe, expect, it } from 'vitest'
import type { TelegramError } from '../../../adapters/telegram/api.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { eventId } from '../../../src/core/ids.ts'
import type { Rich } from '../../../src/core/runs.ts'
import { roomPost } from './posts.ts'
import { sendingLab } from './sending-lab.ts'

const failureOf = async (sent: Promise<unknown>): Promise<BridgeError> => {
  const error = await sent.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(BridgeError)
  return error as BridgeError
}

describe('a text', () => {
  it('comes into the topic of its chat, under the name of who says it, as it was written', async () => {
    const lab = await sendingLab()
    const text = '<b>hi</b> *x* 😀\n  /unlink &amp; [a](http://b.example)'
    const receipt = await lab.send(roomPost(text, { room: lab.group, who: '小<王>' }))
    const [message] = lab.sees(lab.group)
    expect(message?.text).toBe(`小<王>: ${text}`)
    expect(message?.entities?.filter(({ type }) => type !== 'url')).toEqual([
      { type: 'bold', offset: 0, length: 5 },
      { type: 'code', offset: 25, length: 7 },
    ])
    expect(lab.sees(lab.friend)).toEqual([])
    expect(receipt).toEqual({
      ids: [`${lab.chat}/${message?.message_id}`],
      at: message!.date * 1000,
    })
  })

  it('rings unless it is to be silent', async () => {
    const lab = await sendingLab()
    await lab.send(roomPost('a', { room: lab.friend }))
    await lab.send(roomPost('b', { room: lab.friend, silent: true }))
    const rung = lab.calls('sendMessage').map((call) => String(call.params.disable_notification))
    expect(rung).toEqual(['undefined', 'true'])
  })

  it('says something where there is nothing to see', async () => {
    const lab = await sendingLab()
    await lab.send(roomPost(' \n\u200b', { room: lab.friend }))
    await lab.send(roomPost(' ', { room: lab.group, who: '小王' }))
    expect(lab.sees(lab.friend)[0]?.text).toBe('（一条没有可见内容的消息）')
    expect(lab.sees(lab.group)[0]?.text).toBe('小王: （一条没有可见内容的消息）')
  })

  it('fits as long as the bridge makes it, with any name in front', async () => {
    const lab = await sendingLab()
    const who = '王'.repeat(300)
    await lab.send(roomPost('x'.repeat(4096 - 140), { room: lab.group, who }))
    await lab.send(roomPost('x'.repeat(4096), { room: lab.group, who }))
    const [first, second] = lab.sees(lab.group)
    expect(first?.text).toMatch(/^王{47}…: x+$/)
    expect(second?.text).toBe('x'.repeat(4096))
  })

  it('shows what a link leads to, and no other address', async () => {
    const lab = await sendingLab()
    const url = 'https://mp.weixin.example/s?x=1'
    await lab.send(roomPost([{ text: 'Ten hikes', bold: true, href: url }], { room: lab.friend }))
    await lab.send(roomPost(`look: ${url}`, { room: lab.friend }))
    const shown = lab.calls('sendMessage').map((call) => call.params.link_preview_options)
    const read = (value: unknown) => (typeof value === 'string' ? JSON.parse(value) : value)
    expect(shown.map(read)).toEqual([{ url }, { is_disabled: true }])
    expect(lab.sees(lab.friend)[0]?.entities).toContainEqual({
      type: 'text_link',
      offset: 0,
      length: 9,
      url,
    })
  })

  it.each(["entity URL 'https://odd.example/' is invalid: Wrong HTTP URL", 'WEBPAGE_NOT_FOUND'])(
    'goes with its addresses in words where Telegram does not take one: %s',
    async (said) => {
      const lab = await sendingLab()
      const description = `Bad Request: ${said}`
      lab.sim.fails({ method: 'sendMessage', what: { status: 400, description } })
      const rich: Rich = [{ text: 'odd', href: 'https://odd.example/' }, { text: '!' }]
      await lab.send(roomPost(rich, { room: lab.friend }))
      expect(lab.sees(lab.friend)[0]?.text).toBe('odd (https://odd.example/)!')
    },
  )
})

describe('an answer', () => {
  const unquoted: Rich = [{ text: '王五: before', quote: true }, { text: 'after' }]
  const body = { kind: 'text', text: [{ text: 'after' }], unquoted } as const

  it('points at what it answers', async () => {
    const lab = await sendingLab()
    const { ids } = await lab.send(roomPost('before', { room: lab.friend }))
    const replyToEvent = eventId(ids[0]!)
    await lab.send(roomPost(body, { room: lab.friend, replyToEvent }))
    const [before, after] = lab.sees(lab.friend)
    expect(after?.reply_to_message?.message_id).toBe(before?.message_id)
    expect(after?.text).toBe('after')
  })

  it('quotes what is in another chat of Telegram', async () => {
    const lab = await sendingLab()
    const { ids } = await lab.send(roomPost('another', { room: lab.friend }))
    const replyToEvent = eventId(ids[0]!.replace(/^\d+/, '-100123'))
    await lab.send(roomPost(body, { room: lab.friend, replyToEvent }))
    const [another, answer] = lab.sees(lab.friend)
    expect(answer?.text).toBe('王五: before\nafter')
    expect(answer?.entities?.[0]?.type).toBe('blockquote')
    expect(answer?.reply_to_message?.message_id).not.toBe(another?.message_id)
  })

  it('quotes what is not there any more', async () => {
    const lab = await sendingLab()
    const { ids } = await lab.send(roomPost('before', { room: lab.friend }))
    await lab.anna.deletes(lab.chat, Number(ids[0]!.split('/')[1]))
    const replyToEvent = eventId(ids[0]!)
    await lab.send(roomPost(body, { room: lab.friend, replyToEvent }))
    await lab.send(roomPost('no quotation', { room: lab.friend, replyToEvent }))
    const texts = lab.sees(lab.friend).map((message) => message.text)
    expect(texts).toEqual(['王五: before\nafter', 'no quotation'])
  })
})

describe('buttons', () => {
  const text = [{ text: 'Which chat?' }]

  it('stand under a text, and say their words', async () => {
    const lab = await sendingLab()
    const words = ['chats', 'abcdefghijkm']
    const buttons = [
      [
        { label: '王五', words },
        { label: 'too long', words: ['x'.repeat(65)] },
      ],
    ]
    await lab.send(roomPost({ kind: 'notice', text, buttons }, { room: lab.own }))
    const [message] = lab.sees(lab.own)
    expect(message?.reply_markup?.inline_keyboard).toEqual([
      [{ text: '王五', callback_data: 'chats abcdefghijkm' }],
    ])
    expect(lab.log.text()).toMatch(/warn Buttons that Telegram cannot have are left out/)
  })

  it('lead to no address that Telegram refuses, and the text comes all the same', async () => {
    const lab = await sendingLab()
    const buttons = [
      [{ label: 'page', url: 'http://localhost:9/' }],
      [{ label: 'list', words: ['chats'] }],
    ]
    await lab.send(roomPost({ kind: 'notice', text, buttons }, { room: lab.own }))
    expect(lab.sees(lab.own)[0]?.reply_markup?.inline_keyboard).toEqual([
      [{ text: 'list', callback_data: 'chats' }],
    ])
  })

  it('give way to what takes the place of their text', async () => {
    const lab = await sendingLab()
    const buttons = [[{ label: 'list', words: ['chats'] }]]
    const sent = await lab.send(roomPost({ kind: 'notice', text, buttons }, { room: lab.own }))
    const replacesEvent = eventId(sent.ids[0]!)
    const post = roomPost('王五.', { room: lab.own, replacesEvent, repeat: true })
    expect((await lab.send(post)).ids).toEqual(sent.ids)
    const [message, ...more] = lab.sees(lab.own)
    expect([message?.text, message?.reply_markup, more]).toEqual(['王五.', undefined, []])
    // A lost answer: the same again is not modified.
    expect((await lab.restarted().send(post, lab.open, AbortSignal.timeout(5000))).ids).toEqual(
      sent.ids,
    )
  })

  it('are posted anew where their message is gone', async () => {
    const lab = await sendingLab()
    const sent = await lab.send(roomPost('old', { room: lab.own }))
    await lab.anna.deletes(lab.chat, Number(sent.ids[0]!.split('/')[1]))
    const replacesEvent = eventId(sent.ids[0]!)
    await lab.send(roomPost('new', { room: lab.own, replacesEvent }))
    expect(lab.sees(lab.own).map((message) => message.text)).toEqual(['new'])
  })
})

describe('a place', () => {
  it('is on the map, under the name of who is there', async () => {
    const lab = await sendingLab()
    const body = { kind: 'location', latitude: 31.2397, longitude: 121.4998, label: '[位置] 明珠' }
    await lab.send(roomPost(body as never, { room: lab.group, who: '小王' }))
    await lab.send(roomPost(body as never, { room: lab.friend }))
    const [group] = lab.sees(lab.group)
    expect([group?.venue?.title, group?.venue?.address]).toEqual(['小王', '[位置] 明珠'])
    expect(group?.venue?.location.latitude).toBeCloseTo(31.2397, 4)
    const [friend] = lab.sees(lab.friend)
    expect([friend?.venue?.title, friend?.venue?.address]).toEqual([
      '[位置] 明珠',
      '31.239700, 121.499800',
    ])
  })
})

describe('a post that is sent twice', () => {
  it('is posted once while it is remembered', async () => {
    const lab = await sendingLab()
    const post = roomPost('once', { room: lab.friend })
    const first = await lab.send(post)
    expect(await lab.send({ ...post, repeat: true })).toEqual(first)
    expect(await lab.sending.find(post, 0, AbortSignal.timeout(1000))).toEqual(first)
    expect(lab.sees(lab.friend)).toHaveLength(1)
  })

  it('is marked where nobody can tell whether it is there', async () => {
    const lab = await sendingLab('en')
    const post = roomPost('once', { room: lab.group, who: '小王' })
    lab.sim.fails({ method: 'sendMessage', what: 'lost' })
    const error = await failureOf(lab.send(post))
    expect(error.failure.certain).toBe(false)
    expect(lab.table.asked).toEqual([])
    expect(await lab.sending.find(post, 0, AbortSignal.timeout(1000))).toBe('unknown')
    await lab.send({ ...post, repeat: true })
    expect(lab.sees(lab.group).map((message) => message.text)).toEqual([
      '小王: once',
      '↻ may be a repeat · 小王: once',
    ])
  })
})

describe('a place that does not take a post', () => {
  it('is mended and tried again', async () => {
    const lab = await sendingLab()
    const { thread } = lab.table.rooms.get(lab.friend)!
    await lab.anna.deletesTopic(lab.chat, Number(thread))
    const group = lab.table.rooms.get(lab.group)!
    lab.table.judge = (room) => {
      lab.table.rooms.set(room, { ...lab.table.rooms.get(room)!, thread: group.thread! })
      return 'again'
    }
    await lab.send(roomPost('where to?', { room: lab.friend }))
    expect(lab.table.asked).toHaveLength(1)
    expect((lab.table.asked[0] as TelegramError).said.description).toMatch(/thread not found/)
    expect(lab.sees(lab.group).map((message) => message.text)).toEqual(['where to?'])
  })

  it('says what is the matter where it cannot be mended', async () => {
    const lab = await sendingLab()
    await lab.anna.blocks()
    const held = new BridgeError('held', { code: 'refused', heal: 'wait', certain: true })
    lab.table.judge = () => held
    expect(await failureOf(lab.send(roomPost('x', { room: lab.friend })))).toBe(held)
    expect(lab.table.asked).toHaveLength(1)
    lab.table.judge = () => 'again'
    const error = await failureOf(lab.send(roomPost('x', { room: lab.friend })))
    // What was mended last may hold: it is worth another try, later.
    expect(error.failure).toMatchObject({ code: 'server', heal: 'retry', certain: true })
    expect(lab.table.asked).toHaveLength(4)
  })

  it('lets a request to slow down through to the pump', async () => {
    const lab = await sendingLab()
    lab.sim.fails({ method: 'sendMessage', what: { status: 429, retryAfter: 7 } })
    const { failure } = await failureOf(lab.send(roomPost('x', { room: lab.friend })))
    expect(failure).toMatchObject({ code: 'rate', certain: true, afterMs: 7000 })
  })
})

describe('a recall', () => {
  it('deletes all that was posted, and is done where it is gone already', async () => {
    const lab = await sendingLab()
    const ids: string[] = []
    for (const text of ['a', 'b', 'c']) {
      ids.push(...(await lab.send(roomPost(text, { room: lab.friend }))).ids)
    }
    const body = { kind: 'redaction', target: 'm' } as never
    const redacts = ids.slice(0, 2).map(eventId)
    await lab.anna.deletes(lab.chat, Number(ids[0]!.split('/')[1]))
    const post = roomPost(body, { room: lab.friend, redacts })
    expect((await lab.send(post)).ids).toEqual(redacts.map((id) => `${id}/deleted`))
    expect(lab.sees(lab.friend).map((message) => message.text)).toEqual(['c'])
    const again = await lab.restarted().send(post, lab.open, AbortSignal.timeout(5000))
    expect(again.ids).toHaveLength(2)
    expect(await lab.restarted().find(post, 0, AbortSignal.timeout(5000))).toBe('absent')
  })

  it('tells where a message is too old for that, having deleted the others', async () => {
    const lab = await sendingLab()
    const old = await lab.send(roomPost('old', { room: lab.friend }))
    const young = await lab.send(roomPost('young', { room: lab.friend }))
    const description = "Bad Request: message can't be deleted for everyone"
    lab.sim.fails({ method: 'deleteMessage', what: { status: 400, description } })
    const body = { kind: 'redaction', target: 'm' } as never
    const redacts = [...old.ids, ...young.ids].map(eventId)
    const { failure } = await failureOf(lab.send(roomPost(body, { room: lab.friend, redacts })))
    expect(failure).toMatchObject({ heal: 'never', certain: true })
    expect(lab.sees(lab.friend).map((message) => message.text)).toEqual(['old'])
  })
})
