import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { Readable } from 'node:stream'
import { fileTypeFromBuffer } from 'file-type'
import { Agent, request } from 'undici'
import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Bytes, Opened } from '../../src/ports/outlet.ts'
import { type GatewayClient, type OpenAnswer, openAnswerOf } from './client.ts'
import { faultOf, GatewayFault, toBridgeError } from './faults.ts'
import { inPath } from './ids.ts'
import { placeIn } from './media-ref.ts'

export interface DownloadParts {
  readonly client: GatewayClient
  readonly gateway: string
  /** `host` or `host:port` that media may come from beside the gateway. */
  readonly hosts: readonly string[]
  readonly maxBytes: number
  readonly patienceMs: number
}

/** How much of the beginning tells what it is. */
const headBytes = 4_100

/**
 * Opens media, as a stream: from the gateway by id, from its own origin, or from a host that was configured; from nowhere
 * else, and redirects lead nowhere. Throws BridgeErrors.
 */
export async function download(
  parts: DownloadParts,
  media: MediaRef,
  signal: AbortSignal,
): Promise<Opened> {
  const place = placeIn(media.token)
  if (!place) throw refused('gone', 'The bridge cannot tell any more where it was')
  try {
    const answer =
      'id' in place
        ? await own(parts, `/v1/media/${inPath(place.id)}`, signal)
        : await at(parts, place.url, signal)
    return await opened(answer, media, parts.maxBytes)
  } catch (thrown) {
    signal.throwIfAborted()
    if (thrown instanceof BridgeError) throw thrown
    throw toBridgeError(faultOf(thrown, 'media'), 'media', { done: 'fetched', harmless: true })
  }
}

const own = ({ client, patienceMs }: DownloadParts, path: string, signal: AbortSignal) =>
  client.open(path, patienceMs, signal)

async function at(parts: DownloadParts, address: string, signal: AbortSignal): Promise<OpenAnswer> {
  if (!URL.canParse(address)) throw refused('gone', 'The gateway named a place that is no address')
  const url = new URL(address)
  if (url.origin === parts.gateway && url.username === '' && url.password === '') {
    if (!mayHoldMedia(url.pathname)) throw refused('gone', 'The gateway named a place of no media')
    return own(parts, `${url.pathname}${url.search}`, signal)
  }
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  const isListed = parts.hosts.some((each) => each.toLowerCase() === url.host)
  if (!isWeb || !isListed || url.username !== '' || url.password !== '') {
    throw refused(
      'config',
      'The gateway named a place that is neither its own nor in wechat.http.mediaHosts',
    )
  }
  return elsewhere(url, parts.patienceMs, signal)
}

/**
 * A message names the address, and the bridge signs the question: of the protocol's own paths it may lead to media only,
 * however it is written.
 */
export function mayHoldMedia(pathname: string): boolean {
  let path = pathname
  for (let round = 0; path.includes('%'); round++) {
    if (round === 4) return false
    try {
      path = decodeURIComponent(path)
    } catch {
      return false
    }
  }
  const segments = path
    .toLowerCase()
    .split(/[/\\]+/)
    .map((each) => each.replace(/[;?#].*/s, ''))
  if (segments.some((each) => each === '.' || each === '..')) return false
  const [first, second] = segments.map((each) => each.trim()).filter((each) => each !== '')
  return first !== 'v1' || second === 'media'
}

async function elsewhere(url: URL, patienceMs: number, signal: AbortSignal): Promise<OpenAnswer> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // A name that was configured may lead to the outside only; who wants another writes the address itself.
  const isNamed = isIP(host) === 0 && host !== 'localhost'
  const agent = new Agent({
    connect: { timeout: 10_000, ...(isNamed && { lookup: publicLookup }) },
  })
  const answer = await request(url, {
    dispatcher: agent,
    signal,
    headersTimeout: patienceMs,
    bodyTimeout: 60_000,
  }).catch(async (thrown: unknown) => {
    await agent.destroy()
    throw thrown
  })
  answer.body.once('close', () => void agent.destroy())
  if (answer.statusCode === 200) return openAnswerOf(answer)
  answer.body.on('error', () => undefined).destroy()
  const gone = [404, 410].includes(answer.statusCode)
  const more = { status: answer.statusCode, ...(gone && { error: 'gone' }) }
  throw new GatewayFault('status', 'media', more)
}

const inside = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  inside.addSubnet(net, bits, 'ipv4')
}
for (const [net, bits] of [
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  inside.addSubnet(net, bits, 'ipv6')
}

/** Is it an address of this machine, or of the network it stands in? */
export function isInside(address: string): boolean {
  return inside.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Finds addresses of the outside only. */
export const publicLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return done(error, '', 4)
    const found = addresses.filter(({ address }) => !isInside(address))
    const [first] = found
    if (!first) {
      const why = Object.assign(new Error('leads inside'), { code: 'ENOTFOUND' })
      return done(why, '', 4)
    }
    if (options.all) done(null, found)
    else done(null, first.address, first.family)
  })
}

async function opened(answer: OpenAnswer, media: MediaRef, most: number): Promise<Opened> {
  const { body, bytes } = answer
  if (bytes !== undefined && bytes > most) {
    body.on('error', () => undefined).destroy()
    throw tooLarge(most)
  }
  const source = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const head = await headOf(source)
  if (head.length === 0) {
    body.on('error', () => undefined).destroy()
    throw refused('gone', 'The gateway gave nothing')
  }
  const seen = await fileTypeFromBuffer(head).catch(() => undefined)
  return {
    stream: streamOf(head, source, body, most),
    mime: mimeOf(seen?.mime, answer.mime, media),
    ...(bytes !== undefined && { bytes }),
  }
}

async function headOf(source: AsyncIterator<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = []
  let bytes = 0
  while (bytes < headBytes) {
    const { value, done } = await source.next()
    if (done) break
    pieces.push(value)
    bytes += value.length
  }
  return Buffer.concat(pieces)
}

/** A picture is what its bytes say and nothing else; other things are what somebody claims. */
function mimeOf(seen: string | undefined, said: string, media: MediaRef): string {
  if (seen !== undefined) return seen
  const claimed = [media.mime, said.split(';')[0]?.trim().toLowerCase() ?? '']
  const plain = claimed.find((each) => /^(audio|video|application|text)\/[\w.+-]+$/.test(each))
  return plain ?? 'application/octet-stream'
}

function streamOf(
  head: Buffer,
  source: AsyncIterator<Buffer>,
  body: Readable,
  most: number,
): Bytes {
  let given = 0
  let next: Buffer | undefined = head
  const failed = (thrown: unknown) =>
    toBridgeError(faultOf(thrown, 'media'), 'media', { done: 'fetched', harmless: true })
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const piece = next ?? (await source.next()).value
        next = undefined
        if (!piece) return controller.close()
        given += piece.length
        if (given > most) {
          body.destroy()
          return controller.error(tooLarge(most))
        }
        controller.enqueue(piece)
      } catch (thrown) {
        controller.error(failed(thrown))
      }
    },
    cancel() {
      body.on('error', () => undefined).destroy()
    },
  })
}

const tooLarge = (most: number) =>
  new BridgeError(
    `The media was not fetched: it is larger than wechat.http.maxMediaBytes (${most} bytes).`,
    { code: 'tooLarge', heal: 'never', certain: true },
  )

const refused = (code: 'gone' | 'config', why: string) =>
  new BridgeError(`The media was not fetched: ${why}.`, { code, heal: 'never', certain: true })
