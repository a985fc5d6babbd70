import type { IncomingMessage } from 'node:http'
import type { Large } from './large.ts'
import { wireJson } from './wire.ts'

/** One request, read whole. */
export interface Call {
  readonly method: string
  /** The last path segment: `webwxsync`. */
  readonly name: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly cookies: ReadonlyMap<string, string>
  readonly body: Buffer
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: Uint8Array
  /** Instead of `body`, where that would be too much for memory. */
  readonly large?: Large
}

export function answer(
  status: number,
  type: string,
  body: string | Uint8Array,
  headers: Answer['headers'] = {},
): Answer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  return { status, headers: { 'content-type': type, ...headers }, body: bytes }
}

/** JSON under the type the real server gives it, which is not to be trusted (protocol §1.3). */
export function json(value: unknown): Answer {
  return answer(200, 'text/plain', wireJson(value))
}

export function script(text: string): Answer {
  return answer(200, 'text/javascript', text)
}

/** The server's universal "no" for downloads: 200 without a byte (protocol §6.6). */
export function nothing(): Answer {
  return answer(200, 'image/jpeg', '')
}

/** The answer with nothing but a Ret, as most endpoints give it. */
export function ret(code: number, errMsg = '', more: Readonly<Record<string, unknown>> = {}) {
  return json({ BaseResponse: { Ret: code, ErrMsg: errMsg }, ...more })
}

/** Reads a request. Undefined when its body is longer than `limit` bytes. */
export async function readCall(
  request: IncomingMessage,
  signal: AbortSignal,
  limit: number,
): Promise<Call | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.byteLength
    if (length <= limit) parts.push(part)
  }
  if (length > limit) return undefined
  const [path = '/', ...rest] = (request.url ?? '/').split('?')
  return {
    method: request.method ?? 'GET',
    name: path.slice(path.lastIndexOf('/') + 1),
    path,
    query: new URLSearchParams(rest.join('?')),
    headers: request.headers,
    cookies: cookiesOf(request.headers.cookie ?? ''),
    body: Buffer.concat(parts),
    signal,
  }
}

/** A query value whatever the case of its name (protocol §6). */
export function param(call: Call, name: string): string | undefined {
  for (const [key, value] of call.query) if (key.toLowerCase() === name.toLowerCase()) return value
  return undefined
}

/** The JSON object in the body, whatever the headers say (protocol §1.3); undefined when it is none. */
export function bodyOf(call: Call): Readonly<Record<string, unknown>> | undefined {
  try {
    return record(JSON.parse(literal(call.body.toString())))
  } catch {
    return undefined
  }
}

export function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

/** The real server does not decode `\uXXXX` nor `\/`: receivers see the escapes (protocol §1.3). */
function literal(text: string): string {
  return text.replace(
    /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g,
    (all, code: string | undefined, char) => {
      if (char === '/') return '\\\\/'
      return code && Number.parseInt(code, 16) >= 0x20 ? `\\\\u${code}` : all
    },
  )
}

function cookiesOf(header: string): ReadonlyMap<string, string> {
  const pairs = header.split(/;\s*/).filter(Boolean)
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}
