import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EXAMPLES, exampleOf } from '../../src/sandbox/examples.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import type { Shared } from '../../src/sandbox/shared.ts'
import { Browser } from './browser.ts'

let sandbox: Sandbox
let browser: Browser

beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 60 })
  browser = new Browser(sandbox)
  await browser.login(sandbox)
})
afterEach(() => sandbox.close())

type Wire = Record<string, unknown> & { Content: string; RecommendInfo: Record<string, unknown> }

/** The one message there is now. */
async function heard(): Promise<Wire> {
  const all = (await browser.syncAll()) as unknown as Wire[]
  expect(all).toHaveLength(1)
  return all[0] as Wire
}

async function shared(from: string, what: Shared, group?: string): Promise<Wire> {
  await sandbox.control.share(from, what, group)
  return heard()
}

/** The document in a Content, as §5.4 says to read it: emoji, line breaks, unescape once. */
function xmlOf(content: string): string {
  return content
    .replace(/<span class="emoji emoji([0-9a-f]{4,5})"><\/span>/g, (_all, code: string) =>
      String.fromCodePoint(Number.parseInt(code, 16)),
    )
    .replaceAll('<br/>', '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
}

describe('media', () => {
  it('a voice says its length in milliseconds', async () => {
    const wire = await shared('lin', { kind: 'voice', ms: 1580 })
    expect(wire).toMatchObject({ MsgType: 34, VoiceLength: 1580 })
    expect(xmlOf(wire.Content)).toContain('voicelength="1580"')
  })

  it('a video says its length in seconds, a micro video has its own type', async () => {
    expect(await shared('lin', { kind: 'video', seconds: 15 })).toMatchObject({
      MsgType: 43,
      PlayLength: 15,
    })
    expect(await shared('lin', { kind: 'video', micro: true })).toMatchObject({ MsgType: 62 })
  })

  it('a file has its name escaped, encoded, and in full inside the XML', async () => {
    const wire = await shared('lin', { kind: 'file', name: 'a & <b> 😂.tar.gz' }, 'hikers')
    expect(wire).toMatchObject({
      MsgType: 49,
      AppMsgType: 6,
      FileName: 'a &amp; &lt;b&gt; <span class="emoji emoji1f602"></span>.tar.gz',
      EncryFileName: encodeURIComponent('a & <b> 😂.tar.gz'),
      MediaId: expect.stringMatching(/^@crypt_/),
    })
    expect(wire.FileSize).toBe('712')
    expect(wire.Content.startsWith(`${sandbox.control.userName('lin')}:<br/>&lt;?xml`)).toBe(true)
    expect(xmlOf(wire.Content)).toContain('<title>a &amp; &lt;b&gt; 😂.tar.gz</title>')
    expect(xmlOf(wire.Content)).toContain('<fileext>gz</fileext>')
  })

  it('a sticker is XML with blanks around its equals signs; one of the store is nothing', async () => {
    const wire = await shared('lin', { kind: 'sticker' })
    expect(wire.MsgType).toBe(47)
    expect(xmlOf(wire.Content)).toMatch(/<emoji fromusername = "wxid_lin0sandbox".* len = "\d+"/)
    expect(await shared('lin', { kind: 'storeSticker' })).toMatchObject({
      MsgType: 47,
      Content: '',
      HasProductId: 1,
    })
    const dice = await shared('lin', { kind: 'dice', result: 6 })
    expect(xmlOf(dice.Content)).toContain('<gameext type="2" content="9" >')
    const morra = await shared('lin', { kind: 'morra', result: 'paper' })
    expect(xmlOf(morra.Content)).toContain('<gameext type="1" content="3" >')
  })

  it('a picture from an app names the app', async () => {
    const wire = await shared('lin', { kind: 'appPicture', app: '画板' })
    expect(wire).toMatchObject({ MsgType: 49, AppMsgType: 2 })
    expect(xmlOf(wire.Content)).toContain('<appname>画板</appname>')
  })
})

describe('places and people', () => {
  const place = { latitude: 34.195_278, longitude: 117.177_803, label: '海河路(学校)', poi: '公寓' }

  it('a location is a text with a path, a link, and XML that is not escaped', async () => {
    const wire = await shared('lin', { kind: 'location', ...place }, 'hikers')
    expect(wire).toMatchObject({
      MsgType: 1,
      SubMsgType: 48,
      Url: 'http://apis.map.qq.com/uri/v1/geocoder?coord=34.195278,117.177803',
    })
    expect(wire.Content).toBe(
      `${sandbox.control.userName('lin')}:<br/>海河路(学校):<br/>/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid=${wire.MsgId}&pictype=location`,
    )
    expect(wire.OriContent).toContain('<location x="34.195278" y="117.177803" scale="16"')
  })

  it('a location of 2016 is nothing but a link', async () => {
    const wire = await shared('lin', { kind: 'location', ...place, historic: true })
    expect(wire.Content).toMatch(/^http:\/\/weixin\.qq\.com\/cgi-bin\/redirectforward/)
  })

  it('the end of a live location is a grey line of nobody', async () => {
    expect(await shared('lin', { kind: 'liveLocation', phase: 'start' })).toMatchObject({
      AppMsgType: 17,
    })
    expect(await shared('lin', { kind: 'liveLocation', phase: 'end' }, 'hikers')).toMatchObject({
      MsgType: 10000,
      Content: '位置共享已经结束',
    })
  })

  it('a card has the name escaped twice over, a usable id, and the real one in its XML', async () => {
    const wire = await shared('lin', { kind: 'card', who: 'html' })
    expect(wire.MsgType).toBe(42)
    expect(wire.RecommendInfo).toMatchObject({
      UserName: sandbox.control.userName('html'),
      NickName:
        '&lt;b&gt;Tom &amp; &quot;Jerry&quot;&lt;/b&gt;&lt;script&gt;alert(1)&lt;/script&gt;',
    })
    expect(xmlOf(wire.Content)).toContain('username="wxid_html0sandbox"')
    expect(xmlOf(wire.Content)).toContain('nickname="&lt;b&gt;Tom &amp; &quot;Jerry')
    const paper = await shared('lin', { kind: 'card', who: 'paper' })
    expect(paper.RecommendInfo.VerifyFlag).toBe(24)
    expect(xmlOf(paper.Content)).toContain('certflag="24"')
    const stranger = await shared('lin', { kind: 'card', who: 'wu' })
    expect(xmlOf(stranger.Content)).toMatch(/username="v3_\w+@stranger"/)
  })

  it('a pat is a line without a prefix, or a document', async () => {
    const text = await shared('lin', { kind: 'pat', who: 'wu' }, 'hikers')
    expect(text).toMatchObject({ MsgType: 10000 })
    expect(text.Content).toBe(
      '&quot;林小满<span class="emoji emoji1f33f"></span>&quot; 拍了拍 &quot;吴领队&quot;',
    )
    await sandbox.control.phoneShare('lin', { kind: 'pat', who: 'lin' })
    expect((await heard()).Content).toMatch(/^我拍了拍 &quot;林小满/)
    const xml = await shared('wu', { kind: 'pat', who: 'me', form: 'sysmsg' }, 'hikers')
    expect(xml.MsgType).toBe(10002)
    expect(xmlOf(xml.Content)).toContain('<sysmsg type="pat"><pat><fromusername>wxid_wu0sandbox<')
  })

  it('a call is a type of its own, with words or without', async () => {
    expect(await shared('lin', { kind: 'call', phase: 'invite' })).toMatchObject({
      MsgType: 53,
      Content: '',
    })
    const ended = await shared('lin', { kind: 'call', phase: 'voip', text: '通话时长 00:12' })
    expect(ended.MsgType).toBe(50)
    expect(xmlOf(ended.Content)).toContain('<![CDATA[通话时长 00:12]]>')
  })
})

describe('app messages', () => {
  it('a link is escaped once more inside its document, and once in Url', async () => {
    const wire = await shared('lin', {
      kind: 'link',
      title: 'a < b',
      url: 'https://x.org/?a=1&b=2',
    })
    expect(wire).toMatchObject({ AppMsgType: 5, Url: 'https://x.org/?a=1&amp;b=2' })
    expect(wire.Content).toContain('&lt;url&gt;https://x.org/?a=1&amp;amp;b=2&lt;/url&gt;')
    expect(xmlOf(wire.Content)).toContain('<title>a &lt; b</title>')
  })

  it('a push of one article has one item, one of two has two', async () => {
    const item = { title: '头条', url: 'http://mp.weixin.qq.com/s?a=1&idx=1', digest: '摘要' }
    const one = xmlOf((await shared('paper', { kind: 'articles', items: [item] })).Content)
    expect(one.match(/<item>/g)).toHaveLength(1)
    expect(one).toContain('<fromusername>gh_paper0sandbox</fromusername>')
    const two = xmlOf((await shared('paper', { kind: 'articles', items: [item, item] })).Content)
    expect(two).toContain('count="2"')
  })

  it('a quote names the quoted message by its MsgId, and holds a document as text', async () => {
    const said = await sandbox.control.say('wu', 'ten < nine?', 'hikers')
    await browser.syncAll()
    const first = await shared('lin', { kind: 'quote', text: 'yes', of: said }, 'hikers')
    const xml = xmlOf(first.Content)
    expect(xml).toContain(`<svrid>${said}</svrid>`)
    expect(xml).toContain(
      '<fromusr>24330947507@chatroom</fromusr><chatusr>wxid_wu0sandbox</chatusr>',
    )
    expect(xml).toContain('<displayname>吴领队</displayname>')
    expect(xml).toContain('<content>ten &lt; nine?</content>')
    const of = String(first.MsgId)
    const second = xmlOf((await shared('wu', { kind: 'quote', text: 'no', of }, 'hikers')).Content)
    expect(second).toContain('<type>49</type>')
    expect(second).toContain('&lt;title&gt;yes&lt;/title&gt;')
  })

  it('a history holds its lines in CDATA, and a history within in it', async () => {
    const what = exampleOf('history', '周末的记录', undefined, 'lin') as Shared
    const xml = xmlOf((await shared('lin', what)).Content)
    expect(xml).toContain('<type>19</type>')
    expect(xml).toContain('<recorditem><![CDATA[<recordinfo><title>周末的记录</title>')
    expect(xml).toContain('<datalist count="3">')
    expect(xml).toContain('<recordxml><recordinfo>')
    const line = { name: 'a&b', time: '2023-11-14 22:13', text: '<i>' }
    const sharp = await shared('lin', { kind: 'history', title: 'x', lines: [line] })
    expect(xmlOf(sharp.Content)).toContain('<sourcename>a&amp;b</sourcename>')
    expect(xmlOf(sharp.Content)).toContain('<datadesc>&lt;i&gt;</datadesc>')
  })

  it('what the web does not show comes as its sentence, not as XML', async () => {
    expect(await shared('lin', { kind: 'prompt', title: '聊天记录', appMsgType: 5 })).toMatchObject(
      {
        MsgType: 49,
        AppMsgType: 5,
        FileName: '聊天记录',
        Content: '该类型暂不支持，请在手机上查看',
      },
    )
  })

  it('a transfer is spelled as the wire spells it', async () => {
    const what: Shared = { kind: 'transfer', amount: '￥0.10', memo: '午饭', phase: 'accepted' }
    const wire = await shared('lin', what)
    expect(wire).toMatchObject({ AppMsgType: 2000, FileName: '微信转账' })
    const xml = xmlOf(wire.Content)
    expect(xml).toContain('<paysubtype>3</paysubtype><feedesc><![CDATA[￥0.10]]></feedesc>')
    expect(xml).toContain('<transcationid>')
  })

  it('a red packet is a line, or an app message when it is told to be one', async () => {
    expect(await shared('lin', { kind: 'redPacket' })).toMatchObject({
      MsgType: 10000,
      Content: '收到红包，请在手机上查看',
    })
    expect(await shared('lin', { kind: 'redPacket', app: true })).toMatchObject({
      AppMsgType: 2001,
    })
  })
})

it.each([...new Set(EXAMPLES)])(
  '%s can be shared by everyone, and from the phone',
  async (kind) => {
    const of = await sandbox.control.say('lin', 'before')
    const what = exampleOf(kind, '词 & <b>😂', of, 'lin')
    expect(what).toBeDefined()
    if (!what) return
    await sandbox.control.share('lin', what)
    await sandbox.control.share('lin', what, 'hikers')
    await sandbox.control.phoneShare('hikers', what)
    const [, alone, group, phone] = (await browser.syncAll()) as unknown as Wire[]
    expect(alone).toMatchObject({ FromUserName: sandbox.control.userName('lin') })
    expect(group).toMatchObject({ FromUserName: sandbox.control.userName('hikers') })
    expect(phone).toMatchObject({ FromUserName: browser.me })
    // The owner's own messages and grey lines name nobody.
    expect(phone?.Content.startsWith('@')).toBe(false)
    const named = group?.Content.startsWith(`${sandbox.control.userName('lin')}:<br/>`)
    expect(named).toBe(group?.MsgType !== 10000)
  },
)
