import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalise, partiesOf } from '../../../adapters/wechat-web/normalise.ts'
import type { Raw } from '../../../adapters/wechat-web/raw.ts'
import { escaped, me, reader, sysmsg } from './reader.ts'

const { people, friend } = await reader()

describe('what cannot be shown yet', () => {
  const app = (inner: string) =>
    escaped(`<msg><appmsg appid=""><title>T &amp; t</title>${inner}</appmsg></msg>`)

  test.each<[string, number, string, Raw, string]>([
    ['voice', 34, '', { VoiceLength: 1580 }, '[voice message] 2 s'],
    ['video', 43, '', { PlayLength: 15 }, '[video] 15 s'],
    ['sticker', 47, '', { HasProductId: 1 }, '[sticker]'],
    [
      'card',
      42,
      '',
      { RecommendInfo: { NickName: 'A<span class="emoji emoji1f602"></span>' } },
      '[contact card] A😂',
    ],
    [
      'friend request',
      37,
      '',
      { RecommendInfo: { NickName: 'A', Content: 'hello' } },
      '[friend request from A] hello',
    ],
    ['call', 50, '', {}, '[voice or video call]'],
    ['file', 49, app('<type>6</type>'), { FileName: 'cut' }, '[file] T & t'],
    [
      'link',
      49,
      app('<type>5</type><url>http://a.example/?b=1&amp;c=2</url>'),
      {},
      '[link] T & t http://a.example/?b=1&c=2',
    ],
    [
      'a link that is script',
      49,
      app('<type>5</type><url>javascript:alert(1)</url>'),
      {},
      '[link] T & t',
    ],
    ['quote', 49, app('<type>57</type>'), {}, '[reply] T & t'],
    [
      'transfer',
      49,
      app('<type>2000</type><des><![CDATA[收到转账0.10元。如需收钱]]></des>'),
      {},
      '[transfer] 收到转账0.10元',
    ],
    [
      'prompt (trap 58)',
      49,
      '该类型暂不支持，请在手机上查看',
      { AppMsgType: 5 },
      '该类型暂不支持，请在手机上查看',
    ],
    [
      'prompt with a title',
      49,
      'View it on your phone.',
      { FileName: 'a &amp; b' },
      '[View it on your phone.] a & b',
    ],
    ['broken app message', 49, '&lt;msg&gt;&lt;appmsg', { FileName: '' }, 'app message'],
    [
      'a location',
      1,
      '江苏省徐州市:<br/>/cgi-bin/x',
      { SubMsgType: 48, OriContent: '<msg><location x="1" label="江苏" poiname="大学"/></msg>' },
      '[location] 江苏, 大学',
    ],
    [
      'a location without XML',
      1,
      '江苏省(大学):<br/>/cgi-bin/x',
      { SubMsgType: 48 },
      '[location] 江苏省(大学)',
    ],
    [
      'news',
      1,
      '&lt;mmreader&gt;&lt;category&gt;&lt;item&gt;&lt;title&gt;头条&lt;/title&gt;&lt;/item&gt;&lt;/category&gt;&lt;/mmreader&gt;',
      {},
      '[news] 头条',
    ],
    ['a type nobody knows', 4711, 'words', {}, '[a message of type 4711] words'],
    ['a type nobody knows, of markup', 4711, '&lt;x/&gt;', {}, '[a message of type 4711]'],
  ])('%s', (_, type, content, more, summary) => {
    expect(friend(type, content, more).content).toEqual({
      kind: 'unsupported',
      type: String(type),
      summary,
    })
  })

  test('a text with a link is a text (trap 56)', () => {
    expect(friend(1, 'x', { Url: 'http://a.example/' }).content.kind).toBe('text')
  })

  test('a picture is one whatever its XML says', () => {
    expect(friend(3, '&lt;!DOCTYPE x&gt;').content).toMatchObject({
      kind: 'image',
      media: { id: 'wechat/wx:1/img/5136685017736235886', source: 'wechat/wx:1' },
    })
  })

  test('normalising never throws, and what comes out survives JSON', () => {
    const value = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constantFrom(null, { toString: false }, { valueOf: 1 }),
      fc.constantFrom(me, '@77ab', '@@8f20', '', '@cc:<br/>x', sysmsg('<msgid>1</msgid>')),
      fc.json().map((text) => JSON.parse(text) as unknown),
    )
    const types = fc.constantFrom(1, 3, 34, 37, 42, 43, 47, 48, 49, 50, 62, 10000, 10002, 7, 'x')
    const names = ['MsgId', 'FromUserName', 'ToUserName', 'Content', 'CreateTime', 'SubMsgType']
    const more = ['Url', 'OriContent', 'FileName', 'AppMsgType', 'RecommendInfo', 'VoiceLength']
    const entries = [...names, ...more].map((name) => [name, value] as const)
    const raws = fc.record({ MsgType: types, ...Object.fromEntries(entries) }, { requiredKeys: [] })
    fc.assert(
      fc.property(raws, (raw: Raw) => {
        const parties = partiesOf(raw, me)
        if (!parties) return
        const message = normalise(raw, parties, people, {
          now: 5,
          isMine: () => false,
          changed: [],
        })
        expect(JSON.parse(JSON.stringify(message))).toEqual(message)
      }),
      { numRuns: 1000 },
    )
  })
})
