import { connect } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listen } from '../../../adapters/wechat-http/listener.ts'
import { Offers } from '../../../adapters/wechat-http/offers.ts'
import { textOf } from '../../contract/connector/bench.ts'
import { memoryLog, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { friend, friendChat, signed } from './full-gateway.ts'
import { secret } from './lab.ts'
import { type Stage, stage } from './stage.ts'

let ids = 0

function message(more: object = {}, event: object = {}) {
  ids += 1
  const content = { kind: 'text', text: `text ${ids}` }
  const message = {
    id: `x${ids}`,
    at: Date.now(),
    chat: friendChat,
    from: friend,
    content,
    ...more,
  }
  return { id: `ex${ids}`, type: 'message', account: 'wxid_me', message, ...event }
}

const batch = <T>(...events: T[]) => ({ events })

test('takes what is signed, says so once it is kept, and takes it once', async () => {
  await using at = await stage()
  const events = batch(message(), message())
  for (let round = 0; round < 3; round++) {
    const { status, text } = await at.post(events)
    expect([status, JSON.parse(text)]).toEqual([200, { kept: 2, rejected: [] }])
  }
  expect(at.one.facts.texts()).toEqual(events.events.map((each) => each.message.content.text))
})

test('refuses what is not rightly signed with nothing but 401, and keeps nothing of it', async () => {
  await using at = await stage()
  const body = JSON.stringify(batch(message()))
  const right = signed('POST', '/v1/events', body)
  const wrongs: Record<string, string>[] = [
    {},
    { 'X-WeChat-Time': right['X-WeChat-Time'] },
    { 'X-WeChat-Signature': right['X-WeChat-Signature'] },
    { ...right, 'X-WeChat-Signature': '0'.repeat(64) },
    { ...right, 'X-WeChat-Signature': right['X-WeChat-Signature'].slice(0, 40) },
    { ...right, 'X-WeChat-Signature': right['X-WeChat-Signature'].toUpperCase() },
    { ...right, 'X-WeChat-Time': String(Number(right['X-WeChat-Time']) + 1) },
    { ...right, 'X-WeChat-Time': 'NaN' },
    { ...right, 'X-WeChat-Time': '-1' },
    signed('GET', '/v1/events', body),
    signed('POST', '/v1/events?', body),
    signed('POST', '/v1/events', `${body} `),
  ]
  for (const headers of wrongs) {
    const { status, text } = await at.post(body, { headers })
    expect([status, text]).toEqual([401, '{"error":"unauthorised"}'])
  }
  expect(at.one.facts.messages).toEqual([])
  expect(at.log.text()).not.toContain(secret)
  expect(at.log.text()).not.toContain(right['X-WeChat-Signature'])
  expect((await at.post(body, { headers: right })).status).toBe(200)
})

test('refuses what was signed long ago or in the future, and tells who knows the secret of the clock', async () => {
  await using at = await stage()
  const late = await at.post(batch(message()), { time: Date.now() - 301_000 })
  expect(late.status).toBe(401)
  expect(late.text).toMatch(/"error":"clock".*signed 30[12] s ago/)
  const early = await at.post(batch(message()), { time: Date.now() + 3_600_000 })
  expect([early.status, early.text]).toEqual([401, expect.stringMatching(/3[56]\d\d s in the f/)])
  const body = JSON.stringify(batch(message()))
  const forged = { 'X-WeChat-Time': '1', 'X-WeChat-Signature': '0'.repeat(64) }
  const { text } = await at.post(body, { headers: forged })
  expect(text).toBe('{"error":"unauthorised"}')
  expect((await at.post(batch(message()), { time: Date.now() - 290_000 })).status).toBe(200)
  expect(at.one.facts.messages).toHaveLength(1)
})

test('answers 503 with Retry-After while it cannot keep something, and has kept what was before it', async () => {
  await using at = await stage()
  const [first, second, third] = [message(), message(), message()]
  let refuse = true
  at.one.facts.refuse = (each) => refuse && textOf(each) === second.message.content.text
  const { status, headers } = await at.post(batch(first, second, third))
  expect([status, headers.get('retry-after')]).toEqual([503, '1'])
  expect(at.one.facts.texts()).toEqual([first.message.content.text])
  refuse = false
  expect((await at.post(batch(first, second, third))).status).toBe(200)
  const all = [first, second, third].map((each) => each.message.content.text)
  expect(at.one.facts.texts()).toEqual(all)
})

const wrongs: readonly (readonly [string, object, RegExp])[] = [
  ['a number as an id', message({ id: 1234567890123456 }), /message\.id: is a number: ids are st/],
  [
    'a number as a chat',
    message({ chat: { id: 42, kind: 'friend' } }),
    /message\.chat\.id: is a number/,
  ],
  ['a number as a sender', message({ from: { id: 42 } }), /message\.from\.id: is a number/],
  ['a sender of no kind', message({ from: 'you' }), /message\.from: .*me/],
  ['no sender', message({ from: undefined }), /message\.from: /],
  ['seconds', message({ at: 1_790_000_000 }), /message\.at: is too small .* is it in seconds\?/],
  ['a time as words', message({ at: '2026-01-01' }), /message\.at: must be a whole number of mill/],
  [
    'a kind nobody knows',
    message({ content: { kind: 'hologram', text: 'I am' } }),
    /content\.kind/,
  ],
  ['no text', message({ content: { kind: 'text' } }), /message\.content\.text/],
  ['a broken character in an id', message({ id: '\ud800' }), /message\.id: is not well-formed/],
  ['a place that is none', message({ content: { kind: 'location', latitude: 1e9 } }), /latitude/],
]

for (const [what, event, why] of wrongs) {
  test(`says precisely what is wrong with ${what}, shows that there was something, and goes on`, async () => {
    await using at = await stage()
    const after = message()
    const { status, text } = await at.post(batch(event, after))
    expect(status).toBe(422)
    const { kept, rejected } = JSON.parse(text) as { kept: number; rejected: { why: string }[] }
    expect(kept).toBe(1)
    expect(rejected).toEqual([
      expect.objectContaining({ index: 0, why: expect.stringMatching(why) }),
    ])
    const [shown, next] = at.one.facts.messages
    expect(shown?.content.kind).toBe('unsupported')
    expect(next && textOf(next)).toBe(after.message.content.text)
    expect(at.log.text()).toMatch(why)
    // Told again it is still one.
    await at.post(batch(event))
    expect(at.one.facts.messages).toHaveLength(2)
  })
}

test('shows what cannot be read in its own chat, with its words, or in one of its own where it has none', async () => {
  await using at = await stage()
  const strange = message({ content: { kind: 'hologram', text: 'help me' } })
  await at.post(batch(strange, message({ chat: { id: 9_007_199_254_740_991, kind: 'friend' } })))
  const [there, nowhere] = at.one.facts.messages
  expect(there?.chat).toBe(at.one.facts.chat('friend', '林小满')?.id)
  expect(there?.content).toEqual({ kind: 'unsupported', type: 'hologram', summary: 'help me' })
  expect(there?.sender).toMatchObject({ type: 'contact', contact: { name: '林小满' } })
  expect(at.one.facts.chats.get(nowhere!.chat)).toMatchObject({ kind: 'mp', name: 'Gateway' })
  expect(nowhere?.sender).toEqual({ type: 'system' })
})

test('refuses what is no batch with a reason, and keeps what comes after it', async () => {
  await using at = await stage()
  const cases: readonly (readonly [string, number, RegExp])[] = [
    ['', 400, /not JSON/],
    ['{"events": [', 400, /not JSON/],
    ['[]', 400, /"events\\"/],
    ['{"events": 3}', 400, /list/],
    [`{"events": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400, /nested more than/],
    [`{"events": [${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}]}`, 400, /nested more than/],
    [JSON.stringify({ events: Array.from({ length: 501 }, () => 1) }), 400, /at most 500/],
    [`{"events": ["${'x'.repeat(9_000_000)}"]}`, 413, /at most 8388608 bytes/],
  ]
  for (const [body, wanted, why] of cases) {
    const { status, text } = await at
      .post(body)
      .catch(() => ({ status: 413, text: '8388608 bytes' }))
    expect([status, body.slice(0, 30)]).toEqual([wanted, body.slice(0, 30)])
    if (wanted === 400) expect(text).toMatch(why)
  }
  expect((await at.post(batch(message()))).status).toBe(200)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test('takes no harm from names that objects have', async () => {
  await using at = await stage()
  const body = JSON.stringify(batch(message()))
  const evil = '{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}},'
  expect((await at.post(body.replace('{"id":"ex', `${evil}"id":"ex`))).status).toBe(200)
  const content = { kind: '__proto__', text: 1, toString: 3 }
  expect((await at.post(batch(message({ content })))).status).toBe(422)
  expect((await at.post(batch(message({ content: { kind: 'constructor' } })))).status).toBe(422)
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  expect(at.one.facts.messages).toHaveLength(3)
})

test('answers whatever comes, and loses no message among it', async () => {
  await using at = await stage()
  const base = message() as unknown as Record<string, unknown>
  const garbage = fc.anything({ maxDepth: 3, withNullPrototype: false })
  let good = 0
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom('type', 'message', 'account', 'id', 'chats', 'login'), garbage),
      async (mess) => {
        const before = at.one.facts.messages.length
        const json = JSON.stringify(
          batch<object>({ ...base, ...mess }, message()),
          (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each),
        )
        const { status } = await at.post(json)
        expect([200, 422]).toContain(status)
        good += 1
        const now = at.one.facts.messages
        expect(now.length).toBeGreaterThan(before)
        expect(now.at(-1)?.content.kind).toBe('text')
      },
    ),
    { numRuns: 150 },
  )
  expect(good).toBe(150)
  expect(at.one.facts.logins.map((each) => each.state)).toEqual(['online'])
})

test('keeps two things that were told under one id, and one that was told twice', async () => {
  await using at = await stage()
  const [one, other] = [message({}, { id: 'same' }), message({}, { id: 'same' })]
  await at.post(batch(one, other, one))
  expect(at.one.facts.texts()).toHaveLength(2)
})

test('knows of every kind of content what it says', async () => {
  await using at = await stage()
  const media = { id: 'p', mime: 'image/png', bytes: 5, name: 'a\u0000b.png' }
  const contents = [
    { kind: 'image', media, caption: 'c' },
    { kind: 'voice', media: { ...media, ms: 1200 } },
    { kind: 'video', media: { url: 'https://example.org/v' } },
    { kind: 'file', media },
    { kind: 'file', media: {} },
    { kind: 'sticker' },
    { kind: 'location', latitude: 31.2, longitude: 121.4, poi: 'x\ny' },
    { kind: 'link', title: 't', url: 'javascript:alert(1)', thumb: media },
    { kind: 'mini_program', title: 't', app: 'a' },
    { kind: 'card', name: 'n', contact: 'wxid/1' },
    { kind: 'quote', text: 'q', target: { id: 'm9', preview: 'p' } },
    { kind: 'recall', target: {} },
    { kind: 'system', text: 's' },
    { kind: 'friend_request', name: 'n', request: 'r' },
    { kind: 'red_packet' },
    { kind: 'transfer', amount: '¥1' },
    { kind: 'other', type: 'poll', summary: 'yes?' },
  ]
  const events = contents.map((content) => message({ content }))
  expect((await at.post(batch(...events))).status).toBe(200)
  const told = at.one.facts.messages.map((each) => each.content)
  expect(told.map((each) => each.kind)).toEqual([
    'image',
    'voice',
    'video',
    'file',
    'unsupported',
    'bareSticker',
    'location',
    'link',
    'miniProgram',
    'card',
    'quote',
    'recall',
    'system',
    'friendRequest',
    'redPacket',
    'transfer',
    'unsupported',
  ])
  expect(told[0]).toMatchObject({ caption: 'c', media: { name: 'a b.png', bytes: 5 } })
  expect(told[6]).toMatchObject({ poi: 'x y', label: '' })
  expect(told[7]).toMatchObject({ url: '', thumb: { kind: 'image' } })
  expect(told[9]).toMatchObject({ contact: 'http:wxid_me/wxid%2F1' })
  expect(told[10]).toMatchObject({ target: { aliases: ['m9'], preview: 'p' } })
  expect(told[11]).toMatchObject({ guess: 'sender' })
})

test('takes what one account said for that account, whoever is logged in by then', async () => {
  await using at = await stage()
  const late = message({}, { account: 'wxid_other' })
  await at.post(batch(late))
  const [told] = at.one.facts.messages
  expect(told).toMatchObject({ account: 'http:wxid_other', chat: 'http:wxid_other/wxid_lin' })
})

test('tells what was read elsewhere, and who is in a group', async () => {
  await using at = await stage()
  const read = { id: 'r1', type: 'read', account: 'wxid_me', chat: 'wxid_lin' }
  const stranger = { ...read, id: 'r2', chat: 'nobody' }
  const members = [{ id: 'a', name: 'A', nick: 'A' }]
  const roll = { id: 'r3', type: 'members', account: 'wxid_me', chat: 'new@chatroom', members }
  expect((await at.post(batch(read, stranger, roll))).status).toBe(200)
  expect(at.one.facts.reads).toEqual(['http:wxid_me/wxid_lin'])
  expect(at.one.facts.rosters).toContain('http:wxid_me/new@chatroom')
})

test('does not wait for who asks slowly', async () => {
  const parts = { secret, offers: new Offers(secret), clock: realClock, log: memoryLog() }
  const events = async () => []
  const patience = { headersMs: 200, requestMs: 400, checkMs: 50 }
  const server = await listen({ host: '127.0.0.1', port: 0 }, { ...parts, events }, patience)
  const port = Number(new URL(server.origin).port)
  const head = 'POST /v1/events HTTP/1.1\r\nhost: x\r\n'
  const slow = [head, `${head}content-length: 5\r\n\r\n12`].map((text) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('error', () => undefined).resume()
    return new Promise((gone) => socket.on('close', gone))
  })
  await Promise.all(slow)
  await server.close()
})

test('gives nobody anything but events and offers', async () => {
  await using at = await stage()
  const paths = ['/', '/v1/media/x', '/v1/messages', '/v1/offers/', '/v1/offers/x?until=1', '/%']
  for (const path of paths) {
    expect((await at.post('', { path })).status).toBe(404)
    expect((await fetch(`${at.bridge}${path}`)).status).toBe(404)
  }
  expect((await fetch(`${at.bridge}/v1/events`)).status).toBe(405)
})

test('asks for patience when too many batches come at once, and loses none of them', async () => {
  await using at: Stage = await stage()
  let refuse = true
  at.one.facts.refuse = () => refuse
  const many = Array.from({ length: 40 }, () => batch(message()))
  const answers = await Promise.all(many.map((each) => at.post(each)))
  expect(answers.every(({ status }) => status === 503)).toBe(true)
  refuse = false
  for (const each of many) {
    await until(async () => (await at.post(each)).status === 200)
  }
  expect(at.one.facts.texts()).toHaveLength(40)
})

test('keeps what is known of a chat when a message names only a little of it', async () => {
  await using at = await stage()
  const chats = [{ ...friendChat, remark: '小林', muted: true }]
  await at.post(batch({ id: 'c1', type: 'chats', account: 'wxid_me', chats }))
  await at.post(batch(message({ chat: { id: 'wxid_lin', kind: 'friend', name: '林小满 2' } })))
  const [{ chat } = { chat: undefined }] = at.one.facts.messages
  expect(at.one.facts.chats.get(chat!)).toMatchObject({
    name: '林小满 2',
    remark: '小林',
    muted: true,
  })
  // What somebody calls them once is no reason to take them for another.
  await at.post(batch(message({ chat: { id: 'wxid_lin', kind: 'group' } })))
  expect(at.one.facts.chats.get(chat!)).toMatchObject({ kind: 'friend', remark: '小林' })
  expect(at.one.facts.messages.at(-1)?.sender.type).toBe('contact')
})

test('takes what no store and no hub can take out of texts, and times out of the future', async () => {
  await using at = await stage()
  const content = { kind: 'text', text: 'a\u0000b\ud800c\u202e\n' }
  await at.post(batch(message({ content, at: 8e15 })))
  const [told] = at.one.facts.messages
  expect(told && textOf(told)).toBe('ab\ufffdc\u202e\n')
  expect(Math.abs(Number(told?.at) - Date.now())).toBeLessThan(10_000)
})

test('does not let one batch after another pile up behind one that is not kept', async () => {
  await using at = await stage()
  const held = Promise.withResolvers<void>()
  const keep = at.one.facts.message.bind(at.one.facts)
  at.one.facts.message = async (...told) => {
    await held.promise
    return keep(...told)
  }
  const many = Array.from({ length: 30 }, () => batch(message()))
  const answers: number[] = []
  const posted = many.map((each) => at.post(each).then(({ status }) => answers.push(status)))
  await until(() => answers.length >= 20, 'answers')
  expect(new Set(answers)).toEqual(new Set([503]))
  held.resolve()
  await Promise.all(posted)
  expect(answers.filter((each) => each === 200).length).toBe(at.one.facts.texts().length)
})

test('shows after a restart what cannot be read as the same as before', async () => {
  await using at = await stage()
  const bad = batch(message({ id: 3 }))
  await at.post(bad)
  await at.one.stop()
  const again = at.start()
  await until(() => again.facts.last()?.state === 'online')
  await until(async () => (await at.post(bad)).status === 422)
  expect(again.facts.messages.map(({ id }) => id)).toEqual(
    at.one.facts.messages.map(({ id }) => id),
  )
})

test('takes nothing before it knows the gateway', async () => {
  await using at = await stage()
  await at.one.stop()
  at.proxy.garble(Array.from({ length: 1000 }, () => 'reset' as const))
  const again = at.start()
  await until(() => again.facts.last()?.state === 'offline')
  for (let count = 0; count < 3; count++) {
    expect((await at.post(batch(message()))).status).toBe(503)
  }
  expect(again.facts.messages).toEqual([])
})

test('a message that could not be read and is told again as it should be is shown', async () => {
  await using at = await stage()
  const good = message()
  await at.post(batch({ ...good, message: { ...good.message, content: { kind: 'hologram' } } }))
  await at.post(batch(good))
  const [salvaged, mended] = at.one.facts.messages
  expect(mended && textOf(mended)).toBe(good.message.content.text)
  expect([salvaged?.id, ...(salvaged?.aliases ?? [])]).not.toContain(good.message.id)
  expect(mended?.aliases).toContain(good.message.id)
})

test('a recall that has the id of what it takes back is another message', async () => {
  await using at = await stage()
  const said = message()
  const { id } = said.message
  await at.post(batch(said, message({ id, content: { kind: 'recall', target: { id } } })))
  const [first, recall] = at.one.facts.messages
  expect(recall?.content).toMatchObject({ kind: 'recall', target: { aliases: [id] } })
  expect(recall?.aliases).toEqual([])
  expect(recall?.id).not.toBe(first?.id)
})

test('the owner named by their id is the owner', async () => {
  await using at = await stage()
  await at.post(batch(message({ from: { id: 'wxid_me', name: 'Me' } })))
  expect(at.one.facts.messages[0]?.sender).toEqual({ type: 'myself' })
})
