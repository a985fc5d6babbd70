import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createWeChatWeb } from '../../../adapters/wechat-web/connector.ts'
import { type Cookies, cookieHeader, storeCookies } from '../../../adapters/wechat-web/cookies.ts'
import { followRedirect, qrOrigin } from '../../../adapters/wechat-web/hosts.ts'
import { Wire } from '../../../adapters/wechat-web/http.ts'
import { officialExtspam } from '../../../adapters/wechat-web/uos.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { connectorTo } from './lab.ts'

const official = { loginBase: 'https://login.wx.qq.com' }
const page = '/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=A@b&uuid=x=='

describe('hosts', () => {
  test.each([
    ['https://wx.qq.com', 'https://file.wx.qq.com', 'https://webpush.wx.qq.com'],
    ['https://wx2.qq.com', 'https://file.wx2.qq.com', 'https://webpush.wx2.qq.com'],
    ['https://wx8.qq.com', 'https://file.wx8.qq.com', 'https://webpush.wx8.qq.com'],
    ['https://wx7.qq.com', 'https://file.wx.qq.com', 'https://webpush.wx.qq.com'],
    ['https://web.wechat.com', 'https://file.web.wechat.com', 'https://webpush.web.wechat.com'],
    ['https://web2.wechat.com', 'https://file.web2.wechat.com', 'https://webpush.web2.wechat.com'],
    ['https://web9.wechat.com', 'https://file.web.wechat.com', 'https://webpush.web.wechat.com'],
  ])('%s has its file and push hosts', (entry, file, push) => {
    expect(followRedirect(entry + page, official)?.hosts).toEqual({ entry, file, push })
  })

  test.each([
    'https://wx.qq.com.evil.example',
    'https://evil.example',
    'https://notqq.com',
    'https://wxqq.com',
    'https://wechat.com.evil.example:8443',
    'http://127.0.0.1:8080',
    'http://localhost:1',
    'http://[::1]:9',
  ])('the unknown host %s keeps everything on its own origin', (origin) => {
    const bases = {
      loginBase: origin.startsWith('http:') ? 'http://127.0.0.1:1' : official.loginBase,
    }
    const followed = followRedirect(origin + page, bases)
    expect(followed?.hosts).toEqual({ entry: origin, file: origin, push: origin })
    expect(followed?.ticket.href).toBe(origin + page)
  })

  test.each([
    ['an address with a user in it', 'https://wx.qq.com@evil.example/x'],
    ['another scheme', 'file:///etc/passwd'],
    ['script', 'javascript:alert(1)'],
    ['no address', 'wx.qq.com/x'],
    ['plain http after a https login', 'http://evil.example/x'],
  ])('%s is not followed', (_, redirect) => {
    expect(followRedirect(redirect, official)).toBeUndefined()
  })

  test('a host of Tencent is only ever asked over https', () => {
    const followed = followRedirect(`http://wx2.qq.com:80${page}`, official)
    expect(followed?.ticket.origin).toBe('https://wx2.qq.com')
    expect(followed?.hosts.entry).toBe('https://wx2.qq.com')
  })

  test('configuration overrides, each part for itself', () => {
    const own = { ...official, fileBase: 'https://f.example', pushBase: 'https://p.example' }
    expect(followRedirect(`https://wx.qq.com${page}`, own)?.hosts).toEqual({
      entry: 'https://wx.qq.com',
      file: 'https://f.example',
      push: 'https://p.example',
    })
    const entry = { ...official, entryBase: 'http://127.0.0.1:7' }
    const followed = followRedirect(`https://wx.qq.com${page}`, entry)
    expect(followed?.ticket.href).toBe(`http://127.0.0.1:7${page}`)
    expect(followed?.hosts.entry).toBe('http://127.0.0.1:7')
  })

  test('codes name the official host only for the official login', () => {
    expect(qrOrigin(official)).toBe('https://login.weixin.qq.com')
    expect(qrOrigin({ loginBase: 'http://127.0.0.1:5' })).toBe('http://127.0.0.1:5')
    expect(qrOrigin({ ...official, qrBase: 'https://qr.example' })).toBe('https://qr.example')
  })

  test.each(['https://a.example/', 'https://a.example/x', 'a.example', 'ftp://a.example', ''])(
    'the base %j is refused with words',
    (loginBase) => {
      expect(() => connectorTo(loginBase)).toThrow(/loginBase must be an origin/)
    },
  )

  test('a request to a host nobody named never leaves', async () => {
    const wire = new Wire('agent', realClock, memoryLog())
    wire.allow(['http://127.0.0.1:1'])
    const call = { name: 'x', method: 'GET', url: 'http://127.0.0.1:2/', timeoutMs: 500 } as const
    await expect(wire.ask(call, AbortSignal.timeout(1000))).rejects.toMatchObject({
      kind: 'unreachable',
      cause: 'origin',
    })
    await wire.close()
  })
})

describe('the constants of desktop mode', () => {
  test('extspam is what every client sends (protocol §1.3)', () => {
    expect(officialExtspam).toHaveLength(880)
    expect(createHash('sha256').update(officialExtspam).digest('hex')).toBe(
      '11e2f840f98652979f09996c2c9bcdfef4e19c0e042dfcb00804818a369795e0',
    )
  })

  test('plain mode is spoken without them', () => {
    const ports = { vault: memoryVault(), clock: realClock, random: Math.random, log: memoryLog() }
    const options = {
      ...official,
      userAgent: 'x',
      maxImageBytes: 1,
    }
    expect(createWeChatWeb(options, ports).features.ids).toBe('session')
  })
})

describe('cookies', () => {
  const now = Date.parse('2024-01-01T00:00:00Z')

  test('values keep their = and go back verbatim', () => {
    const jar: Cookies = {}
    storeCookies(jar, ['wxsid=a+b/c==; Domain=wx.qq.com; Path=/', 'mm_lang=zh_CN'], now)
    expect(cookieHeader(jar)).toBe('wxsid=a+b/c==; mm_lang=zh_CN')
  })

  test.each([
    ['an empty value', 'a=; Path=/'],
    ['a past date', 'a=b; Expires=Thu, 01-Jan-1970 00:00:00 GMT'],
    ['an age of zero', 'a=b; Max-Age=0'],
    ['a negative age', 'a=b; max-age=-1; Expires=Fri, 01 Jan 2100 00:00:00 GMT'],
  ])('%s removes', (_, line) => {
    const jar: Cookies = { a: '1', keep: '2' }
    storeCookies(jar, line, now)
    expect(jar).toEqual({ keep: '2' })
  })

  test('an age in the future wins over a past date', () => {
    const jar: Cookies = {}
    storeCookies(jar, 'a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT', now)
    expect(jar).toEqual({ a: 'b' })
  })

  test('a line that would break a header or an object is left out', () => {
    const jar: Cookies = {}
    storeCookies(jar, ['a=b\r\nX: y', '__proto__=x', 'näme=x', 'novalue', '=x'], now)
    expect(jar).toEqual({})
    expect(cookieHeader(jar)).toBeUndefined()
    storeCookies(jar, undefined, now)
  })
})
