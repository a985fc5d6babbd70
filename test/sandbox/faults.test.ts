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
  for (const path of ['webwxoplog', 'webwxverifyuser', 'webwxcreatechatroom', 'webwxstatreport'])
    expect(await browser.api(path, {})).toEqual({ BaseResponse: { Ret: 0, ErrMsg: '' } })
  expect((await browser.get('/cgi-bin/mmwebwx-bin/constructor')).status).toBe(404)
  expect((await browser.get('/')).status).toBe(404)
})

it('remembers every request with its host', async () => {
  await browser.get('/jslogin?x=1')
  expect(sandbox.control.requests().at(-1)).toEqual({
    method: 'GET',
    url: '/jslogin?x=1',
    host: new URL(sandbox.origin).host,
  })
})
