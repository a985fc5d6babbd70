import { Readable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { Agent, type Dispatcher, request } from 'undici'
import { systemClock } from '../../adapters/system/clock.ts'
import { BridgeError, type Failure } from '../../src/core/errors.ts'
import { hubId, roomId } from '../../src/core/ids.ts'
import type { HubFeatures } from '../../src/core/post.ts'
import type { HubAdapter } from '../../src/ports/hub.ts'
import type { Bytes, Receipt } from '../../src/ports/outlet.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { Acknowledged, Batch, Placed, PostBody, RoomMade, Uploaded } from './raw-hub-wire.ts'

export interface RawHubAdapterOptions {
  /** The hub's `url`. */
  readonly url: string
  /** Default `raw`. */
  readonly id?: string
  /** How long an answer may take, in real milliseconds. Default 10 000. */
  readonly timeoutMs?: number
  /** Default 8 at once, without a limit of speed. */
  readonly rate?: HubAdapter['rate']
}

const any = { maxBytes: Number.MAX_SAFE_INTEGER, mimes: [], caption: 8000 }
const features: HubFeatures = {
  rooms: 'create',
  speakers: 'ghost',
  text: { limit: 8000, format: 'html' },
  media: { image: any, sticker: any, voice: any, video: any, file: any },
  reply: true,
  redact: true,
  location: true,
}

/** The bridge's side of a raw hub: what the Matrix adapter is to a homeserver, over a protocol of a few lines. */
export function createRawHub(
  options: RawHubAdapterOptions,
  { trace, log }: { readonly trace?: Trace; readonly log?: Log } = {},
): HubAdapter {
  const { url, timeoutMs = 10_000 } = options
  // Undici's own time is real, whatever the bridge's clock says.
  const dispatcher = new Agent({ headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
  const patient = new Agent({ headersTimeout: 60_000, bodyTimeout: 60_000 })
  /** Held for half of the time an answer may take: a longer silence is a dead connection. */
  const poll = path`/events/${String(timeoutMs / 2)}`
  const receipt = ({ id, at }: Placed): Receipt => ({ ids: [id], at })

  return {
    id: hubId(options.id ?? 'raw'),
    features,
    rate: options.rate ?? { concurrency: 8 },
    bucket: ({ room }) => room,

    async run(sink, signal) {
      for (let failures = 0; !signal.aborted; ) {
        try {
          const { events } = (await call('GET', poll, signal)) as Batch
          for (const { event } of events) await sink.event(event, JSON.stringify(event))
          const seen: Acknowledged = { seqs: events.map(({ seq }) => seq) }
          for (const { event } of events) trace?.('beforeConfirm', event.id)
          if (events.length) await call('POST', '/events/seen', signal, { body: seen })
          for (const { event } of events) trace?.('afterConfirm', event.id)
          failures = 0
        } catch (error) {
          if (signal.aborted) return
          // Neither the hub's failure nor the store's: what was not confirmed comes again.
          failures++
          log?.warn({ error: String(error), failures }, 'the raw hub could not be heard')
          const wait = Math.min(2_000, 50 * 2 ** Math.min(failures, 10))
          await systemClock.sleep(wait, signal).catch(() => undefined)
        }
      }
    },

    async ensureRoom(portal, chat, _open, signal) {
      const made = await call('PUT', path`/rooms/${portal}`, signal, { body: chat })
      return roomId((made as RoomMade).room)
    },

    async showLogin(login, signal) {
      await call('PUT', '/login', signal, { body: login })
    },

    async send(post, open, signal) {
      let media: string | undefined
      if (post.body.kind === 'media') {
        const { stream } = await open(post.body.media)
        media = await upload(stream, signal)
      }
      const body: PostBody = { post, ...(media !== undefined && { media }) }
      const where = path`/rooms/${post.room}/posts/${post.key}`
      return receipt((await call('PUT', where, signal, { body, delivering: true })) as Placed)
    },

    async find(post, _since, signal) {
      const where = path`/rooms/${post.room}/posts/${post.key}`
      const found = await call('GET', where, signal, { also: [404, 501] })
      if (typeof found === 'number') return found === 404 ? 'absent' : 'unknown'
      return receipt(found as Placed)
    },

    async download(media, signal) {
      const where = path`/media/${media.token}`
      const answer = await ask('GET', where, signal, { over: patient })
      if (answer.statusCode !== 200) {
        answer.body.destroy()
        throw refused(answer.statusCode, where)
      }
      const bytes = Number(answer.headers['content-length'])
      return { stream: Readable.toWeb(answer.body) as Bytes, mime: media.mime, bytes }
    },
  }

  async function upload(stream: Bytes, signal: AbortSignal): Promise<string> {
    const body = Readable.fromWeb(stream as NodeStream<Uint8Array>)
    const uploaded = await call('POST', '/media', signal, { bytes: body, over: patient })
    return (uploaded as Uploaded).id
  }

  /** The answer as JSON, or its status where that is one of `also`. */
  async function call(
    method: 'GET' | 'PUT' | 'POST',
    where: string,
    signal: AbortSignal,
    how: How = {},
  ): Promise<unknown> {
    const { statusCode, body } = await ask(method, where, signal, how)
    const text = await body.text().catch((error: unknown) => {
      throw lost(error, how.delivering === true)
    })
    if (how.also?.includes(statusCode)) return statusCode
    if (statusCode !== 200) throw refused(statusCode, where)
    return JSON.parse(text)
  }

  async function ask(
    method: 'GET' | 'PUT' | 'POST',
    where: string,
    signal: AbortSignal,
    { body, bytes, over = dispatcher, delivering = false }: How,
  ): Promise<Dispatcher.ResponseData> {
    try {
      return await request(`${url}${where}`, {
        method,
        signal,
        dispatcher: over,
        ...(body !== undefined && { body: JSON.stringify(body) }),
        ...(bytes && { body: bytes }),
      })
    } catch (error) {
      if (error instanceof BridgeError) throw error
      throw lost(error, delivering)
    }
  }
}

interface How {
  readonly body?: object
  readonly bytes?: Readable
  readonly over?: Agent
  /** The one call whose lost answer is an open question. */
  readonly delivering?: boolean
  /** Statuses that are answers too. */
  readonly also?: readonly number[]
}

const path = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  parts.map((part, at) => part + encodeURIComponent(values[at] ?? '')).join('')

function refused(status: number, where: string): BridgeError {
  const failure: Failure =
    status === 404
      ? { code: 'gone', heal: 'retry', certain: true }
      : status === 429
        ? { code: 'rate', heal: 'wait', certain: true, afterMs: 1_000 }
        : { code: 'server', heal: 'retry', certain: true }
  return new BridgeError(`The raw hub answered ${status} to ${where}; nothing was sent.`, failure)
}

function lost(error: unknown, delivering: boolean): BridgeError {
  const { code, syscall } = error as { code?: string; syscall?: string }
  const before = syscall === 'connect' || code === 'UND_ERR_CONNECT_TIMEOUT'
  const failure: Failure = { code: 'network', heal: 'retry', certain: before || !delivering }
  return new BridgeError(`The raw hub could not be reached (${code}).`, failure, { cause: error })
}
