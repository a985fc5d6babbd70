import { Readable } from 'node:stream'
import { Agent, request } from 'undici'
import type { Clock } from '../../src/ports/clock.ts'
import type { Bytes } from '../../src/ports/outlet.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { WireFault } from './fault.ts'
import { parseJson, type Raw, record } from './json.ts'

/** One request. `name` is the endpoint's name for logs and errors; the URL itself is never logged. */
export interface Call {
  readonly name: string
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  /** A stream says how long it is: the file server need not take a body of unknown length. */
  readonly body?: string | { readonly stream: AsyncIterable<Uint8Array>; readonly length: number }
  /** From start to the last byte; for `open`, to the headers. */
  readonly timeoutMs: number
}

export interface Opened {
  readonly status: number
  readonly length: number | undefined
  header(name: string): string | undefined
  readonly body: Readable
}

/** Answers hold messages, never media; a batch of them has some hundred KiB at most. */
const largest = 8 * 1024 * 1024

/** Speaks HTTP to WeChat: follows no redirect, bounds what it reads. Throws {@link WireFault}, or the signal's reason. */
export class Wire {
  readonly #agent = new Agent({
    headersTimeout: 0,
    bodyTimeout: 60_000,
    connect: { timeout: 15_000 },
  })
  readonly #clock: Clock
  readonly #log: Log

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** Status 200 and a JSON object without an error in it, or a fault. */
  async json(call: Call, signal: AbortSignal): Promise<Raw> {
    const started = this.#clock.now()
    try {
      const { status, text } = await this.#within(call, signal, async (inner) => {
        const answer = await this.#start(call, inner)
        return { status: answer.statusCode, text: await readText(answer.body, call.name) }
      })
      const ms = this.#clock.now() - started
      this.#log.debug({ call: call.name, status, ms }, 'WeChat answered')
      if (status !== 200) throw new WireFault('status', call.name, { status })
      return judged(call.name, text)
    } catch (thrown) {
      signal.throwIfAborted()
      const fault = toFault(thrown, call.name)
      this.#log.debug({ call: call.name, fault: fault.message }, 'A call to WeChat failed')
      throw fault
    }
  }

  /** The headers are in, the body is still to be read; the caller must read or destroy it. */
  async open(call: Call, signal: AbortSignal): Promise<Opened> {
    try {
      return await this.#within(call, signal, async (inner) => {
        const { statusCode, headers, body } = await this.#start(call, inner)
        // A body given up halfway reports that as an error, which nobody listens for any more.
        body.on('error', () => undefined)
        const header = (name: string) => {
          const value = headers[name]
          return typeof value === 'string' && value !== '' ? value : undefined
        }
        const length = Number(header('content-length') ?? Number.NaN)
        return {
          status: statusCode,
          length: Number.isFinite(length) ? length : undefined,
          header,
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

  #start({ url, method, headers, body }: Call, signal: AbortSignal) {
    const isStream = typeof body === 'object'
    return request(url, {
      method,
      dispatcher: this.#agent,
      signal,
      // The length of a text is counted by undici: told by hand as well, it is refused (`ecosystem §1.3`).
      headers: { ...headers, ...(isStream ? { 'content-length': String(body.length) } : {}) },
      ...(body === undefined ? {} : { body: isStream ? Readable.from(body.stream) : body }),
    })
  }

  async #within<T>(
    call: Call,
    signal: AbortSignal,
    work: (inner: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted()
    const done = new AbortController()
    const late = new AbortController()
    this.#clock.sleep(call.timeoutMs, AbortSignal.any([done.signal, signal])).then(
      () => late.abort(new WireFault('timeout', call.name)),
      () => undefined,
    )
    try {
      return await work(AbortSignal.any([late.signal, signal]))
    } finally {
      done.abort()
    }
  }
}

/** The answer as an object. WeChat leaves `ret` out where all is well, and writes errors in either of two fields. */
function judged(name: string, body: string): Raw {
  let value: unknown
  try {
    value = parseJson(body)
  } catch (cause) {
    throw new WireFault('garbage', name, { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WireFault('garbage', name)
  }
  const raw = record(value)
  const ret = [raw.ret, raw.errcode].map(Number).find((each) => Number.isInteger(each) && each)
  if (ret === undefined) return raw
  const sentence = typeof raw.errmsg === 'string' ? raw.errmsg.slice(0, 200) : ''
  throw new WireFault('ret', name, { ret, ...(sentence ? { sentence } : {}) })
}

async function readText(body: Readable, name: string): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    // Leaving the loop destroys the body.
    if (size > largest) throw new WireFault('garbage', name)
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

export function toFault(thrown: unknown, name: string): WireFault {
  if (thrown instanceof WireFault) return thrown
  const { code, syscall, errors } = thrown as SystemFault & { errors?: SystemFault[] }
  const word = code ?? errors?.[0]?.code ?? ''
  const isConnecting = (syscall ?? errors?.[0]?.syscall) === 'connect'
  if (isConnecting || before.has(word)) return new WireFault('unreachable', name, { cause: thrown })
  if (word === 'UND_ERR_BODY_TIMEOUT') return new WireFault('timeout', name, { cause: thrown })
  if (word.startsWith('HPE_')) return new WireFault('garbage', name, { cause: thrown })
  return new WireFault('cut', name, { cause: thrown })
}

/** A web stream's pieces, one after another. */
export async function* piecesOf(stream: Bytes): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) yield piece
}
