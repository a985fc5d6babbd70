import { lookup } from 'node:dns/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { expect, test } from 'vitest'
import { isInside, mayHoldMedia, publicLookup } from '../../../adapters/wechat-http/download.ts'
import type { WireMedia } from '../../../adapters/wechat-http/wire.ts'
import {
  bytesOf,
  failure,
  jpeg,
  opened,
  sendPicture,
  sendText,
  sha,
} from '../../contract/connector/jobs.ts'
import { until } from '../../support/until.ts'
import { type Stage, stage } from './stage.ts'

const signal = () => AbortSignal.timeout(10_000)

async function received(at: Stage, media: WireMedia) {
  const { id } = at.gateway.say({ kind: 'file', media })
  const message = await until(
    () => at.one.facts.messages.find((each) => each.aliases.includes(id)),
    'the file',
  )
  if (message.content.kind !== 'file') throw new Error(message.content.kind)
  return message.content.media
}

/** A server beside the gateway. */
async function elsewhere(handle: RequestListener) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    expect(request.headers).not.toHaveProperty('x-wechat-signature')
    handle(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = async () => {
    server.closeAllConnections()
    server.close()
  }
  return { asked, host, [Symbol.asyncDispose]: close }
}

test("media at an address of the gateway's own is asked for with a signature", async () => {
  await using at = await stage()
  const bytes = jpeg(200_000)
  at.gateway.media.set('a b/ü', Buffer.from(bytes))
  const media = await received(at, { url: `${at.proxy.origin}/v1/media/a%20b%2F%C3%BC` })
  const got = await at.one.connector.download(media, signal())
  expect(got.mime).toBe('image/jpeg')
  expect(sha(await bytesOf(got.stream))).toBe(sha(bytes))
})

test('media is fetched from nowhere that was not configured', async () => {
  await using other = await elsewhere((_, response) => void response.end('secret'))
  await using at = await stage()
  const places = [
    `http://${other.host}/x`,
    `http://localhost:${other.host.split(':')[1]}/x`,
    at.proxy.origin.replace('http://', 'http://user:pass@'),
    `${at.proxy.origin}.evil.example/x`,
    'file:///etc/passwd',
    'gopher://127.0.0.1/x',
    'http://[::1]/x',
    'no address',
    'http://',
  ]
  for (const url of places) {
    const media = await received(at, { url })
    const { failure: what } = await failure(at.one.connector.download(media, signal()))
    expect([url, what]).toEqual([url, expect.objectContaining({ heal: 'never', certain: true })])
  }
  expect(other.asked).toEqual([])
})

test('media is fetched from a host that was configured, without following it elsewhere', async () => {
  await using inner = await elsewhere((_, response) => void response.end('inner secret'))
  await using other = await elsewhere((request, response) => {
    if (request.url === '/there') return void response.end('there it is')
    const status = request.url === '/gone' ? 404 : 302
    response.writeHead(status, { location: `http://${inner.host}/` }).end()
  })
  await using at = await stage({ options: { mediaHosts: [other.host] } })
  const fetched = async (path: string) => {
    const media = await received(at, { url: `http://${other.host}${path}`, mime: 'text/plain' })
    return at.one.connector.download(media, signal())
  }
  const got = await fetched('/there')
  expect(got).toMatchObject({ mime: 'text/plain', bytes: 11 })
  expect(new TextDecoder().decode(await bytesOf(got.stream))).toBe('there it is')
  expect((await failure(fetched('/away'))).failure).toMatchObject({ code: 'server' })
  expect((await failure(fetched('/gone'))).failure).toMatchObject({ code: 'gone' })
  expect(inner.asked).toEqual([])
})

const found = (name: string) =>
  new Promise<number>((done) => {
    publicLookup(name, { all: true }, (error, addresses) => done(error ? 0 : addresses.length))
  })
const insides = [hostname(), 'ip6-localhost', 'localhost.localdomain', 'localhost.']
const names = await Promise.all(
  insides.map(async (name) => {
    const all = await lookup(name, { all: true, family: 4 }).catch(() => [])
    return all.some(({ address }) => isInside(address)) ? name.toLowerCase() : undefined
  }),
)
const inside = names.find((each) => each !== undefined)
const noName = inside === undefined ? ' (skipped: no name here leads inside)' : ''

test('a name that leads inside is found nowhere', async () => {
  expect(await found('localhost')).toBe(0)
  expect(await found('127.0.0.1')).toBe(0)
})

test.skipIf(inside === undefined)(
  `a name that was configured leads to no address of the inside${noName}`,
  async () => {
    await using other = await elsewhere((_, response) => void response.end('inside'))
    const host = `${inside}:${other.host.split(':')[1]}`
    await using at = await stage({ options: { mediaHosts: [host] } })
    const media = await received(at, { url: `http://${host}/` })
    const { failure: what } = await failure(at.one.connector.download(media, signal()))
    expect(what).toMatchObject({ code: 'network', certain: true })
    expect(other.asked).toEqual([])
  },
)

test('addresses of the inside are known in all their forms', () => {
  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '0.0.0.0',
  ]
  const more = [
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '100.64.0.1',
  ]
  for (const each of [...inside, ...more]) expect([each, isInside(each)]).toEqual([each, true])
  for (const each of ['1.1.1.1', '172.32.0.1', '2606:4700::1', '::ffff:1.1.1.1']) {
    expect([each, isInside(each)]).toEqual([each, false])
  }
})

test('media that is too large is not fetched, whatever was said of its size', async () => {
  await using other = await elsewhere((request, response) => {
    if (request.url === '/said') response.writeHead(200, { 'content-length': 3_000_000 })
    for (let count = 0; count < 3; count++) response.write(Buffer.alloc(1_000_000))
    response.end()
  })
  await using at = await stage({ options: { mediaHosts: [other.host], maxMediaBytes: 2_000_000 } })
  const said = await received(at, { url: `http://${other.host}/said` })
  const early = await failure(at.one.connector.download(said, signal()))
  expect(early.failure).toMatchObject({ code: 'tooLarge', heal: 'never' })
  const unsaid = await received(at, { url: `http://${other.host}/unsaid`, bytes: 5 })
  const got = await at.one.connector.download(unsaid, signal())
  const late = await failure(bytesOf(got.stream))
  expect(late.failure).toMatchObject({ code: 'tooLarge', heal: 'never' })
})

test('media that is cut off, or nothing, is no media', async () => {
  await using other = await elsewhere((request, response) => {
    if (request.url === '/nothing') return void response.end()
    response.writeHead(200, { 'content-length': 3_000_000 })
    response.write(Buffer.alloc(1_000_000), () => response.destroy())
  })
  await using at = await stage({ options: { mediaHosts: [other.host] } })
  const nothing = await received(at, { url: `http://${other.host}/nothing` })
  const none = await failure(at.one.connector.download(nothing, signal()))
  expect(none.failure).toMatchObject({ code: 'gone' })
  const cut = await received(at, { url: `http://${other.host}/cut` })
  const got = await at.one.connector.download(cut, signal())
  expect((await failure(bytesOf(got.stream))).failure).toMatchObject({ heal: 'retry' })
  const missing = await received(at, { id: 'nobody has it' })
  const { failure: what } = await failure(at.one.connector.download(missing, signal()))
  expect(what).toMatchObject({ code: 'gone', heal: 'never' })
})

test('markup is never taken for a picture', async () => {
  await using at = await stage()
  at.gateway.media.set('svg', Buffer.from('<svg onload="alert(1)"/>'))
  const media = await received(at, { id: 'svg', mime: 'image/svg+xml' })
  const got = await at.one.connector.download(media, signal())
  expect(got.mime).toBe('application/octet-stream')
  await got.stream.cancel()
})

test('an address for the gateway holds for one send, until it was given, and for nobody who guesses', async () => {
  await using at = await stage()
  const bytes = jpeg(300_000)
  const urls: string[] = []
  const got: number[] = []
  at.gateway.send = async ({ media }) => {
    const url = media?.url ?? ''
    urls.push(url)
    const forged = url.replace(/signature=../, 'signature=zz')
    const later = url.replace(/until=\d/, 'until=9')
    const other = url.replace('/offers/', '/offers/1')
    for (const each of [forged, later, other, url.replace(/\?.*/, ''), url, url]) {
      const answer = await fetch(each)
      got.push(answer.status)
      const body = Buffer.from(await answer.arrayBuffer())
      if (answer.status === 200) expect(sha(body)).toBe(sha(bytes))
    }
    return { status: 422, body: { error: 'no' } }
  }
  const chat = await until(() => at.one.facts.chat('friend', '林小满'))
  const job = sendPicture(chat.id, 'image/jpeg')
  const open = async () => opened(bytes, 'image/jpeg')
  expect((await failure(at.one.send(job, open))).failure).toMatchObject({ certain: true })
  expect(got).toEqual([404, 404, 404, 404, 200, 404])
  at.gateway.send = async () => ({ status: 422, body: { error: 'no' } })
  await failure(at.one.send(job, open))
  expect((await fetch(urls[0] ?? '')).status).toBe(404)
  expect(at.log.text()).not.toContain('signature=')
})

test('media is not sent where it is too large, of a kind, or in a way the gateway does not take', async () => {
  const capabilities = { media: { image: { max_bytes: 1000 } } }
  await using at = await stage({ media_by: 'upload', capabilities })
  const chat = await until(() => at.one.facts.chat('friend', '林小满'))
  const job = sendPicture(chat.id, 'image/jpeg')
  const large = await failure(at.one.send(job, async () => opened(jpeg(1001), 'image/jpeg')))
  expect(large.failure).toMatchObject({ code: 'tooLarge', heal: 'never', certain: true })
  if (job.body.kind !== 'media') throw new Error('no media')
  const video = {
    ...job,
    body: { ...job.body, media: { ...job.body.media, kind: 'video' as const } },
  }
  const odd = await failure(at.one.send(video, async () => opened(jpeg(10), 'video/mp4')))
  expect(odd.failure).toMatchObject({ code: 'format', heal: 'never', certain: true })
  expect(at.gateway.uploads.size + at.gateway.sent.size).toBe(0)
  await at.one.send(sendText(chat.id, 'still'))
})

test('bytes that change between two readings are not sent', async () => {
  await using at = await stage({ media_by: 'upload' })
  const chat = await until(() => at.one.facts.chat('friend', '林小满'))
  for (const second of [jpeg(2000), jpeg(1000), jpeg(3000)]) {
    const readings = [jpeg(2000), second]
    const open = async () => opened(readings.shift() ?? jpeg(1), 'image/jpeg')
    const { failure: what } = await failure(at.one.send(sendPicture(chat.id, 'image/jpeg'), open))
    expect(what.certain).toBe(true)
  }
  expect(at.gateway.sent.size).toBe(0)
})

test('a message leads the bridge to no path of the protocol but that of media', async () => {
  await using at = await stage()
  await until(() => at.one.facts.rosters.length > 0, 'the members')
  const paths = [
    '/v1/events?wait=0&after=1',
    '/v1/logout',
    '/V1/login',
    '//v1/chats',
    '/%76%31/chats',
    '/%2576%2531/chats',
    '/v1%2Fchats',
    '/v1;x/chats',
    '/v1/media/%2e%2e/chats',
    '/v1/media/x%2F..%2F..%2Fchats',
    '/v1/media/%',
  ]
  const asked = at.proxy.seen.length
  for (const path of paths) {
    const media = await received(at, { url: `${at.proxy.origin}${path}` })
    const { failure: what } = await failure(at.one.connector.download(media, signal()))
    expect([path, what]).toEqual([path, expect.objectContaining({ code: 'gone', heal: 'never' })])
  }
  const since = at.proxy.seen.slice(asked).map((each) => each.path)
  expect(since.filter((path) => path !== '/v1/login')).toEqual([])
  expect(mayHoldMedia('/v1/media/100%25')).toBe(false)
  expect(mayHoldMedia('/files/v1/a%20b.jpg')).toBe(true)
})

test('media uses up no try while the gateway is away, nor while another account is logged in', async () => {
  await using at = await stage()
  at.gateway.media.set('p', Buffer.from(jpeg(100)))
  const media = await received(at, { id: 'p' })
  at.gateway.logIn({ state: 'online', account: { id: 'wxid_b', name: 'B' } })
  await until(() => at.one.facts.logins.length === 2, 'the other account')
  const other = await failure(at.one.connector.download(media, signal()))
  expect(other.failure).toMatchObject({ code: 'session', heal: 'relogin' })
  at.gateway.logIn({ state: 'online', account: { id: 'wxid_me', name: 'me' } })
  await until(() => at.one.facts.logins.length === 3, 'the first account')
  await at.proxy.close()
  await until(() => at.one.facts.last()?.state === 'offline', 'its absence')
  const away = await failure(at.one.connector.download(media, signal()))
  expect(away.failure).toMatchObject({ code: 'session', heal: 'relogin' })
})
