import { describe, expect, test } from 'vitest'
import { httpUrl, wireUrl } from '../../../../adapters/wechat-web/content/address.ts'
import { isMembership, membersChanged } from '../../../../adapters/wechat-web/content/system.ts'
import type { Raw } from '../../../../adapters/wechat-web/raw.ts'
import { record } from '../../../../adapters/wechat-web/raw.ts'
import { escaped, me, reader } from '../reader.ts'

const { read, friend, room } = await reader()
const app = (inner: string) => escaped(`<msg><appmsg>${inner}</appmsg></msg>`)

describe('plain-text quotes', () => {
  const rule = '- - - - - - - - - - - - - - -'

  test.each([
    ['fourteen dashes', `「甲：一」\n${rule.slice(2)}\n二`],
    ['sixteen dashes', `「甲：一」\n- ${rule}\n二`],
    ['nobody named', `「一二三」\n${rule}\n二`],
    ['an empty quote', `「甲：」\n${rule}\n二`],
    ['no answer', `「甲：一」\n${rule}\n`],
    ['words before it', `看「甲：一」\n${rule}\n二`],
    ['an address in place of a name', `「http://a.example/」\n${rule}\n二`],
    ['a line break in the name', `「甲\n乙：一」\n${rule}\n二`],
  ])('with %s it stays a text', (_, text) => {
    expect(friend(1, text.replaceAll('\n', '<br/>')).content).toEqual({ kind: 'text', text })
  })

  test('the English form, and the form other bridges send', () => {
    expect(friend(1, `「Ann: one: two」<br/>${rule}<br/>three`).content).toEqual({
      kind: 'quote',
      text: 'three',
      target: { aliases: [], preview: 'one: two', who: 'Ann' },
    })
    expect(friend(1, `「@甲\u2005：一」<br/>${rule}<br/>二`).content).toMatchObject({
      target: { preview: '一', who: '甲' },
    })
  })

  test('what oneself wrote stays as it was sent, so that it is known when it comes back', () => {
    const sides = { MsgType: 1, FromUserName: me, ToUserName: '@77ab' }
    for (const text of [`「甲：一」\n${rule}\n二`, '该类型暂不支持，请在手机上查看']) {
      expect(read({ ...sides, Content: text.replaceAll('\n', '<br/>') }).content).toEqual({
        kind: 'text',
        text,
      })
    }
  })
})

describe('quotes', () => {
  const quoted = (inner: string) =>
    friend(49, app(`<type>57</type><title>好</title><refermsg>${inner}</refermsg>`)).content

  test('one with an id of nought, or none that is one, points at nothing', () => {
    for (const id of ['0', '00', '', 'x', '-1', '1'.repeat(30)]) {
      expect(quoted(`<type>3</type><svrid>${id}</svrid>`)).toMatchObject({
        target: { aliases: [] },
      })
    }
  })

  test('who said it is looked up where it is not told, and their id is no part of what they said', () => {
    const inner = '<type>1</type><chatusr>wxid_known</chatusr><content>wxid_known:\n一</content>'
    expect(quoted(inner.replace('\n', '&#10;'))).toMatchObject({
      target: { preview: '一', who: '知名' },
    })
    expect(quoted('<type>1</type><content>note:&#10;一</content>')).toMatchObject({
      target: { preview: 'note:\n一' },
    })
  })

  test('without anything quoted it is a text', () => {
    const bare = app('<type>57</type><title>好</title>')
    expect(friend(49, bare).content).toEqual({ kind: 'text', text: '好' })
  })
})

describe('what looks like something else', () => {
  test('a reader document that a friend typed is a text, from an official account it is articles', () => {
    const typed = '<mmreader><category><item><title>t</title></item></category></mmreader>'
    expect(friend(1, escaped(typed)).content).toEqual({ kind: 'text', text: typed })
    const push = { MsgType: 1, FromUserName: '@mp', Content: escaped(typed) }
    expect(read(push).content).toMatchObject({ kind: 'articles' })
    expect(read({ ...push, FromUserName: me, ToUserName: '@mp' }).content.kind).toBe('text')
  })

  test('an invitation without a description says its title, and is known by its address too', () => {
    const link = (title: string, url: string) =>
      friend(49, app(`<type>5</type><title>${title}</title><url>${url}</url>`)).content
    expect(link('邀请你加入群聊', '')).toEqual({
      kind: 'groupInvite',
      text: '邀请你加入群聊',
      url: '',
    })
    const address =
      'http://support.weixin.qq.com/cgi-bin/mmsupport-bin/addchatroombyinvite?ticket=x'
    expect(link('加入', address).kind).toBe('groupInvite')
    expect(link('加入', 'http://a.example/?u=/addchatroombyinvite').kind).toBe('link')
  })

  test('a card is of an official account by any of three signs', () => {
    const card = (raw: Raw, xml = '') => record(friend(42, escaped(xml), raw).content).mp
    expect(card({ RecommendInfo: { VerifyFlag: 24 } })).toBe(true)
    expect(card({}, '<msg certflag="8"/>')).toBe(true)
    expect(card({}, '<msg username="gh_1"/>')).toBe(true)
    expect(card({ RecommendInfo: { VerifyFlag: 1 } }, '<msg certflag="0"/>')).toBe(false)
  })

  test('a transfer of a phase nobody told of is one of an unknown phase', () => {
    for (const phase of ['5', '', 'constructor', '__proto__']) {
      const pay = `<type>2000</type><wcpayinfo><paysubtype>${phase}</paysubtype></wcpayinfo>`
      expect(friend(49, app(pay)).content).toMatchObject({ kind: 'transfer', phase: 'unknown' })
    }
  })
})

describe('places', () => {
  const place = (x: string, y: string, more: Raw = {}) =>
    friend(1, 'a:<br/>/cgi-bin/x', {
      SubMsgType: 48,
      OriContent: `<msg><location x="${x}" y="${y}" label="l" poiname="p"/></msg>`,
      ...more,
    }).content

  test('nought is a coordinate, and minus nought is nought', () => {
    expect(place('-0', '0.0')).toEqual({
      kind: 'location',
      latitude: 0,
      longitude: 0,
      label: 'l',
      poi: 'p',
    })
  })

  test.each([
    ['91', '0'],
    ['0', '181'],
    ['', ''],
    ['1e1', '2'],
    ['Infinity', '2'],
    ['1', '<b>'],
  ])('(%s, %s) is nowhere: a line, not a wrong point', (x, y) => {
    expect(place(x, y)).toEqual({ kind: 'unsupported', type: 'location', summary: 'l' })
  })

  test('the link helps where the document has no point', () => {
    const Url = 'http://apis.map.qq.com/uri/v1/geocoder?coord=1.5,-2.5&amp;x=1'
    expect(place('', '', { Url })).toMatchObject({ latitude: 1.5, longitude: -2.5 })
  })
})

describe('addresses', () => {
  test.each([
    ['javascript:alert(1)', ''],
    ['data:text/html,x', ''],
    ['weixin://dl/chat', ''],
    ['//a.example/', ''],
    ['/cgi-bin/x', ''],
    ['http://', ''],
    ['http://a.example:99999/', ''],
    ['https://user:pw@a.example/', 'https://user:pw@a.example/'],
    [' HTTPS://A.example/x y"<b> ', 'https://a.example/x%20y%22%3Cb%3E'],
    [`https://a.example/${'x'.repeat(9000)}`, ''],
  ])('%s becomes %j', (text, url) => {
    expect(httpUrl(text)).toBe(url)
  })

  test('in a field only & is escaped', () => {
    expect(wireUrl('http://a.example/?a=1&amp;lt=2')).toBe('http://a.example/?a=1&lt=2')
  })

  test.each([
    [3, '<dataurl>javascript:1</dataurl>'],
    [5, '<url>javascript:1</url>'],
    [33, '<sourcedisplayname>s</sourcedisplayname><url>file:///etc/passwd</url>'],
    [
      51,
      '<finderFeed><nickname>n</nickname><mediaList><media><url>ftp://x</url></media></mediaList></finderFeed>',
    ],
  ])('of an app message of type %i are safe or empty', (type, inner) => {
    const { content } = friend(49, app(`<title>t</title><type>${type}</type>${inner}`))
    expect(record(content).url).toBe('')
  })

  test('a sticker is fetched from nowhere but http', () => {
    const wire = escaped('<msg><emoji cdnurl="file:///etc/passwd" thumburl="javascript:1"/></msg>')
    const { media } = record(friend(47, wire).content)
    expect(JSON.parse(String(record(media).token))).toEqual({
      type: 'sticker',
      msgId: '5136685017736235886',
    })
  })
})

describe('files', () => {
  test.each([
    ['no MediaId', { MediaId: '', FileSize: '5' }],
    ['no size', { MediaId: '@crypt', FileSize: '' }],
    ['no bytes', { MediaId: '@crypt', FileSize: '0' }],
    ['a size that is none', { MediaId: '@crypt', FileSize: '-3' }],
    ['a size beyond all', { MediaId: '@crypt', FileSize: '9007199254740993' }],
  ])('with %s it is a line for the phone', (_, more) => {
    expect(friend(49, app('<type>6</type><title>a.pdf</title>'), more).content).toEqual({
      kind: 'unsupported',
      type: '49/6',
      summary: 'a.pdf',
    })
  })

  test('one without a name has one all the same', () => {
    const more = { MediaId: '@crypt', FileSize: '5' }
    const named = (inner: string) =>
      record(record(friend(49, app(`<type>6</type>${inner}`), more).content).media)
    expect(named('<appattach><fileext>pdf</fileext></appattach>')).toMatchObject({
      name: 'file.pdf',
      mime: 'application/pdf',
    })
    expect(named('<appattach><fileext>../x</fileext></appattach>')).toMatchObject({ name: 'file' })
    expect(named('<title>a.constructor</title>')).toMatchObject({
      mime: 'application/octet-stream',
    })
  })
})

describe('who changed', () => {
  test.each([
    [10000, '"甲"邀请"乙、丙"加入了群聊', 'sure'],
    [10000, '新しい言葉', 'maybe'],
    [1, '"甲"邀请"乙、丙"加入了群聊', 'no'],
    [10002, escaped('<sysmsg type="delchatroommember"/>'), 'sure'],
    [10002, escaped('<sysmsg type="revokemsg"><revokemsg/></sysmsg>'), 'no'],
  ])('type %i, %s: %s', (type, payload, expected) => {
    expect(membersChanged(type, payload)).toBe(expected)
  })

  test('other things said of groups are no changes', () => {
    expect(isMembership('欢迎来到群聊')).toBe(false)
    expect(isMembership('You were INVITED by A to a group chat with B')).toBe(true)
  })

  test('a group’s words between two people change nobody', () => {
    expect(friend(10000, '"甲"修改群名为“新名”').content.kind).toBe('note')
    expect(room('"甲"修改群名为“新名”', 10000).content.kind).toBe('system')
  })
})
