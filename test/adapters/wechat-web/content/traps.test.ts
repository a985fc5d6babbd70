import { describe, expect, test } from 'vitest'
import { parseJson, type Raw, record } from '../../../../adapters/wechat-web/raw.ts'
import { contentXml, xmlText } from '../../../../adapters/wechat-web/xml.ts'
import { escaped, me, reader, sysmsg } from '../reader.ts'

// The traps of protocol §10 that lie in reading a message, by their numbers.

const { people, read, friend, room } = await reader()
const span = (hex: string) => `<span class="emoji emoji${hex}"></span>`
const text = (message: { content: unknown }) => record(message.content).text
const app = (inner: string) => escaped(`<msg><appmsg>${inner}</appmsg></msg>`)

describe('numbers, bytes and spelling', () => {
  test('trap 1: two ids that are one as doubles stay two messages', () => {
    const wire = (id: string) =>
      `{"MsgId":"","NewMsgId":${id},"MsgType":1,"FromUserName":"@77ab","Content":"x","CreateTime":1700000200}`
    const ids = ['5136685017736235887', '5136685017736235888'].map((id) => {
      const raw = record(parseJson(wire(id)))
      expect(Number(id)).toBe(Number('5136685017736235887'))
      return read({ ...raw, MsgId: raw.NewMsgId }).aliases[0]
    })
    expect(ids).toEqual(['5136685017736235887', '5136685017736235888'])
  })

  test('trap 2: ids inside XML keep all their digits and leading noughts', () => {
    const quoted = app(
      '<type>57</type><title>a</title><refermsg><svrid>6672653361059635673</svrid></refermsg>',
    )
    expect(friend(49, quoted).content).toMatchObject({
      target: { aliases: ['6672653361059635673'] },
    })
    const recalled = sysmsg('<msgid>0048353865622612637</msgid><replacemsg>x</replacemsg>')
    expect(friend(10002, recalled).content).toMatchObject({
      target: { aliases: ['0048353865622612637'] },
    })
    expect(xmlText(contentXml('&lt;a b="0x1F" c="1e5"&gt;007&lt;/a&gt;'), 'a')).toBe('007')
  })

  test('trap 14: bytes that are no UTF-8 are replaced, and the rest is read', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"MsgId":"7001","MsgType":1,"FromUserName":"@77ab","Content":"晚'),
      Buffer.from([0xff, 0xc3, 0x28]),
      Buffer.from('好"}'),
    ])
    const raw = record(parseJson(new TextDecoder().decode(bytes)))
    expect(text(read(raw))).toBe('晚\ufffd\ufffd(好')
  })

  test('trap 43: the wire’s own misspellings are what is read', () => {
    const name = 'mmchatroombarannouncememt'
    const wire = escaped(
      `<sysmsg type="${name}"><${name}><content>停电</content></${name}></sysmsg>`,
    )
    expect(room(wire, 10002).content).toEqual({ kind: 'announcement', text: '停电' })
    const paid = app(
      '<type>2000</type><wcpayinfo><feedesc>￥1</feedesc><transcationid>1</transcationid></wcpayinfo>',
    )
    expect(friend(49, paid).content).toMatchObject({ kind: 'transfer', amount: '￥1' })
  })
})

describe('prefixes and escapes', () => {
  test('trap 49: the prefix goes once, and line feeds or a second one stay', () => {
    expect(text(room('@cc:<br/>a\nb:<br/>@dd:<br/>c'))).toBe('a\nb:\n@dd:\nc')
    expect(room('@cc:<br/>a\nb').sender).toMatchObject({ contact: { name: '丙' } })
  })

  test('trap 50: a line without a prefix is WeChat’s, never oneself’s', () => {
    for (const type of [1, 3, 49, 10000, 10002]) {
      expect(room('x', type).sender).toEqual({ type: 'system' })
    }
  })

  test('trap 51: a typed <br/> stays as it was typed', () => {
    expect(text(friend(1, 'a&lt;br/&gt;b<br/>c'))).toBe('a<br/>b\nc')
  })

  test('trap 52: an escaped entity is unescaped once only, in XML twice', () => {
    expect(text(friend(1, '&amp;lt;b&amp;gt;'))).toBe('&lt;b&gt;')
    const wire = app(
      '<type>5</type><title>&amp;lt;</title><url>http://a.example/?a=1&amp;b=2</url>',
    )
    expect(wire).toContain('a=1&amp;amp;b=2')
    expect(friend(49, wire).content).toMatchObject({
      title: '&lt;',
      url: 'http://a.example/?a=1&b=2',
    })
  })

  test('trap 53: an emoji inside an attribute leaves the document readable', () => {
    const wire = `&lt;msg nickname="icy${span('1f37a')}" alias="a"/&gt;`
    expect(friend(42, wire).content).toMatchObject({ kind: 'card', name: 'icy🍺', alias: 'a' })
  })

  test('trap 54: an unterminated emoji and mistaken cats come out right', () => {
    expect(text(friend(1, '<span class="emoji emoji1f450"></span'))).toBe('👐')
    expect(text(friend(1, span('1f63c') + span('1f4ab')))).toBe('😁😖')
  })

  test('trap 60: file names are unescaped at their own depth', () => {
    const file = { MediaId: '@crypt_1', FileSize: '5', AppMsgType: 6 }
    const named = { ...file, FileName: `a &amp;amp; b${span('1f37a')}.pdf` }
    expect(friend(49, '', named).content).toMatchObject({ media: { name: 'a &amp; b🍺.pdf' } })
    const wire = app(`<type>6</type><title>a &amp;amp; b${'<S>'}.pdf</title>`).replace(
      '&lt;S&gt;',
      span('1f37a'),
    )
    expect(friend(49, wire, file).content).toMatchObject({ media: { name: 'a &amp; b🍺.pdf' } })
  })
})

describe('kinds', () => {
  const xml = '<msg><location x="34.1" y="117.2" label="某路" poiname="某馆" /></msg>'

  test('trap 55: a place is read from OriContent, escaped or not, and Content is no XML', () => {
    for (const OriContent of [xml, escaped(xml)]) {
      const place = friend(1, '某路 没有括号:<br/>/cgi-bin/x', { SubMsgType: 48, OriContent })
      expect(place.content).toMatchObject({ latitude: 34.1, longitude: 117.2, poi: '某馆' })
    }
  })

  test('trap 56: a text with a link is a text', () => {
    expect(friend(1, 'x', { Url: 'http://a.example/' }).content.kind).toBe('text')
    expect(friend(1, 'x', { Url: 'http://a.example/?u=//apis.map.qq.com/' }).content.kind).toBe(
      'text',
    )
    const Url = 'http://apis.map.qq.com/uri/v1/geocoder?coord=1.5,2.5'
    expect(friend(1, 'x', { Url }).content.kind).toBe('location')
  })

  test('trap 57: a sticker of the store has no bytes to fetch', () => {
    expect(friend(47, '', { HasProductId: 1 }).content).toEqual({ kind: 'bareSticker' })
    expect(friend(47, '[表情]').content).toEqual({ kind: 'bareSticker' })
    expect(friend(47, '').content).toMatchObject({ kind: 'sticker' })
  })

  test('trap 58: the type is the XML’s, and words instead of XML are told as such', () => {
    expect(
      friend(49, app('<title>夜曲</title><type>3</type>'), { AppMsgType: 5 }).content.kind,
    ).toBe('music')
    expect(friend(49, app('<title>夜曲</title>'), { AppMsgType: 3 }).content.kind).toBe('music')
    const prompt = room('@cc:<br/>该类型暂不支持，请在手机上查看', 49, { AppMsgType: 5 })
    expect(prompt.content.kind).toBe('unsupported')
    expect(prompt.sender.type).toBe('group')
  })

  test('trap 59: a single item is a list of one', () => {
    const item = '<item><title>独条</title><url>http://a.example/</url></item>'
    const push = (items: string) =>
      app(`<type>5</type><mmreader><category>${items}</category></mmreader>`)
    expect(friend(49, push(item)).content).toMatchObject({ articles: [{ title: '独条' }] })
    expect(friend(49, push(item + item)).content).toMatchObject({ articles: [{}, {}] })
  })

  test('trap 61: a voice is in milliseconds, a video in seconds', () => {
    expect(friend(34, '', { VoiceLength: 1580 }).content).toMatchObject({ media: { ms: 1580 } })
    expect(friend(43, '', { PlayLength: 15 }).content).toMatchObject({ media: { ms: 15_000 } })
  })

  test('trap 63: a mention ends with U+2005, a blank, or the text, by either name, for everyone', () => {
    const called = ['@墨墨\u2005hi', '@阿墨 hi', 'hi @墨墨', '@所有人\u2005', '@墨墨\nhi']
    for (const wire of called) expect(room(`@cc:<br/>${wire}`).mentionsMe).toBe(true)
    for (const wire of ['@墨墨水 hi', '墨墨 hi', '@Alliance', '@墨', '@All', '@所有人 hi']) {
      expect(room(`@cc:<br/>${wire}`).mentionsMe).toBe(false)
    }
    const reply = app('<type>57</type><title>@墨墨</title><refermsg><type>3</type></refermsg>')
    expect(room(`@cc:<br/>${reply}`, 49).mentionsMe).toBe(true)
  })
})

describe('recalls', () => {
  const id = '4835386562261263795'
  const fields = (msgid: string, more = '', words = '"乙" 撤回了一条消息') =>
    sysmsg(
      `<oldmsgid>1072643834</oldmsgid><msgid>${msgid}</msgid>${more}<replacemsg><![CDATA[${words}]]></replacemsg>`,
    )
  const aliases = (wire: string) => record(record(friend(10002, wire).content).target).aliases

  test('trap 64: both msgid and newmsgid may name what is recalled', () => {
    expect(aliases(fields(id))).toContain(id)
    expect(aliases(fields('1072643834', `<newmsgid>${id}</newmsgid>`))).toContain(id)
  })

  test('trap 65: without a usable id a guess says where to look', () => {
    expect(friend(10002, fields('0')).content).toMatchObject({ guess: 'mine' })
    expect(friend(10002, fields('1072643835')).content).toMatchObject({ guess: 'sender' })
    expect(friend(10002, fields(id)).content).not.toHaveProperty('guess')
  })

  test('trap 66: a recall of one’s own may come with its sides swapped', () => {
    const raw: Raw = { MsgType: 10002, FromUserName: '@77ab', ToUserName: me }
    const own = read({ ...raw, Content: fields(id, '', '你撤回了一条消息') })
    expect(own.sender).toEqual({ type: 'myself' })
    expect(own.chat).toBe(people.chat('@77ab').id)
    expect(
      read({ ...raw, Content: fields(id, '', '送信を取り消しました') }, [id]).sender.type,
    ).toBe('myself')
  })

  test('trap 67: the id is read from the unescaped document, escaped or not on the wire', () => {
    expect(fields(id)).toContain('&lt;msgid&gt;')
    expect(aliases(fields(id))).toContain(id)
    const bare = `<sysmsg type="revokemsg"><revokemsg><msgid>${id}</msgid></revokemsg></sysmsg>`
    expect(aliases(bare)).toContain(id)
  })

  test('trap 69: a recall is known by its type in any language, and never by words alone', () => {
    for (const words of ['"乙" 撤回了一条消息', 'ဖျက်လိုက်သည်', '']) {
      expect(friend(10002, fields(id, '', words)).content.kind).toBe('recall')
    }
    for (const type of [1, 10000]) {
      expect(friend(type, '"乙" 撤回了一条消息').content.kind).not.toBe('recall')
    }
  })
})

test('trap 83: a refusal that follows a send is shown, as WeChat’s own words', () => {
  const refused = '消息已发出，但被对方拒收了。'
  const message = friend(10000, refused)
  expect(message.sender).toEqual({ type: 'system' })
  expect(message.content).toEqual({ kind: 'note', text: refused })
})

test('trap 85: a text that looks like a command to read a file is a text', () => {
  for (const wire of ['@fil@/etc/passwd', '@img@a.png', '@vid@b.mp4', '@msg@x']) {
    expect(friend(1, wire).content).toEqual({ kind: 'text', text: wire })
    expect(room(`@cc:<br/>${wire}`).content).toEqual({ kind: 'text', text: wire })
  }
})
