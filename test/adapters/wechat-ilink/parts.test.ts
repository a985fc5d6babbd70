import { describe, expect, test } from 'vitest'
import { keyOf, sealedSize } from '../../../adapters/wechat-ilink/aes.ts'
import { Credentials } from '../../../adapters/wechat-ilink/credentials.ts'
import { accountFor, chatFor, userOf } from '../../../adapters/wechat-ilink/ids.ts'
import { ilink } from '../../../adapters/wechat-ilink/kind.ts'
import { fileName, sendName } from '../../../adapters/wechat-ilink/names.ts'
import { isAllowed, ledTo } from '../../../adapters/wechat-ilink/places.ts'
import { Sent } from '../../../adapters/wechat-ilink/sent.ts'
import { State } from '../../../adapters/wechat-ilink/state.ts'
import { key } from '../../../src/core/ids.ts'
import { loadConfig } from '../../support/config.ts'
import { memoryVault } from '../../support/ports.ts'

describe('places', () => {
  const official = 'https://ilinkai.weixin.qq.com'
  test.each([
    ['https://sz.weixin.qq.com', official, true],
    ['https://novac2c.cdn.weixin.qq.com/c2c', official, true],
    ['https://ilink.wechat.com', official, true],
    ['http://sz.weixin.qq.com', official, false],
    ['https://sz.weixin.qq.com:8443', official, false],
    ['https://evilweixin.qq.com', official, false],
    ['https://weixin.qq.com.evil.example', official, false],
    ['https://user@sz.weixin.qq.com', official, false],
    ['https://127.0.0.1', official, false],
    ['https://other.qq.com', official, false],
    ['http://127.0.0.1:99', 'http://127.0.0.1:5', true],
    ['http://10.0.0.1:5', 'http://127.0.0.1:5', false],
    ['http://localhost:5', 'http://127.0.0.1:5', false],
    ['https://a.proxy.example', 'https://proxy.example', true],
    ['http://a.proxy.example', 'https://proxy.example', false],
  ])('%s from %s: %s', (address, base, allowed) => {
    expect(isAllowed(new URL(address), base)).toBe(allowed)
  })

  test('a bare host is taken as safely as the one that named it', () => {
    expect(ledTo('sz.weixin.qq.com', official)).toBe('https://sz.weixin.qq.com')
    expect(ledTo('https://sz.weixin.qq.com/', official)).toBe('https://sz.weixin.qq.com')
    for (const odd of ['', ' ', '//x', 'evil.example', 'sz.weixin.qq.com?x=1', 'javascript:1']) {
      expect(ledTo(odd, official), odd).toBeUndefined()
    }
  })
})

test('a key is read in all its ways of writing, and in no other', () => {
  const bytes = Buffer.from('00112233445566778899AABBCCDDEEFF', 'hex')
  const hex = bytes.toString('hex')
  expect(keyOf(hex.toUpperCase())).toBe(hex)
  expect(keyOf(bytes.toString('base64'))).toBe(hex)
  expect(keyOf(Buffer.from(hex).toString('base64'))).toBe(hex)
  for (const odd of ['', 'x', bytes.toString('base64').slice(4), 'é'.repeat(32)]) {
    expect(keyOf(odd), odd).toBeUndefined()
  }
})

test.each([
  [0, 16],
  [1, 16],
  [15, 16],
  [16, 32],
  [17, 32],
])('%i bytes become %i', (plain, sealed) => {
  expect(sealedSize(plain)).toBe(sealed)
})

test('names of files lead nowhere and fit everywhere', () => {
  expect(fileName('C:\\a\\..\\b.txt')).toBe('b.txt')
  expect(fileName('../../.ssh')).toBe('ssh')
  expect(fileName('/')).toBe('')
  const long = fileName(`${'长'.repeat(200)}.docx`)
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(240)
  expect(long.endsWith('….docx')).toBe(true)
  expect(sendName(undefined, 'voice', 'audio/mpeg')).toBe('voice.mp3')
  expect(sendName('Voice 1', 'voice', 'audio/ogg')).toBe('Voice 1.ogg')
  expect(sendName('README', 'file', 'text/plain')).toBe('README')
})

test('whom a chat is with can be read back, unless it is none of ours', () => {
  const account = accountFor('a/b@im.wechat')
  expect(account).toBe('ilink:a%2Fb@im.wechat')
  const chat = chatFor(account, 'ü/% @im.wechat')
  expect(userOf(chat, account)).toBe('ü/% @im.wechat')
  expect(userOf(chat, accountFor('a'))).toBeUndefined()
  expect(userOf(chatFor(account, 'x'.repeat(300)), account)).toBeUndefined()
})

describe('tokens', () => {
  const one = (token: string, user = 'u') => ({
    ...{ token, bot: `${token}@im.bot`, user, base: 'https://b', loginBase: 'https://l', at: 1 },
  })

  test('outlive a stale one, a logout and a restart; the good ones come first', async () => {
    const vault = memoryVault()
    const credentials = await Credentials.open(vault)
    await credentials.use(one('first'))
    await credentials.lapse({ reason: 'kicked' })
    await credentials.use(one('second'))
    await credentials.use(one('third'))
    await credentials.leave()
    const again = await Credentials.open(vault)
    expect(again.current).toBeUndefined()
    expect(again.ended).toBeUndefined()
    const told = again.known('https://l').map(({ token }) => token)
    expect(told).toEqual(['third', 'second', 'first'])
    await again.use(one('first'))
    expect(again.known('https://l').map(({ token }) => token)).toEqual(['first', 'third', 'second'])
  })

  test('are told to nobody but who gave them', async () => {
    const credentials = await Credentials.open(memoryVault())
    await credentials.use(one('mine'))
    expect(credentials.known('https://elsewhere')).toEqual([])
  })

  test('are none in a vault that holds nonsense', async () => {
    const vault = memoryVault()
    for (const odd of ['', '5', '{"all":[{"token":5}],"ended":{"reason":"x"}}', '{']) {
      vault.entries.set('credentials', odd)
      const credentials = await Credentials.open(vault)
      expect(credentials.known('')).toEqual([])
      expect(credentials.ended).toBeUndefined()
    }
  })
})

test('what was sent so long ago that it is forgotten is unknown, not absent', async () => {
  const vault = memoryVault()
  const sent = await Sent.open(vault, 1_000)
  for (let count = 0; count < 1_010; count++) await sent.begin(`${count}`, key('k'), 2_000 + count)
  expect(sent.outcome('0', 2_000)).toBe('unknown')
  expect(sent.outcome('1009', 2_000)).toBe('unknown')
  expect(sent.outcome('never', 5_000)).toBe('absent')
  const again = await Sent.open(vault, 9_000)
  expect(again.outcome('never', 5_000)).toBe('absent')
  expect(again.outcome('0', 2_000)).toBe('unknown')
})

test('how far one token has read is nothing to another', async () => {
  const vault = memoryVault()
  const state = await State.open(vault, 'one')
  state.learn('u', 'context', 5)
  await state.advance('here')
  const same = await State.open(vault, 'one')
  expect([same.cursor, same.contextOf('u')]).toEqual(['here', 'context'])
  const other = await State.open(vault, 'another')
  expect([other.cursor, other.contextOf('u')]).toEqual(['', undefined])
})

describe('the options', () => {
  const load = (...sets: string[]) =>
    loadConfig({ files: [], env: {}, sets: ['wechat.connector=ilink', ...sets] })

  test('are WeChat as it is, when nothing is set', () => {
    const { config } = load()
    const section = config.wechat.sections.ilink
    expect(section).toMatchObject({ loginBase: 'https://ilinkai.weixin.qq.com' })
    expect(ilink.record(section as Parameters<typeof ilink.record>[0])).toMatchObject({
      risk: 'none',
      official: true,
      needs: ['phone'],
      features: { quota: { per: 'inbound', sends: 10, withinMs: 86_400_000 }, recallMs: 0 },
    })
  })

  test.each([
    'wechat.ilink.loginBase=https://x/',
    'wechat.ilink.cdnBase=ftp://x',
    'wechat.ilink.agent=我们/1',
    `wechat.ilink.agent=${'a/1 '.repeat(80)}b/1`,
    'wechat.ilink.version=2.4',
    'wechat.ilink.name=',
  ])('%s is refused', (set) => {
    expect(() => load(set)).toThrow(/wechat\.ilink\./)
  })

  test.each(['Our.Bot/1.0 (a remark) lib/2+3', 'x/1'])('%s is an agent', (agent) => {
    expect(load(`wechat.ilink.agent=${agent}`).config.wechat.sections.ilink).toMatchObject({
      agent,
    })
  })
})
