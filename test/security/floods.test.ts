import { createServer, request as post, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { request } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { createFront } from '../../adapters/matrix/front.ts'
import { createProvisioningApi } from '../../adapters/matrix/provisioning-api.ts'
import { receiveWebhook } from '../../adapters/telegram/webhook.ts'
import { listen } from '../../adapters/wechat-http/listener.ts'
import { Offers } from '../../adapters/wechat-http/offers.ts'
import { createSeldom } from '../../src/core/seldom.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { logIn, makeWorld, runHub } from '../adapters/web/page-client.ts'
import { memoryLog, memoryVault, realClock } from '../support/ports.ts'
import { clientOf } from '../support/telegram-calls.ts'

// Strangers can knock as often as they like at what listens. None of it may fill the log, and with it the disk.

const times = 200
let now: number
const clock: Clock = { ...realClock, steady: () => now }
const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const origin = async (handle: RequestListener) => {
  const server = createServer(handle)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  ends.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Knocks, and again after the while in which nothing is told. */
async function knock(
  log: ReturnType<typeof memoryLog>,
  words: string,
  once: () => Promise<number>,
) {
  now = 1_000
  const about = () => log.lines.filter((line) => line.includes(words))
  for (let n = 0; n < times; n++) expect(await once()).toBeGreaterThanOrEqual(400)
  expect(about()).toHaveLength(1)
  now += 60_000
  await once()
  expect(about()).toHaveLength(2)
  expect(about()[1]).toContain(`:${times}`)
}

const status = async (url: string, options: Parameters<typeof request>[1]) => {
  const answer = await request(url, options)
  await answer.body.dump()
  return answer.statusCode
}

describe('requests that anybody can make are told once in a while, with their count:', () => {
  it('those without the hs_token', async () => {
    const log = memoryLog()
    const nothing = async () => {}
    const front = createFront({
      hsToken: 'right',
      ready: nothing,
      take: async () => true,
      gather: nothing,
      fleeting: () => {},
      called: () => {},
      missed: () => {},
      rest: (_, response) => void response.end(),
      clock,
      log,
    })
    const at = await origin(front)
    const headers = { authorization: 'Bearer wrong' }
    await knock(log, 'hs_token', () =>
      status(`${at}/_matrix/app/v1/transactions/1`, { method: 'PUT', headers, body: '{}' }),
    )
  })

  it("those without the provisioning API's secret", async () => {
    const log = memoryLog()
    const api = createProvisioningApi(
      {
        secret: 'right right right',
        levelOf: () => 'user',
        roomOwner: async () => undefined,
        isIn: async () => false,
        about: {},
      },
      { clock, log, stopping: new AbortController().signal },
    )
    const at = await origin((asked, response) => {
      api(asked, response, new URL(asked.url ?? '', 'http://x'))
    })
    const headers = { authorization: 'Bearer wrong' }
    await knock(log, 'provisioning', () => status(`${at}/_matrix/provision/v1/whoami`, { headers }))
  })

  it("those without the webhook's secret", async () => {
    const log = memoryLog()
    const stopping = new AbortController()
    const listening = Promise.withResolvers<string>()
    const over = receiveWebhook(
      { url: 'https://example.org', host: '127.0.0.1', port: 0 },
      {
        api: { ...clientOf('http://127.0.0.1:9'), call: async () => ({ url: 'x' }) as never },
        vault: memoryVault(),
        clock,
        random: () => 0,
        log,
        trace: () => {},
        listening: listening.resolve,
      },
      async () => [],
      stopping.signal,
    )
    ends.push(async () => {
      stopping.abort()
      await over
    })
    const at = await listening.promise
    const headers = { 'x-telegram-bot-api-secret-token': 'wrong' }
    await knock(log, 'secret was refused', () =>
      status(at, { method: 'POST', headers, body: '{}' }),
    )
  })

  const claim = { 'x-wechat-time': '1', 'x-wechat-signature': 'ab'.repeat(32) }
  it.each([
    ['not signed', 'not rightly signed', {}, '{}'],
    ['signed wrongly', 'not rightly signed', claim, '{}'],
    ['too large', 'too large', { ...claim, 'content-length': '9000000' }, ''],
  ])('events of a gateway that are %s', async (_, words, headers, body) => {
    const log = memoryLog()
    const secret = 'right right right'
    const place = { host: '127.0.0.1', port: 0 }
    const parts = { secret, offers: new Offers(secret), clock, log, events: async () => [] }
    const at = await listen(place, parts)
    ends.push(() => at.close())
    const url = new URL('/v1/events', at.origin)
    // Not all of a body that is too large is ever sent.
    const once = () =>
      new Promise<number>((resolve, reject) => {
        const asked = post(url, { method: 'POST', headers, agent: false }, (answer) => {
          answer.resume()
          resolve(answer.statusCode ?? 0)
          if (!body) asked.destroy()
        })
        asked.on('error', reject)
        if (body) asked.end(body)
        else asked.flushHeaders()
      })
    await knock(log, words, once)
  })

  it('those to the page are not told at all', async () => {
    const world = await makeWorld()
    const running = await runHub(world)
    ends.push(async () => {
      await running.stop()
      await world.drop()
    })
    const before = world.log.lines.length
    const paths = ['/', '/healthz', '/%', '/../x', `${new URL(running.home).pathname}/api/state`]
    for (let n = 0; n < times; n++) {
      const path = paths[n % paths.length] ?? ''
      await status(running.origin + path, { headers: { cookie: 'bridge_x=y', host: 'evil' } })
      await status(running.origin + path, { method: 'POST', body: '{' })
      await status(`${running.home}/login?token=wrong`, {})
    }
    expect(world.log.lines.slice(before)).toEqual([])
    await logIn(running)
  })
})

describe('a thing that is told seldom', () => {
  it('is told at once, then not for a while, then with how often it was', () => {
    const seldom = createSeldom(100)
    expect([0, 1, 99].map((at) => seldom.again(at))).toEqual([1, undefined, undefined])
    expect([100, 150, 500].map((at) => seldom.again(at))).toEqual([3, undefined, 2])
  })
})
