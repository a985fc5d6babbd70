import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTelegramApi } from '../../../adapters/telegram/client.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { realClock } from '../../support/ports.ts'
import { httpProxy, socksProxy, type WayOut } from '../../support/telegram-proxies.ts'
import { ok, startWire, type Wire } from '../../support/telegram-wire.ts'

const never = new AbortController().signal
const token = '123456:secret-secret-secret-secret'
let wire: Wire
const proxies: WayOut[] = []

beforeEach(async () => {
  wire = await startWire((response, { method }) => {
    if (method === 'getFile') return ok({ file_path: 'a.bin' })(response)
    if (method === 'a.bin') return void response.end('bytes')
    ok({ message_id: 1 })(response)
  })
})
afterEach(async () => {
  await wire.close()
  for (const proxy of proxies.splice(0)) await proxy.close()
})
const kept = async (making: Promise<WayOut>) => {
  const proxy = await making
  proxies.push(proxy)
  return proxy
}
const client = (proxy: string, apiRoot = wire.origin) =>
  createTelegramApi({ token, apiRoot, proxy }, { clock: realClock })
const refusal = (proxy: string) =>
  client(proxy)
    .call('sendMessage', { chat_id: 1, text: 'x' }, never, { delivering: true })
    .then(
      () => new Error('it worked'),
      (error: unknown) => error,
    )

const upload = () => ({
  stream: ReadableStream.from([Buffer.from('up')]) as ReadableStream<Uint8Array>,
  name: 'a',
  mime: 'text/plain',
})

it.each([
  ['http', httpProxy, undefined],
  ['http', httpProxy, 'ann:pass:word'],
  ['socks5', socksProxy, undefined],
  ['socks5', socksProxy, 'ann:word'],
])('calls, uploads and files go through a proxy of %s', async (scheme, make, pass) => {
  const proxy = await kept(make(pass))
  const [name, ...word] = (pass ?? '').split(':')
  const who = pass ? `${name}:${encodeURIComponent(word.join(':'))}@` : ''
  const api = client(`${scheme}://${who}127.0.0.1:${proxy.port}`)
  await api.call('sendMessage', { chat_id: 1, text: 'x' }, never)
  await api.call('sendDocument', { chat_id: 1, document: upload() }, never)
  const { stream } = await api.file('id', never)
  expect(await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).text()).toBe('bytes')
  expect(wire.asked).toHaveLength(4)
  expect(proxy.led.length).toBeGreaterThan(0)
  expect(new Set(proxy.led)).toEqual(new Set([new URL(wire.origin).host]))
})

it('names are looked up by a proxy of SOCKS', async () => {
  const proxy = await kept(socksProxy())
  const { port } = new URL(wire.origin)
  const api = client(`socks5://127.0.0.1:${proxy.port}`, `http://telegram.invalid:${port}`)
  await api.call('sendMessage', { chat_id: 1, text: 'x' }, never)
  expect(proxy.led).toEqual([`telegram.invalid:${port}`])
})

it.each([
  ['http', httpProxy],
  ['socks5', socksProxy],
])(
  'a proxy of %s that refuses is no answer of Telegram: nothing was sent',
  async (scheme, make) => {
    const proxy = await kept(make('ann:word'))
    const error = await refusal(`${scheme}://ann:wrongword@127.0.0.1:${proxy.port}`)
    if (!(error instanceof BridgeError)) throw error
    expect(error.failure).toMatchObject({ code: 'network', heal: 'retry', certain: true })
    expect(error.message).toContain('the proxy refused')
    expect(`${error.message} ${String(error.cause)}`).not.toMatch(/secret|wrongword/)
    expect(wire.asked).toEqual([])
  },
)

it('a proxy that is not there is told from Telegram', async () => {
  const proxy = await httpProxy()
  await proxy.close()
  const error = await refusal(`http://127.0.0.1:${proxy.port}`)
  expect((error as BridgeError).failure).toMatchObject({ code: 'network', certain: true })
})

it('a question that Telegram holds open outlasts every pause of a proxy', async () => {
  wire.on(async (response) => {
    await realClock.sleep(4_500, never)
    ok([])(response)
  })
  const ways = { socks5: await kept(socksProxy()), http: await kept(httpProxy()) }
  const asking = Object.entries(ways).map(([scheme, { port }]) =>
    client(`${scheme}://127.0.0.1:${port}`).call('getUpdates', {}, never),
  )
  expect(await Promise.all(asking)).toEqual([[], []])
}, 20_000)
