import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import type { MediaRef } from '../../../src/core/message.ts'
import { mediaOf } from '../../../src/core/message.ts'
import type { Running } from '../../contract/connector/bench.ts'
import { bytesOf, failure, jpeg, sendPicture } from '../../contract/connector/jobs.ts'
import { hugePieces } from '../../sim/ilink/cdn.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, greet, logIn, mib, stage } from './lab.ts'

const { keep, sim: start, run, spy } = stage()

async function ready() {
  const sim = await start()
  const one = run(connectorTo(sim))
  await logIn(sim, one)
  return { sim, one }
}

const last = (one: Running): Promise<MediaRef> =>
  until(() => one.facts.messages.flatMap(({ content }) => mediaOf(content) ?? []).at(-1), 'media')

const download = (one: Running, media: MediaRef) =>
  one.connector.download(media, AbortSignal.timeout(20_000))

const wholeOf = async (one: Running, media: MediaRef) =>
  Buffer.from(await bytesOf((await download(one, media)).stream))

test.each([
  ...[0, 1, 15, 16, 17, 4096, 3 * mib + 5].map((size) => ({ size, key: 'raw' }) as const),
  { size: 100, key: 'hex' } as const,
  { size: 70_000, key: 'hex', fullUrl: 'both' } as const,
  { size: 33, key: 'raw', fullUrl: 'only' } as const,
])('a file of $size bytes comes as it was (key: $key, address: $fullUrl)', async (how) => {
  const { sim, one } = await ready()
  const bytes = randomBytes(how.size)
  await sim.control.sends({ kind: 'file', name: 'x.bin', bytes, ...how })
  const media = await last(one)
  expect(media).toMatchObject({ kind: 'file', name: 'x.bin' })
  expect(Buffer.compare(await wholeOf(one, media), bytes)).toBe(0)
})

test('a picture with its key in a field of its own comes as what its bytes are', async () => {
  const { sim, one } = await ready()
  const bytes = Buffer.from(jpeg(50_000))
  await sim.control.sends({ kind: 'image', bytes, key: 'field' })
  const media = await last(one)
  const opened = await download(one, media)
  expect(opened.mime).toBe('image/jpeg')
  expect(Buffer.compare(await bytesOf(opened.stream), bytes)).toBe(0)
})

test('a page that calls itself a picture is not taken for one', async () => {
  const { sim, one } = await ready()
  await sim.control.sends({ kind: 'image', bytes: Buffer.from('<html><script>1</script>') })
  const opened = await download(one, await last(one))
  await opened.stream.cancel()
  expect(opened.mime).toBe('application/octet-stream')
})

test('voice says how it is written, how long it is, and what was understood', async () => {
  const { sim, one } = await ready()
  const silk = Buffer.from('\x02#!SILK_V3 and more', 'latin1')
  await sim.control.sends({ kind: 'voice', bytes: silk, transcript: '晚上见' })
  const media = await last(one)
  expect(one.facts.messages.at(-1)?.content).toMatchObject({ kind: 'voice', caption: '晚上见' })
  expect(media).toMatchObject({ mime: 'audio/silk', ms: 2_300 })
  const opened = await download(one, media)
  expect(opened.mime).toBe('audio/silk')
  expect(Buffer.compare(await bytesOf(opened.stream), silk)).toBe(0)
  await sim.control.sends({ kind: 'voice', bytes: silk, encodeType: 5 })
  await until(() => one.facts.messages.length === 2)
  expect((await last(one)).mime).toBe('audio/amr')
})

test('media is to be had while nobody is logged in', async () => {
  const { sim, one } = await ready()
  const bytes = randomBytes(1_000)
  await sim.control.sends({ kind: 'video', bytes })
  const media = await last(one)
  await sim.control.kick()
  await until(() => one.facts.last()?.state === 'offline')
  expect(Buffer.compare(await wholeOf(one, media), bytes)).toBe(0)
})

/** The reference with another key in it. */
const rekeyed = (media: MediaRef): MediaRef => ({
  ...media,
  token: JSON.stringify({ ...JSON.parse(media.token), key: '00'.repeat(16) }),
})

test.each([100, 2 * mib])(
  'a key that does not fit %i bytes is an error, not noise',
  async (size) => {
    const { sim, one } = await ready()
    await sim.control.sends({ kind: 'file', bytes: randomBytes(size) })
    const wrong = await last(one)
    const error = await failure(wholeOf(one, rekeyed(wrong)))
    expect(error.message).toContain('key does not fit')
    expect(error.failure).toMatchObject({ code: 'format', heal: 'never', certain: true })
  },
)

/** A file server that gives these bytes, whatever is asked. */
async function fileServer(body: Uint8Array, status = 200, asked: string[] = []) {
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(status).end(body)
  })
  keep(server, async () => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const key = randomBytes(16)
const seal = (bytes: Uint8Array) => {
  const cipher = createCipheriv('aes-128-ecb', key, null)
  return Buffer.concat([cipher.update(bytes), cipher.final()])
}

const refAt = (where: object): MediaRef => ({
  ...{ id: 'x' as MediaRef['id'], source: 'wechat/ilink:me', kind: 'file', mime: '' },
  token: JSON.stringify({ query: 'a b&c=d', key: key.toString('hex'), ...where }),
})

const from = (cdnBase: string, most = 1024 * mib) =>
  connectorTo({ origin: cdnBase, cdnBase }, memoryVault(), memoryLog(), { maxDownloadBytes: most })

const fetchFrom = async (cdnBase: string, media: MediaRef, most?: number) => {
  const { stream } = await from(cdnBase, most).download(media, AbortSignal.timeout(10_000))
  return Buffer.from(await bytesOf(stream))
}

test.each([
  { what: 'nothing', body: Buffer.alloc(0) },
  { what: 'half a block', body: seal(randomBytes(100)).subarray(0, 24) },
  { what: 'not all of it', body: seal(Buffer.alloc(100, 255)).subarray(0, 64) },
])('$what is said to be broken', async ({ body }) => {
  const error = await failure(fetchFrom(await fileServer(body), refAt({})))
  expect(error.failure).toMatchObject({ code: 'format', certain: true })
})

test('what is gone is said to be gone, and asked for once', async () => {
  const asked: string[] = []
  const error = await failure(fetchFrom(await fileServer(Buffer.alloc(0), 404, asked), refAt({})))
  expect(error.failure).toMatchObject({ code: 'gone', heal: 'never' })
  expect(asked).toEqual(['/download?encrypted_query_param=a+b%26c%3Dd'])
})

test('a server in trouble is asked again, and then said to be', async () => {
  const asked: string[] = []
  const error = await failure(fetchFrom(await fileServer(Buffer.alloc(0), 502, asked), refAt({})))
  expect(error.failure).toMatchObject({ code: 'server', heal: 'retry' })
  expect(asked).toHaveLength(3)
})

test('more than is taken is not read', async () => {
  const base = await fileServer(seal(Buffer.alloc(2 * mib)))
  const error = await failure(fetchFrom(base, refAt({}), mib))
  expect(error.failure).toMatchObject({ code: 'tooLarge', heal: 'never' })
})

test('bytes without a key are taken as they are', async () => {
  const base = await fileServer(Buffer.from('plain'))
  const bare = { ...refAt({}), token: JSON.stringify({ query: 'x' }) }
  expect(String(await fetchFrom(base, bare))).toBe('plain')
})

test('an address that is not WeChat is not gone to', async () => {
  const stranger = await spy()
  const base = await fileServer(seal(Buffer.from('by its parameter')))
  const url = `${stranger.origin}/steal`
  expect(String(await fetchFrom(base, refAt({ url })))).toBe('by its parameter')
  const only = refAt({ url, query: '' })
  expect((await failure(fetchFrom(base, only))).failure).toMatchObject({ code: 'refused' })
  for (const odd of ['file:///etc/passwd', 'not an address', 'http://x@127.0.0.1/']) {
    const error = await failure(fetchFrom(base, refAt({ url: odd, query: '' })))
    expect(error.failure).toMatchObject({ code: 'refused', heal: 'never' })
  }
  expect(stranger.heard).toEqual([])
})

test.each(['', '{}', 'x', '[]', '{"query":[]}', 'null'])(
  'the token %j is nobody',
  async (token) => {
    const error = await failure(fetchFrom('http://127.0.0.1:1', { ...refAt({}), token }))
    expect(error.failure).toMatchObject({ code: 'gone', heal: 'never' })
  },
)

/** The most that `work` had in buffers over what there was before, in bytes. */
async function peakOf(work: () => Promise<void>): Promise<number> {
  const now = () => process.memoryUsage().arrayBuffers
  const before = now()
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, now())
  }, 5)
  await work()
  clearInterval(timer)
  return most - before
}

test('160 MiB are read and sent without ever being in memory', async () => {
  const sim = await start()
  const huge = 160 * mib
  const one = run(connectorTo(sim, memoryVault(), memoryLog(), { maxFileBytes: huge }))
  await logIn(sim, one)
  await greet(sim, one)
  await sim.control.sendsHuge(huge)
  const media = await last(one)
  const expected = createHash('md5')
  for (const piece of hugePieces(huge)) expected.update(piece)
  const hash = createHash('md5')
  const read = await peakOf(async () => {
    const { stream } = await download(one, media)
    for await (const piece of stream) hash.update(piece)
  })
  expect(hash.digest('hex')).toBe(expected.digest('hex'))
  expect(read).toBeLessThan(0.75 * huge)

  const chat = (await until(() => one.facts.chat('friend', 'Me'))).id
  const job = sendPicture(chat, 'application/octet-stream')
  const body = { kind: 'media', media: { ...media, kind: 'file', name: 'huge.bin' } } as const
  const sent = await peakOf(async () => {
    const open = async () => ({ stream: ReadableStream.from(hugePieces(huge)), mime: '' })
    await one.send({ ...job, body }, open)
  })
  expect(sim.control.delivered()).toMatchObject([{ size: huge }])
  // What is not cleared away yet counts too.
  expect(sent).toBeLessThan(0.75 * huge)
})
