import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { picture } from '../../src/sandbox/world.ts'
import { Browser } from './browser.ts'

let sandbox: Sandbox
let browser: Browser
let now = 0

beforeEach(async () => {
  now = 1_700_000_000_000
  sandbox = await startSandbox({ holdMs: 60, now: () => now })
  browser = new Browser(sandbox)
  await browser.login(sandbox)
})
afterEach(() => sandbox.close())

function name(who: string): string {
  return sandbox.control.userName(who)
}

async function text(to: string, Content: string, clientId?: string) {
  return (await browser.send('webwxsendmsg', to, { Content }, clientId)) as {
    BaseResponse: { Ret: number }
    MsgID: string
    LocalID: string
  }
}

async function uploaded(bytes: Buffer, id: number): Promise<string> {
  const { text: json } = await browser.chunk(bytes, bytes, { index: 0, count: 1, id })
  return (JSON.parse(json) as { MediaId: string }).MediaId
}

describe('a text', () => {
  it('arrives as it was typed, and is not echoed', async () => {
    const answer = await text(name('hikers'), '<b> & "\n你好😂', '17000002000000123')
    expect(answer).toMatchObject({ BaseResponse: { Ret: 0 }, LocalID: '17000002000000123' })
    expect(await sandbox.control.waitDelivered((message) => message.id === answer.MsgID)).toEqual({
      id: answer.MsgID,
      clientId: '17000002000000123',
      to: 'hikers',
      at: now,
      type: 'text',
      text: '<b> & "\n你好😂',
      recalled: false,
    })
    expect(await browser.syncAll()).toEqual([])
  })

  it('arrives once however often it comes with the same ClientMsgId', async () => {
    const first = await text(name('lin'), 'once', '17000002000000001')
    const second = await text(name('lin'), 'once', '17000002000000001')
    expect(second.MsgID).toBe(first.MsgID)
    const third = await text(name('lin'), 'once', '17000002000000002')
    expect(third.MsgID).not.toBe(first.MsgID)
    expect(sandbox.control.delivered()).toHaveLength(2)
  })

  it('shows the receiver the escapes a client should not have made', async () => {
    const Msg = {
      FromUserName: browser.me,
      ToUserName: 'filehelper',
      LocalID: '1',
      ClientMsgId: '1',
    }
    const json = JSON.stringify({
      BaseRequest: browser.base(),
      Msg: { Type: 1, Content: 'HERE', ...Msg },
      Scene: 0,
    })
    await browser.raw('webwxsendmsg', json.replace('HERE', String.raw`\u4f60\/\n\\u4f60`))
    expect(sandbox.control.delivered()[0]?.text).toBe('\\u4f60\\/\n\\u4f60')
  })

  it.each([
    ['to the owner', 'me', 1204],
    ['to a stranger', 'qiao', 1204],
  ])('%s is refused', async (_what, who, Ret) => {
    expect(await text(name(who), 'hi')).toMatchObject({ BaseResponse: { Ret }, MsgID: '' })
  })

  it('to nobody, with nothing in it, without ids or without a Scene is refused', async () => {
    expect(await text('@0123', 'hi')).toMatchObject({ BaseResponse: { Ret: -1 } })
    expect(await text(name('lin'), '')).toMatchObject({ BaseResponse: { Ret: 1 } })
    expect(await text(name('lin'), 'hi', '')).toMatchObject({ BaseResponse: { Ret: 1 } })
    const Msg = { Type: 1, Content: 'hi', FromUserName: browser.me, ToUserName: name('lin') }
    const sceneless = { Msg: { ...Msg, LocalID: '1', ClientMsgId: '1' } }
    expect(await browser.api('webwxsendmsg', sceneless)).toMatchObject({
      BaseResponse: { Ret: 1204 },
    })
    expect(sandbox.control.delivered()).toEqual([])
  })
})

describe('a picture', () => {
  it('arrives with the bytes that were uploaded', async () => {
    const bytes = await readFile(picture('mountain'))
    const MediaId = await uploaded(bytes, 1)
    expect(MediaId).toMatch(/^@crypt_/)
    await browser.send('webwxsendmsgimg', name('lin'), { Type: 3, MediaId, Content: '' })
    const [delivered] = sandbox.control.delivered()
    expect(delivered).toMatchObject({ to: 'lin', type: 'image' })
    expect(Buffer.from(delivered?.bytes ?? [])).toEqual(bytes)
  })

  it('with a MediaId nobody got is refused', async () => {
    const answer = await browser.send('webwxsendmsgimg', name('lin'), { Type: 3, MediaId: '@no' })
    expect(answer).toMatchObject({ BaseResponse: { Ret: 1 }, MsgID: '' })
  })
})

it('takes a file by the attachment of its XML', async () => {
  const bytes = Buffer.from('hello file')
  const { text: json } = await browser.chunk(
    bytes,
    bytes,
    { index: 0, count: 1, id: 9 },
    { form: { mediatype: 'doc' } },
  )
  const { MediaId } = JSON.parse(json) as { MediaId: string }
  const Content = `<appmsg appid='' sdkver=''><title>a &amp; b.txt</title><type>6</type><appattach><totallen>10</totallen><attachid>${MediaId}</attachid><fileext>txt</fileext></appattach></appmsg>`
  await browser.send('webwxsendappmsg', name('zhou'), { Type: 6, Content })
  expect(sandbox.control.delivered()).toMatchObject([
    { to: 'zhou', type: 'file', text: 'a & b.txt', name: 'a & b.txt' },
  ])
})

describe('an upload', () => {
  const whole = Buffer.alloc(524_288 + 100, 'bytes of a picture ')
  const first = whole.subarray(0, 524_288)
  const last = whole.subarray(524_288)

  async function chunk(...args: Parameters<Browser['chunk']>) {
    const { text: json } = await browser.chunk(...args)
    return JSON.parse(json) as { BaseResponse: { Ret: number }; MediaId: string; StartPos: number }
  }

  it('gives its MediaId with the last chunk only', async () => {
    expect(await chunk(whole, first, { index: 0, count: 2, id: 1 })).toMatchObject({
      BaseResponse: { Ret: 0 },
      MediaId: '',
      StartPos: 524_288,
    })
    const { MediaId } = await chunk(whole, last, { index: 1, count: 2, id: 1 })
    await browser.send('webwxsendmsgimg', name('lin'), { Type: 3, MediaId, Content: '' })
    expect(Buffer.from(sandbox.control.delivered()[0]?.bytes ?? [])).toEqual(whole)
  })

  it('takes the same chunk twice, for an answer that was lost', async () => {
    await chunk(whole, first, { index: 0, count: 2, id: 1 })
    await chunk(whole, first, { index: 0, count: 2, id: 1 })
    const one = await chunk(whole, last, { index: 1, count: 2, id: 1 })
    const two = await chunk(whole, last, { index: 1, count: 2, id: 1 })
    expect(one.MediaId).toMatch(/^@crypt_/)
    expect(two.MediaId).toBe(one.MediaId)
  })

  it('gives no MediaId when a chunk was lost', async () => {
    const answer = await chunk(whole, last, { index: 1, count: 2, id: 1 })
    expect(answer).toMatchObject({ BaseResponse: { Ret: 0 }, MediaId: '' })
  })

  it('is refused when the bytes are not those of FileMd5 or TotalLen', async () => {
    const at = { index: 0, count: 1, id: 1 }
    const small = Buffer.from('small')
    const wrong = { request: { FileMd5: '0'.repeat(32) } }
    expect(await chunk(small, small, at, wrong)).toMatchObject({ BaseResponse: { Ret: 1 } })
    const none = { request: { FileMd5: undefined } }
    expect(await chunk(small, small.subarray(1), { ...at, id: 2 }, none)).toMatchObject({
      BaseResponse: { Ret: 1 },
      MediaId: '',
    })
    expect((await chunk(small, small, { ...at, id: 3 }, none)).MediaId).toMatch(/^@crypt_/)
  })

  it('is refused with a StartPos, without a receiver, or by another session', async () => {
    const small = Buffer.from('small')
    for (const request of [{ StartPos: 1 }, { ToUserName: '@nobody' }, { UploadType: undefined }]) {
      const answer = await chunk(small, small, { index: 0, count: 1, id: 1 }, { request })
      expect(answer).toMatchObject({ BaseResponse: { Ret: 1 }, MediaId: '' })
    }
    const request = { BaseRequest: { ...browser.base(), Sid: 'other' } }
    const other = await chunk(small, small, { index: 0, count: 1, id: 1 }, { request })
    expect(other.BaseResponse.Ret).toBe(1100)
  })

  it('with a wrong ticket gets no answer worth the name', async () => {
    const small = Buffer.from('small')
    const form = { webwx_data_ticket: 'wrong' }
    const reply = await browser.chunk(small, small, { index: 0, count: 1, id: 1 }, { form })
    expect([reply.status, reply.text]).toEqual([200, ''])
  })

  it('of a part above 524288 bytes gets 502', async () => {
    const big = Buffer.alloc(524_289)
    expect((await browser.chunk(big, big, { index: 0, count: 1, id: 1 })).status).toBe(502)
    const huge = Buffer.alloc(3_000_000)
    expect((await browser.chunk(huge, huge, { index: 0, count: 1, id: 1 })).status).toBe(502)
  })
})

describe('a recall', () => {
  async function revoke(SvrMsgId: string, to: string) {
    return browser.api('webwxrevokemsg', { SvrMsgId, ToUserName: to, ClientMsgId: browser.newId() })
  }

  it('of what the client sent marks it, and comes back swapped', async () => {
    const { MsgID } = await text(name('hikers'), 'oops')
    expect(await revoke(MsgID, name('hikers'))).toMatchObject({ BaseResponse: { Ret: 0 } })
    expect(sandbox.control.delivered()).toMatchObject([{ recalled: true }])
    const [notice] = await browser.syncAll()
    expect(notice).toMatchObject({
      MsgType: 10002,
      FromUserName: name('hikers'),
      ToUserName: browser.me,
    })
    expect(notice?.Content).toMatch(
      new RegExp(
        `^&lt;sysmsg type=&quot;revokemsg&quot;&gt;&lt;revokemsg&gt;&lt;session&gt;24330947507@chatroom&lt;/session&gt;&lt;oldmsgid&gt;\\d{10}&lt;/oldmsgid&gt;&lt;msgid&gt;${MsgID}&lt;/msgid&gt;&lt;replacemsg&gt;&lt;!\\[CDATA\\[你撤回了一条消息\\]\\]&gt;`,
      ),
    )
  })

  it('twice says nothing twice', async () => {
    const { MsgID } = await text(name('lin'), 'oops')
    await revoke(MsgID, name('lin'))
    expect(await revoke(MsgID, name('lin'))).toMatchObject({ BaseResponse: { Ret: 0 } })
    expect(await browser.syncAll()).toHaveLength(1)
  })

  it('after 120 seconds, elsewhere, or of what others said is refused', async () => {
    const { MsgID } = await text(name('lin'), 'late')
    const others = await sandbox.control.say('lin', 'mine')
    expect(await revoke(MsgID, name('zhou'))).toMatchObject({ BaseResponse: { Ret: 1 } })
    expect(await revoke(others, name('lin'))).toMatchObject({ BaseResponse: { Ret: 1 } })
    now += 120_001
    const late = (await revoke(MsgID, name('lin'))) as { BaseResponse: Record<string, unknown> }
    expect(late.BaseResponse.Ret).toBe(1)
    expect(late.BaseResponse.ErrMsg).toContain('2分钟')
    expect(sandbox.control.delivered()).toMatchObject([{ recalled: false }])
  })

  it('by a friend names them, and the picture is gone', async () => {
    const id = await sandbox.control.picture('lin', Buffer.from('picture'))
    expect(await browser.picture(id)).toHaveLength(7)
    const notice = await sandbox.control.recall(id)
    const [, message] = await browser.syncAll()
    expect(message).toMatchObject({ MsgId: notice, FromUserName: name('lin') })
    expect(message?.Content).toContain(
      'CDATA[&quot;林小满<span class="emoji emoji1f33f"></span>&quot; 撤回了一条消息]]',
    )
    expect(message?.Content).toContain(`&lt;msgid&gt;${id}&lt;/msgid&gt;`)
    expect(await browser.picture(id)).toHaveLength(0)
  })

  it('in a group has the prefix of who recalls, an admin too', async () => {
    const id = await sandbox.control.say('qiao', 'spam', 'hikers')
    await sandbox.control.recall(id, 'wu')
    const [, message] = await browser.syncAll()
    expect(message?.Content).toMatch(new RegExp(`^${name('wu')}:<br/>&lt;sysmsg`))
    expect(message?.Content).toContain(
      '&quot;吴领队&quot; 撤回了成员 &quot;乔安 &amp; 狗&quot; 的一条消息',
    )
  })

  it('on the phone comes swapped, of what the phone or the client sent', async () => {
    const id = await sandbox.control.phoneSay('zhou', 'oops')
    await sandbox.control.recall(id)
    const { MsgID } = await text(name('zhou'), 'oops too')
    await sandbox.control.recall(MsgID, 'phone')
    const notices = (await browser.syncAll()).slice(1)
    expect(notices).toMatchObject([
      { FromUserName: name('zhou'), ToUserName: browser.me },
      { FromUserName: name('zhou'), ToUserName: browser.me },
    ])
    expect(sandbox.control.delivered()).toMatchObject([{ recalled: true }])
  })
})
