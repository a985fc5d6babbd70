import { describe, expect, test } from 'vitest'
import { contentOf } from '../../../adapters/wechat-puppet/content.ts'
import { namingOf } from '../../../adapters/wechat-puppet/ids.ts'
import { isNoise, messageOf } from '../../../adapters/wechat-puppet/normalise.ts'
import { kinds, readSaid, type Said } from '../../../adapters/wechat-puppet/payloads.ts'
import type { Content } from '../../../src/core/message.ts'

const naming = namingOf('me', undefined)

function said(type: number, more: Record<string, unknown> = {}): Said {
  const read = readSaid({
    id: 'm1',
    type,
    talkerId: 'lin',
    listenerId: 'me',
    timestamp: 1,
    ...more,
  })
  if (!read) throw new Error('no message')
  return read
}

const content = (type: number, text: string, detail?: unknown): Content => {
  const message = messageOf(said(type, { text }), {
    naming,
    self: 'me',
    now: 5,
    detail,
    contact: (id) => ({ id: naming.contact(id), name: id }),
    participants: new Map(),
  })
  return message.content
}

const appXml = (title: string, more = '') =>
  `<msg><appmsg><title>${title}</title><des>A: one\nB：two</des>${more}</appmsg></msg>`
const escaped = (xml: string) => xml.replace(/</g, '&lt;').replace(/>/g, '&gt;')

describe('every type of message there is', () => {
  test.each([
    ['a text', kinds.text, 'a <b> & "c"', undefined, { kind: 'text', text: 'a <b> & "c"' }],
    ['a picture', kinds.image, '', undefined, { kind: 'image' }],
    ['a voice message', kinds.audio, '', undefined, { kind: 'voice' }],
    ['a video', kinds.video, '', undefined, { kind: 'video' }],
    ['a file', kinds.attachment, '', undefined, { kind: 'file' }],
    ['a sticker', kinds.emoticon, '', undefined, { kind: 'sticker' }],
    [
      'a card',
      kinds.contact,
      '',
      { id: 'zhou', name: 'Zhou\u202e', handle: 'zz', isMp: true },
      { kind: 'card', name: 'Zhou', mp: false, contact: 'puppet:me/zhou' },
    ],
    [
      'a card with nothing but XML',
      kinds.contact,
      '<msg nickname="N &amp; M" alias="nm"/>',
      undefined,
      { kind: 'card', name: 'N & M', alias: 'nm', mp: false },
    ],
    [
      'a merged history',
      kinds.history,
      appXml('Chat of A and B'),
      undefined,
      {
        kind: 'history',
        title: 'Chat of A and B',
        lines: [
          { who: 'A', at: '', text: 'one' },
          { who: 'B', at: '', text: 'two' },
        ],
      },
    ],
    [
      'a place',
      kinds.location,
      '',
      { latitude: 39.9, longitude: 116.3, address: 'a street', name: 'a house' },
      { kind: 'location', latitude: 39.9, longitude: 116.3, label: 'a street', poi: 'a house' },
    ],
    [
      'a place in its XML',
      kinds.location,
      '<msg><location x="1.5" y="-2.5" label="L" poiname="P"/></msg>',
      undefined,
      { kind: 'location', latitude: 1.5, longitude: -2.5, label: 'L', poi: 'P' },
    ],
    [
      'a mini program',
      kinds.miniProgram,
      '',
      { title: 'T', description: 'App' },
      { kind: 'miniProgram', title: 'T', app: 'App', url: '' },
    ],
    [
      'a solitaire',
      kinds.groupNote,
      '#接龙\n1. A',
      undefined,
      { kind: 'solitaire', text: '#接龙\n1. A' },
    ],
    [
      'a transfer',
      kinds.transfer,
      appXml(
        '微信转账',
        '<wcpayinfo><paysubtype>1</paysubtype><feedesc><![CDATA[￥0.01]]></feedesc><pay_memo>for tea</pay_memo></wcpayinfo>',
      ),
      undefined,
      { kind: 'transfer', amount: '￥0.01', memo: 'for tea', phase: 'offered' },
    ],
    [
      'a red packet',
      kinds.redEnvelope,
      '恭喜发财',
      undefined,
      { kind: 'redPacket', greeting: '恭喜发财', mine: false },
    ],
    [
      'a recall by id',
      kinds.recalled,
      '77',
      undefined,
      { kind: 'recall', target: { aliases: ['77'], preview: '' }, text: '' },
    ],
    [
      'a recall in XML',
      kinds.recalled,
      escaped(
        '<sysmsg type="revokemsg"><revokemsg><msgid>12</msgid><newmsgid>34</newmsgid><replacemsg><![CDATA["L" recalled]]></replacemsg></revokemsg></sysmsg>',
      ),
      undefined,
      { kind: 'recall', target: { aliases: ['34', '12'], preview: '' }, text: '"L" recalled' },
    ],
    [
      'a recall in words',
      kinds.recalled,
      '"L" recalled a message',
      undefined,
      {
        kind: 'recall',
        target: { aliases: [], preview: '' },
        text: '"L" recalled a message',
        guess: 'sender',
      },
    ],
    [
      'a link',
      kinds.url,
      '',
      { title: 'T', url: 'https://example.org/?a=1', description: 'D' },
      { kind: 'link', title: 'T', url: 'https://example.org/?a=1', description: 'D' },
    ],
    [
      'a link to no page',
      kinds.url,
      '',
      { title: 'T', url: 'javascript:alert(1)' },
      { kind: 'link', title: 'T', url: '' },
    ],
    [
      'a post',
      kinds.post,
      '',
      {
        sayableList: [
          { type: 'Text', payload: { text: 'one' } },
          { type: 'Url', payload: { title: 'two', url: 'https://example.org' } },
        ],
      },
      { kind: 'text', text: 'one\ntwo https://example.org' },
    ],
    [
      'nothing known',
      kinds.unknown,
      'words',
      undefined,
      { kind: 'unsupported', type: 'message', summary: 'words' },
    ],
    [
      'a number nobody has heard of',
      4711,
      appXml('T'),
      undefined,
      { kind: 'unsupported', type: 'message', summary: 'T' },
    ],
  ])('%s', (_, type, text, detail, expected) => {
    expect(content(type, text, detail)).toMatchObject(expected)
  })
})

const hostile: readonly unknown[] = [
  undefined,
  null,
  5,
  'x',
  [],
  [null],
  {},
  { id: { toString: null }, name: ['x'], title: {}, url: 7, latitude: '1e999', longitude: {} },
  { latitude: Number.NaN, longitude: 1e9, sayableList: 'no' },
  { sayableList: [null, 5, { type: {}, payload: null }, { type: 'Text', payload: { text: {} } }] },
]
const words = [
  '',
  '<',
  '<msg',
  '&lt;',
  '<title>',
  '<![CDATA[',
  '\u0000\u202e',
  '<a '.repeat(50_000),
  '&lt;'.repeat(50_000),
]

test('no answer and no text makes a message of any type throw, or say what is no plain data', () => {
  for (const type of [...Object.values(kinds), -1, 99, Number.MAX_SAFE_INTEGER]) {
    for (const detail of hostile) {
      for (const text of words) {
        const found = content(type, text, detail)
        expect(JSON.parse(JSON.stringify(found))).toEqual(found)
        if ('url' in found) expect(found.url === '' || /^https?:/.test(found.url)).toBe(true)
      }
    }
  }
})

test('a payload that is none is no message, and what is missing in one is empty', () => {
  for (const each of hostile.slice(0, 8)) expect(readSaid(each)).toBeUndefined()
  expect(readSaid({ id: 7, timestamp: 'x', mentionIdList: 'y', type: null })).toEqual({
    id: '7',
    type: 0,
    from: '',
    to: '',
    room: '',
    text: '',
    filename: '',
    at: 0,
    mentions: [],
  })
})

test('times are told in seconds or in milliseconds', () => {
  expect(said(7, { timestamp: 1_700_000_000 }).at).toBe(1_700_000_000_000)
  expect(said(7, { timestamp: 1_700_000_000_123 }).at).toBe(1_700_000_000_123)
  expect(said(7, { timestamp: 1e300 }).at).toBe(0)
})

test('a recall has an id of its own, even under the id of what it recalls', () => {
  const around = {
    naming,
    self: 'me',
    now: 5,
    detail: undefined,
    contact: (id: string) => ({ id: naming.contact(id), name: id }),
    participants: new Map(),
  }
  const text = messageOf(said(kinds.text, { text: 'x' }), around)
  const recall = messageOf(said(kinds.recalled, { text: 'm1' }), around)
  expect(recall.id).not.toBe(text.id)
})

test('who is named is told where the words name them, oneself too', () => {
  const message = messageOf(
    said(kinds.text, {
      text: '@nick @me here',
      roomId: 'r@chatroom',
      mentionIdList: ['wu', 'me', 'zhou'],
    }),
    {
      naming,
      self: 'me',
      now: 5,
      detail: undefined,
      contact: (id) => ({ id: naming.contact(id), name: id }),
      participants: new Map([['wu', { id: 'wu', name: 'Wu', nick: 'nick' }]]),
    },
  )
  expect(message.mentionsMe).toBe(true)
  expect(message.mentions).toEqual([
    { name: 'nick', who: { type: 'contact', contact: 'puppet:me/wu' } },
    { name: 'me', who: { type: 'me' } },
  ])
})

test('what WeChat tells its own clients is no message', () => {
  expect(isNoise(said(kinds.unknown, { text: "<msg>\n<op id='4'>\n</op></msg>" }))).toBe(true)
  expect(isNoise(said(kinds.text, { text: "<msg>\n<op id='4'>" }))).toBe(false)
})

test('a content is found without anybody being asked', () => {
  const none = {
    media: () => {
      throw new Error('no media')
    },
    contact: naming.contact,
    isMine: true,
  }
  expect(contentOf(said(kinds.redEnvelope, { text: 'x' }), none)).toMatchObject({ mine: true })
})
