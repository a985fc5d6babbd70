import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMediaRepository } from '../../adapters/matrix/media.ts'
import { sdkTransport } from '../../adapters/matrix/transport.ts'
import { GatewayClient } from '../../adapters/wechat-http/client.ts'
import { download } from '../../adapters/wechat-http/download.ts'
import { Wire as IlinkWire } from '../../adapters/wechat-ilink/wire.ts'
import { openOutside } from '../../adapters/wechat-puppet/host/outside.ts'
import { Wire as WebWire } from '../../adapters/wechat-web/http.ts'
import { accountId, mediaId, weChatLane } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import { memoryLog, realClock } from '../support/ports.ts'
import { clientOf, failure, token, upload } from '../support/telegram-calls.ts'

// Whoever answers in the place of a server the bridge asks can say that it is elsewhere. What the bridge asks with (tokens,
// signatures, what people write) must not follow.

interface Site {
  readonly origin: string
  readonly host: string
  readonly asked: string[]
  close(): Promise<void>
}

async function site(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    request.resume().on('end', () => handle(request, response))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  return { origin: `http://${host}`, host, asked, close } satisfies Site
}

const statuses = [301, 302, 303, 307, 308]
const signal = () => AbortSignal.timeout(60_000)
const clock = realClock
let trap: Site
let lure: Site
let status: number

beforeEach(async () => {
  trap = await site((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end('{"ok":true,"result":{"message_id":1,"file_id":"x","file_path":"photos/a.jpg"}}')
  })
  lure = await site((request, response) => {
    response.writeHead(status, { location: `${trap.origin}${request.url}` }).end()
  })
})
afterEach(async () => {
  await Promise.all([trap.close(), lure.close()])
})

describe.each(statuses)('an answer of %i leads nowhere:', (code) => {
  beforeEach(() => {
    status = code
  })
  afterEach(() => {
    expect(lure.asked).toHaveLength(1)
    expect(trap.asked).toEqual([])
  })

  it('a call of the Bot API', async () => {
    const api = clientOf(lure.origin)
    const said = api.call('sendMessage', { chat_id: 1, text: 'private' }, signal())
    expect((await failure(said)).message).toContain('not Telegram')
  })

  it('an upload to the Bot API', async () => {
    const document = upload(Buffer.from('private'))
    const sent = clientOf(lure.origin).call('sendDocument', { chat_id: 1, document }, signal())
    await expect(sent).rejects.toThrow('not Telegram')
  })

  it('what matrix-bot-sdk asks', async () => {
    const ask = sdkTransport()
    const uri = `${lure.origin}/_matrix/client/v3/sync`
    const headers = { authorization: 'Bearer secret' }
    const answer = await new Promise<number | undefined>((resolve, reject) =>
      ask({ uri, method: 'GET', qs: null, timeout: 60_000, headers }, (error, got) =>
        error ? reject(error) : resolve(got?.statusCode),
      ),
    )
    expect(answer).toBe(code)
  })

  it('media of a homeserver', async () => {
    const media = createMediaRepository(
      { url: lure.origin, asToken: 'secret' },
      { call: async () => ({}) },
      clock,
    )
    await expect(media.download(ref('matrix', { mxc: 'mxc://a.b/c' }), signal())).rejects.toThrow()
  })

  it('a signed question to a gateway', async () => {
    const client = new GatewayClient(lure.origin, 'secret secret secret', clock, memoryLog())
    await expect(client.open('/v1/media/a', 60_000, signal())).rejects.toThrow()
    await client.close()
  })

  it('media of a host that a gateway may name', async () => {
    const client = new GatewayClient(trap.origin, 'secret secret secret', clock, memoryLog())
    const parts = { client, gateway: trap.origin, hosts: [lure.host], maxBytes: 1e6 }
    const media = ref('http:x', { url: `${lure.origin}/v1/media/a` })
    await expect(download({ ...parts, patienceMs: 60_000 }, media, signal())).rejects.toThrow()
    await client.close()
  })

  it('what is asked of iLink', async () => {
    const wire = new IlinkWire(clock, memoryLog())
    const call = { name: 'x', url: new URL(`${lure.origin}/ilink/bot/x`), timeoutMs: 60_000 }
    const headers = { Authorization: 'Bearer secret' }
    const asked = wire.json({ ...call, method: 'POST', headers, body: '{}' }, signal())
    await expect(asked).rejects.toThrow()
    await wire.close()
  })

  it('what is asked of the web WeChat', async () => {
    const wire = new WebWire('agent', clock, memoryLog())
    wire.allow([lure.origin, trap.origin])
    wire.cookies = { wxsid: 'secret' }
    const call = { name: 'x', method: 'GET', url: `${lure.origin}/x`, timeoutMs: 60_000 } as const
    expect((await wire.ask(call, signal())).status).toBe(code)
    await wire.close()
  })

  it('what a puppet names', async () => {
    const ways = { check: async () => {}, lookup: () => {} }
    const opened = openOutside(`${lure.origin}/a.jpg`, { 'x-key': 'secret' }, ways)
    await expect(opened).rejects.toThrow(`not there (${code})`)
  })
})

it.each(statuses)('a file of Telegram is not fetched from where %i leads', async (code) => {
  status = code
  const told = await site((request, response) => {
    if (request.url === `/bot${token}/getFile`) {
      const result = { file_id: 'x', file_unique_id: 'x', file_path: 'photos/a.jpg' }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ok: true, result }))
    } else response.writeHead(status, { location: `${trap.origin}${request.url}` }).end()
  })
  await expect(clientOf(told.origin).file('x', signal())).rejects.toThrow()
  expect(told.asked).toEqual([`/bot${token}/getFile`, `/file/bot${token}/photos/a.jpg`])
  expect(trap.asked).toEqual([])
  await told.close()
})

it('what answers at the address itself is read', async () => {
  const said = await clientOf(trap.origin).call('sendMessage', { chat_id: 1, text: 'x' }, signal())
  expect(said.message_id).toBe(1)
  const ways = { check: async () => {}, lookup: () => {} }
  const bytes = await openOutside(`${trap.origin}/a`, { 'x-key': 'y' }, ways)
  expect((await bytes.toArray()).join('')).toContain('"ok":true')
})

const ref = (source: string, place: object): MediaRef => ({
  id: mediaId('m'),
  source: source === 'matrix' ? ('matrix' as MediaRef['source']) : weChatLane(accountId(source)),
  kind: 'file',
  mime: 'application/octet-stream',
  token: JSON.stringify(place),
})
