import type { IncomingHttpHeaders } from 'node:http'
import type { Update } from '@grammyjs/types'
import { type Dispatcher, request } from 'undici'
import { type Body, readBody } from './body.ts'

export interface Target {
  readonly url: string
  readonly secret?: string
  /** `max_connections`. */
  readonly connections: number
}

/** What became of bringing an update: what the answer asks for, if anything, or in which words it failed. */
export interface Delivery {
  readonly failed?: string
  readonly retryAfterMs?: number
  readonly asks?: Body
}

const timeoutMs = 60_000

/** Never throws. */
export async function deliver(
  target: Target,
  update: Update,
  dispatcher: Dispatcher,
): Promise<Delivery> {
  try {
    const answer = await request(target.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(target.secret !== undefined && { 'x-telegram-bot-api-secret-token': target.secret }),
      },
      body: JSON.stringify(update),
      dispatcher,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const bytes = await answer.body.bytes()
    if (answer.statusCode >= 200 && answer.statusCode < 300) return asked(bytes, answer.headers)
    const seconds = Number(answer.headers['retry-after'])
    return {
      failed: `Wrong response from the webhook: ${answer.statusCode} ${answer.statusText}`.trim(),
      ...(seconds > 0 && { retryAfterMs: seconds * 1000 }),
    }
  } catch (error) {
    return { failed: inWords(error) }
  }
}

function asked(bytes: Uint8Array, headers: IncomingHttpHeaders): Delivery {
  try {
    const body = readBody(Buffer.from(bytes), headers)
    return typeof body.params.method === 'string' ? { asks: body } : {}
  } catch {
    return {}
  }
}

function inWords(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ECONNREFUSED') return 'Connection refused'
  if (error instanceof Error && error.name === 'TimeoutError') return 'Read timeout expired'
  return 'Webhook connection closed'
}
