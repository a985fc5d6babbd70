import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { faultOf } from '../../../adapters/wechat-http/faults.ts'
import { Facts, runConnector, textOf } from '../../contract/connector/bench.ts'
import { failure, sendText } from '../../contract/connector/jobs.ts'
import { freePort } from '../../support/free-port.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { friendChat, signed } from './full-gateway.ts'
import { connectorTo, secret } from './lab.ts'
import { noPython, PythonGateway } from './python-gateway.ts'
import { stage } from './stage.ts'

const states = (facts: Facts) =>
  facts.logins.map((each) => ('reason' in each ? `${each.state} ${each.reason}` : each.state))

const why = noPython()
const inPython = why ? test.skip : test

/** A gateway in Python with somebody logged in, and a connector through it. */
async function python() {
  const folder = await mkdtemp(join(tmpdir(), 'wechat-gateway-'))
  const port = await freePort()
  const bridge = `http://127.0.0.1:${port}`
  const gateway = new PythonGateway({ file: join(folder, 'state.json'), secret, bridge })
  await gateway.start()
  await gateway.ask({ do: 'login', state: 'online', account: { id: 'wxid_me', name: 'Me' } })
  const vault = memoryVault()
  const at = {
    gateway: `http://127.0.0.1:${gateway.port}`,
    listen: { host: '127.0.0.1', port },
  }
  const start = () => runConnector(connectorTo(at, vault, memoryLog()), new Facts())
  const one = start()
  await until(() => one.facts.chats.size >= 2, 'the chats')
  const close = async () => {
    await one.stop()
    await gateway.kill()
    await rm(folder, { recursive: true })
  }
  const sent = async () => {
    const { sent } = (await gateway.ask({ do: 'look' })) as {
      sent: Record<string, { text: string }>
    }
    return Object.values(sent).map(({ text }) => text)
  }
  return { gateway, one, sent, start, [Symbol.asyncDispose]: close }
}

inPython(
  `a gateway that dies is told of once, keeps nothing that was not kept, and is taken up again${why ? ` (skipped: ${why})` : ''}`,
  async () => {
    await using at = await python()
    const { gateway, one } = at
    const chat = await until(() => one.facts.chat('friend', '林小满'))
    await gateway.ask({ do: 'say', text: 'before' })
    await one.facts.said('before')
    one.facts.refuse = (each) => textOf(each) === 'waiting'
    await gateway.ask({ do: 'say', text: 'waiting' })
    await until(() => gateway.errors.includes('503'), 'the refusal')
    const port = gateway.port
    await gateway.kill()
    await until(() => one.facts.last()?.state === 'offline', 'its absence')
    const job = sendText(chat.id, 'while you were away')
    for (let round = 0; round < 3; round++) {
      const { failure: what } = await failure(one.send(job))
      expect(what).toMatchObject({ code: 'network', heal: 'retry', certain: true })
    }
    expect(await one.connector.find(job, Date.now(), AbortSignal.timeout(5000))).toBe('absent')
    expect(one.connector.login()).toBe(false)
    await new Promise((done) => setTimeout(done, 1000))
    expect(states(one.facts)).toEqual(['online', 'offline unreachable'])
    expect(one.facts.last()).toMatchObject({ relogin: false })
    one.facts.refuse = () => false
    await gateway.start()
    expect(gateway.port).toBe(port)
    await one.facts.said('waiting')
    await until(() => one.facts.last()?.state === 'online', 'its return')
    await one.send(job)
    await one.send(job)
    expect(await at.sent()).toEqual(['while you were away'])
    expect(states(one.facts)).toEqual(['online', 'offline unreachable', 'online'])
    expect(one.facts.texts()).toEqual(['before', 'waiting'])
  },
)

inPython(
  `the gateway in Python answers nobody who does not sign rightly and now${why ? ` (skipped: ${why})` : ''}`,
  async () => {
    await using at = await python()
    const origin = `http://127.0.0.1:${at.gateway.port}`
    const path = '/v1/chats'
    const ask = async (headers: Record<string, string>) =>
      (await fetch(`${origin}${path}`, { headers })).status
    expect(await ask(signed('GET', path, ''))).toBe(200)
    expect(await ask({})).toBe(401)
    expect(await ask(signed('GET', '/v1/login', ''))).toBe(401)
    expect(await ask(signed('GET', path, '', Date.now() - 400_000))).toBe(401)
    expect(await ask(signed('GET', path, '', Date.now() + 400_000))).toBe(401)
    const body = JSON.stringify({ client_id: 'c', chat: 'wxid_lin', kind: 'text', text: 'forged' })
    const headers = signed('POST', '/v1/messages', body.replace('forged', 'signed'))
    const forged = await fetch(`${origin}/v1/messages`, { method: 'POST', body, headers })
    expect(forged.status).toBe(401)
    expect(await at.sent()).toEqual([])
  },
)

inPython(
  `the gateway in Python sends once what is asked for twice at once, and nothing for another account${why ? ` (skipped: ${why})` : ''}`,
  async () => {
    await using at = await python()
    const origin = `http://127.0.0.1:${at.gateway.port}`
    const ask = async (path: string, body?: object) => {
      const text = body === undefined ? '' : JSON.stringify(body)
      const method = body === undefined ? 'GET' : 'POST'
      const headers = signed(method, path, text)
      const answer = await fetch(`${origin}${path}`, {
        method,
        headers,
        ...(body && { body: text }),
      })
      return [answer.status, await answer.json()] as const
    }
    let give: () => void = () => undefined
    let fetched = 0
    const place = createServer((_, response) => {
      fetched += 1
      give = () => void response.end('bytes')
    })
    await new Promise<void>((done) => place.listen(0, '127.0.0.1', done))
    const url = `http://127.0.0.1:${(place.address() as AddressInfo).port}/`
    const wanted = {
      client_id: 'c',
      account: 'wxid_me',
      chat: 'wxid_lin',
      kind: 'image',
      media: { url },
    }
    const first = ask('/v1/messages', wanted)
    await until(() => fetched === 1, 'the first')
    expect(await ask('/v1/messages', wanted)).toMatchObject([500, {}])
    expect(await ask('/v1/messages?client_id=c')).toEqual([200, { state: 'unknown' }])
    give()
    expect((await first)[0]).toBe(200)
    expect(await ask('/v1/messages?client_id=c')).toMatchObject([200, { state: 'sent' }])
    const other = { client_id: 'd', account: 'wxid_b', chat: 'wxid_lin', kind: 'text', text: 'x' }
    expect(await ask('/v1/messages', other)).toMatchObject([409, {}])
    expect(await ask('/v1/messages?client_id=d')).toEqual([200, { state: 'absent' }])
    expect(await at.sent()).toHaveLength(1)
    place.closeAllConnections()
    place.close()
  },
)

test('a send whose answer was lost may have gone; it is found, and is not sent again', async () => {
  await using at = await stage()
  at.gateway.echoes = false
  const chat = await until(() => at.one.facts.chat('friend', '林小满'))
  const job = sendText(chat.id, 'once')
  const since = Date.now()
  await lose(at, async () => {
    const { failure: what } = await failure(at.one.send(job))
    expect(what).toMatchObject({ certain: false, heal: 'retry' })
  })
  const found = await at.one.connector.find(job, since, AbortSignal.timeout(5000))
  expect(found).toMatchObject({ ids: [...at.gateway.sent.values()][0]?.ids })
  expect(at.gateway.sent.size).toBe(1)
  // It is known from now on, whatever becomes of the gateway.
  await at.gateway.close()
  const again = await at.one.connector.find(job, since, AbortSignal.timeout(5000))
  expect(again).toMatchObject({ ids: [...at.gateway.sent.values()][0]?.ids })
})

test('a send whose answer was lost is told as delivered when it comes back, and not as news', async () => {
  await using at = await stage({ capabilities: { find: false } })
  at.gateway.echoes = false
  const chat = await until(() => at.one.facts.chat('friend', '林小满'))
  const job = sendText(chat.id, 'once')
  const since = Date.now()
  await lose(at, async () => void (await failure(at.one.send(job))))
  expect(await at.one.connector.find(job, since, AbortSignal.timeout(5000))).toBe('unknown')
  const [id] = [...at.gateway.sent.values()][0]?.ids ?? []
  const echo = { id: String(id), from: 'me', client_id: job.clientId } as const
  at.gateway.say({ kind: 'text', text: 'once' }, echo)
  await until(() => at.one.facts.echoes.get(job.key), 'the echo')
  expect(at.one.facts.echoes.get(job.key)).toMatchObject({ ids: [id] })
  at.gateway.say({ kind: 'text', text: 'after' })
  await at.one.facts.said('after')
  expect(at.one.facts.texts()).toEqual(['after'])
  expect(await at.one.connector.find(job, since, AbortSignal.timeout(5000))).toMatchObject({
    ids: [id],
  })
})

test('an echo without a client_id that comes before the answer is no news', async () => {
  await using at = await stage()
  at.gateway.echoes = false
  const send = at.gateway.send.bind(at.gateway)
  at.gateway.send = async (asked) => {
    const answer = await send(asked)
    const { ids } = answer.body as { ids: string[] }
    at.gateway.say({ kind: 'text', text: 'mine' }, { id: String(ids[0]), from: 'me' })
    await until(() => at.proxy.seen.length > 0)
    await new Promise((done) => setTimeout(done, 300))
    return answer
  }
  const chat = await until(() => at.one.facts.chat('friend', '林小满'))
  await at.one.send(sendText(chat.id, 'mine'))
  at.gateway.say({ kind: 'text', text: 'after' })
  await at.one.facts.said('after')
  expect(at.one.facts.texts()).toEqual(['after'])
})

const refusals = [
  [404, { error: 'no_such_chat' }, { code: 'gone', heal: 'never', certain: true }],
  [409, { error: 'offline' }, { code: 'session', heal: 'relogin', certain: true }],
  [413, { error: 'x' }, { code: 'tooLarge', heal: 'never', certain: true }],
  [
    422,
    { error: 'blocked', message: 'you are not friends' },
    { code: 'refused', certain: true, said: 'you are not friends' },
  ],
  [429, { error: 'slow' }, { code: 'rate', heal: 'wait', afterMs: 7000, certain: true }],
  [503, { error: 'later' }, { heal: 'retry', certain: true }],
  [401, { error: 'unauthorised' }, { code: 'config', certain: true }],
  [404, '<html>no such page', { certain: false }],
  [500, { error: 'oops' }, { certain: false }],
  [502, 'Bad gateway', { certain: false }],
  [200, { ids: [] }, { certain: false }],
  [200, { ids: [12345] }, { certain: false }],
  [200, 'ok', { certain: false }],
  [302, '', { certain: false }],
] as const

test('what the gateway answers to a send says whether it went', async () => {
  await using at = await stage()
  const chat = await until(() => at.one.facts.chat('friend', '林小满'))
  for (const [status, body, wanted] of refusals) {
    at.gateway.send = async () => ({ status, headers: { 'retry-after': '7' }, body })
    const { failure: what } = await failure(at.one.send(sendText(chat.id, 'x')))
    expect([status, what]).toEqual([status, expect.objectContaining(wanted)])
  }
  expect(at.log.text()).not.toContain(secret)
})

test('a gateway that takes no signature of ours is told of as such, once, and tried again', async () => {
  const port = await freePort()
  await using at = await stage()
  const log = memoryLog()
  const other = { gateway: at.proxy.origin, secret: 'another secret, as long' }
  const connector = connectorTo(
    { ...other, listen: { host: '127.0.0.1', port } },
    memoryVault(),
    log,
  )
  const one = runConnector(connector, new Facts())
  await until(() => one.facts.last()?.state === 'offline')
  const [told] = one.facts.logins
  expect(told).toMatchObject({ reason: 'refused', relogin: false })
  expect(told).toHaveProperty('detail', expect.stringMatching(/the same secret on both sides/))
  const asked = at.proxy.seen.length
  await until(() => at.proxy.seen.length > asked + 5, 'further tries')
  expect(one.facts.logins).toHaveLength(1)
  expect(log.text()).not.toContain(other.secret)
  await one.stop()
})

test('a state of the login that no event told of is found', async () => {
  await using at = await stage()
  at.gateway.login = { state: 'offline', reason: 'expired', detail: 'too <b>long' }
  await until(() => at.one.facts.last()?.state === 'offline')
  expect(at.one.facts.last()).toMatchObject({ reason: 'expired', detail: 'too <b>long' })
  at.gateway.login = { state: 'offline', reason: 'logged_out' }
  await new Promise((done) => setTimeout(done, 800))
  expect(at.one.facts.logins).toHaveLength(2)
  at.gateway.login = { state: 'online', account: { id: 'wxid_me', name: 'other <name>' } }
  await until(() => at.one.facts.last()?.state === 'online')
  expect(at.one.facts.last()).toMatchObject({ me: { name: 'other <name>' } })
})

test('a login that cannot be begun is said so, and can be begun again', async () => {
  await using at = await stage()
  at.gateway.logIn({ state: 'offline', reason: 'kicked' })
  await until(() => at.one.facts.last()?.state === 'offline')
  at.gateway.noLogin = true
  expect(at.one.connector.login()).toBe(true)
  expect(at.one.connector.login()).toBe(false)
  await until(() => at.one.facts.logins.length === 3, 'the failure')
  expect(at.one.facts.last()).toMatchObject({
    reason: 'kicked',
    detail: expect.stringMatching(/not begun/),
    relogin: true,
  })
  at.gateway.noLogin = false
  await until(() => at.one.connector.login(), 'a login that can be begun')
  await until(() => at.one.facts.last()?.state === 'scan', 'the code')
})

test('what is asked for goes on behind the cursor after a restart, and nothing is told twice', async () => {
  await using at = await stage({ events: 'pull' })
  for (let count = 0; count < 25; count++) at.gateway.say({ kind: 'text', text: `n${count}` })
  await at.one.facts.said('n24')
  await until(() => at.vault.entries.get('gateway')?.includes('"cursor":"25"'), 'the cursor')
  await at.one.stop()
  at.gateway.say({ kind: 'text', text: 'meanwhile' })
  const again = at.start()
  await again.facts.said('meanwhile')
  expect(again.facts.texts()).toEqual(['meanwhile'])
  const after = at.proxy.seen.filter(({ path }) => path.startsWith('/v1/events'))
  expect(after.at(-1)?.path).toMatch(/after=2[56]/)
})

test('a cursor that the gateway has forgotten is told to the log, and all it has is taken', async () => {
  await using at = await stage({ events: 'pull' })
  at.gateway.say({ kind: 'text', text: 'one' })
  await at.one.facts.said('one')
  await at.one.stop()
  const kept = JSON.parse(at.vault.entries.get('gateway') ?? '{}') as object
  at.vault.entries.set('gateway', JSON.stringify({ ...kept, cursor: 'forgotten' }))
  const again = at.start()
  await again.facts.said('one')
  expect(at.log.text()).toMatch(/error .*something may be missing/)
})

test('sends only to chats of the account that is logged in', async () => {
  await using at = await stage()
  const chat = await until(() => at.one.facts.chat('friend', '林小满'))
  at.gateway.logIn({ state: 'online', account: { id: 'wxid_b', name: 'B' } })
  await until(() => {
    const last = at.one.facts.last()
    return last?.state === 'online' && last.account === 'http:wxid_b'
  })
  const job = sendText(chat.id, 'to whom?')
  expect(() => at.one.connector.check?.(job)).toThrow(/another account/)
  const { failure: what } = await failure(at.one.send(job))
  expect(what).toMatchObject({ code: 'session', certain: true })
  expect(at.gateway.sent.size).toBe(0)
  expect(friendChat.id).toBe('wxid_lin')
})

test('an absence is told once, however it shows', async () => {
  await using at = await stage()
  const garbage = ['reset', 'html', '500', 'truncated', 'empty', 'json', 'reset', '500'] as const
  at.proxy.garble([...garbage, ...garbage])
  await until(() => at.proxy.left() === 0, 'the end of the garbage')
  await until(() => at.one.facts.last()?.state === 'online')
  expect(states(at.one.facts)).toEqual(['online', 'offline unreachable', 'online'])
})

test('a send that finds nobody there makes the bridge look, however long it would have waited', async () => {
  const slow = { beatMs: 60_000, firstPauseMs: 50, lastPauseMs: 100 }
  await using at = await stage({ options: { timings: { ...slow, askMs: 2000 } } })
  const chat = await until(() => at.one.facts.chat('friend', '林小满'))
  await at.proxy.close()
  const { failure: what } = await failure(at.one.send(sendText(chat.id, 'anybody?')))
  expect(what).toMatchObject({ heal: 'retry', certain: true })
  await until(() => at.one.facts.last()?.state === 'offline', 'its absence', 5000)
})

test('after a kick the gateway is asked to send nothing, and nothing is begun by itself', async () => {
  await using at = await stage()
  const chat = await until(() => at.one.facts.chat('friend', '林小满'))
  at.gateway.logIn({ state: 'offline', reason: 'kicked' })
  await until(() => at.one.facts.last()?.state === 'offline')
  const job = sendText(chat.id, 'x')
  expect(() => at.one.connector.check?.(job)).toThrow(/not logged in/)
  await failure(at.one.send(job))
  expect(at.proxy.seen.some(({ path }) => path === '/v1/messages')).toBe(false)
  // The gateway is started anew, and remembers nothing; and so is the bridge.
  at.gateway.login = { state: 'offline', reason: 'logged_out' }
  await until(() => at.proxy.seen.at(-1)?.answered.includes('logged_out'))
  await at.one.stop()
  const again = at.start()
  await until(() => again.facts.last()?.state === 'offline')
  expect(states(again.facts)).toEqual(['offline kicked'])
  const asked = at.proxy.seen.length
  await until(() => at.proxy.seen.length > asked + 3, 'further questions')
  expect(at.proxy.seen.some(({ method, path }) => method === 'POST' && path === '/v1/login')).toBe(
    false,
  )
  expect(again.connector.login()).toBe(true)
  await until(() => again.facts.last()?.state === 'scan')
})

test('after a logout nothing is begun by itself when the gateway was away', async () => {
  await using at = await stage()
  await at.one.connector.logout(AbortSignal.timeout(5000))
  await until(() => at.one.facts.last()?.state === 'offline')
  at.proxy.garble(['reset', 'reset', 'reset', 'reset'])
  await until(() => at.proxy.left() === 0)
  const asked = at.proxy.seen.length
  await until(() => at.proxy.seen.length > asked + 6, 'further questions')
  expect(at.one.facts.logins.some((each) => each.state === 'scan')).toBe(false)
  expect(at.one.connector.login()).toBe(true)
})

test('a login that ended while nobody ran it is not ended again', async () => {
  await using at = await stage()
  await at.one.connector.logout(AbortSignal.timeout(5000))
  await until(() => at.one.facts.last()?.state === 'offline')
  await at.one.stop()
  const asked = at.proxy.seen.length
  expect(await at.one.connector.logout(AbortSignal.timeout(5000))).toBe(false)
  expect(at.proxy.seen).toHaveLength(asked)
})

test('counts the codes of one login', async () => {
  await using at = await stage()
  at.gateway.logIn({ state: 'offline', reason: 'kicked' })
  for (const qr of ['a', 'b', 'b', 'c']) at.gateway.logIn({ state: 'scan', qr })
  at.gateway.logIn({ state: 'scanned' })
  at.gateway.logIn({ state: 'scan', qr: 'd' })
  await until(() => at.one.facts.logins.some((each) => 'qr' in each && each.qr === 'd'))
  const codes = at.one.facts.logins.flatMap((each) =>
    'qr' in each ? [[each.qr, each.attempt]] : [],
  )
  expect(codes).toEqual([
    ['a', 1],
    ['b', 2],
    ['c', 3],
    ['d', 1],
  ])
})

test('what was asked before a change of the login does not undo it', async () => {
  await using at = await stage()
  const { promise, resolve } = Promise.withResolvers<void>()
  let isAsked = false
  at.gateway.slow = () => {
    isAsked = true
    return promise
  }
  await until(() => isAsked)
  at.gateway.slow = undefined
  at.gateway.logIn({ state: 'offline', reason: 'kicked' })
  await until(() => at.one.facts.last()?.state === 'offline')
  const asked = at.proxy.seen.length
  resolve()
  await until(() => at.proxy.seen.length > asked + 2)
  expect(states(at.one.facts)).toEqual(['online', 'offline kicked'])
})

test('what was said of the login long ago is not told when events are asked for', async () => {
  await using at = await stage({ events: 'pull' })
  await at.one.stop()
  at.gateway.logIn({ state: 'scan', qr: 'old' })
  at.gateway.logIn({ state: 'offline', reason: 'kicked' })
  at.gateway.logIn({ state: 'online', account: { id: 'wxid_me', name: '我' } })
  at.gateway.say({ kind: 'text', text: 'now' })
  const again = at.start()
  await again.facts.said('now')
  at.gateway.say({ kind: 'text', text: 'later' })
  await again.facts.said('later')
  expect(states(again.facts)).toEqual(['online'])
})

test('a gateway that does not wait is not asked without a pause', async () => {
  await using at = await stage({ events: 'pull' })
  at.gateway.hasty = true
  at.gateway.say({ kind: 'text', text: 'x' })
  await at.one.facts.said('x')
  const asks = () => at.proxy.seen.filter(({ path }) => path.startsWith('/v1/events')).length
  const [before, begun] = [asks(), performance.now()]
  await until(() => asks() >= before + 3)
  expect(performance.now() - begun).toBeGreaterThan(1000)
})

test('a send that was refused was never made, and one that may have gone before it may have', async () => {
  await using at = await stage({ capabilities: { find: false } })
  const chat = await until(() => at.one.facts.chat('friend', '林小满'))
  const signal = AbortSignal.timeout(10_000)
  const since = Date.now()
  at.gateway.send = async () => ({ status: 503, body: { error: 'later' } })
  const refused = sendText(chat.id, 'refused')
  await failure(at.one.send(refused))
  expect(await at.one.connector.find(refused, since, signal)).toBe('absent')
  const unclear = sendText(chat.id, 'unclear')
  at.gateway.send = async () => ({ status: 500, body: 'oops' })
  await failure(at.one.send(unclear))
  at.gateway.send = async () => ({ status: 503, body: { error: 'later' } })
  await failure(at.one.send(unclear))
  expect(await at.one.connector.find(unclear, since, signal)).toBe('unknown')
})

/** The next answer to a send never comes, though it is made. */
async function lose(at: Awaited<ReturnType<typeof stage>>, work: () => Promise<void>) {
  const send = at.gateway.send.bind(at.gateway)
  at.gateway.send = async (asked) => {
    await send(asked)
    throw new Error('the answer is lost')
  }
  await work()
  at.gateway.send = send
}

test('a cursor of any signs is asked with as it was signed', async () => {
  await using at = await stage({ events: 'pull' })
  at.gateway.say({ kind: 'text', text: 'one' })
  await at.one.facts.said('one')
  await at.one.stop()
  const kept = JSON.parse(at.vault.entries.get('gateway') ?? '{}') as object
  at.vault.entries.set('gateway', JSON.stringify({ ...kept, cursor: "it's|<'>" }))
  const again = at.start()
  // Not 401: the gateway answers that it does not know this one, and all is told anew.
  await again.facts.said('one')
  expect(at.proxy.seen.some(({ path, status }) => path.includes("'") && status === 410)).toBe(true)
})

test('chats that the gateway cannot tell of are no absence, and are asked for again', async () => {
  const answers: (readonly [number, object])[] = [
    [404, { error: 'not_found' }],
    [503, { error: 'later' }],
    [200, { chats: 7 }],
  ]
  for (const [status, body] of answers) {
    await using at = await stage()
    const real = at.gateway.list
    at.gateway.list = () => ({ status, body })
    at.gateway.logIn({ state: 'online', account: { id: 'wxid_b', name: 'B' } })
    await until(() => at.log.text().includes('did not tell of its chats'), 'the failure')
    at.gateway.say({ kind: 'text', text: 'still here' })
    await at.one.facts.said('still here')
    at.gateway.list = real
    const asked = at.proxy.seen.length
    await until(
      () =>
        at.proxy.seen.slice(asked).some((each) => each.path === '/v1/chats' && each.status === 200),
      'the chats',
    )
    expect(states(at.one.facts)).toEqual(['online', 'online'])
  }
})

test('a gateway that goes again at once is not asked, and told of, at the same pace for ever', async () => {
  const timings = { beatMs: 300, pollMs: 1000, firstPauseMs: 50, lastPauseMs: 60_000 }
  await using at = await stage({ events: 'pull', options: { timings } })
  at.gateway.broken = true
  await until(() => at.one.facts.logins.length > 4, 'its coming and going')
  const met = () => at.proxy.seen.filter((each) => each.path === '/v1/capabilities').length
  const before = met()
  await new Promise((done) => setTimeout(done, 1500))
  expect(met() - before).toBeLessThan(5)
})

test('a connection that breaks while it is read or written may have carried what was sent', () => {
  const broken = (syscall: string) =>
    faultOf(Object.assign(new Error('x'), { code: 'EHOSTUNREACH', syscall }), 'POST messages').kind
  expect(['connect', 'read', 'write'].map(broken)).toEqual(['unreachable', 'cut', 'cut'])
})
