import type { Readable } from 'node:stream'
import { Agent } from 'undici'
import type { z } from 'zod'
import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { faultOf, GatewayFault } from './faults.ts'
import { readJson, whyNot } from './reading.ts'
import { signatureOf, signedHeaders } from './signing.ts'
import { headerMime } from './text.ts'
import { refusal } from './wire.ts'

/** Answers are lists of chats or events at most. */
const mostText = 32 * 1024 * 1024

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT'
  /** From the origin on, with its query, all of it encoded. */
  readonly path: string
  readonly json?: unknown
  /** In milliseconds, from the end of the question to the first byte of the answer. */
  readonly patienceMs: number
}

/** Bytes that are sent as they come: signed before, with the time they were signed at. */
export interface Signed {
  readonly stream: AsyncIterable<Uint8Array>
  readonly bytes: number
  readonly mime: string
  readonly time: number
  readonly signature: string
}

export interface OpenAnswer {
  readonly body: Readable
  readonly mime: string
  /** Of the whole, where it was said. */
  readonly bytes: number | undefined
}

/** Asks the gateway, every question signed, nothing followed elsewhere. Throws {@link GatewayFault}, or the signal's reason. */
export class GatewayClient {
  readonly #agent = new Agent({ connect: { timeout: 10_000 }, keepAliveTimeout: 4_000 })
  readonly #origin: string
  readonly #secret: string
  readonly #clock: Clock
  readonly #log: Log

  constructor(origin: string, secret: string, clock: Clock, log: Log) {
    this.#origin = origin
    this.#secret = secret
    this.#clock = clock
    this.#log = log
  }

  /** A 2xx answer that is as the schema says. */
  async ask<T>(question: Question, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const { method, path, json } = question
    const body = json === undefined ? '' : JSON.stringify(json)
    const time = this.#clock.now()
    const headers = {
      ...signedHeaders(time, signatureOf(this.#secret, { method, path, time }, body)),
      ...(json !== undefined && { 'content-type': 'application/json' }),
    }
    const answer = await this.#start(question, headers, body === '' ? null : body, signal)
    return this.#read(question, answer, schema, signal)
  }

  async put<T>(
    path: string,
    signed: Signed,
    patienceMs: number,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const question = { method: 'PUT', path, patienceMs } as const
    const headers = {
      ...signedHeaders(signed.time, signed.signature),
      'content-type': headerMime(signed.mime),
      'content-length': String(signed.bytes),
    }
    const answer = await this.#start(question, headers, signed.stream, signal)
    return this.#read(question, answer, schema, signal)
  }

  /** Bytes of the gateway's; whoever asked reads or destroys them. */
  async open(path: string, patienceMs: number, signal: AbortSignal): Promise<OpenAnswer> {
    const question = { method: 'GET', path, patienceMs } as const
    const time = this.#clock.now()
    const signature = signatureOf(this.#secret, { method: 'GET', path, time }, '')
    const answer = await this.#start(question, signedHeaders(time, signature), null, signal)
    if (answer.statusCode !== 200) throw await this.#refused(question, answer)
    return openAnswerOf(answer)
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #start(
    { method, path, patienceMs }: Question,
    headers: Record<string, string>,
    body: string | AsyncIterable<Uint8Array> | null,
    signal: AbortSignal,
  ): Promise<Answer> {
    try {
      // Not as one address: that would be normalised, and be another path than the one that was signed.
      return (await this.#agent.request({
        origin: this.#origin,
        path,
        method,
        headers,
        body: body as string | Readable | null,
        signal,
        headersTimeout: patienceMs,
        bodyTimeout: 60_000,
      })) as unknown as Answer
    } catch (thrown) {
      signal.throwIfAborted()
      throw this.#noted(faultOf(thrown, nameOf(method, path)))
    }
  }

  async #read<T>(
    question: Question,
    answer: Answer,
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const call = nameOf(question.method, question.path)
    if (answer.statusCode < 200 || answer.statusCode > 299) {
      throw this.#noted(await this.#refused(question, answer))
    }
    let text: string
    try {
      text = await textOf(answer.body, mostText)
    } catch (thrown) {
      signal.throwIfAborted()
      throw this.#noted(faultOf(thrown, call))
    }
    const read = readJson(text === '' ? '{}' : text)
    if ('why' in read) throw this.#noted(new GatewayFault('garbage', call, { why: read.why }))
    const parsed = schema.safeParse(read.value)
    if (parsed.success) return parsed.data
    throw this.#noted(new GatewayFault('garbage', call, { why: whyNot(parsed.error) }))
  }

  async #refused(question: Question, answer: Answer): Promise<GatewayFault> {
    const call = nameOf(question.method, question.path)
    const status = answer.statusCode
    const text = await textOf(answer.body, 64 * 1024).catch(() => '')
    const read = readJson(text)
    const parsed = refusal.safeParse('value' in read ? read.value : undefined)
    const after = Number(answer.headers['retry-after'])
    return new GatewayFault('status', call, {
      status,
      ...(parsed.success && { error: parsed.data.error.slice(0, 60) }),
      ...(parsed.success && parsed.data.message && { said: parsed.data.message.slice(0, 500) }),
      ...(after > 0 && after < 86_400 && { afterMs: after * 1000 }),
    })
  }

  #noted(fault: GatewayFault): GatewayFault {
    this.#log.debug({ fault: fault.message }, 'Asking the gateway failed')
    return fault
  }
}

interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Readable
}

/** What an answer that gives bytes says of them. */
export function openAnswerOf({ headers, body }: Answer): OpenAnswer {
  const length = headers['content-length']
  const mime = headers['content-type']
  const isWhole = typeof length === 'string' && /^\d{1,15}$/.test(length)
  const isCoded = headers['content-encoding'] !== undefined
  return {
    body,
    mime: typeof mime === 'string' ? mime : '',
    bytes: isWhole && !isCoded ? Number(length) : undefined,
  }
}

/** Ids of people stay out of logs. */
function nameOf(method: string, path: string): string {
  const [, , name = '', , verb] = (path.split('?')[0] ?? '').split('/')
  return `${method} ${verb === undefined ? name : `${name} ${verb}`}`
}

async function textOf(body: Readable, most: number): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > most) throw new Error('the answer is too long')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
