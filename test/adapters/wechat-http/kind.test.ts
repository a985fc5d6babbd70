import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { type HttpSection, http } from '../../../adapters/wechat-http/kind.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { secret } from './lab.ts'
import { stage } from './stage.ts'

const defaults = () => parse(readFileSync(http.defaults, 'utf8')) as HttpSection

test('its defaults are what its schema allows, but for what only a person knows', () => {
  expect(http.schema.safeParse(defaults()).error).toBeUndefined()
  const missing = http.missing(defaults()).map(({ option }) => option)
  expect(missing).toEqual(['gateway', 'secret'])
  expect(http.missing({ ...defaults(), gateway: 'http://127.0.0.1:1', secret })).toEqual([])
  expect(Object.keys(defaults()).sort()).toEqual(Object.keys(http.schema.shape).sort())
})

test('its options are checked', () => {
  const wrongs = [
    { gateway: 'http://127.0.0.1:1/path' },
    { gateway: '127.0.0.1:1' },
    { gateway: 'ftp://127.0.0.1' },
    { secret: 'fifteen letters' },
    { listen: '29392' },
    { listen: 'localhost:70000' },
    { listen: 'http://localhost:1' },
    { mediaHosts: ['https://a.example'] },
    { mediaHosts: ['a.example/path'] },
    { maxMediaBytes: 0 },
    { unknown: 1 },
  ]
  for (const wrong of wrongs) {
    expect([wrong, http.schema.safeParse({ ...defaults(), ...wrong }).success]).toEqual([
      wrong,
      false,
    ])
  }
  const rights = [
    { listen: '[::1]:29392' },
    { listen: null },
    { mediaHosts: ['cdn.example', 'cdn.example:8443'] },
  ]
  for (const right of rights) {
    expect([right, http.schema.safeParse({ ...defaults(), ...right }).success]).toEqual([
      right,
      true,
    ])
  }
})

test('its record promises what a gateway can do at most, and says that it depends', () => {
  const { features, ...record } = http.record({ ...defaults(), maxText: 500, maxFileBytes: 7 })
  expect(record).toEqual({
    risk: 'behind',
    needs: ['gateway'],
    official: false,
    receives: ['media', 'recalls', 'quotes', 'members'],
    depends: true,
  })
  expect(features).toMatchObject({ text: 500, recallMs: 120_000, media: { file: { maxBytes: 7 } } })
})

test('its features are those that the gateway declares, within what is configured, and are kept', async () => {
  const at = await stage({ options: { maxText: 1000 } })
  const { features } = at.one.connector
  expect(features).toMatchObject({
    text: 1000,
    contacts: true,
    recallEvents: true,
    recallMs: 120_000,
    mentions: true,
    quote: false,
    media: {
      image: { maxBytes: 10_000_000, mimes: ['image/jpeg'] },
      file: { maxBytes: 20_000_000, mimes: [] },
    },
  })
  expect(features.media).not.toHaveProperty('video')
  const section = { ...defaults(), gateway: at.proxy.origin, secret }
  const ports = { log: memoryLog(), clock: realClock, random: Math.random }
  const again = await http.create(section, { ...ports, vault: at.vault })
  expect({ ...again.features }).toEqual({
    ...features,
    text: 1800,
    media: { ...features.media, file: { maxBytes: 50_000_000, mimes: [], caption: 0 } },
  })
  const never = await http.create(section, { ...ports, vault: memoryVault() })
  expect(never.features).toMatchObject({ contacts: false, media: {}, recallMs: 0 })
  expect(never.features.mentions).toBeUndefined()
  await at[Symbol.asyncDispose]()
})

test('what cannot listen where it is told to says so', async () => {
  await using at = await stage()
  const port = new URL(at.bridge).port
  const section = { ...defaults(), gateway: at.proxy.origin, secret, listen: `127.0.0.1:${port}` }
  const ports = { log: memoryLog(), clock: realClock, random: Math.random, vault: memoryVault() }
  const other = await http.create(section, ports)
  const sink = {} as Parameters<typeof other.run>[0]
  const failed = other.run(sink, AbortSignal.timeout(5000))
  await expect(failed).rejects.toMatchObject({ failure: { code: 'config' } })
})

test('who listens or asks beyond this machine without TLS is warned', async () => {
  const log = memoryLog()
  const ports = { log, clock: realClock, random: Math.random, vault: memoryVault() }
  const section = { ...defaults(), secret }
  await http.create({ ...section, gateway: 'http://gateway.example:1', listen: '0.0.0.0:1' }, ports)
  expect(log.lines).toEqual([
    expect.stringMatching(/^warn wechat.http.gateway is plain http/),
    expect.stringMatching(/^warn wechat.http.listen is open/),
  ])
  await http.create({ ...section, gateway: 'https://gateway.example' }, ports)
  expect(log.lines).toHaveLength(2)
})

test('what is read here is told to the gateway, where it takes that', async () => {
  await using at = await stage()
  const chat = await until(() => at.one.facts.chat('group', '爬山队'))
  await at.one.connector.markRead?.(chat.id, AbortSignal.timeout(5000))
  expect(at.gateway.reads).toEqual(['7/8 9@chatroom'])
})

test('a capability that nobody knows is told to the log', async () => {
  await using at = await stage({ capabilities: { recal_ms: 1 } as object })
  expect(at.log.text()).toMatch(/warn The gateway declares what .* \{"names":\["recal_ms"\]\}/)
  expect(at.vault.entries.get('gateway')).not.toContain('recal_ms"')
})
