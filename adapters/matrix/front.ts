import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createSeldom } from '../../src/core/seldom.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { type Json, parse, record } from './json.ts'

/** Takes a transaction. Resolves true once all of it is durable, false if that cannot be promised now. */
export type TakeTransaction = (id: string, events: readonly unknown[]) => Promise<boolean>

export interface FrontOptions {
  readonly hsToken: string
  /** Resolves when a transaction may be taken: what is older than it was handed on. Must not throw. */
  ready(events: readonly unknown[]): Promise<void>
  readonly take: TakeTransaction
  /** When a transaction that was taken may be answered. */
  gather(events: readonly unknown[]): Promise<void>
  /** What is of the moment in a transaction that was taken. Must not throw. */
  readonly fleeting: (transaction: Json) => void
  /** A transaction came, over this connection of the homeserver's. */
  readonly called: (connection: Socket) => void
  /** The homeserver had a transaction that it takes for failed: it waits now before it calls again. */
  readonly missed: () => void
  /** What is not for the homeserver at all; true: it has been seen to. */
  readonly beside?: (request: IncomingMessage, response: ServerResponse, url: URL) => boolean
  /** Where every other request of the homeserver goes: the SDK's own routes. */
  readonly rest: RequestListener
  readonly clock: Clock
  readonly log: Log
}

/** Synapse sends at most 100 events of 64 KiB, and ephemeral ones beside them. */
const largestBody = 32 * 1024 * 1024

/**
 * The bridge's door for the homeserver. The token is compared before anything else is read, in constant time;
 * transactions are answered only when they are durable (architecture §17); the ping is answered here because the
 * SDK does not know it.
 */
export function createFront(options: FrontOptions): RequestListener {
  const proof = digest(options.hsToken)
  const origin = 'http://bridge.invalid'
  const refusals = createSeldom()
  const preparing = new Map<string, Promise<void>>()
  /** A transaction that is told again while it waits waits once. */
  const prepared = (id: string, events: readonly unknown[]): Promise<void> => {
    const before = preparing.get(id)
    if (before !== undefined) return before
    const work = options.ready(events).finally(() => preparing.delete(id))
    preparing.set(id, work)
    return work
  }

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const target = request.url ?? '/'
    const url = URL.canParse(target, origin) ? new URL(target, origin) : new URL(origin)
    if (options.beside?.(request, response, url)) return
    const token = tokenOf(request, url)
    if (token === undefined || !timingSafeEqual(digest(token), proof)) {
      // Enough to find a wrong registration by, and nothing to fill a disk with.
      const refused = refusals.again(options.clock.steady())
      if (refused !== undefined) {
        const about = { path: url.pathname.slice(0, 100), refused }
        options.log.warn(about, 'A request without the right hs_token was refused.')
      }
      const errcode = token === undefined ? 'M_UNAUTHORIZED' : 'M_FORBIDDEN'
      response.setHeader('connection', 'close')
      return answer(response, token === undefined ? 401 : 403, {
        errcode,
        error: 'The hs_token is missing or wrong.',
      })
    }
    const transaction = transactionOf(request, url)
    const ping = request.method === 'POST' && url.pathname === '/_matrix/app/v1/ping'
    if (transaction === undefined && !ping) {
      // The SDK's own routes for transactions confirm what nobody has kept: it gets questions only.
      if (request.method === 'GET') return options.rest(request, response)
      return answer(response, 404, { errcode: 'M_UNRECOGNIZED', error: 'Unknown request.' })
    }
    if (transaction !== undefined) {
      options.called(request.socket)
      // Cut off, waited for too long or refused: whatever becomes of it here, the homeserver takes it for failed.
      response.once('close', () => {
        if (!response.writableFinished || response.statusCode !== 200) options.missed()
      })
    }
    const body = await bodyOf(request, largestBody)
    if (body === 'tooLarge') {
      response.setHeader('connection', 'close')
      return answer(response, 413, { errcode: 'M_TOO_LARGE', error: 'The body is too large.' })
    }
    if (ping) return answer(response, 200, {})
    const json = record(parse(body))
    if (!json) return answer(response, 400, { errcode: 'M_NOT_JSON', error: 'Not a JSON object.' })
    if (!Array.isArray(json.events)) {
      return answer(response, 400, { errcode: 'M_BAD_JSON', error: 'There are no events.' })
    }
    await prepared(transaction ?? '', json.events)
    const taken = await options.take(transaction ?? '', json.events)
    if (!taken) {
      const error = 'The bridge cannot keep it now; try again.'
      return answer(response, 503, { errcode: 'M_UNKNOWN', error })
    }
    await options.gather(json.events)
    answer(response, 200, {})
    options.fleeting(json)
  }
  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      options.log.warn({ reason }, 'A request of the homeserver could not be answered.')
      if (response.headersSent) response.destroy()
      else answer(response, 500, { errcode: 'M_UNKNOWN', error: 'The bridge failed.' })
    })
  }
}

/** The header wins over the query, which is what homeservers before Matrix 1.4 sent. */
function tokenOf(request: IncomingMessage, url: URL): string | undefined {
  const header = request.headers.authorization
  if (header !== undefined) return /^Bearer (.*)$/i.exec(header)?.[1] ?? ''
  return url.searchParams.get('access_token') ?? undefined
}

function transactionOf(request: IncomingMessage, url: URL): string | undefined {
  if (request.method !== 'PUT') return undefined
  return /^(?:\/_matrix\/app\/v1)?\/transactions\/([^/]+)$/.exec(url.pathname)?.[1]
}

/** A request's body, if it is not longer than so many bytes. */
export async function bodyOf(request: IncomingMessage, most: number): Promise<string | 'tooLarge'> {
  if (Number(request.headers['content-length'] ?? 0) > most) return 'tooLarge'
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > most) return 'tooLarge'
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Answers with JSON. */
export function answer(response: ServerResponse, status: number, body: Json): void {
  const json = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json' }).end(json)
}

export const digest = (text: string) => createHash('sha256').update(text).digest()
