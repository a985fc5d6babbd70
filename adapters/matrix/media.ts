import { Readable } from 'node:stream'
import type { ReadableStream as NodeStream } from 'node:stream/web'
import { request } from 'undici'
import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Open, Opened } from '../../src/ports/outlet.ts'
import { type Doing, toBridgeError } from './errors.ts'
import { type Homeserver, interrupted, needText, path } from './homeserver.ts'
import { count, parse, record, text } from './json.ts'

/** What the homeserver keeps of an upload. `bytes` is its exact size. */
export interface Uploaded {
  readonly mxc: string
  readonly mime: string
  readonly bytes: number
}

/** Bytes to and from the homeserver's media repository, streamed with undici: the SDK would hold whole files. */
export interface MediaRepository {
  /** Streams a medium up. Throws `tooLarge` with both sizes where the homeserver would refuse it. */
  upload(media: MediaRef, open: Open, signal: AbortSignal): Promise<Uploaded>
  /** Uploads a few bytes of our own making. */
  uploadBytes(bytes: Uint8Array, mime: string, signal: AbortSignal): Promise<string>
  download(media: MediaRef, signal: AbortSignal): Promise<Opened>
}

const limitKeptMs = 10 * 60_000
const noAnswerMs = 60_000

/** The media repository of `url`, reached with `asToken`. */
export function createMediaRepository(
  at: { readonly url: string; readonly asToken: string },
  homeserver: Homeserver,
  clock: Clock,
): MediaRepository {
  const authorization = `Bearer ${at.asToken}`
  let known: { limit: number; until: number } | undefined

  const limit = async (signal: AbortSignal): Promise<number> => {
    if (known && clock.now() < known.until) return known.limit
    const answer = await homeserver.call(
      { method: 'GET', path: '/_matrix/client/v1/media/config', what: 'ask for the upload limit' },
      signal,
    )
    const most = count(answer['m.upload.size']) ?? Number.POSITIVE_INFINITY
    known = { limit: most, until: clock.now() + limitKeptMs }
    return most
  }

  const put = async (
    body: Readable | Uint8Array,
    mime: string,
    bytes: number,
    doing: Doing,
    signal: AbortSignal,
  ): Promise<string> => {
    const answer = await request(`${at.url}/_matrix/media/v3/upload`, {
      method: 'POST',
      headers: { authorization, 'content-type': mime, 'content-length': String(bytes) },
      body,
      signal,
      headersTimeout: noAnswerMs,
      bodyTimeout: noAnswerMs,
    })
    const json = record(parse(await answer.body.text()))
    if (answer.statusCode !== 200) throw refusal(answer.statusCode, json)
    return needText(json ?? {}, 'content_uri', doing)
  }

  return {
    async upload(media, open, signal) {
      const doing = { what: `put ${words(media)} on the homeserver` }
      const most = await limit(signal)
      const opened = await open(media)
      const bytes = opened.bytes ?? (await counted(opened))
      if (bytes > most) {
        await opened.stream.cancel().catch(() => {})
        throw new BridgeError(
          `${words(media)} has ${megabytes(bytes)}, but the homeserver takes at most ` +
            `${megabytes(most)}; it was not sent. Its owner can raise max_upload_size.`,
          { code: 'tooLarge', heal: 'never', certain: true },
        )
      }
      // The homeserver wants the size first, so a stream that did not tell it was read once to count.
      const { stream } = opened.bytes === undefined ? await open(media) : opened
      const mime = headerMime(opened.mime)
      try {
        const body = Readable.fromWeb(stream as NodeStream<Uint8Array>)
        return { mxc: await put(body, mime, bytes, doing, signal), mime, bytes }
      } catch (thrown) {
        throw signal.aborted ? interrupted(doing, thrown) : toBridgeError(thrown, doing)
      }
    },
    async uploadBytes(bytes, mime, signal) {
      const doing = { what: 'put a picture on the homeserver' }
      try {
        return await put(bytes, mime, bytes.length, doing, signal)
      } catch (thrown) {
        throw signal.aborted ? interrupted(doing, thrown) : toBridgeError(thrown, doing)
      }
    },
    async download(media, signal) {
      const doing = { what: `fetch ${words(media)} from the homeserver` }
      const parts = mxcParts(text(record(parse(media.token))?.mxc) ?? '')
      if (!parts) {
        throw new BridgeError(`Could not ${doing.what}: its reference is not one of Matrix.`, {
          code: 'bug',
          heal: 'never',
          certain: true,
        })
      }
      const where = path`/_matrix/client/v1/media/download/${parts.server}/${parts.id}`
      try {
        // undici follows no redirect, so the token and the bytes stay with the homeserver.
        const answer = await request(at.url + where, {
          headers: { authorization },
          signal,
          headersTimeout: noAnswerMs,
          bodyTimeout: noAnswerMs,
        })
        if (answer.statusCode !== 200) {
          throw refusal(answer.statusCode, record(parse(await answer.body.text())))
        }
        const size = count(Number(answer.headers['content-length'] ?? Number.NaN))
        const mime = String(answer.headers['content-type'] ?? '')
          .split(';')[0]
          ?.trim()
        return {
          stream: Readable.toWeb(answer.body) as Opened['stream'],
          mime: mime || media.mime,
          ...(size !== undefined && { bytes: size }),
        }
      } catch (thrown) {
        throw signal.aborted ? interrupted(doing, thrown) : toBridgeError(thrown, doing)
      }
    },
  }
}

/** Server and media id of a well-formed `mxc:` address. */
export function mxcParts(mxc: string): { server: string; id: string } | undefined {
  const match = /^mxc:\/\/([A-Za-z0-9.:[\]-]{1,255})\/([A-Za-z0-9_-]{1,255})$/.exec(mxc)
  return match?.[1] && match[2] && !/^\.+$/.test(match[1])
    ? { server: match[1], id: match[2] }
    : undefined
}

async function counted(opened: Opened): Promise<number> {
  let bytes = 0
  for await (const chunk of opened.stream as NodeStream<Uint8Array>) bytes += chunk.length
  return bytes
}

/** An answer in the shape of matrix-bot-sdk's errors, which is what `toBridgeError` reads. */
function refusal(statusCode: number, body: Readonly<Record<string, unknown>> | undefined) {
  const { errcode, error, retry_after_ms: retryAfterMs } = body ?? {}
  return Object.assign(new Error('refused'), { statusCode, errcode, error, retryAfterMs })
}

const headerMime = (mime: string) =>
  /^[\w.+-]+\/[\w.+-]+$/.test(mime) ? mime : 'application/octet-stream'

const words = (media: MediaRef) => (media.kind === 'image' ? 'the picture' : `the ${media.kind}`)

const megabytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(1)} MB`
