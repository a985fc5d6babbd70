import { Readable } from 'node:stream'
import { request } from 'undici'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAppservice } from '../../../adapters/matrix/appservice.ts'
import { createMatrixHub, type MatrixHub } from '../../../adapters/matrix/hub.ts'
import { makeRegistration } from '../../../adapters/matrix/registration.ts'
import { hubId } from '../../../src/core/ids.ts'
import type { HubSink } from '../../../src/ports/hub.ts'
import { Inbox } from '../../contract/hub-inbox.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

// The homeserver is away: nothing listens at its address. The door must work all the same.
const registration = makeRegistration({ url: 'http://127.0.0.1:9' })
const transactions = '/_matrix/app/v1/transactions'

describe('the door for the homeserver', () => {
  let vault: ReturnType<typeof memoryVault>
  let log: ReturnType<typeof memoryLog>
  let inbox: Inbox
  let stopping: AbortController
  let running: Promise<void>
  let origin: string

  const start = async () => {
    const hub: MatrixHub = createMatrixHub(
      createAppservice(
        {
          homeserver: { url: 'http://127.0.0.1:9', domain: 'localhost' },
          registration,
          listen: { host: '127.0.0.1', port: 0 },
        },
        { vault, clock: realClock, random: () => 0, log },
      ),
      {
        id: hubId('matrix'),
        owner: '@alice:localhost',
        rate: { concurrency: 1, lane: { count: 1, perMs: 1 }, bucket: { count: 1, perMs: 1 } },
        language: 'en',
      },
      { vault, clock: realClock, random: () => 0, log },
    )
    stopping = new AbortController()
    running = hub.run(inbox, stopping.signal)
    origin = await hub.address
  }
  const stop = async () => {
    stopping.abort()
    await running
  }
  beforeEach(async () => {
    vault = memoryVault()
    log = memoryLog()
    inbox = new Inbox()
    await start()
  })
  afterEach(stop)

  const ask = async (
    method: 'PUT' | 'POST' | 'GET',
    path: string,
    body?: unknown,
    token = registration.hsToken,
  ) => {
    const answer = await request(origin + path, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        'content-type': 'application/json',
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return {
      status: answer.statusCode,
      json: (await answer.body.json()) as Record<string, unknown>,
    }
  }
  const put = (id: string, events: unknown) => ask('PUT', `${transactions}/${id}`, { events })
  const ok = { status: 200, json: {} }
  const event = (id: string, body: string, more: object = {}) => ({
    event_id: id,
    room_id: '!room:localhost',
    sender: '@alice:localhost',
    type: 'm.room.message',
    origin_server_ts: 5,
    content: { msgtype: 'm.text', body },
    ...more,
  })
  const heard = () => inbox.all.map((one) => (one.type === 'message' ? one.text : one.type))

  it('refuses a wrong token before anything else, and accepts nothing', async () => {
    const path = `${transactions}/1`
    const body = { events: [event('$1', 'forged')] }
    const wrong = await ask('PUT', path, body, 'wrong')
    expect(wrong).toMatchObject({ status: 403, json: { errcode: 'M_FORBIDDEN' } })
    expect(await ask('PUT', path, body, '')).toMatchObject({ status: 401 })
    expect(await ask('PUT', path, body, registration.asToken)).toMatchObject({ status: 403 })
    const legacy = await ask('PUT', `${path}?access_token=wrong`, body, '')
    expect(legacy).toMatchObject({ status: 403 })
    const both = await ask('PUT', `${path}?access_token=${registration.hsToken}`, body, 'wrong')
    expect(both).toMatchObject({ status: 403 })
    expect(await ask('POST', '/_matrix/app/v1/ping', {}, 'wrong')).toMatchObject({ status: 403 })
    expect(heard()).toEqual([])
  })

  it('takes the token from the header and from the query, on the new path and the old', async () => {
    expect(await put('1', [event('$1', 'one')])).toEqual(ok)
    const query = `?access_token=${registration.hsToken}`
    const legacy = await ask('PUT', `/transactions/2${query}`, { events: [event('$2', 'two')] }, '')
    expect(legacy).toEqual(ok)
    expect(heard()).toEqual(['one', 'two'])
  })

  it('answers the ping', async () => {
    expect(await ask('POST', '/_matrix/app/v1/ping', { transaction_id: 'x' })).toEqual(ok)
  })

  it('says no to questions about users and rooms, and not found to the rest', async () => {
    const user = await ask('GET', '/_matrix/app/v1/users/@wechat_x:localhost')
    expect(user.status).toBe(404)
    expect((await ask('GET', '/_matrix/app/v1/rooms/%23wechat_x:localhost')).status).toBe(404)
    expect((await ask('GET', '/_matrix/app/v1/thirdparty/user?userid=@x:y')).status).toBe(404)
    const other = await ask('GET', '/elsewhere')
    expect(other).toMatchObject({ status: 404, json: { errcode: 'M_UNRECOGNIZED' } })
  })

  it('answers a transaction only when all of it was accepted, in order', async () => {
    inbox.refuse('second', 3)
    let answered = false
    const putting = put('1', [event('$1', 'first'), event('$2', 'second'), event('$3', 'third')])
    putting.then(
      () => {
        answered = true
      },
      () => {},
    )
    await until(() => inbox.refused > 0, 'a refusal')
    expect(answered).toBe(false)
    expect(heard()).toEqual(['first'])
    const next = put('2', [event('$4', 'fourth')])
    expect(await putting).toEqual(ok)
    expect(await next).toEqual(ok)
    expect(heard()).toEqual(['first', 'second', 'third', 'fourth'])
  })

  it('confirms nothing when it is stopped before it was accepted', async () => {
    inbox.refuse('lost?', Number.POSITIVE_INFINITY)
    const putting = put('1', [event('$1', 'lost?')])
    const outcome = putting.then(
      (answer) => answer.status,
      () => 'cut off',
    )
    await until(() => inbox.refused > 0, 'a refusal')
    await stop()
    expect([503, 'cut off']).toContain(await outcome)
    inbox = new Inbox()
    await start()
    expect(await put('1', [event('$1', 'lost?')])).toEqual(ok)
    expect(heard()).toEqual(['lost?'])
  })

  it('accepts a repeated transaction once, also after a restart', async () => {
    await put('1', [event('$1', 'once')])
    expect(await put('1', [event('$1', 'once', { unsigned: { age: 5 } })])).toEqual(ok)
    await stop()
    await start()
    expect(await put('1', [event('$1', 'once')])).toEqual(ok)
    expect(inbox.texts('once')).toHaveLength(1)
  })

  it('takes two deliveries of one transaction at the same time as one', async () => {
    inbox.refuse('twin', 2)
    const both = await Promise.all([
      put('1', [event('$1', 'twin')]),
      put('1', [event('$1', 'twin')]),
    ])
    expect(both).toEqual([ok, ok])
    expect(inbox.texts('twin')).toHaveLength(1)
  })

  it('accepts other events under a number it has seen: a homeserver set up anew counts from 1', async () => {
    await put('1', [event('$1', 'old server')])
    await put('1', [event('$2', 'new server')])
    expect(heard()).toEqual(['old server', 'new server'])
  })

  it('remembers a bounded number of transactions', async () => {
    for (let n = 0; n < 220; n++) await put(String(n), [event(`$${n}`, 'again')])
    const kept = [...vault.entries.keys()].filter((name) => name.startsWith('transaction/'))
    expect(kept).toHaveLength(200)
  })

  it('tells who has read, takes no receipt of its own, and never fails of either', async () => {
    const receipt = (...users: string[]) => ({
      type: 'm.receipt',
      room_id: '!room:localhost',
      content: { $1: { 'm.read': Object.fromEntries(users.map((user) => [user, { ts: 7 }])) } },
    })
    const body = {
      events: [event('$1', 'before')],
      ephemeral: [receipt('@alice:localhost', '@wechatbot:localhost', '@wechat_me:localhost')],
    }
    expect(await ask('PUT', `${transactions}/1`, body)).toEqual(ok)
    await until(() => inbox.all.length > 1, 'the receipt')
    expect(inbox.all.slice(1)).toMatchObject([
      { type: 'read', room: '!room:localhost', from: '@alice:localhost', at: 7 },
    ])
    const refusing: HubSink['event'] = () => Promise.reject(new Error('not now'))
    inbox.event = refusing
    expect(await ask('PUT', `${transactions}/2`, { ...body, events: [] })).toEqual(ok)
  })

  it('passes over malformed events, says so in the log, and goes on', async () => {
    const junk = [null, 5, 'x', [], {}, { type: 'm.room.message' }, event('$0', 'x', { sender: 7 })]
    const member = { type: 'm.room.member', content: null, state_key: 'no user id' }
    expect(await put('1', [...junk, event('$9', '', member), event('$1', 'fine')])).toEqual(ok)
    expect(heard()).toEqual(['fine'])
    expect(log.lines.filter((line) => line.includes('no room event'))).toHaveLength(junk.length)
  })

  it.each([
    ['not json', 400],
    ['[]', 400],
    ['{}', 400],
    ['{"events":{}}', 400],
    ['', 400],
  ])('refuses the body %s', async (body, status) => {
    expect((await ask('PUT', `${transactions}/1`, body)).status).toBe(status)
    expect(await put('2', [event('$1', 'still open')])).toEqual(ok)
  })

  it('refuses a body without end', async () => {
    const endless = async function* () {
      const chunk = Buffer.alloc(1024 * 1024, ' ')
      for (let n = 0; n < 64; n++) yield chunk
    }
    const outcome = await request(`${origin}${transactions}/1`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${registration.hsToken}` },
      body: Readable.from(endless()),
    }).then(
      (answer) => answer.statusCode,
      () => 'cut off',
    )
    expect([413, 'cut off']).toContain(outcome)
    expect(await put('2', [event('$1', 'still open')])).toEqual(ok)
  })

  it('says that the homeserver cannot be reached, and keeps listening', async () => {
    await until(() => log.text().includes('do not reach each other'), 'the warning')
    expect(log.text()).not.toContain(registration.hsToken)
    expect(log.text()).not.toContain(registration.asToken)
  })

  it('says which address is taken', async () => {
    const port = Number(new URL(origin).port)
    const other = createMatrixHub(
      createAppservice(
        {
          homeserver: { url: 'http://127.0.0.1:9', domain: 'localhost' },
          registration,
          listen: { host: '127.0.0.1', port },
        },
        { vault, clock: realClock, random: () => 0, log },
      ),
      {
        id: hubId('matrix'),
        owner: '@alice:localhost',
        rate: { concurrency: 1, lane: { count: 1, perMs: 1 }, bucket: { count: 1, perMs: 1 } },
        language: 'en',
      },
      { vault, clock: realClock, random: () => 0, log },
    )
    await expect(other.run(inbox, new AbortController().signal)).rejects.toMatchObject({
      message: expect.stringContaining(`127.0.0.1:${port}`),
      failure: { code: 'config', heal: 'never' },
    })
  })
})
