import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Fault, Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { Browser } from './browser.ts'

let sandbox: Sandbox
let browser: Browser

beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 60 })
  browser = new Browser(sandbox)
  await browser.login(sandbox)
})
afterEach(() => sandbox.close())

/** Sends a text as raw as it gets, under a fault. */
async function struck(how: Fault['how'], signal?: AbortSignal) {
  sandbox.control.fault({ path: 'webwxsendmsg', how })
  const id = browser.newId()
  const Msg = { Type: 1, Content: 'hi', FromUserName: browser.me, ToUserName: 'filehelper' }
  const body = {
    BaseRequest: browser.base(),
    Msg: { ...Msg, LocalID: id, ClientMsgId: id },
    Scene: 0,
  }
  const response = await fetch(`${sandbox.origin}/cgi-bin/mmwebwx-bin/webwxsendmsg`, {
    method: 'POST',
    headers: { cookie: [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  })
  return { status: response.status, text: await response.text() }
}

describe('before the request takes effect', () => {
  it.each<[Fault['how'], number, RegExp]>([
    ['empty', 200, /^$/],
    ['html', 200, /^<!DOCTYPE html><html>/],
    ['500', 500, /<html>/],
    ['502', 502, /502 Bad Gateway/],
    [{ ret: 1205 }, 200, /^{"BaseResponse":{"Ret":1205,"ErrMsg":"操作太频繁/],
    [{ body: '{"x":1}' }, 200, /^{"x":1}$/],
  ])('%j', async (how, status, text) => {
    const reply = await struck(how)
    expect(reply.status).toBe(status)
    expect(reply.text).toMatch(text)
    expect(sandbox.control.delivered()).toEqual([])
  })

  it('"refuse" cuts the connection', async () => {
    await expect(struck('refuse')).rejects.toThrow()
    expect(sandbox.control.delivered()).toEqual([])
  })
})

describe('after the request took effect', () => {
  it('"reset" cuts the connection', async () => {
    await expect(struck('reset')).rejects.toThrow()
    expect(sandbox.control.delivered()).toHaveLength(1)
  })

  it('"truncated" gives half of the answer', async () => {
    const { text } = await struck('truncated')
    expect(text).toMatch(/^{"BaseResponse":/)
    expect(() => JSON.parse(text)).toThrow()
    expect(sandbox.control.delivered()).toHaveLength(1)
  })

  it('"hang" answers nothing until the client gives up', async () => {
    const giveUp = new AbortController()
    const reply = struck('hang', giveUp.signal)
    await sandbox.control.waitDelivered(() => true)
    giveUp.abort(new Error('gave up'))
    await expect(reply).rejects.toThrow('gave up')
  })

  it('"slow" gives the whole answer, in drips', async () => {
    expect(JSON.parse((await struck('slow')).text)).toMatchObject({ BaseResponse: { Ret: 0 } })
  })
})

it('strikes as often as it is told, and only its endpoint', async () => {
  sandbox.control.fault({ path: 'webwxsync', how: { ret: 1101 }, times: 2 })
  expect(await browser.check()).toContain('retcode:"0"')
  expect(await browser.sync()).toMatchObject({
    BaseResponse: { Ret: 1101 },
    SyncKey: { Count: 0, List: [] },
  })
  expect((await browser.sync()).BaseResponse.Ret).toBe(1101)
  expect((await browser.sync()).BaseResponse.Ret).toBe(0)
})

it('says a code in the words of each endpoint', async () => {
  const say = async (path: string, url: string) => {
    sandbox.control.fault({ path, how: { ret: 500 } })
    return (await browser.get(url)).text
  }
  expect(await say('jslogin', '/jslogin')).toBe(
    'window.QRLogin.code = 500; window.QRLogin.uuid = "";',
  )
  expect(await say('login', '/cgi-bin/mmwebwx-bin/login')).toBe('window.code=500;')
  expect(await say('synccheck', '/cgi-bin/mmwebwx-bin/synccheck')).toBe(
    'window.synccheck={retcode:"500",selector:"0"}',
  )
  expect(await say('webwxnewloginpage', '/cgi-bin/mmwebwx-bin/webwxnewloginpage')).toBe(
    '<error><ret>500</ret><message>登录失败。</message></error>',
  )
})

it('gives a MediaId that is somebody else’s with 1205', async () => {
  sandbox.control.fault({ path: 'webwxuploadmedia', how: { ret: 1205 } })
  const bytes = Buffer.from('x')
  const { text } = await browser.chunk(bytes, bytes, { index: 0, count: 1, id: 1 })
  expect(JSON.parse(text)).toMatchObject({ BaseResponse: { Ret: 1205 }, MediaId: /@/ })
})

it('answers every endpoint there is, and 404 elsewhere', async () => {
  for (const path of ['webwxpreview', 'webwxcheckurl', 'webwxstatreport', 'webwxsendfeedback'])
    expect(await browser.api(path, {})).toEqual({ BaseResponse: { Ret: 0, ErrMsg: '' } })
  for (const path of ['webwxoplog', 'webwxverifyuser', 'webwxcreatechatroom', 'webwxcheckupload'])
    expect(await browser.api(path, {})).toMatchObject({ BaseResponse: { Ret: expect.any(Number) } })
  expect((await browser.get('/cgi-bin/mmwebwx-bin/constructor')).status).toBe(404)
  expect((await browser.get('/')).status).toBe(404)
})

it('lets as many calls pass as it is told to, then strikes', async () => {
  sandbox.control.fault({ path: 'webwxuploadmedia', skip: 1, how: { ret: 1 } })
  const part = Buffer.alloc(524_288, 7)
  const whole = Buffer.concat([part, part, part])
  const send = async (index: number) => {
    const { text } = await browser.chunk(whole, part, { index, count: 3, id: 9 })
    return (JSON.parse(text) as { BaseResponse: { Ret: number } }).BaseResponse.Ret
  }
  expect([await send(0), await send(1), await send(1), await send(2)]).toEqual([0, 1, 0, 0])
})

it('cuts a file short without a length that would tell', async () => {
  const bytes = Buffer.alloc(1_000, 1)
  const id = await sandbox.control.picture('lin', bytes)
  sandbox.control.fault({ path: 'webwxgetmsgimg', how: 'short' })
  const reply = await browser.media('webwxgetmsgimg', id)
  expect(reply.bytes).toHaveLength(500)
  expect(reply.headers).not.toHaveProperty('content-length')
  expect((await browser.media('webwxgetmsgimg', id)).bytes).toHaveLength(1_000)
})

it('answers late', async () => {
  sandbox.control.fault({ path: 'webwxsendmsg', how: { delayMs: 60 } })
  const began = Date.now()
  await browser.send('webwxsendmsg', 'filehelper', { Content: 'hi' })
  expect(Date.now() - began).toBeGreaterThanOrEqual(55)
  expect(sandbox.control.delivered()).toHaveLength(1)
})

it('trap 16: its scripts have the exact spacing that clients look for', async () => {
  const code = (await browser.get('/jslogin?appid=wx782c26e4c19acffb&fun=new')).text
  expect(code).toMatch(/^window\.QRLogin\.code = 200; window\.QRLogin\.uuid = "\S+==";$/)
  const uuid = /uuid = "(.*)"/.exec(code)?.[1] ?? ''
  expect(await browser.poll(uuid, 1)).toBe('window.code=408;')
  await sandbox.control.scan()
  expect(await browser.poll(uuid, 1)).toMatch(
    /^window\.code=201;window\.userAvatar = 'data:img\/jpg;base64,\S+';$/,
  )
  expect(await browser.check()).toBe('window.synccheck={retcode:"0",selector:"0"}')
})

it('trap 17: reads JSON whatever the client calls its type', async () => {
  const body = JSON.stringify({ BaseRequest: browser.base() })
  for (const headers of [{ contenttype: 'application/json' }, { 'content-type': 'text/x' }, {}])
    expect((await browser.raw('webwxinit', body, headers)).text).toMatch(
      /^{"BaseResponse":{"Ret":0,/,
    )
})

it('trap 18: takes a BaseRequest without DeviceID, with a ticket as one, with a Uin in quotes', async () => {
  const { Uin, Sid, Skey } = browser.base()
  const forms = [
    { Uin, Sid, Skey },
    { Uin: String(Uin), Sid, Skey, DeviceID: browser.ticket },
  ]
  for (const BaseRequest of forms)
    expect((await browser.raw('webwxinit', JSON.stringify({ BaseRequest }))).text).toMatch(
      /^{"BaseResponse":{"Ret":0,/,
    )
})

it.each(['GET', 'POST'] as const)('trap 19: logs out by a %s without a body', async (method) => {
  const { status } =
    method === 'GET'
      ? await browser.get('/cgi-bin/mmwebwx-bin/webwxlogout?redirect=1&type=1')
      : await browser.raw('webwxlogout?redirect=1&type=0', '')
  expect(status).toBe(301)
  expect(sandbox.control.session().online).toBe(false)
})

it('remembers every request with its host', async () => {
  await browser.get('/jslogin?x=1')
  expect(sandbox.control.requests().at(-1)).toEqual({
    method: 'GET',
    url: '/jslogin?x=1',
    host: new URL(sandbox.origin).host,
  })
})
