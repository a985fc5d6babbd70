import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { healthRoute } from '../../../adapters/web/health.ts'
import { realClock } from '../../support/ports.ts'
import { healthy, makeWorld, type RunningHub, runHub, type World } from './page-client.ts'

let world: World
let running: RunningHub | undefined
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  await world.drop()
})

/** `fetch` sets the Host header itself. */
const statusFor = (host: string, url: string) =>
  new Promise<number>((resolve, reject) => {
    const ask = request(url, { headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    ask.once('error', reject).end()
  })

describe('health', () => {
  it('is told without a cookie, and without private facts', async () => {
    running = await runHub(world)
    const answer = await fetch(`${running.origin}/healthz`)
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }])
  })

  it('tells alive and ready apart', async () => {
    running = await runHub(world, {}, async () => ({
      ok: true,
      ready: false,
      detail: { account: 'Lin is logging in' },
    }))
    expect((await fetch(`${running.origin}/healthz`)).status).toBe(200)
    const ready = await fetch(`${running.origin}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false }])
  })

  it('is bad when it cannot be found out', async () => {
    running = await runHub(world, {}, () => Promise.reject(new Error('the store is gone')))
    expect((await fetch(`${running.origin}/healthz`)).status).toBe(503)
  })

  it('is not told, or even looked at, for a name that is not ours', async () => {
    let looks = 0
    running = await runHub(world, { names: ['nas'] }, () => {
      looks++
      return healthy()
    })
    for (const path of ['/healthz', '/readyz']) {
      expect(await statusFor('evil.example', running.origin + path)).toBe(421)
    }
    expect(looks).toBe(0)
    for (const host of ['localhost', '127.0.0.1:1', 'nas', 'NAS:8686']) {
      expect(await statusFor(host, `${running.origin}/healthz`)).toBe(200)
    }
  })

  it('is looked at once a second, however many ask', async () => {
    let now = 1_000_000
    let looks = 0
    const waiting = Promise.withResolvers<void>()
    const look = async () => {
      looks++
      await waiting.promise
      return healthy()
    }
    const route = healthRoute(look, { ...realClock, now: () => now })
    const json = (body: object, status: number) => [body, status]
    const ask = (part: 'ok' | 'ready') => route(part)({ json } as never)
    const asked = [ask('ok'), ask('ready'), ask('ok')]
    waiting.resolve()
    expect(await Promise.all(asked)).toEqual([
      [{ ok: true }, 200],
      [{ ready: true }, 200],
      [{ ok: true }, 200],
    ])
    now += 999
    await ask('ready')
    expect(looks).toBe(1)
    now += 1
    await ask('ready')
    expect(looks).toBe(2)
    now -= 3600_000
    await ask('ok')
    expect(looks).toBe(3)
  })
})
