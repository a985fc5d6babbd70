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

const pathOf = (hub = running) => new URL(`${hub.home}/`).pathname

const enter = (token: string, init: RequestInit = {}) =>
  fetch(`${running.home}/login?token=${token}`, { redirect: 'manual', ...init })

/** `fetch` sets the Host header itself. */
const statusFor = (host: string, path = '', hub = running) =>
  new Promise<number>((resolve, reject) => {
    const address = new URL(path || `${hub.home}/`, hub.origin)
    const ask = request(address, { headers: { host } }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    ask.once('error', reject).end()
  })

describe('the one-time token', () => {
  it('opens the page once, and never again', async () => {
    const first = await enter(running.token)
    expect(first.status).toBe(303)
    expect(first.headers.get('location')).toMatch(/^\/[0-9a-v]{26}\/#key=[A-Za-z0-9_-]{43}$/)
    const second = await enter(running.token)
    expect(second.headers.get('set-cookie')).toBeNull()
    expect(second.headers.get('location')).toBe(`${pathOf()}?used`)
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
    expect(again.headers.get('location')).toBe(pathOf())
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
  it('is a cookie that scripts, other sites and other folders do not get', async () => {
    const cookie = (await enter(running.token)).headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^bridge_[0-9a-f]{8}=[A-Za-z0-9_-]{43};/)
    const parts = cookie.split('; ')
    expect(parts).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Strict']))
    expect(parts).toContain(`Path=${pathOf()}`)
    expect(parts).toContain(`Max-Age=${30 * 24 * 3600}`)
    expect(parts).not.toContain('Secure')
  })

  it('lasts over a restart, and only hashes are kept', async () => {
    const { cookie, key } = await logIn(running)
    await running.stop()
    running = await runHub(world)
    expect((await client(running.home, cookie, key).get('/api/state')).status).toBe(200)
    const kept = (await world.database.vault('web').get('access')) ?? ''
    for (const secret of [cookie.split('=')[1] ?? '', key]) {
      expect(secret).toHaveLength(43)
      expect(kept).not.toContain(secret)
    }
  })

  it('is opened by its own secret only', async () => {
    const page = await logIn(running)
    const [name] = page.cookie.split('=')
    for (const secret of ['', 'guess', 'x'.repeat(43)]) {
      const guessing = client(running.home, `${name}=${secret}`, page.key)
      expect((await guessing.get('/api/state')).status).toBe(401)
    }
  })

  it('reads and does nothing by its cookie alone', async () => {
    const { cookie, key } = await logIn(running)
    for (const [guess, status] of [
      ['', 403],
      ['guess', 401],
      ['x'.repeat(43), 401],
    ] as const) {
      const thief = client(running.home, cookie, guess)
      for (const path of ['state', 'chats', 'messages?chat=x', 'live']) {
        expect([path, (await thief.get(`/api/${path}`)).status]).toEqual([path, 401])
      }
      const command = { id: mintId(), words: ['logout'] }
      expect((await thief.post('/api/commands', command)).status).toBe(status)
      expect((await thief.post('/api/media?id=x', {})).status).toBe(status)
    }
    expect(running.events).toHaveLength(0)
    expect((await client(running.home, cookie, key).get('/api/state')).status).toBe(200)
  })

  it('ends thirty days after its last use, also across a restart', async () => {
    let now = Date.now()
    const clock = { ...realClock, now: () => now }
    const day = 24 * 3600_000
    const vault = world.database.vault('web')
    const access = await Access.open(vault, clock)
    const { secret } = (await access.exchange(access.token))!
    expect(await access.renew(secret)).toBeUndefined()
    now += 29 * day
    expect(await access.renew(secret)).toBe((30 * day) / 1000)
    now += 29 * day
    const next = await Access.open(vault, clock)
    expect(next.admits(secret)).toBe(true)
    now += 2 * day
    expect(next.admits(secret)).toBe(false)
    expect(await next.renew(secret)).toBeUndefined()
  })

  it('is prolonged in the browser too, by an ordinary use', async () => {
    const page = await logIn(running)
    expect((await page.get('/api/state')).headers.get('set-cookie')).toBeNull()
    const vault = world.database.vault('web')
    const kept = JSON.parse((await vault.get('access')) ?? '')
    for (const session of kept.sessions) session.until -= 10 * 24 * 3600_000
    await running.stop()
    await vault.set('access', JSON.stringify(kept))
    running = await runHub(world)
    const known = client(running.home, page.cookie, page.key)
    const renewed = (await known.get('/api/state')).headers.get('set-cookie') ?? ''
    expect(renewed.startsWith(`${page.cookie}; Max-Age=2592000; Path=${pathOf()}`)).toBe(true)
    expect((await known.get('/api/state')).headers.get('set-cookie')).toBeNull()
  })

  it('goes on when it cannot be prolonged', async () => {
    let now = Date.now()
    let full = false
    const vault = world.database.vault('web')
    const failing = () => Promise.reject(new Error('the disk is full'))
    const access = await Access.open(
      { ...vault, set: (name, text) => (full ? failing() : vault.set(name, text)) },
      { ...realClock, now: () => now },
    )
    const { secret } = (await access.exchange(access.token))!
    now += 2 * 24 * 3600_000
    full = true
    await expect(access.renew(secret)).rejects.toThrow('full')
    expect(access.admits(secret)).toBe(true)
    full = false
    expect(await access.renew(secret)).toBe(30 * 24 * 3600)
  })

  it('ends when the browser locks itself out', async () => {
    const page = await logIn(running)
    expect((await page.post('/api/lock', {})).status).toBe(200)
    expect((await page.get('/api/state')).status).toBe(401)
  })

  it('is needed for everything private', async () => {
    const stranger = client(running.home, 'bridge_00000000=guess', 'guess')
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
    ['a request without the page’s header', { 'x-bridge-key': '' }],
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
    const inside = ['/', '/app.js', '/api/state', '/nowhere', '/api/nowhere', '/login']
    const outside = ['/', '/healthz', '/nowhere', pathOf().slice(0, -1)]
    for (const answer of await Promise.all([
      ...inside.map((path) => page.get(path)),
      ...outside.map((path) => fetch(running.origin + path, { redirect: 'manual' })),
    ])) {
      const { headers } = answer
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

describe('a port that is taken', () => {
  it('ends the run with a sentence about the port', async () => {
    const port = Number(new URL(running.origin).port)
    await expect(runHub(world, { port })).rejects.toMatchObject({
      failure: { code: 'config', heal: 'never' },
      message: expect.stringContaining('EADDRINUSE'),
    })
  })
})
