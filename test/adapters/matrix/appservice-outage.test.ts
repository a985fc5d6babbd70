import { Readable } from 'node:stream'
import { request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAppservice, type MatrixAppservice } from '../../../adapters/matrix/appservice.ts'
import { makeRegistration } from '../../../adapters/matrix/registration.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { type LittleHomeserver, littleHomeserver } from './little-homeserver.ts'

const registration = makeRegistration({ url: 'http://127.0.0.1:9' })
const never = new AbortController().signal
const whoami = {
  method: 'GET',
  path: '/_matrix/client/v3/account/whoami',
  what: 'ask who it is',
} as const

describe('a homeserver that goes and comes back', () => {
  let homeserver: LittleHomeserver
  let service: MatrixAppservice
  let log: ReturnType<typeof memoryLog>
  let returns: number[]
  let stop: AbortController
  let over: Promise<void>

  beforeEach(async () => {
    homeserver = await littleHomeserver()
    log = memoryLog()
    returns = []
    service = createAppservice(
      {
        homeserver: { url: homeserver.url, domain: 'localhost' },
        registration,
        listen: { host: '127.0.0.1', port: 0 },
      },
      { vault: memoryVault(), clock: realClock, random: Math.random, log },
    )
    const inhabitant = {
      owner: '@alice:localhost',
      names: service.names(),
      read: () => undefined,
      returned: () => void returns.push(Date.now()),
      home: async () => '!home:localhost',
    }
    stop = new AbortController()
    over = service.house(inhabitant, stop.signal)
    await until(() => returns.length === 1, 'the first ping')
    await until(() => nudges() === 1 && pings() === 2, 'the ping behind the nudge')
  })
  afterEach(async () => {
    stop.abort(new Error('the test ends it'))
    await over
    await homeserver.stop()
  })

  const pings = () => homeserver.calls('POST', /\/appservice\/wechat\/ping$/).length
  const looks = () => homeserver.calls('GET', /\/versions$/).length
  const nudges = () => homeserver.calls('PUT', /\/state\/net\.wechat-bridge\.here$/).length
  const ask = () => service.homeserver.call(whoami, never)

  it('is noticed within two seconds, pinged, and told to who lives here', async () => {
    await homeserver.stop()
    await expect(ask()).rejects.toMatchObject({ failure: { code: 'network' } })
    const before = pings()
    await homeserver.start()
    const since = Date.now()
    await until(() => returns.length > 1, 'the return')
    expect(Date.now() - since).toBeLessThan(2_000)
    await until(() => pings() > before, 'the ping')
    expect(Date.now() - since).toBeLessThan(2_000)
    expect(log.text()).toMatch(/warn The homeserver is away.*\n(.*\n)*info The homeserver is back/)
  })

  it('is away too when a proxy answers in its place, or it hangs up', async () => {
    for (const status of [503, 0]) {
      const known = returns.length
      homeserver.answers = (_, response) => {
        if (status) return { status }
        response.destroy()
        return 'by hand'
      }
      await expect(ask()).rejects.toBeInstanceOf(Error)
      const seen = looks()
      await until(() => looks() > seen + 1, 'a second look')
      expect(returns).toHaveLength(known)
      homeserver.answers = () => undefined
      await until(() => returns.length > known, 'the return')
    }
  })

  it('is not away because one call fails', async () => {
    homeserver.answers = ({ path }) => (path.endsWith('whoami') ? { status: 500 } : undefined)
    for (let n = 0; n < 3; n++) {
      const seen = looks()
      await expect(ask()).rejects.toMatchObject({ failure: { code: 'server' } })
      await until(() => looks() > seen, 'a look')
    }
    expect(returns).toHaveLength(1)
    expect(log.text()).not.toContain('away')
  })

  it('is looked for by one only, however many calls fail, and not after we stop', async () => {
    await homeserver.stop()
    await Promise.all(Array.from({ length: 50 }, () => ask().catch(() => {})))
    expect(log.lines.filter((line) => line.includes('is away'))).toHaveLength(1)
    stop.abort(new Error('the test ends it'))
    await over
    await homeserver.start()
    const seen = looks()
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    expect(looks()).toBe(seen)
  })

  it('is pinged after a transaction that it gave up before it was answered', async () => {
    const before = pings()
    const url = `${await service.address}/_matrix/app/v1/transactions/1`
    const headers = { authorization: `Bearer ${registration.hsToken}` }
    const cut = new AbortController()
    const putting = request(url, {
      method: 'PUT',
      headers,
      body: Readable.from(slowly(cut)),
      signal: cut.signal,
    })
    await expect(putting).rejects.toBeDefined()
    await until(() => pings() > before, 'the ping')
  })

  it('honours how long it is asked to wait, in either way, also by a proxy', async () => {
    const date = new Date('2026-01-01T00:00:00Z').toUTCString()
    const later = new Date('2026-01-01T00:00:42Z').toUTCString()
    const body = { errcode: 'M_LIMIT_EXCEEDED', error: 'slow' }
    const waitOf = async (answer: { status: number; body?: object; headers?: object }) => {
      homeserver.answers = ({ path }) => (path.endsWith('whoami') ? (answer as never) : undefined)
      return ask().then(
        () => undefined,
        (error) => error.failure.afterMs,
      )
    }
    const told = { 'retry-after': '7' }
    expect(await waitOf({ status: 429, body: { ...body, retry_after_ms: 1234 } })).toBe(1234)
    expect(await waitOf({ status: 429, body, headers: told })).toBe(7_000)
    const both = { status: 429, body: { ...body, retry_after_ms: 1234 }, headers: told }
    expect(await waitOf(both)).toBe(1234)
    expect(await waitOf({ status: 429, headers: { 'retry-after': later, date } })).toBe(42_000)
    expect(await waitOf({ status: 429, body, headers: { 'retry-after': later, date } })).toBe(
      42_000,
    )
    expect(await waitOf({ status: 503, headers: told })).toBe(7_000)
    expect(await waitOf({ status: 429, headers: { 'retry-after': 'soon' } })).toBe(5_000)
    expect(await waitOf({ status: 502 })).toBeUndefined()
  })
})

/** A body that is never finished: the homeserver goes in the middle of it. */
async function* slowly(cut: AbortController): AsyncGenerator<Buffer> {
  yield Buffer.from('{"events":[')
  setTimeout(() => cut.abort(new Error('gone')), 50)
  await new Promise((resolve) => cut.signal.addEventListener('abort', resolve))
}
