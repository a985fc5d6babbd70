import { request } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  friend,
  friendPortal,
  logIn,
  makeWorld,
  mintId,
  type RunningHub,
  runHub,
  type World,
} from '../adapters/web/page-client.ts'

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

const routes = [
  'messages',
  'commands',
  'reads',
  'pictures?chat=x&id=y',
  'lock',
  'letters',
  'nowhere',
]

test('no route that writes does anything for another site', async () => {
  const page = await logIn(running)
  const own = { cookie: page.cookie, host: new URL(running.origin).host }
  const key = { 'x-bridge-key': page.key }
  const origin = 'https://evil.example'
  const foreign: Record<string, string>[] = [
    // A form or a script of another site: the browser adds the cookie, and cannot add the key.
    { ...own, origin },
    { ...own, 'sec-fetch-site': 'cross-site' },
    { ...own, 'sec-fetch-site': 'same-site' },
    // A browser too old to say where a request is from.
    { ...own },
    // Even with the key, which no other site knows.
    { ...own, ...key, origin },
    { ...own, ...key, origin: 'null' },
    { ...own, ...key, origin: `${running.origin}.evil.example` },
    { ...own, ...key, 'sec-fetch-site': 'cross-site' },
    { ...own, ...key, 'sec-fetch-site': 'none' },
    { ...own, ...key, host: 'evil.example', origin: 'http://evil.example' },
  ]
  const words = ['logout']
  const body = JSON.stringify({ id: mintId(), chat: 'wx:100/lin', text: 'hi', words })
  for (const route of routes) {
    for (const headers of foreign) {
      for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded']) {
        const answer = await request(`${running.home}/api/${route}`, {
          method: 'POST',
          headers: { ...headers, 'content-type': type },
          body,
        })
        expect([403, 421], `${route} ${JSON.stringify(headers)}`).toContain(answer.statusCode)
        expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
        await answer.body.dump()
      }
    }
  }
  for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
    const answer = await request(`${running.home}/api/commands`, {
      method,
      headers: { ...own, origin, 'access-control-request-method': 'POST' },
    })
    expect(answer.statusCode).toBe(403)
    await answer.body.dump()
  }
  expect(running.events).toEqual([])
  expect((await page.get('/api/state')).status).toBe(200)
  const open = () => Promise.reject(new Error('nobody asks for it'))
  await running.hub.ensureRoom(friendPortal, friend, open, AbortSignal.timeout(60_000))
  const done = await page.post('/api/messages', { id: mintId(), chat: friend.id, text: 'hi' })
  expect(done.status).toBe(200)
  expect(running.events).toHaveLength(1)
})

test('no answer allows a script that is not a file of the page', async () => {
  const page = await logIn(running)
  const paths = ['/', '/app.js', '/api/state', '/api/nowhere', '/nowhere', '/login?token=x']
  const answers = [
    ...(await Promise.all(paths.map((path) => page.get(path)))),
    await page.get(`/api/media?id=${'x'.repeat(10)}`),
    await page.post('/api/messages', '{'),
    ...(await Promise.all(['/', '/healthz', '/x'].map((path) => fetch(running.origin + path)))),
  ]
  for (const { url, headers } of answers) {
    const policy = new Map(
      (headers.get('content-security-policy') ?? '').split('; ').map((each) => {
        const [name = '', ...sources] = each.split(' ')
        return [name, sources.join(' ')]
      }),
    )
    expect(policy.get('default-src'), url).toBe("'none'")
    for (const name of ['script-src', 'style-src', 'connect-src', 'media-src']) {
      expect(["'self'", undefined], `${url} ${name}`).toContain(policy.get(name))
    }
    expect([...policy.values()].join(' '), url).not.toMatch(/unsafe|https?:|\*/)
    const framed = policy.get('frame-ancestors') === "'none'" || policy.has('sandbox')
    expect(framed && headers.get('x-frame-options'), url).toBe('DENY')
    expect(headers.get('cross-origin-resource-policy'), url).toBe('same-origin')
    expect(headers.get('x-content-type-options'), url).toBe('nosniff')
  }
})
