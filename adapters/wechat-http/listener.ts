import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { BridgeError } from '../../src/core/errors.ts'
import { createSeldom } from '../../src/core/seldom.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Rejected } from './intake.ts'
import type { Offers } from './offers.ts'
import { readJson, tree } from './reading.ts'
import { claimOf, holds, windowMs } from './signing.ts'
import { headerMime } from './text.ts'

/** Where the bridge listens. */
export interface Place {
  readonly host: string
  readonly port: number
}

export interface ListenerParts {
  readonly secret: string
  readonly offers: Offers
  readonly clock: Clock
  readonly log: Log
  /** Resolves when all of them are kept. Rejects when that cannot be now. */
  events(events: readonly unknown[]): Promise<readonly Rejected[]>
}

interface Parts extends ListenerParts {
  /** Told to the log once in a while: anybody can bring it about, without the secret. */
  readonly refused: Log['warn']
}

export interface Listening {
  readonly origin: string
  close(): Promise<void>
}

/** How long one may take to ask, in milliseconds, and how often that is looked at. */
export interface Patience {
  readonly headersMs: number
  readonly requestMs: number
  readonly checkMs: number
}

const patience: Patience = { headersMs: 10_000, requestMs: 30_000, checkMs: 2_000 }

/** The largest batch, in bytes and in events. */
const mostBytes = 8_388_608
const mostEvents = 500

/** `host:port` of an option. Undefined: it is none. */
export function placeOf(text: string): Place | undefined {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^\s:/?#@[\]]+):(\d{1,5})$/.exec(text)
  const port = Number(match?.[2])
  if (!match?.[1] || port > 65_535) return undefined
  return { host: match[1].replace(/^\[|\]$/g, ''), port }
}

export const isLoopback = (host: string): boolean =>
  /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(host)

/** Takes events and gives media. Throws a BridgeError (`config`) when the address cannot be had. */
export function listen(
  at: Place,
  given: ListenerParts,
  { headersMs, requestMs, checkMs }: Patience = patience,
): Promise<Listening> {
  const parts: Parts = { ...given, refused: createRefused(given) }
  const handle: RequestListener = (request, response) => {
    answer(parts, request, response).catch((thrown: unknown) => {
      const error = thrown instanceof Error ? thrown.name : 'error'
      parts.refused({ error }, 'A request of the gateway was not answered')
      response.destroy()
    })
  }
  const server = createServer(
    {
      // Whoever is slow at asking must not keep others from it.
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: checkMs,
      keepAliveTimeout: 60_000,
      maxHeaderSize: 16_384,
    },
    handle,
  )
  server.maxConnections = 64
  return new Promise((resolve, reject) => {
    server.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        new BridgeError(
          `Could not listen on ${at.host}:${at.port} for the gateway (${error.code}). ` +
            'Is another bridge running? Otherwise choose another wechat.http.listen.',
          { code: 'config', heal: 'never', certain: true },
          { cause: error },
        ),
      ),
    )
    server.listen(at.port, at.host, () => {
      const { port } = server.address() as AddressInfo
      const host = at.host.includes(':') ? `[${at.host}]` : at.host
      resolve({
        origin: `http://${host}:${port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed())
            server.closeAllConnections()
          }),
      })
    })
  })
}

async function answer(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  if (path === '/v1/events') {
    if (request.method === 'POST') return takeEvents(parts, request, response)
    return say(response, 405, { error: 'method', message: 'POST /v1/events' }, { allow: 'POST' })
  }
  const name = /^\/v1\/offers\/([^/]{1,400})$/.exec(path)?.[1]
  if (name !== undefined && request.method === 'GET') {
    return giveMedia(parts, name, new URLSearchParams(query), response)
  }
  return say(response, 404, { error: 'not_found' })
}

async function takeEvents(
  parts: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { clock, log, refused, secret } = parts
  const claim = claimOf(request.headers)
  if (!claim) return unauthorised(parts, response, 'it is not signed')
  const body = await bodyOf(request)
  if (!body) {
    const message = `a batch has at most ${mostBytes} bytes`
    refused({ mostBytes }, 'The gateway sent a batch that is too large')
    return say(response, 413, { error: 'too_large', message }, { connection: 'close' })
  }
  const about = { method: request.method ?? '', path: request.url ?? '' }
  if (!holds(secret, claim, about, body)) {
    return unauthorised(parts, response, 'the signature is wrong: is the secret the same?')
  }
  const skewMs = claim.time - clock.now()
  if (Math.abs(skewMs) > windowMs) {
    // Only who has the secret, or a request of theirs, gets here: the clock is no secret to them.
    const seconds = Math.round(Math.abs(skewMs) / 1000)
    const message = `signed ${seconds} s ${skewMs < 0 ? 'ago' : 'in the future'} by the bridge's clock: set the clocks, and sign each try anew`
    refused({ seconds, ahead: skewMs > 0 }, 'A request of the gateway was signed at another time')
    return say(response, 401, { error: 'clock', message })
  }
  const batch = batchIn(body)
  if ('why' in batch) {
    log.warn({ why: batch.why }, 'The gateway sent what is no batch of events')
    return say(response, 400, { error: 'bad_request', message: batch.why })
  }
  let rejected: readonly Rejected[]
  try {
    rejected = await parts.events(batch.events)
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown.name : 'error'
    log.warn({ error }, 'Events of the gateway could not be kept yet; it is asked to repeat them')
    const message = 'not kept yet: repeat all of it, signed anew'
    return say(response, 503, { error: 'not_now', message }, { 'retry-after': '1' })
  }
  const kept = batch.events.length - rejected.length
  return say(response, rejected.length > 0 ? 422 : 200, { kept, rejected })
}

function batchIn(body: Buffer): { readonly events: readonly unknown[] } | { readonly why: string } {
  const read = readJson(body.toString('utf8'))
  if ('why' in read) return read
  const { events } = tree(read.value)
  if (!Array.isArray(events)) return { why: 'expected an object with a list "events"' }
  if (events.length > mostEvents) return { why: `a batch has at most ${mostEvents} events` }
  return { events }
}

/** To the gateway nothing is said of why; the log of the bridge has it. */
function unauthorised({ refused }: Parts, response: ServerResponse, why: string) {
  refused({ why }, 'A request that is not rightly signed was not taken')
  return say(response, 401, { error: 'unauthorised' }, { connection: 'close' })
}

function createRefused({ clock, log }: ListenerParts): Parts['refused'] {
  const known = new Map<string, ReturnType<typeof createSeldom>>()
  return (fields, text) => {
    const seldom = known.get(text) ?? createSeldom()
    known.set(text, seldom)
    const times = seldom.again(clock.steady())
    if (times !== undefined) log.warn({ ...fields, times }, text)
  }
}

async function giveMedia(
  { offers, clock, log }: ListenerParts,
  path: string,
  query: URLSearchParams,
  response: ServerResponse,
): Promise<void> {
  const name = decoded(path)
  const given = [query.get('until') ?? '', query.get('signature') ?? ''] as const
  const found = await offers.take(name, ...given, clock.now())
  if (!found) return say(response, 404, { error: 'not_found' })
  const { stream, bytes, mime } = found.opened
  // Who stops reading does not hold on to the source for ever.
  response.setTimeout(60_000, () => response.destroy())
  response.writeHead(200, {
    'content-type': headerMime(mime),
    ...(bytes !== undefined && { 'content-length': bytes }),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  })
  try {
    await pipeline(Readable.fromWeb(stream as Parameters<typeof Readable.fromWeb>[0]), response)
    found.given()
  } catch {
    log.debug({}, 'Media for the gateway was cut off; it may be fetched again')
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

/** Undefined: it is too long. What is over is not read. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return undefined
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > mostBytes) return undefined
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

async function say(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): Promise<void> {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}
