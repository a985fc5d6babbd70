import { Readable } from 'node:stream'
import { Agent, request } from 'undici'
import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { type Cookies, cookieHeader, storeCookies } from './cookies.ts'
import { WireFault } from './fault.ts'
import { parseJson, type Raw, record } from './raw.ts'

/** One request. `name` is the endpoint's name for logs and errors; the URL itself is never logged. */
export interface Call {
  readonly name: string
  readonly method: 'GET' | 'POST'
  readonly url: URL | string
  readonly headers?: Readonly<Record<string, string>>
  /** Pieces are sent one after another, as one. */
  readonly body?: string | readonly Uint8Array[]
  /** From start to the last byte; for `open`, to the headers. */
  readonly timeoutMs: number
  /** An origin that is not the session's, judged by the caller: no cookie goes there, and none is taken. */
  readonly foreign?: true
}

export interface Answer {
  readonly status: number
  readonly text: string
}

export interface OpenAnswer {
  readonly status: number
  readonly location: string | undefined
  readonly length: number | undefined
  /** Which part of the whole this is: its first byte, and the size of the whole. */
  readonly range: { readonly from: number; readonly total: number } | undefined
  /** The server says that it serves parts. */
  readonly ranges: boolean
  readonly body: Readable
}

/** Answers that hold people or messages; a large address book has a few MiB. Parsed, JSON takes many times its size. */
const large: ReadonlySet<string> = new Set([
  'webwxinit',
  'webwxgetcontact',
  'webwxbatchgetcontact',
  'webwxsync',
])
const largeText = 16 * 1024 * 1024
const smallText = 1024 * 1024

/**
 * Speaks HTTP to WeChat (protocol §1.3, §1.5): no redirects, one flat cookie jar, UTF-8 whatever is declared, and
 * only to origins that configuration or the server's `redirect_uri` named, or that a call names as foreign. Throws
 * {@link WireFault}, or the signal's reason.
 */
export class Wire {
  readonly #agent = new Agent({
    headersTimeout: 0,
    bodyTimeout: 60_000,
    connect: { timeout: 15_000 },
  })
  readonly #allowed = new Set<string>()
  readonly #userAgent: string
  readonly #clock: Clock
  readonly #log: Log
  /** The jar in use; replaced at each login. */
  cookies: Cookies = {}

  constructor(userAgent: string, clock: Clock, log: Log) {
    this.#userAgent = userAgent
    this.#clock = clock
    this.#log = log
  }

  /** From now on these origins, and no others. */
  allow(origins: readonly string[]): void {
    this.#allowed.clear()
    for (const origin of origins) this.#allowed.add(origin)
  }

  allows(url: URL): boolean {
    return this.#allowed.has(url.origin)
  }

  /** Any status, whole body as text. */
  async ask(call: Call, signal: AbortSignal): Promise<Answer> {
    const started = this.#clock.now()
    try {
      return await this.#within(call, signal, async (inner) => {
        const answer = await this.#start(call, inner)
        const length = Number(answer.headers['content-length'] ?? 0)
        const text = await readText(answer.body, length, call.name)
        const ms = this.#clock.now() - started
        this.#log.debug({ call: call.name, status: answer.statusCode, ms }, 'WeChat answered')
        return { status: answer.statusCode, text }
      })
    } catch (thrown) {
      signal.throwIfAborted()
      const fault = toFault(thrown, call.name)
      this.#log.debug({ call: call.name, fault: fault.message }, 'A call to WeChat failed')
      throw fault
    }
  }

  /** Status 200 and a JSON object, or a fault. */
  async json(call: Call, signal: AbortSignal): Promise<Raw> {
    const answer = await this.ask(call, signal)
    if (answer.status !== 200) throw new WireFault('status', call.name, { status: answer.status })
    try {
      const value = parseJson(answer.text)
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error()
      return record(value)
    } catch {
      throw new WireFault('garbage', call.name)
    }
  }

  /** The headers are in, the body is still to be read; the caller must read or destroy it. */
  async open(call: Call, signal: AbortSignal): Promise<OpenAnswer> {
    try {
      return await this.#within(call, signal, async (inner) => {
        const { statusCode, headers, body } = await this.#start(call, inner)
        // A body given up halfway reports that as an error, which nobody listens for any more.
        body.on('error', () => undefined)
        const length = Number(headers['content-length'])
        return {
          status: statusCode,
          location: typeof headers.location === 'string' ? headers.location : undefined,
          length: headers['content-length'] && Number.isFinite(length) ? length : undefined,
          range: rangeOf(headers['content-range']),
          ranges: headers['accept-ranges'] === 'bytes',
          body,
        }
      })
    } catch (thrown) {
      signal.throwIfAborted()
      throw toFault(thrown, call.name)
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }

  async #start(call: Call, signal: AbortSignal) {
    const url = new URL(call.url)
    if (!call.foreign && !this.allows(url)) {
      throw new WireFault('unreachable', call.name, { cause: 'origin' })
    }
    const jar = call.foreign ? {} : this.cookies
    const cookie = cookieHeader(jar)
    const answer = await request(url, {
      method: call.method,
      dispatcher: this.#agent,
      signal,
      headers: {
        'user-agent': this.#userAgent,
        ...(cookie ? { cookie } : {}),
        ...call.headers,
        ...(typeof call.body === 'object' ? { 'content-length': String(lengthOf(call.body)) } : {}),
      },
      ...(call.body === undefined
        ? {}
        : { body: typeof call.body === 'string' ? call.body : Readable.from(call.body) }),
    })
    storeCookies(jar, answer.headers['set-cookie'], this.#clock.now())
    return answer
  }

  async #within<T>(
    call: Call,
    signal: AbortSignal,
    work: (inner: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted()
    const done = new AbortController()
    const late = new AbortController()
    const ended = AbortSignal.any([done.signal, signal])
    this.#clock.sleep(call.timeoutMs, ended).then(
      () => late.abort(new WireFault('timeout', call.name)),
      () => undefined,
    )
    try {
      return await work(AbortSignal.any([late.signal, signal]))
    } finally {
      done.abort(hasEnded)
    }
  }
}

/** Made once: a stack for each request would cost more than it. */
const hasEnded = new Error('it has ended')

const lengthOf = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, piece) => sum + piece.byteLength, 0)

function rangeOf(header: string | string[] | undefined): OpenAnswer['range'] {
  const found = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/.exec(String(header ?? '').trim())
  return found ? { from: Number(found[1]), total: Number(found[2]) } : undefined
}

async function readText(body: Readable, length: number, name: string): Promise<string> {
  const most = large.has(name) ? largeText : smallText
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    // Leaving the loop destroys the body.
    if (size > most || length > most) throw new WireFault('garbage', name)
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

/** Errors met before a request could have been carried out; as are all of the system's when it connects. */
const before = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

type SystemFault = { readonly code?: string; readonly syscall?: string }

function toFault(thrown: unknown, name: string): WireFault {
  if (thrown instanceof WireFault) return thrown
  const { code, syscall, errors } = thrown as SystemFault & { errors?: SystemFault[] }
  const word = code ?? errors?.[0]?.code ?? ''
  const isConnecting = (syscall ?? errors?.[0]?.syscall) === 'connect'
  if (isConnecting || before.has(word)) return new WireFault('unreachable', name, { cause: thrown })
  if (word === 'UND_ERR_BODY_TIMEOUT') return new WireFault('timeout', name, { cause: thrown })
  if (word.startsWith('HPE_')) return new WireFault('garbage', name, { cause: thrown })
  return new WireFault('cut', name, { cause: thrown })
}
