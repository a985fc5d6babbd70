import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { readBody, wholeOf } from './body.ts'
import type { Dispatch, Outcome } from './dispatch.ts'
import type { Faults } from './faults.ts'
import { ApiError } from './method.ts'
import type { SimStored } from './seam.ts'

/** HTTP on 127.0.0.1 (real-parts §4 point 1). */
export interface Transport {
  /** Answers, from the second time on at the same address. */
  open(): Promise<void>
  /** Drops every connection. */
  close(): Promise<void>
  readonly origin: string
}

export interface TransportParts {
  readonly token: string
  readonly dispatch: Dispatch
  readonly faults: Faults
  file(path: string): SimStored | undefined
  /** The longest body, in bytes. */
  readonly most: number
}

export function createTransport(parts: TransportParts): Transport {
  let port = 0
  const server = createServer((request, response) => {
    answer(parts, request, response).catch((error: unknown) => {
      if (!response.headersSent) refuse(response, asApiError(error))
      else response.destroy()
    })
  })
  // Longer than any client keeps one: otherwise a connection closed here just as it is used again looks like a fault.
  server.keepAliveTimeout = 120_000
  server.headersTimeout = 130_000

  return {
    get origin() {
      return `http://127.0.0.1:${port}`
    },

    async open() {
      if (server.listening) return
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      port = (server.address() as AddressInfo).port
    },

    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(
  parts: TransportParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'POST')
    throw new ApiError(501, 'Not Implemented')
  const url = new URL(request.url ?? '/', 'http://sim')
  const [, kind, token, rest] = /^\/(file\/bot|bot)([^/]*)\/(.*)$/.exec(decoded(url.pathname)) ?? []
  if (token === undefined || rest === undefined) throw new ApiError(404, 'Not Found')
  if (token !== parts.token) throw unauthorized(token)
  if (kind === 'file/bot') return download(parts, rest, request, response)

  const method = parts.dispatch.resolve(rest)
  if (!method) throw new ApiError(404, 'Not Found: method not found')
  const fault = parts.faults.take(method)
  if (fault === 'reset') return resetWithin(request)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const bytes = await wholeOf(request, parts.most)
  const body = readBody(bytes, request.headers, url.searchParams)
  reply(response, await parts.dispatch.run({ method, ...body }, fault, gone.signal))
}

function unauthorized(token: string): ApiError {
  const possible = /^[1-9]\d*:./.test(token) && token.length <= 80
  return new ApiError(401, possible ? 'Unauthorized' : 'Unauthorized: invalid token specified')
}

/** Resets once some of the request has come. */
async function resetWithin(request: IncomingMessage): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    request.once('data', () => resolve())
    request.once('end', resolve)
    request.once('error', () => resolve())
  })
  await ended
  reset(request.socket)
}

/** As a connection ends when a server dies: no orderly close. */
function reset(socket: Socket): void {
  socket.resetAndDestroy()
}

function reply(response: ServerResponse, outcome: Outcome): void {
  if ('reset' in outcome) {
    if (response.socket) reset(response.socket)
  } else if ('error' in outcome) refuse(response, outcome.error)
  else send(response, 200, { ok: true, result: outcome.result })
}

function refuse(response: ServerResponse, { code, message, parameters }: ApiError): void {
  const retryAfter = parameters?.retry_after
  if (retryAfter !== undefined) response.setHeader('Retry-After', String(retryAfter))
  send(response, code, {
    ok: false,
    error_code: code,
    description: message,
    ...(parameters && { parameters }),
  })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}

async function download(
  parts: TransportParts,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fault = parts.faults.take('file')
  const file = parts.file(path)
  if (!file) throw new ApiError(404, 'Not Found')
  if (typeof fault === 'object' && 'status' in fault)
    throw new ApiError(fault.status, fault.description ?? 'Internal Server Error')
  response.writeHead(200, {
    'Content-Type': file.mime ?? 'application/octet-stream',
    'Content-Length': file.bytes.length,
  })
  const half = Math.floor(file.bytes.length / 2)
  const slow = typeof fault === 'object' && 'slow' in fault ? fault.slow : undefined
  if (slow || fault === 'reset' || fault === 'lost') {
    await new Promise<void>((resolve) =>
      response.write(file.bytes.subarray(0, half), () => resolve()),
    )
    if (!slow) return reset(request.socket)
    await slow
    response.end(file.bytes.subarray(half))
  } else response.end(file.bytes)
}

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const asApiError = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(400, 'Bad Request')
