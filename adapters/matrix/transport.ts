import { Agent, request } from 'undici'
import type { Headers } from './retry-after.ts'

/** What matrix-bot-sdk asks of the HTTP library it was made for (`request`), as far as it uses it. */
export interface Asked {
  readonly uri: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly qs: Readonly<Record<string, unknown>> | null
  readonly timeout: number
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  /** Null: the answer is wanted as bytes. */
  readonly encoding?: null
}

export interface Answered {
  readonly statusCode: number
  readonly headers: Headers
  body: string | Buffer
}

/** As `request` calls back. */
export type Told = (error: unknown, answer?: Answered, body?: string | Buffer) => void

/**
 * The SDK's calls over undici, for `setRequestFn`: the library it brings is no longer kept, and takes three times as long
 * for a call (real-parts §3). Connections stay open. Errors are undici's own.
 */
export function sdkTransport(): (asked: Asked, told: Told) => void {
  const dispatcher = new Agent({ connections: 64 })
  const ask = async ({ uri, method, qs, timeout, headers, body, encoding }: Asked) => {
    const answer = await request(qs === null ? uri : `${uri}?${queryOf(qs)}`, {
      dispatcher,
      method,
      headers,
      headersTimeout: timeout,
      bodyTimeout: timeout,
      ...(body !== undefined && { body }),
    })
    const bytes = encoding === null
    const said = bytes ? Buffer.from(await answer.body.arrayBuffer()) : await answer.body.text()
    return { statusCode: answer.statusCode, headers: answer.headers, body: said }
  }
  return (asked, told) => {
    ask(asked).then(
      (answer) => told(undefined, answer, answer.body),
      (error: unknown) => told(error),
    )
  }
}

function queryOf(qs: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(qs)) {
    if (value !== undefined && value !== null) query.append(name, String(value))
  }
  return query.toString()
}
