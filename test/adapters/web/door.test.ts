import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Access } from '../../../adapters/web/access.ts'
import { realClock } from '../../support/ports.ts'
import {
  client,
  logIn,
  makeWorld,
  mintId,
  type RunningHub,
  runHub,
  type World,
} from './page-client.ts'

let world: World
let running: RunningHub
beforeEach(async () => {
  world = await makeWorld()
  running = await runHub(world)
})
afterEach(async () => {
  await running.stop()
  await world.drop()
})

const enter = (token: string, init: RequestInit = {}) =>
  fetch(`${running.origin}/login?token=${token}`, { redirect: 'manual', ...init })

/** `fetch` sets the Host header itself. */
const statusFor = (host: string, path = '/') =>
  new Promise<number>((resolve, reject) => {
    const url = new URL(path, running.origin)
    const ask = request(url, { headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    ask.once('error', reject).end()
  })

describe('the one-time token', () => {
  it('opens the page once, and never again', async () => {
    const first = await enter(running.token)
    expect(first.status).toBe(303)
    expect(first.headers.get('location')).toBe('/')
    const second = await enter(running.token)
    expect(second.headers.get('set-cookie')).toBeNull()
    expect(second.headers.get('location')).toBe('/?used')
  })

  it('opens nothing when it is wrong, short or missing', async () => {
    for (const token of ['', 'x', `${running.token}x`, running.token.slice(1)]) {
      expect((await enter(token)).headers.get('set-cookie')).toBeNull()
    }
    await logIn(running)
  })

  it('is not used up by a browser that only looks ahead', async () => {
    await enter(running.token, { method: 'HEAD' })
    await enter(running.token, { headers: { 'sec-purpose': 'prefetch;prerender' } })
    await logIn(running)
  })

  it('is not used up when the session cannot be kept', async () => {
    const vault = world.database.vault('web')
    let full = true
    const failing = () => Promise.reject(new Error('the disk is full'))
    const access = await Access.open(
      { ...vault, set: (name, text) => (full ? failing() : vault.set(name, text)) },
      realClock,
    )
    await expect(access.exchange(access.token)).rejects.toThrow('full')
    full = false
    expect(await access.exchange(access.token)).toBeDefined()
    expect(await access.exchange(access.token)).toBeUndefined()
  })

  it('leads a browser that is known already to the page', async () => {
    const { cookie } = await logIn(running)
    const again = await enter(running.token, { headers: { cookie } })
    expect(again.headers.get('location')).toBe('/')
  })

  it('is another one at each start, and appears in no log', async () => {
    await logIn(running)
    await running.stop()
    const next = await runHub(world)
    expect(next.token).not.toBe(running.token)
    expect(next.token).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(world.log.text()).not.toContain(running.token)
    await next.stop()
  })
})

describe('the session', () => {
  it('is a cookie that scripts and other sites do not get', async () => {
    const cookie = (await enter(running.token)).headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^bridge_[0-9a-f]{8}=[A-Za-z0-9_-]{43};/)
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/']) expect(cookie).toContain(part)
  })

  it('lasts over a restart, and only its hash is kept', async () => {
    const { cookie } = await logIn(running)
    await running.stop()
    running = await runHub(world)
    expect((await client(running.origin, cookie).get('/api/state')).status).toBe(200)
    const kept = (await world.database.vault('web').get('access')) ?? ''
    expect(kept).not.toContain(cookie.split('=')[1])
  })

  it('is opened by its own secret only, and ends after ninety days', async () => {
    const page = await logIn(running)
    const [name] = page.cookie.split('=')
    for (const secret of ['', 'guess', 'x'.repeat(43)]) {
      const guessing = client(running.origin, `${name}=${secret}`)
      expect((await guessing.get('/api/state')).status).toBe(401)
    }
    let now = Date.now()
    const vault = world.database.vault('web')
    const access = await Access.open(vault, { ...realClock, now: () => now })
    const secret = page.cookie.split('=')[1]
    expect(access.admits(secret)).toBe(true)
    now += 91 * 24 * 3600_000
    expect(access.admits(secret)).toBe(false)
  })

  it('ends when the browser locks itself out', async () => {
    const page = await logIn(running)
    expect((await page.post('/api/lock', {})).status).toBe(200)
    expect((await page.get('/api/state')).status).toBe(401)
  })

  it('is needed for everything private', async () => {
    const stranger = client(running.origin, 'bridge_00000000=guess')
    for (const path of ['state', 'chats', 'messages?chat=x', 'live', 'media?id=x', 'nonsense']) {
      const answer = await stranger.get(`/api/${path}`)
      expect([path, answer.status]).toEqual([path, 401])
      expect(await answer.json()).toMatchObject({ why: 'login' })
    }
    for (const path of ['messages', 'commands', 'pictures', 'lock']) {
      expect((await stranger.post(`/api/${path}`, {})).status).toBe(401)
    }
  })
})

describe('another site', () => {
  const body = () => ({ id: mintId(), words: ['logout'] })

  it.each([
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a cross-site fetch', { 'sec-fetch-site': 'cross-site' }],
    ['a same-site fetch', { 'sec-fetch-site': 'same-site' }],
    ['a navigation', { 'sec-fetch-site': 'none' }],
    ['a request without the page’s header', { 'x-bridge-page': '' }],
  ])('can make a browser change nothing: %s', async (_, headers) => {
    const page = await logIn(running)
    const answer = await page.post('/api/commands', body(), headers)
    expect(answer.status).toBe(403)
    expect(await answer.json()).toMatchObject({ why: 'foreign' })
    expect(running.events).toHaveLength(0)
  })

  it('can read nothing, and no answer allows it to', async () => {
    const page = await logIn(running)
    const answer = await page.get('/api/state', { 'sec-fetch-site': 'same-site' })
    expect(answer.status).toBe(403)
    const own = await page.get('/api/state', { origin: 'https://evil.example' })
    expect(own.headers.get('access-control-allow-origin')).toBeNull()
    expect(own.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  })

  it('cannot come in under a name of its own', async () => {
    for (const host of ['evil.example', 'evil.example:80', '127.0.0.1.evil.example']) {
      expect([host, await statusFor(host)]).toEqual([host, 421])
    }
    for (const host of ['127.0.0.1', 'localhost:1234', '[::1]:80', 'LOCALHOST']) {
      expect([host, await statusFor(host)]).toEqual([host, 200])
    }
    expect(await statusFor('192.168.1.7')).toBe(421)
  })
})

describe('every answer', () => {
  it('carries a strict policy and is kept nowhere', async () => {
    const page = await logIn(running)
    for (const path of ['/', '/app.js', '/api/state', '/nowhere', '/api/nowhere', '/healthz']) {
      const { headers } = await page.get(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("script-src 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })
})

describe('health', () => {
  it('is told without a cookie, and without private facts', async () => {
    const answer = await fetch(`${running.origin}/healthz`)
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }])
  })

  it('tells alive and ready apart', async () => {
    const starting = await runHub(world, {}, async () => ({
      ok: true,
      ready: false,
      detail: { account: 'Lin is logging in' },
    }))
    expect((await fetch(`${starting.origin}/healthz`)).status).toBe(200)
    const ready = await fetch(`${starting.origin}/readyz`)
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false }])
    await starting.stop()
  })

  it('is bad when it cannot be found out', async () => {
    const broken = await runHub(world, {}, () => Promise.reject(new Error('the store is gone')))
    expect((await fetch(`${broken.origin}/healthz`)).status).toBe(503)
    await broken.stop()
  })
})

describe('a port that is taken', () => {
  it('ends the run with a sentence about the port', async () => {
    const port = Number(new URL(running.origin).port)
    await expect(runHub(world, { port })).rejects.toMatchObject({
      failure: { code: 'config', heal: 'never' },
      message: expect.stringContaining('EADDRINUSE'),
    })
  })
})
