import { connect } from 'node:net'
import { request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAppservice, type MatrixAppservice } from '../../../adapters/matrix/appservice.ts'
import { makeRegistration } from '../../../adapters/matrix/registration.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { accountId, chatId, contactId, portalId, roomId } from '../../../src/core/ids.ts'
import type { Provisioning } from '../../../src/ports/provisioning.ts'
import type { Login } from '../../../src/ports/wechat.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { type LittleHomeserver, littleHomeserver } from './little-homeserver.ts'

const registration = makeRegistration({ url: 'http://127.0.0.1:9' })
const secret = 'a secret of the provisioning API'
const alice = '@alice:localhost'
const bob = '@bob:localhost'
const secretQr = 'https://login.weixin.qq.com/l/SECRET=='
const offline: Login = { state: 'offline', reason: 'loggedOut', relogin: true }
const scan: Login = { state: 'scan', qr: secretQr, attempt: 1 }
const online: Login = {
  state: 'online',
  account: accountId('wx:1'),
  me: { id: contactId('wx:1/me'), name: 'Alice' },
}

/** A person's bridge as far as programs use it. */
class Theirs implements Provisioning {
  now: Login = offline
  told: unknown[] = []
  failure: Error | undefined
  readonly #waiting = new Set<() => void>()
  /** A second account, where there is one, and which door was asked for last. */
  second: Login | undefined
  through: string | undefined
  doors = () => [
    { id: 'main', login: this.now },
    ...(this.second ? [{ id: 'second', login: this.second }] : []),
  ]
  login = (door?: string) => {
    this.through = door
    return door === 'second' && this.second ? this.second : this.now
  }
  async nextLogin(since: Login, signal: AbortSignal) {
    while (this.now === since && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    return this.now
  }
  becomes(login: Login) {
    this.now = login
    for (const wake of this.#waiting) wake()
  }
  begin(options: object = {}, door?: string) {
    this.told.push(door === undefined ? options : [options, door])
    if (this.now.state !== 'offline' || this.now.reason === 'risk') return false
    setTimeout(() => this.becomes(scan), 30)
    return true
  }
  async logout() {
    const was = this.now.state === 'online'
    this.becomes(offline)
    return was
  }
  async chats(words: string, limit: number, offset: number) {
    const all = Array.from({ length: 25 }, (_, n) => ({
      chat: chatId(`wx:1/${n}`),
      kind: n % 2 ? ('group' as const) : ('friend' as const),
      name: `Chat ${n} <b>`,
      ...(n === 0 && { portal: portalId('p0'), room: roomId('!zero:localhost') }),
    }))
    return all.filter(({ name }) => name.includes(words)).slice(offset, offset + limit)
  }
  async link(chat: string, room?: string) {
    if (this.failure) throw this.failure
    this.told.push([chat, room])
    return roomId(room ?? '!made:localhost')
  }
  async unlink(room: string) {
    this.told.push(room)
    return room === '!zero:localhost'
  }
}

describe('the provisioning API', () => {
  let homeserver: LittleHomeserver
  let vault: ReturnType<typeof memoryVault>
  let log: ReturnType<typeof memoryLog>
  let service: MatrixAppservice
  let theirs: Map<string, Theirs>
  let hers: Theirs
  let stop: AbortController
  let over: Promise<void>

  const start = async (provisioning: { secret: string } | null = { secret }) => {
    service = createAppservice(
      {
        homeserver: { url: homeserver.url, domain: 'localhost' },
        registration,
        listen: { host: '127.0.0.1', port: 0 },
        admin: alice,
        permissions: { [bob]: 'user', localhost: 'relay' },
        ...(provisioning && { provisioning }),
      },
      {
        vault,
        clock: realClock,
        random: () => 0,
        log,
        provisioning: (user) => theirs.get(user),
        newcomer: async (user) => {
          theirs.set(user, new Theirs())
          return true
        },
      },
    )
    const inhabitant = { owner: alice, names: service.names(), read: () => undefined }
    stop = new AbortController()
    over = service.house(inhabitant, stop.signal)
    await Promise.race([service.address, over])
  }
  const end = async () => {
    stop.abort(new Error('the test ends it'))
    await over
  }
  beforeEach(async () => {
    homeserver = await littleHomeserver()
    vault = memoryVault()
    log = memoryLog()
    hers = new Theirs()
    theirs = new Map([[alice, hers]])
    await start()
  })
  afterEach(async () => {
    await end()
    await homeserver.stop()
  })

  const ask = async (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    more: { body?: unknown; user?: string | null; token?: string | null } = {},
  ) => {
    const { body, user = alice, token = secret } = more
    const where = new URL(`${await service.address}/_matrix/provision/v1/${path}`)
    if (user !== null) where.searchParams.set('user_id', user)
    const answer = await request(where, {
      method,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return {
      status: answer.statusCode,
      json: (await answer.body.json()) as Record<string, unknown>,
    }
  }
  const error = (status: number, errcode: string) => ({
    status,
    json: { errcode, error: expect.stringMatching(/^[A-Z"].*\.$/) },
  })

  it('opens to the secret alone', async () => {
    for (const token of ['', 'wrong', `${secret}x`, registration.hsToken, registration.asToken]) {
      const answer = await ask('GET', 'whoami', { token })
      expect([401, 403]).toContain(answer.status)
      expect(answer.json.errcode).toMatch(/^M_(UNKNOWN|MISSING)_TOKEN$/)
    }
    expect(await ask('GET', 'whoami', { token: null })).toEqual(error(401, 'M_MISSING_TOKEN'))
    expect(await ask('POST', 'logout', { token: 'wrong' })).toEqual(error(403, 'M_UNKNOWN_TOKEN'))
    expect((await ask('GET', 'whoami')).status).toBe(200)
    expect(log.text()).not.toContain(secret)
  })

  it('names the door that is meant, where a person has several', async () => {
    expect((await ask('GET', 'whoami')).json).not.toHaveProperty('doors')
    hers.second = { state: 'scanned', verify: true }
    expect((await ask('GET', 'whoami')).json).toMatchObject({
      doors: [{ door: 'main' }, { door: 'second', state: 'scanned', verify: true }],
    })
    const waiting = await ask('GET', 'login/wait?door=second')
    expect(waiting.json).toMatchObject({ state: 'scanned', verify: true })
    await ask('POST', 'login/start/qr', { body: { door: 'second', verify: '12' } })
    expect(hers.told).toEqual([[{ verify: '12' }, 'second']])
    expect(await ask('GET', 'login/wait?door=')).toEqual(error(400, 'M_INVALID_PARAM'))
  })

  it('is not there without a secret', async () => {
    await end()
    await start(null)
    const shut = await ask('GET', 'whoami', { token: registration.hsToken })
    expect(shut.status).toBe(404)
    expect((await ask('GET', 'whoami')).status).toBe(403)
  })

  it('is for people who may have an account here, whom every request names', async () => {
    expect(await ask('GET', 'whoami', { user: null })).toEqual(error(400, 'M_INVALID_PARAM'))
    for (const user of ['', 'alice', '@alice', '@a:b c', `@${'x'.repeat(300)}:b`, '@a\u0000:b']) {
      expect(await ask('GET', 'whoami', { user })).toEqual(error(400, 'M_INVALID_PARAM'))
    }
    const relayed = await ask('GET', 'whoami', { user: '@carol:localhost' })
    expect(relayed).toEqual(error(403, 'M_FORBIDDEN'))
    expect((await ask('POST', 'logout', { user: '@eve:else' })).status).toBe(403)
    expect(await ask('GET', 'chats', { user: bob })).toEqual(error(404, 'M_NOT_FOUND'))
    const his = await ask('GET', 'whoami', { user: bob })
    expect(his).toMatchObject({ status: 200, json: { user_id: bob, level: 'user', login: null } })
    expect((await ask('GET', 'whoami')).json).toMatchObject({
      user_id: alice,
      level: 'admin',
      bridge: 'wechat',
      bridge_bot: '@wechatbot:localhost',
      login: { state: 'offline', reason: 'loggedOut', can_log_in: true },
    })
  })

  it('logs in: the code, the scan, and who it is', async () => {
    const begun = await ask('POST', 'login/start/qr', { body: { code: true } })
    expect(begun).toMatchObject({ status: 200, json: { state: 'scan', qr: secretQr } })
    expect(hers.told).toEqual([{ code: true }])
    const since = String(begun.json.state_id)
    expect((await ask('GET', 'login/wait')).json).toEqual(begun.json)
    const waiting = ask('POST', 'login/wait', { body: { since } })
    await new Promise((resolve) => setImmediate(resolve))
    hers.becomes({ state: 'scanned', avatar: 'data:image/png;base64,AAAA' })
    const seen = (await waiting).json
    expect(seen).toEqual({ state: 'scanned', state_id: expect.any(String) })
    hers.becomes(online)
    const done = await ask('GET', `login/wait?since=${seen.state_id}`)
    expect(done.json).toMatchObject({ state: 'online', account_id: 'wx:1', name: 'Alice' })
    const again = await ask('POST', 'login/start/qr')
    expect(again).toEqual(error(409, 'NET.WECHAT_BRIDGE.LOGGED_IN'))
    expect((await ask('POST', 'logout')).json).toEqual({ logged_out: true })
    expect((await ask('POST', 'logout')).json).toEqual({ logged_out: false })
    expect(log.text()).not.toContain('SECRET')
  })

  it('asks for the risk to be accepted', async () => {
    hers.becomes({ state: 'offline', reason: 'risk', relogin: true })
    const answer = await ask('POST', 'login/start/qr')
    expect(answer).toMatchObject({ status: 409, json: { errcode: 'NET.WECHAT_BRIDGE.RISK' } })
    expect(answer.json.login).toMatchObject({ reason: 'risk' })
    const wrong = await ask('POST', 'login/start/qr', { body: { accept_risk: 'yes' } })
    expect(wrong).toEqual(error(400, 'M_INVALID_PARAM'))
    hers.begin = (options = {}) => {
      hers.told.push(options)
      hers.becomes(scan)
      return true
    }
    const accepted = await ask('POST', 'login/start/qr', { body: { accept_risk: true } })
    expect(accepted).toMatchObject({ status: 200, json: { state: 'scan' } })
    expect(hers.told).toEqual([{}, { acceptRisk: true }])
  })

  it('makes a bridge for somebody who logs in and may', async () => {
    const begun = await ask('POST', 'login/start/qr', { user: bob })
    expect(begun).toMatchObject({ status: 200, json: { state: 'scan' } })
    expect(theirs.get(bob)).toBeDefined()
  })

  it('gives up waiting when it stops', async () => {
    hers.becomes(scan)
    const { state_id } = (await ask('GET', 'login/wait')).json
    const waiting = ask('GET', `login/wait?since=${state_id}`).catch(() => 'cut off')
    await new Promise((resolve) => setTimeout(resolve, 50))
    await end()
    expect(await waiting).toBeDefined()
    await start()
  })

  it('lists chats by pages and by words', async () => {
    const { json } = await ask('GET', 'chats?limit=10')
    expect(json.next_offset).toBe(10)
    const chats = json.chats as object[]
    expect(chats).toHaveLength(10)
    expect(chats[0]).toEqual({
      chat_id: 'wx:1/0',
      kind: 'friend',
      name: 'Chat 0 <b>',
      portal_id: 'p0',
      room_id: '!zero:localhost',
    })
    const last = (await ask('GET', 'chats?limit=10&offset=20')).json
    expect(last.chats).toHaveLength(5)
    expect(last.next_offset).toBeUndefined()
    const friends = (await ask('GET', 'contacts?q=Chat%201&limit=3')).json
    const names = (friends.chats as { name: string }[]).map(({ name }) => name)
    expect(names).toEqual(['Chat 10 <b>', 'Chat 12 <b>', 'Chat 14 <b>'])
    for (const bad of ['limit=-1', 'limit=1000', 'limit=x', 'offset=1e3']) {
      expect(await ask('GET', `chats?${bad}`)).toEqual(error(400, 'M_INVALID_PARAM'))
    }
  })

  it('gives a chat its room, or another one, and takes it away', async () => {
    const chat = encodeURIComponent('wx:1/5')
    const made = await ask('POST', `create_dm/${chat}`)
    expect(made.json).toEqual({ room_id: '!made:localhost' })
    homeserver.answers = ({ path }) =>
      path.endsWith(`/!mine:else/state/m.room.member/${alice}`)
        ? { status: 200, body: { membership: 'join' } }
        : path.includes('/!theirs:else/')
          ? { status: 403, body: { errcode: 'M_FORBIDDEN', error: 'not in it' } }
          : { status: 200, body: { membership: 'invite' } }
    for (const room_id of ['!theirs:else', '!invited:else']) {
      const refused = await ask('PUT', `link/${chat}`, { body: { room_id } })
      expect(refused).toEqual(error(403, 'M_FORBIDDEN'))
    }
    const linked = await ask('PUT', `link/${chat}`, { body: { room_id: '!mine:else' } })
    expect(linked.json).toEqual({ room_id: '!mine:else' })
    const zero = encodeURIComponent('!zero:localhost')
    expect(await ask('DELETE', `link/${zero}`)).toEqual({ status: 200, json: {} })
    expect(await ask('DELETE', 'link/!other:x')).toEqual(error(404, 'M_NOT_FOUND'))
    expect(hers.told).toEqual([
      ['wx:1/5', undefined],
      ['wx:1/5', '!mine:else'],
      '!zero:localhost',
      '!other:x',
    ])
  })

  it('never touches a room of somebody else', async () => {
    await vault.set('place/!his:localhost', bob)
    const put = await ask('PUT', 'link/wx%3A1%2F5', { body: { room_id: '!his:localhost' } })
    expect(put).toEqual(error(403, 'M_FORBIDDEN'))
    expect(await ask('DELETE', 'link/!his:localhost')).toEqual(error(403, 'M_FORBIDDEN'))
    expect(hers.told).toEqual([])
  })

  it('is not fooled by how a request is written', async () => {
    const origin = `${await service.address}/_matrix/provision/v1`
    const raw = async (method: string, path: string, body?: string) => {
      const answer = await request(`${origin}/${path}`, {
        method: method as 'GET',
        headers: { authorization: `Bearer ${secret}` },
        ...(body !== undefined && { body }),
      })
      return { status: answer.statusCode, text: await answer.body.text() }
    }
    const his = `user_id=${encodeURIComponent(bob)}`
    const hers = `user_id=${encodeURIComponent(alice)}`
    expect(JSON.parse((await raw('GET', `whoami?${his}&${hers}`)).text).user_id).toBe(bob)
    expect((await raw('HEAD', `whoami?${hers}`)).status).toBe(405)
    expect((await raw('OPTIONS', `whoami?${hers}`)).status).toBe(405)
    for (const path of ['../v1/../v2/whoami', '..%2f..%2fx', 'link/../../x', 'whoami/../..']) {
      expect((await raw('GET', `${path}?${hers}`)).status, path).toBeGreaterThanOrEqual(400)
    }
    const large = JSON.stringify({ code: false, more: 'x'.repeat(1_000_000) })
    const answered = await raw('POST', `login/start/qr?${hers}`, large).catch(() => undefined)
    expect([413, undefined]).toContain(answered?.status)
    expect(theirs.get(alice)?.told).toEqual([])
    const both = await Promise.all([1, 2, 3].map(() => ask('POST', 'login/start/qr')))
    expect(new Set(both.map(({ json }) => json.state_id)).size).toBe(1)
    expect((await ask('GET', 'whoami')).status).toBe(200)
  })

  it('says what is wrong with a request, and stays open', async () => {
    const link = (body: unknown) => ask('PUT', 'link/c', { body })
    for (const body of ['not json', '[]', '"x"']) expect((await link(body)).status).toBe(400)
    for (const room_id of ['', 5, null, '#alias:x', 'room', '!a b', `!${'x'.repeat(300)}`]) {
      expect(await link({ room_id })).toEqual(error(400, 'M_INVALID_PARAM'))
    }
    expect(await link({ room_id: 'x'.repeat(70_000) })).toEqual(error(413, 'M_TOO_LARGE'))
    expect(await ask('POST', 'create_dm/%ff')).toEqual(error(400, 'M_INVALID_PARAM'))
    expect(await ask('GET', 'nothing/here')).toEqual(error(404, 'M_UNRECOGNIZED'))
    expect(await ask('DELETE', 'whoami')).toEqual(error(405, 'M_UNRECOGNIZED'))
    hers.failure = new BridgeError('There is no such chat. Nothing was changed.', {
      code: 'gone',
      heal: 'never',
      certain: true,
    })
    expect(await ask('POST', 'create_dm/c')).toEqual(error(404, 'M_NOT_FOUND'))
    hers.failure = new Error('a secret of the code')
    const bug = await ask('POST', 'create_dm/c')
    expect(bug).toEqual(error(500, 'M_UNKNOWN'))
    expect(JSON.stringify(bug.json)).not.toContain('secret')
    const { hostname, port } = new URL(await service.address)
    const socket = connect(Number(port), hostname)
    socket.write('GET //_matrix/provision/v1/whoami?user_id=%zz HTTP/1.1\r\nHost: [\r\n\r\n')
    await new Promise((resolve) => socket.once('data', resolve))
    socket.destroy()
    await until(async () => (await ask('GET', 'whoami')).status === 200, 'an answer')
  })
})
