import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { picture } from '../../src/sandbox/world.ts'
import { Browser, type Keys } from './browser.ts'

let sandbox: Sandbox
let browser: Browser

beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 200 })
  browser = new Browser(sandbox)
  await browser.login(sandbox)
})
afterEach(() => sandbox.close())

function name(who: string): string {
  return sandbox.control.userName(who)
}

/** The only message that waits. */
async function only(): Promise<Record<string, unknown>> {
  const messages = await browser.syncAll()
  expect(messages).toHaveLength(1)
  return messages[0] ?? {}
}

describe('synccheck', () => {
  it('rests with selector 0 while nothing happens', async () => {
    expect(await browser.check()).toBe('window.synccheck={retcode:"0",selector:"0"}')
  })

  it('answers at once when something is said', async () => {
    await sandbox.close()
    sandbox = await startSandbox({ holdMs: 25_000 })
    browser = new Browser(sandbox)
    await browser.login(sandbox)
    const polling = await browser.held(sandbox)
    await sandbox.control.say('lin', '在吗')
    expect(await polling.answer).toBe('window.synccheck={retcode:"0",selector:"2"}')
  })

  it('wants the SyncCheckKey after the first webwxsync, and never rests with the SyncKey', async () => {
    await sandbox.control.say('lin', 'hi')
    const { SyncKey, SyncCheckKey } = await browser.sync()
    const second = (keys: Keys) => keys.List.find(({ Key }) => Key === 2)?.Val
    expect(second(SyncKey)).not.toBe(second(SyncCheckKey))
    expect((await browser.sync(SyncCheckKey)).BaseResponse.Ret).toBe(1)
    expect(await browser.check(SyncCheckKey)).toContain('selector:"0"')
    expect(await browser.check(SyncKey)).toContain('selector:"2"')
  })
})

describe('webwxsync', () => {
  it('delivers the same again for an old key, with the same MsgId', async () => {
    const old = browser.syncKey
    const id = await sandbox.control.say('lin', 'once')
    const first = await browser.sync(old)
    const again = await browser.sync(old)
    expect(again.AddMsgList).toEqual(first.AddMsgList)
    expect(first.AddMsgList[0]).toMatchObject({ MsgId: id })
    expect((await browser.sync(first.SyncKey)).AddMsgList).toEqual([])
  })

  it('comes in batches with ContinueFlag, in order, each message once', async () => {
    const said: string[] = []
    for (let index = 0; index < 45; index += 1)
      said.push(await sandbox.control.say('lin', `${index}`))
    expect((await browser.sync()).ContinueFlag).toBe(1)
    const rest = await browser.syncAll()
    expect(rest.map((message) => message.MsgId)).toEqual(said.slice(20))
  })

  it('answers a key of nothing with Ret and keys of Count 0', async () => {
    const answer = await browser.sync({ Count: 1, List: [{ Key: 2, Val: 1 }] })
    expect(answer.BaseResponse.Ret).toBe(1)
    expect(answer.SyncKey).toEqual({ Count: 0, List: [] })
  })

  it('gives what was said while nobody was online, and what the last session did not confirm', async () => {
    await sandbox.control.say('lin', 'confirmed')
    await browser.syncAll()
    await browser.check()
    await sandbox.control.say('lin', 'not confirmed')
    await browser.sync()
    await sandbox.control.kick()
    await sandbox.control.say('lin', 'offline')
    browser = new Browser(sandbox)
    await browser.login(sandbox)
    const texts = (await browser.syncAll()).map((message) => message.Content)
    expect(texts).toEqual(['not confirmed', 'offline'])
  })

  it('writes NewMsgId as a bare number above 2^53 that equals MsgId', async () => {
    const id = await sandbox.control.say('lin', '"NewMsgId":"1"')
    const body = JSON.stringify({ BaseRequest: browser.base(), SyncKey: browser.syncKey })
    const { text } = await browser.raw('webwxsync', body)
    expect(BigInt(id)).toBeGreaterThan(2n ** 53n)
    expect(text).toContain(`"MsgId":"${id}"`)
    expect(text).toContain(`"NewMsgId":${id},`)
    expect(() => JSON.parse(text)).not.toThrow()
  })

  it('reads JSON whatever the Content-Type', async () => {
    const body = JSON.stringify({ BaseRequest: browser.base(), SyncKey: browser.syncKey })
    expect((await browser.raw('webwxsync', body)).text).toMatch(/^{"BaseResponse":{"Ret":0,/)
    expect((await browser.raw('webwxsync', '{')).text).toMatch(/^{"BaseResponse":{"Ret":1200,/)
  })
})

describe('what people say', () => {
  it('is escaped once, with <br/> for newlines and spans for emoji', async () => {
    await sandbox.control.say('lin', `a<b> & "c" 'd' <br/> &lt;\n第二行😂❤️1️⃣🇨🇳🥾`)
    expect((await only()).Content).toBe(
      'a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39; &lt;br/&gt; &amp;lt;<br/>第二行' +
        ['1f602', '2764', '3120e3', '1f1e81f1f3']
          .map((hex) => `<span class="emoji emoji${hex}"></span>`)
          .join('') +
        '🥾',
    )
  })

  it('comes from them to the owner', async () => {
    await sandbox.control.say('paper', '头条')
    expect(await only()).toMatchObject({
      MsgType: 1,
      FromUserName: name('paper'),
      ToUserName: browser.me,
    })
  })

  it('begins in groups with who said it', async () => {
    await sandbox.control.say('qiao', '走吧:\n好', 'hikers')
    expect(await only()).toMatchObject({
      FromUserName: name('hikers'),
      ToUserName: browser.me,
      Content: `${name('qiao')}:<br/>走吧:<br/>好`,
    })
  })

  it('begins with nobody when the owner writes on the phone, in groups too', async () => {
    await sandbox.control.phoneSay('hikers', '我到了')
    expect(await only()).toMatchObject({
      FromUserName: browser.me,
      ToUserName: name('hikers'),
      Content: '我到了',
    })
  })

  it('has no speaker when it is a grey line', async () => {
    await sandbox.control.system('hikers', '"吴大山" 拍了拍我')
    expect(await only()).toMatchObject({
      MsgType: 10000,
      FromUserName: name('hikers'),
      Content: '&quot;吴大山&quot; 拍了拍我',
    })
  })

  it('can be a picture, whose bytes come from webwxgetmsgimg for any case of the parameter', async () => {
    const bytes = await readFile(picture('cat'))
    const id = await sandbox.control.picture('mei', bytes, 'hikers')
    const message = await only()
    expect(message).toMatchObject({ MsgType: 3, MsgId: id, ImgStatus: 2 })
    expect(message.Content).toMatch(
      new RegExp(`^${name('mei')}:<br/>&lt;\\?xml version=&quot;1.0&quot;\\?&gt;<br/>&lt;msg&gt;`),
    )
    expect(await browser.picture(id)).toEqual(bytes)
    const skey = encodeURIComponent(browser.skey)
    const path = `/cgi-bin/mmwebwx-bin/webwxgetmsgimg?msgid=${id}&skey=${skey}&type=big`
    expect((await browser.get(path)).bytes).toEqual(bytes)
  })

  it('can be said by members only', async () => {
    await expect(sandbox.control.say('html', 'hi', 'hikers')).rejects.toThrow('not in hikers')
    await expect(sandbox.control.say('nobody', 'hi')).rejects.toThrow('nobody')
  })

  it('can come twice with the same MsgId', async () => {
    const id = await sandbox.control.say('lin', 'again')
    await sandbox.control.repeat(id)
    expect((await browser.syncAll()).map((message) => message.MsgId)).toEqual([id, id])
  })
})

describe('raw messages', () => {
  it('take any field, with people by name, and defaults for the rest', async () => {
    const id = await sandbox.control.inject({
      MsgType: 42,
      FromUserName: '<hikers>',
      Content: '<wu>:<br/>&lt;msg/&gt;',
      RecommendInfo: { UserName: '<mei>', NickName: 'M' },
    })
    expect(await only()).toMatchObject({
      MsgId: id,
      MsgType: 42,
      FromUserName: name('hikers'),
      ToUserName: browser.me,
      Content: `${name('wu')}:<br/>&lt;msg/&gt;`,
      RecommendInfo: { UserName: name('mei'), NickName: 'M' },
      StatusNotifyCode: 0,
    })
  })

  it('can carry a video, which comes only with a Range', async () => {
    const bytes = Buffer.from('not really a video')
    const id = await sandbox.control.inject({ MsgType: 43, PlayLength: 3 }, bytes)
    const path = `/cgi-bin/mmwebwx-bin/webwxgetvideo?msgid=${id}&skey=${encodeURIComponent(browser.skey)}`
    expect((await browser.get(path)).bytes).toHaveLength(0)
    const reply = await browser.get(path, { range: 'bytes=0-' })
    expect([reply.status, reply.bytes]).toEqual([206, bytes])
    expect(reply.headers['content-range']).toBe('bytes 0-17/18')
  })

  it('can carry a file, which comes by its MediaId', async () => {
    const bytes = Buffer.from('%PDF')
    await sandbox.control.inject({ MsgType: 49, AppMsgType: 6, MediaId: '@crypt_a_b' }, bytes)
    const ticket = encodeURIComponent(browser.cookies.get('webwx_data_ticket') ?? '')
    const path = `/cgi-bin/mmwebwx-bin/webwxgetmedia?mediaid=@crypt_a_b&webwx_data_ticket=`
    expect((await browser.get(path + ticket)).bytes).toEqual(bytes)
    expect((await browser.get(`${path}wrong`)).bytes).toHaveLength(0)
  })
})

describe('settled', () => {
  it('resolves once a client has confirmed everything said before', async () => {
    await sandbox.control.say('lin', 'hear me')
    await expect(sandbox.control.settled(20)).rejects.toThrow('in vain')
    const settled = sandbox.control.settled()
    await browser.syncAll()
    await browser.check()
    await settled
  })
})
