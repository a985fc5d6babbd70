import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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

const prefixOf = ({ home }: RunningHub) => new URL(home).pathname.slice(1)
describe('the folder of the page', () => {
  it('is 128 random bits, the same at each start of one installation', async () => {
    const prefix = prefixOf(running)
    expect(prefix).toMatch(/^[0-9a-v]{26}$/)
    expect(await running.hub.address).toBe(
      `${running.origin}/${prefix}/login?token=${running.token}`,
    )
    await running.stop()
    running = await runHub(world)
    expect(prefixOf(running)).toBe(prefix)
    const other = await makeWorld()
    const elsewhere = await runHub(other)
    expect(prefixOf(elsewhere)).not.toBe(prefix)
    await elsewhere.stop()
    await other.drop()
  })

  it('holds everything: outside of it is a page that says where to look, in both languages', async () => {
    const { cookie, key } = await logIn(running)
    const outside = client(running.origin, cookie, key)
    const guess = '0'.repeat(26)
    for (const path of ['/', '/login', '/app.js', '/api/state', '/api/media?id=x', `/${guess}/`]) {
      const answer = await outside.get(path)
      expect([path, answer.status]).toEqual([path, 404])
      const text = await answer.text()
      expect(text).toContain('Open the address that the bridge printed')
      expect(text).toContain('请打开桥启动时打印的地址')
      const told = text + JSON.stringify([...answer.headers])
      expect(told).not.toContain(prefixOf(running))
    }
    const token = await outside.get(`/login?token=${running.token}`)
    expect([token.status, token.headers.get('set-cookie')]).toEqual([404, null])
    expect((await outside.post('/api/commands', { id: mintId(), words: ['x'] })).status).toBe(404)
  })

  it('is found without the slash at its end', async () => {
    const answer = await fetch(running.home)
    expect([answer.status, answer.url]).toEqual([200, `${running.home}/`])
    expect(await answer.text()).toContain('<div id="app">')
  })

  it('is a new one where an older version kept sessions for every port', async () => {
    await running.stop()
    const until = Date.now() + 1e9
    const old = { cookie: 'bridge_00000000', sessions: [{ hash: 'x', until }] }
    await world.database.vault('web').set('access', JSON.stringify(old))
    running = await runHub(world)
    expect(prefixOf(running)).toMatch(/^[0-9a-v]{26}$/)
    expect((await logIn(running)).cookie).not.toContain('bridge_00000000')
  })
})

describe('a public address', () => {
  const publicUrl = 'https://chats.example.org'
  let local: string

  /** Where it listens is not what it prints: so it listens where the one before did. */
  async function behind(proxy: string): Promise<void> {
    local = running.origin
    await running.stop()
    running = await runHub(world, { port: Number(new URL(local).port), publicUrl: proxy })
  }

  /** As a proxy asks: with any Host header, which `fetch` would set itself. */
  const ask = (path: string, headers: Record<string, string>, body?: object) =>
    new Promise<{ status: number; cookie: string; location: string }>((resolve, reject) => {
      const url = `${local}/${prefixOf(running)}${path}`
      const asking = request(url, { method: body ? 'POST' : 'GET', headers }, (answer) => {
        answer.resume()
        resolve({
          status: answer.statusCode ?? 0,
          cookie: answer.headers['set-cookie']?.[0] ?? '',
          location: answer.headers.location ?? '',
        })
      })
      asking.once('error', reject).end(body && JSON.stringify(body))
    })

  it('is what is printed', async () => {
    await behind(publicUrl)
    const { href } = new URL(await running.hub.address)
    expect(href).toBe(`${publicUrl}/${prefixOf(running)}/login?token=${running.token}`)
  })

  it('is a name and an origin of the page, whichever Host the proxy passes on', async () => {
    await behind(publicUrl)
    const { cookie, location } = await ask(`/login?token=${running.token}`, {
      host: 'chats.example.org',
    })
    const known = {
      cookie: cookie.split(';')[0] ?? '',
      'x-bridge-key': location.split('#key=')[1] ?? '',
      'content-type': 'application/json',
      'sec-fetch-site': 'same-origin',
    }
    const post = (host: string, origin: string) =>
      ask('/api/nothing', { ...known, host, origin }, {})
    expect((await post('chats.example.org', publicUrl)).status).toBe(404)
    expect((await post('127.0.0.1:8686', publicUrl)).status).toBe(404)
    for (const origin of ['http://chats.example.org', 'https://chats.example.org:444', 'null']) {
      expect((await post('127.0.0.1:8686', origin)).status).toBe(403)
    }
    expect((await post('evil.example', publicUrl)).status).toBe(421)
    expect((await post('evil.chats.example.org', publicUrl)).status).toBe(421)
  })

  it.each([
    [publicUrl, true],
    ['http://chats.example.org', false],
  ])('makes the cookie one for TLS only, where it is TLS: %s', async (proxy, secure) => {
    await behind(proxy)
    const { cookie } = await ask(`/login?token=${running.token}`, { host: 'chats.example.org' })
    expect(cookie).toContain('HttpOnly')
    expect(cookie.split('; ').includes('Secure')).toBe(secure)
  })

  it('is no name of a page that has none', async () => {
    local = running.origin
    expect((await ask('/', { host: 'chats.example.org' })).status).toBe(421)
    expect((await ask('/', { host: '127.0.0.1' })).status).toBe(200)
  })
})
