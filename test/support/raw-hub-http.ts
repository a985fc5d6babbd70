import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RawCall } from './raw-hub-wire.ts'

export interface Answer {
  readonly status: number
  readonly body: object
}

/** What a request asks for, and the parts of its path. */
export function read({ method, url = '' }: IncomingMessage): {
  readonly call: RawCall | 'other'
  readonly parts: readonly string[]
} {
  const parts = url.split('/').slice(1).map(decodeURIComponent)
  return { call: callOf(method ?? '', parts), parts }
}

function callOf(method: string, [first, , third]: readonly string[]): RawCall | 'other' {
  const isGet = method === 'GET'
  if (first === 'rooms') return third === 'posts' ? (isGet ? 'find' : 'posts') : 'rooms'
  if (first === 'media') return isGet ? 'download' : 'upload'
  if (first === 'events') return isGet ? 'events' : 'seen'
  return first === 'login' ? 'login' : 'other'
}

export async function json(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return JSON.parse(Buffer.concat(parts).toString())
}

export function reply(response: ServerResponse, { status, body }: Answer): void {
  if (response.destroyed) return
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
