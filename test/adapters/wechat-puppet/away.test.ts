import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Facts, type Running, runConnector } from '../../contract/connector/bench.ts'
import { failure, sendText } from '../../contract/connector/jobs.ts'
import { Gateway } from '../../sim/puppet/gateway.ts'
import { type GatewayChild, startGatewayChild } from '../../sim/puppet/gateway-child.ts'
import { freePort } from '../../support/free-port.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, ports } from './lab.ts'

const token = 'insecure_a1b2'
const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function child(port: number): Promise<GatewayChild> {
  const gateway = await startGatewayChild({ port, token, online: true })
  ends.push(() => gateway.kill())
  return gateway
}

async function running(port: number, more = {}, given = ports()): Promise<Running> {
  const endpoint = `127.0.0.1:${port}`
  const one = runConnector(await connectorTo({ endpoint, token }, given, more), new Facts())
  ends.push(() => one.stop())
  return one
}

const isOnline = (one: Running) => one.facts.last()?.state === 'online'

async function friendChat(one: Running) {
  await until(() => isOnline(one), 'being online')
  return until(() => [...one.facts.chats.values()].find(({ kind }) => kind === 'friend'), 'a chat')
}

test('a gateway that is killed is told of once, and what is sent meanwhile waits for its return', async () => {
  const port = await freePort()
  const first = await child(port)
  const one = await running(port)
  const chat = await friendChat(one)
  await first.kill()
  await until(() => one.facts.last()?.state === 'offline', 'going offline')
  const job = sendText(chat.id, 'while you were away')
  const error = await failure(one.send(job))
  expect(error.failure).toMatchObject({ code: 'network', heal: 'retry', certain: true })
  // Several tries are made, and none of them is told.
  await until(() => one.facts.logins.length >= 2)
  const second = await child(port)
  await until(() => isOnline(one), 'being online again')
  expect(one.facts.logins).toMatchObject([
    { state: 'online' },
    { state: 'offline', reason: 'unreachable', relogin: false },
    { state: 'online' },
  ])
  await one.send(job)
  expect(second.sent.map(({ text }) => text)).toEqual(['while you were away'])
  second.order({ say: 'there you are', from: 'lin' })
  expect((await one.facts.said('there you are')).chat).toBe(chat.id)
})

async function lost(how: 'before' | 'after') {
  const port = await freePort()
  const gateway = await child(port)
  const one = await running(port)
  const chat = await friendChat(one)
  gateway.order({ hang: how })
  // Orders are followed one after the other: once this is seen, it hangs.
  gateway.order({ say: 'it hangs', from: 'lin' })
  await one.facts.said('it hangs')
  const since = Date.now()
  const job = sendText(chat.id, 'into the dark')
  const given = new AbortController()
  const failed = failure(one.connector.send(job, noMedia, given.signal))
  await until(() => gateway.sent.length === 1, 'the gateway having it')
  const find = () => one.connector.find(job, since, AbortSignal.timeout(1000))
  return { one, job, gateway, given, failed, find }
}

const noMedia = async () => {
  throw new Error('no media')
}

test('a send whose answer the gateway took with it may have been delivered: nobody can tell', async () => {
  const { one, gateway, failed, find } = await lost('before')
  await gateway.kill()
  expect((await failed).failure).toMatchObject({ heal: 'retry', certain: false })
  expect(await find()).toBe('unknown')
  expect(one.facts.echoes.size).toBe(0)
})

test('a send that is seen coming back was delivered, although its answer was never waited for', async () => {
  const { one, job, given, failed, find } = await lost('after')
  given.abort()
  expect((await failed).failure).toMatchObject({ heal: 'retry', certain: false })
  const receipt = await until(() => one.facts.echoes.get(job.key), 'the echo being told')
  expect(await find()).toMatchObject({ ids: receipt.ids })
  expect(one.facts.texts()).toEqual(['it hangs'])
})

test('what waits for the gateway is known to be absent', async () => {
  const port = await freePort()
  const gateway = await child(port)
  const one = await running(port)
  const chat = await friendChat(one)
  await gateway.kill()
  await until(() => one.facts.last()?.state === 'offline', 'going offline')
  const job = sendText(chat.id, 'not begun')
  await failure(one.send(job))
  expect(await one.connector.find(job, Date.now(), AbortSignal.timeout(1000))).toBe('absent')
})

test('a connection that goes silent without an end is noticed', async () => {
  const port = await freePort()
  await child(port)
  const wall = await silenceable(port)
  ends.push(() => wall.close())
  const one = await running(wall.port, {
    timings: { ping: 300, answer: 500, echo: 100, retry: 200 },
  })
  await until(() => isOnline(one), 'being online')
  wall.silence()
  await until(() => one.facts.last()?.state === 'offline', 'noticing it')
  expect(one.facts.last()).toMatchObject({ reason: 'unreachable', relogin: false })
})

test('a token that is not accepted is told once, with what to do', async () => {
  const gateway = await Gateway.start({ token: 'insecure_right', tls: {}, online: true })
  ends.push(() => gateway.close())
  const log = memoryLog()
  const one = runConnector(
    await connectorTo(
      { endpoint: gateway.endpoint, token: 'insecure_wrong' },
      ports(memoryVault(), log),
      { tls: 'on' },
    ),
    new Facts(),
  )
  ends.push(() => one.stop())
  await until(() => log.lines.length >= 3, 'several tries')
  expect(one.facts.logins).toMatchObject([{ state: 'offline', reason: 'refused', relogin: false }])
  expect(JSON.stringify(one.facts.logins)).toContain('token')
  expect(log.text()).not.toContain('insecure_wrong')
})

test('over TLS, with the certificates of the library, texts go both ways', async () => {
  const gateway = await Gateway.start({ tls: {}, online: true })
  ends.push(() => gateway.close())
  const one = runConnector(await connectorTo(gateway, ports(), { tls: 'on' }), new Facts())
  ends.push(() => one.stop())
  const chat = await friendChat(one)
  await one.send(sendText(chat.id, 'through TLS'))
  expect(gateway.puppet.sendings).toMatchObject([{ text: 'through TLS' }])
})

test('a gateway that is not who it should be gets nothing', async () => {
  const gateway = await Gateway.start({ tls: {}, online: true })
  ends.push(() => gateway.close())
  const more = { tls: 'on' as const, serverName: 'somebody-else' }
  const one = runConnector(await connectorTo(gateway, ports(), more), new Facts())
  ends.push(() => one.stop())
  await until(() => one.facts.last(), 'a state')
  expect(one.facts.last()).toMatchObject({ state: 'offline', reason: 'unreachable' })
})

test('a second client is told that there is one already', async () => {
  const gateway = await Gateway.start({ online: true })
  ends.push(() => gateway.close())
  const first = runConnector(await connectorTo(gateway), new Facts())
  ends.push(() => first.stop())
  await until(() => isOnline(first), 'the first')
  const second = runConnector(await connectorTo(gateway), new Facts())
  ends.push(() => second.stop())
  await until(() => second.facts.last(), 'a state')
  expect(second.facts.last()).toMatchObject({ state: 'offline', relogin: false })
  expect(isOnline(first)).toBe(true)
})

/** A way to a port that can stop carrying anything, without an end to see. */
async function silenceable(to: number) {
  const sockets: Socket[] = []
  let isSilent = false
  const server: Server = createServer((near) => {
    const far = connect(to, '127.0.0.1')
    sockets.push(near, far)
    for (const each of [near, far]) each.on('error', () => undefined)
    near.on('data', (data) => void (isSilent || far.write(data)))
    far.on('data', (data) => void (isSilent || near.write(data)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    silence: () => {
      isSilent = true
    },
    close: () => {
      for (const each of sockets) each.destroy()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}
