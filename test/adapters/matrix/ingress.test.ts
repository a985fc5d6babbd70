import '../../support/seed.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hubEvent, keyField, roomEvent, roomField } from '../../../adapters/matrix/ingress.ts'
import { contactId, hubId } from '../../../src/core/ids.ts'

const now = Date.UTC(2026, 10, 21)
const at = now - 5000
const li = contactId('contact/li')
const reading = {
  hub: hubId('matrix'),
  owner: '@owner:hs',
  owns: (user: string) => user.startsWith('@wechat_'),
  isManagement: (room: string) => room === '!management',
  contactOf: (user: string) => (user === '@wechat_li:hs' ? li : undefined),
}

const read = (raw: unknown) => {
  const event = roomEvent(raw, now)
  return event && hubEvent(event, reading)
}

const said = (content: unknown, more: object = {}) => ({
  event_id: '$1',
  room_id: '!room',
  sender: '@alice:hs',
  type: 'm.room.message',
  origin_server_ts: at,
  content,
  ...more,
})
const text = (body: unknown, more: object = {}) => said({ msgtype: 'm.text', body, ...more })
const base = { id: '$1', room: '!room', at }
const html = (formatted_body: string, body = 'something else', more: object = {}) =>
  said({ msgtype: 'm.text', body, format: 'org.matrix.custom.html', formatted_body, ...more })

describe('an event of a room', () => {
  it('with words is a message', () => {
    expect(read(text('hi'))).toEqual({ ...base, type: 'message', from: '@alice:hs', text: 'hi' })
    expect(read(said({ msgtype: 'm.notice', body: 'hi' }))).toMatchObject({ text: 'hi' })
    expect(read(said({ msgtype: 'm.emote', body: 'waves' }))).toMatchObject({ text: '* waves' })
  })

  it('says what people see of it, not what stands beside', () => {
    expect(read(html('<p>a <b>b</b></p>', '!wx logout'))).toEqual({
      ...base,
      type: 'message',
      from: '@alice:hs',
      text: 'a b',
      rich: [{ text: 'a ' }, { text: 'b', bold: true }],
    })
    expect(read(html('just words'))).not.toHaveProperty('rich')
    const other = said({ msgtype: 'm.text', body: 'b', format: 'x', formatted_body: '<b>a</b>' })
    expect(read(other)).toMatchObject({ text: 'b' })
    expect(read(html('<mx-reply>x</mx-reply>', 'b'))).toMatchObject({ text: 'b' })
    expect(read(text('bell\u0007'))).toMatchObject({ text: 'bell\ufffd' })
  })

  it('points at the contacts it names, and at everybody', () => {
    const pill = '<a href="https://matrix.to/#/@wechat_li:hs">Li</a>'
    const point = { start: 6, end: 8, who: li }
    expect(read(html(`hello ${pill}`))).toMatchObject({ text: 'hello Li', points: [point] })
    const emote = said({ ...(html(`hello ${pill}`).content as object), msgtype: 'm.emote' })
    expect(read(emote)).toMatchObject({
      text: '* hello Li',
      points: [{ start: 8, end: 10, who: li }],
    })
    const room = { 'm.mentions': { room: true } }
    expect(read(html(`@room ${pill}`, '', room))).toMatchObject({
      points: [
        { start: 0, end: 5, who: 'all' },
        { start: 6, end: 8, who: li },
      ],
    })
    expect(read(text('hey @room!', room))).toMatchObject({
      points: [{ start: 4, end: 9, who: 'all' }],
    })
    const silent = { 'm.mentions': { room: false, user_ids: [] } }
    for (const none of [
      text('hey @room'),
      text('hey @room', silent),
      text('hey @rooms', room),
      text('a@room.org', room),
    ]) {
      expect(read(none)).not.toHaveProperty('points')
    }
    const human = html('<a href="https://matrix.to/#/@bob:hs">Bob</a>')
    expect(read(human)).toMatchObject({ text: 'Bob' })
    expect(read(human)).not.toHaveProperty('points')
  })

  it('in a thread answers only what a person chose to answer', () => {
    const relation = { rel_type: 'm.thread', event_id: '$9', 'm.in_reply_to': { event_id: '$0' } }
    const falling = { 'm.relates_to': { ...relation, is_falling_back: true } }
    expect(read(text('x', falling))).not.toHaveProperty('replyTo')
    expect(read(text('x', { 'm.relates_to': relation }))).toMatchObject({ replyTo: '$0' })
  })

  it('that changes another is the change, never what old clients show of it', () => {
    const changed = (content: object, more: object = {}) =>
      text('* fallback', {
        'm.relates_to': { rel_type: 'm.replace', event_id: '$0' },
        'm.new_content': content,
        ...more,
      })
    expect(read(changed({ msgtype: 'm.text', body: 'new' }))).toEqual({
      ...base,
      type: 'edit',
      from: '@alice:hs',
      target: '$0',
      text: 'new',
    })
    const pill = '<b><a href="matrix:u/wechat_li:hs">Li</a></b>'
    expect(read(changed(html(pill).content as object))).toMatchObject({
      type: 'edit',
      points: [{ start: 0, end: 2, who: li }],
      rich: [{ text: 'Li', bold: true, mention: { type: 'contact', contact: li } }],
    })
    const picture = { msgtype: 'm.image', body: 'now', filename: 'a.png', url: 'mxc://hs/abc' }
    expect(read(changed(picture))).toMatchObject({
      type: 'edit',
      text: 'now',
      media: { id: 'matrix/mxc://hs/abc' },
    })
    expect(read(changed({ msgtype: 'm.text', body: '!wx logout' }))).toMatchObject({ type: 'edit' })
    const command = { ...changed({ msgtype: 'm.text', body: 'logout' }), room_id: '!management' }
    expect(read(command)).toBeUndefined()
  })

  it('that is a sign at another names it', () => {
    const sign = (key: unknown, more: object = {}) =>
      said(
        { 'm.relates_to': { rel_type: 'm.annotation', event_id: '$0', key }, ...more },
        { type: 'm.reaction' },
      )
    expect(read(sign('👍'))).toEqual({
      ...base,
      type: 'reaction',
      from: '@alice:hs',
      target: '$0',
      sign: '👍',
    })
    expect(read(sign('x\n'.repeat(100)))).toMatchObject({ sign: expect.stringMatching(/^.{40}$/) })
    expect(read(sign('mxc://hs/a', { shortcode: ':wave:' }))).toMatchObject({ sign: ':wave:' })
    expect(read(sign('mxc://hs/a'))).toMatchObject({ sign: 'emoji' })
    for (const none of [sign(''), sign(5), sign(undefined)]) expect(read(none)).toBeUndefined()
  })

  it('of a time that cannot be is of now', () => {
    for (const ts of [now + 3_600_000, 0, 1000, -5, 2 ** 53, 'x', null]) {
      expect(read(text('x', {})) && read({ ...text('x'), origin_server_ts: ts })).toMatchObject({
        at: now,
      })
    }
    expect(read({ ...text('x'), origin_server_ts: now + 1000 })).toMatchObject({ at: now + 1000 })
  })

  it('that answers another names it, without the words that old clients repeat', () => {
    const relation = { 'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } } }
    const old = '> <@bob:hs> what?\n> really\n\nyes\n> I do'
    expect(read(text(old, relation))).toMatchObject({ replyTo: '$0', text: 'yes\n> I do' })
    expect(read(text('> my own quote', relation))).toMatchObject({ text: '> my own quote' })
    expect(read(text(old))).toMatchObject({ text: old })
  })

  it('with !wx is a command', () => {
    expect(read(text('!wx  Login now '))).toMatchObject({
      type: 'command',
      words: ['Login', 'now'],
    })
    expect(read(text('!wx'))).toMatchObject({ type: 'command', words: [] })
    for (const mark of ['!WX', '！wx']) {
      expect(read(text(`${mark} status`))).toMatchObject({ type: 'command', words: ['status'] })
    }
    expect(read(text('!wxyz'))).toMatchObject({ type: 'message', text: '!wxyz' })
    const answer = { 'm.relates_to': { 'm.in_reply_to': { event_id: '$0' } } }
    expect(read(text('!wx to 3', answer))).toMatchObject({ type: 'command', replyTo: '$0' })
    const pill = '!wx users add <a href="https://matrix.to/#/@bob:hs">Bob</a> relay'
    expect(read(html(pill))).toMatchObject({
      type: 'command',
      words: ['users', 'add', '@bob:hs', 'relay'],
    })
  })

  it('in the management room is a command whatever it says', () => {
    const event = { ...text('good morning'), room_id: '!management' }
    expect(read(event)).toMatchObject({ type: 'command', words: ['good', 'morning'] })
  })

  it('with a picture carries where its bytes are and what the client claims of them', () => {
    const info = { mimetype: 'image/png', size: 12, w: 3, h: 4 }
    const content = { msgtype: 'm.image', body: 'cat.png', url: 'mxc://hs/abc', info }
    expect(read(said(content))).toEqual({
      ...base,
      type: 'message',
      from: '@alice:hs',
      media: {
        id: 'matrix/mxc://hs/abc',
        source: 'matrix',
        kind: 'image',
        mime: 'image/png',
        name: 'cat.png',
        bytes: 12,
        width: 3,
        height: 4,
        token: '{"mxc":"mxc://hs/abc"}',
      },
    })
    expect(read(said({ ...content, filename: 'cat.png', body: 'my cat' }))).toMatchObject({
      text: 'my cat',
    })
  })

  it.each([
    ['m.video', 'video'],
    ['m.audio', 'file'],
    ['m.file', 'file'],
  ])('of type %s carries a %s', (msgtype, kind) => {
    expect(read(said({ msgtype, body: 'x', url: 'mxc://hs/abc' }))).toMatchObject({
      media: { kind, mime: 'application/octet-stream' },
    })
  })

  it('recorded to be listened to is a voice message, with its length', () => {
    const sound = { msgtype: 'm.audio', body: 'Voice message.ogg', url: 'mxc://hs/abc' }
    const flagged = {
      ...sound,
      'org.matrix.msc3245.voice': {},
      'org.matrix.msc1767.audio': { duration: 2400 },
    }
    expect(read(said(flagged))).toMatchObject({
      media: { kind: 'voice', ms: 2400, mime: 'audio/mpeg' },
    })
    const recent = { ...sound, 'm.voice': {}, info: { duration: 100 } }
    expect(read(said(recent))).toMatchObject({ media: { kind: 'voice', ms: 100 } })
    expect(read(said({ ...sound, 'm.voice': true }))).toMatchObject({ media: { kind: 'file' } })
  })

  it('with a sticker carries its bytes', () => {
    const content = { body: 'wave', url: 'mxc://hs/abc', info: { w: 9 } }
    expect(read(said(content, { type: 'm.sticker' }))).toMatchObject({
      media: { kind: 'sticker', name: 'wave', width: 9, mime: 'image/png' },
    })
  })

  it('with a place is its name and a link to a map', () => {
    const place = {
      msgtype: 'm.location',
      body: 'West\nLake <b>',
      geo_uri: 'geo:30.2437,120.15;u=9',
    }
    const link =
      'https://apis.map.qq.com/uri/v1/marker?marker=coord:30.2437,120.15;title:West%20Lake%20%3Cb%3E&coord_type=1'
    expect(read(said(place))).toMatchObject({
      type: 'message',
      text: `West Lake <b>\n${link}`,
    })
    const nameless = { msgtype: 'm.location', body: 'Location geo:1,2', geo_uri: 'geo:-1.5,-2' }
    expect(read(said(nameless))).toMatchObject({
      text: 'https://apis.map.qq.com/uri/v1/marker?marker=coord:-1.5,-2;title:-1.5%2C-2&coord_type=1',
    })
    const extensible = { uri: 'geo:1,2', description: 'Home' }
    const newer = { msgtype: 'm.location', body: 'x', 'm.location': extensible }
    expect(read(said(newer))).toMatchObject({ text: expect.stringMatching(/^Home\nhttps:/) })
  })

  it.each([
    'geo:91,0',
    'geo:0,181',
    'geo:NaN,1',
    'geo:1e9,1',
    'https://evil.example/?geo:1,2',
    'geo:1,2&coord_type=2',
    7,
  ])('with a place that is none (%s) cannot be translated', (geo_uri) => {
    expect(read(said({ msgtype: 'm.location', body: 'x', geo_uri }))).toMatchObject({
      type: 'unsupported',
      kind: 'location',
    })
  })

  it('with lying claims about an attachment keeps none of them', () => {
    const info = { mimetype: 'image/png\r\nx: y', size: -1, w: 1.5, h: '4', duration: Number.NaN }
    const event = read(said({ msgtype: 'm.image', body: 5, url: 'mxc://hs/abc', info }))
    expect(event).toMatchObject({ media: { mime: 'application/octet-stream' } })
    expect(Object.keys((event as { media: object }).media).sort()).toEqual([
      'id',
      'kind',
      'mime',
      'source',
      'token',
    ])
  })

  it.each([
    [said({ msgtype: 'm.image', url: 'http://evil/x' }), 'broken attachment'],
    [said({ msgtype: 'm.image', url: 'mxc://hs/../../x' }), 'broken attachment'],
    [said({ msgtype: 'm.image', url: 'mxc://../x' }), 'broken attachment'],
    [said({ msgtype: 'm.image', file: { url: 'mxc://hs/abc' } }), 'encrypted attachment'],
    [said({ msgtype: 'm.location', body: 'here' }), 'location'],
    [said({ msgtype: 'm.text', body: 5 }), 'malformed message'],
    [said({}), 'message'],
    [said(null), 'message'],
    [said({ msgtype: 'constructor', body: 'x' }), 'constructor'],
    [text('* x', { 'm.relates_to': { rel_type: 'm.replace', event_id: '$0' } }), 'edit'],
    [said({ live: true }, { type: 'm.beacon_info', state_key: '@alice:hs' }), 'live location'],
    [said({}, { type: 'm.room.encrypted' }), 'encrypted message'],
    [said({}, { type: 'm.poll.start' }), 'poll'],
    [said({}, { type: 'm.room.encryption', state_key: '' }), 'encryption'],
  ])('that cannot be translated has a word to show for it (%#)', (raw, kind) => {
    expect(read(raw)).toEqual({ ...base, type: 'unsupported', from: '@alice:hs', kind })
  })

  it('that takes another back names it, in the old place and the new', () => {
    const old = said({}, { type: 'm.room.redaction', redacts: '$0' })
    const recent = said({ redacts: '$0' }, { type: 'm.room.redaction' })
    for (const raw of [old, recent]) {
      expect(read(raw)).toEqual({ ...base, type: 'redaction', from: '@alice:hs', target: '$0' })
    }
  })

  it('of our own users is an echo if it has a key, and nothing otherwise', () => {
    const ghost = { sender: '@wechat_x:hs' }
    const echo = { ...base, type: 'echo', key: 'post/1' }
    expect(read({ ...text('x', { [keyField]: 'post/1' }), ...ghost })).toEqual(echo)
    expect(read({ ...text('!wx logout'), ...ghost })).toBeUndefined()
    expect(read({ ...text('x', { [keyField]: 'post/1' }) })).toMatchObject({ type: 'message' })
  })

  it('of the owner with the key and the room of a post is an echo, or else what it would be without', () => {
    const marks = { [keyField]: 'post/1', [roomField]: '!room' }
    const copy = { ...text('x', marks), sender: '@owner:hs' }
    expect(read(copy)).toEqual({
      ...base,
      type: 'echo',
      key: 'post/1',
      otherwise: { ...base, type: 'message', from: '@owner:hs', text: 'x' },
    })
    const redacted = { ...copy, unsigned: { redacted_because: {} } }
    expect(read(redacted)).toEqual({ ...base, type: 'echo', key: 'post/1' })
    expect(read(text('x', marks))).toMatchObject({ type: 'message', from: '@alice:hs' })
  })

  it('of the owner with a key that they can only have copied is what it would be without', () => {
    const meant = { ...base, type: 'message', from: '@owner:hs', text: 'x' }
    const from = { sender: '@owner:hs' }
    expect(read({ ...text('x', { [keyField]: 'post/1' }), ...from })).toEqual(meant)
    const elsewhere = { [keyField]: 'post/1', [roomField]: '!other' }
    expect(read({ ...text('x', elsewhere), ...from })).toEqual(meant)
    for (const odd of [7, null, ['!room'], {}, '']) {
      expect(read({ ...text('x', { [keyField]: 'post/1', [roomField]: odd }), ...from })).toEqual(
        meant,
      )
      expect(read({ ...text('x', { [keyField]: odd, [roomField]: '!room' }), ...from })).toEqual(
        meant,
      )
    }
  })

  it('that takes back as the owner what core took back means nothing', () => {
    const marks = { [keyField]: 'redaction/1', [roomField]: '!room' }
    const taking = { type: 'm.room.redaction', redacts: '$0', sender: '@owner:hs' }
    expect(read(said(marks, taking))).toBeUndefined()
    expect(read(said({ ...marks, [roomField]: '!other' }, taking))).toMatchObject({
      type: 'redaction',
      target: '$0',
    })
    expect(read(said({}, taking))).toMatchObject({ type: 'redaction', target: '$0' })
  })

  it.each([
    null,
    7,
    'x',
    [],
    {},
    said({}, { event_id: 5 }),
    said({}, { room_id: undefined }),
    said({}, { sender: null }),
    said({}, { type: ['m.room.message'] }),
    said({ membership: 'join' }, { type: 'm.room.member', state_key: '@alice:hs' }),
    said({ name: 'x' }, { type: 'm.room.name', state_key: '' }),
    said({}, { type: 'constructor' }),
    said({}, { type: '__proto__' }),
    said({}, { type: 'm.reaction' }),
    said({}, { type: 'm.beacon' }),
    said({}, { type: 'm.call.hangup' }),
    said({}, { type: 'com.beeper.message_send_status' }),
    said({ live: false }, { type: 'm.beacon_info', state_key: '@alice:hs' }),
    said({}, { type: 'm.room.encryption', sender: '@wechat_x:hs', state_key: '' }),
    said({}, { unsigned: { redacted_because: {} } }),
  ])('that means nothing is passed over (%#)', (raw) => {
    expect(read(raw)).toBeUndefined()
  })

  it('never throws and always survives JSON, whatever is in it', () => {
    const anything = fc.anything({ withBigInt: false })
    const msgtype = fc.constantFrom(
      'm.text',
      'm.image',
      'm.audio',
      'm.file',
      'm.location',
      5,
      undefined,
    )
    const content = fc.record({
      msgtype,
      body: anything,
      url: anything,
      info: anything,
      geo_uri: fc.oneof(anything, fc.constantFrom('geo:1,2', 'geo:')),
      'm.voice': anything,
      'm.relates_to': fc.oneof(
        anything,
        fc.record({
          rel_type: fc.constantFrom('m.replace', 'm.annotation', 'm.thread'),
          key: anything,
        }),
        fc.record({ rel_type: fc.constant('m.replace'), event_id: fc.constant('$0') }),
      ),
      'm.new_content': fc.oneof(anything, fc.record({ msgtype, body: anything, url: anything })),
      'm.mentions': fc.oneof(anything, fc.constant({ room: true })),
      [keyField]: fc.oneof(anything, fc.constant('post/1')),
      [roomField]: fc.oneof(anything, fc.constant('!room')),
      filename: anything,
      redacts: anything,
      shortcode: anything,
      'm.location': anything,
      file: fc.oneof(anything, fc.constant(undefined)),
      format: fc.constantFrom('org.matrix.custom.html', undefined),
      formatted_body: fc.oneof(anything, fc.string()),
    })
    const raw = fc.oneof(
      anything,
      fc.record({
        event_id: fc.string(),
        room_id: fc.oneof(fc.string(), fc.constantFrom('!room', '!management')),
        sender: fc.oneof(fc.string(), fc.constantFrom('@owner:hs', '@wechat_li:hs')),
        type: fc.constantFrom('m.room.message', 'm.sticker', 'm.room.redaction', 'm.reaction'),
        origin_server_ts: anything,
        content: fc.oneof(content, anything),
        unsigned: anything,
      }),
    )
    fc.assert(
      fc.property(raw, (one) => {
        const event = read(one)
        if (event) expect(JSON.parse(JSON.stringify(event))).toEqual(event)
      }),
      { numRuns: 500 },
    )
  })
})
