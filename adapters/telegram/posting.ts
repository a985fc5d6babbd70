import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Multipart } from './multipart.ts'

/** Answers are short. */
const largestAnswer = 4 * 1024 * 1024

/**
 * One call with uploads. Not telegraf's: that reads a source as fast as it gives and keeps what cannot be sent yet, so that
 * a large file is in memory whole, and ends an upload after 500 s (telegraf 4.16.3, sandwich-stream). Resolves with the
 * result; throws what Telegram refused as telegraf does, `{response}`.
 */
export async function post(
  url: URL,
  { type, body }: Multipart,
  agent: Agent,
  signal: AbortSignal,
): Promise<unknown> {
  const make = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request = make(url, { method: 'POST', agent, signal, headers: { 'content-type': type } })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve)
    request.on('error', reject)
  })
  const sending = pipeline(Readable.from(body, { objectMode: false }), request)
  // What ends it shows in the answer, which may come before all is sent.
  sending.catch(() => undefined)
  try {
    const answer: unknown = JSON.parse(await textOf(await answered))
    if (isGood(answer)) return answer.result
    throw Object.assign(new Error('refused'), { response: answer })
  } finally {
    if (!request.writableFinished) request.destroy()
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer) {
    bytes += chunk.length
    if (bytes > largestAnswer) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const isGood = (answer: unknown): answer is { readonly result: unknown } =>
  typeof answer === 'object' && answer !== null && Reflect.get(answer, 'ok') === true
