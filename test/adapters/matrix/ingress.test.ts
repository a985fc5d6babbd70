import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hubEvent, keyField, roomEvent } from '../../../adapters/matrix/ingress.ts'
import { hubId } from '../../../src/core/ids.ts'

const reading = {
  hub: hubId('matrix'),
  owns: (user: string) => user.startsWith('@wechat_'),
  isManagement: (room: string) => room === '!management',
  now: () => 7,
}

const read = (raw: unknown) => {
  const event = roomEvent(raw, 7)
  return event && hubEvent(event, reading)
}

const said = (content: unknown, more: object = {}) => ({
  event_id: '$1',
  room_id: '!room',
  sender: '@alice:hs',
  type: 'm.room.message',
  origin_server_ts: 1000,
  content,
  ...more,
})
const text = (body: unknown, more: object = {}) => said({ msgtype: 'm.text', body, ...more })
const base = { id: '$1', room: '!room', at: 1000 }

describe('an event of a room', () => {
  it('with words is a message', () => {
    expect(read(text('hi'))).toEqual({ ...base, type: 'message', from: '@alice:hs', text: 'hi' })
    expect(read(said({ msgtype: 'm.notice', body: 'hi' }))).toMatchObject({ text: 'hi' })
    expect(read(said({ msgtype: 'm.emote', body: 'waves' }))).toMatchObject({ text: '* waves' })
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
    expect(read(said(flagged))).toMatchObject({ media: { kind: 'voice', ms: 2400 } })
    const recent = { ...sound, 'm.voice': {}, info: { duration: 100 } }
    expect(read(said(recent))).toMatchObject({ media: { kind: 'voice', ms: 100 } })
    expect(read(said({ ...sound, 'm.voice': true }))).toMatchObject({ media: { kind: 'file' } })
  })

  it('with a sticker carries its bytes', () => {
    const content = { body: 'wave', url: 'mxc://hs/abc', info: { w: 9 } }
    expect(read(said(content, { type: 'm.sticker' }))).toMatchObject({
      media: { kind: 'sticker', name: 'wave', width: 9 },
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
    [said({}, { type: 'm.reaction' }), 'reaction'],
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
      'm.relates_to': anything,
    })
    const raw = fc.oneof(
      anything,
      fc.record({
        event_id: fc.string(),
        room_id: fc.string(),
        sender: fc.string(),
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
