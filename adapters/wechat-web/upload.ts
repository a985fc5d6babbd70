import { createHash } from 'node:crypto'
import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Open } from '../../src/ports/outlet.ts'
import { type Api, checked } from './api.ts'
import { WireFault } from './fault.ts'
import { cgi } from './hosts.ts'
import { type Raw, text } from './raw.ts'

/** Parts above this are answered with 502 (protocol §7.3). */
const chunkBytes = 524_288

export interface UploadParts {
  readonly api: Api
  readonly open: Open
  readonly now: () => number
  readonly maxBytes: number
}

/**
 * Uploads a picture in chunks, strictly one after another, never whole in memory: the first pass over the bytes
 * gives size and MD5, the second sends them (protocol §7.3). Returns the MediaId. Throws a {@link WireFault}, or a
 * BridgeError of its own for what cannot be sent.
 */
export async function uploadPicture(
  parts: UploadParts,
  media: MediaRef,
  to: string,
  signal: AbortSignal,
): Promise<string> {
  const measured = await measure(parts, media, signal)
  for (let attempt = 1; ; attempt++) {
    try {
      const mediaId = await sendChunks(parts, media, measured, to, signal)
      if (mediaId) return mediaId
      if (attempt >= 2) throw new WireFault('garbage', 'webwxuploadmedia')
    } catch (thrown) {
      signal.throwIfAborted()
      if (!(thrown instanceof WireFault) || thrown.kind === 'ret' || attempt >= 2) throw thrown
    }
  }
}

interface Measured {
  readonly bytes: number
  readonly md5: string
  readonly mime: string
}

const extensions = new Map([
  ['image/jpeg', 'jpg'],
  ['image/png', 'png'],
  ['image/bmp', 'bmp'],
])

/** The kinds of picture WeChat renders when they are sent as picture (protocol §7.3). */
export const pictureMimes = [...extensions.keys()]

async function measure(
  parts: UploadParts,
  media: MediaRef,
  signal: AbortSignal,
): Promise<Measured> {
  const opened = await parts.open(media)
  const { mime } = opened
  const hash = createHash('md5')
  let bytes = 0
  for await (const chunk of opened.stream) {
    signal.throwIfAborted()
    bytes += chunk.length
    if (bytes > parts.maxBytes) throw tooLarge(parts.maxBytes)
    hash.update(chunk)
  }
  if (bytes === 0) throw unfit('The picture was not sent: it is empty.')
  if (!extensions.has(mime)) {
    throw unfit(`The picture was not sent: WeChat takes JPEG, PNG and BMP, not ${mime}.`)
  }
  return { bytes, md5: hash.digest('hex'), mime }
}

async function sendChunks(
  parts: UploadParts,
  media: MediaRef,
  measured: Measured,
  to: string,
  signal: AbortSignal,
): Promise<string> {
  const count = Math.ceil(measured.bytes / chunkBytes)
  const form = formOf(parts, measured, to, count)
  const { stream } = await parts.open(media)
  let index = 0
  let mediaId = ''
  for await (const chunk of inChunks(stream)) {
    if (index >= count) break
    const answer = await sendChunk(parts.api, form(index, chunk), signal)
    mediaId = text(answer.MediaId)
    index += 1
  }
  return index === count ? mediaId : ''
}

/** One chunk; the same one once more after the network failed. */
async function sendChunk(api: Api, form: Form, signal: AbortSignal): Promise<Raw> {
  const name = 'webwxuploadmedia'
  const call = {
    name,
    method: 'POST' as const,
    url: `${api.session.hosts.file}${cgi}/${name}?f=json`,
    headers: { 'content-type': `multipart/form-data; boundary=${form.boundary}` },
    body: form.body,
    timeoutMs: api.timings.upload,
  }
  try {
    return checked(name, await api.wire.json(call, signal))
  } catch (thrown) {
    signal.throwIfAborted()
    if (!(thrown instanceof WireFault) || thrown.kind === 'ret') throw thrown
    return checked(name, await api.wire.json(call, signal))
  }
}

interface Form {
  readonly boundary: string
  readonly body: Uint8Array
}

/** All fields but the bytes are the same in every chunk. */
function formOf(
  parts: UploadParts,
  measured: Measured,
  to: string,
  chunks: number,
): (index: number, bytes: Uint8Array) => Form {
  const { session } = parts.api
  const now = parts.now()
  const request = JSON.stringify({
    UploadType: 2,
    BaseRequest: parts.api.baseRequest(),
    ClientMediaId: now,
    TotalLen: measured.bytes,
    StartPos: 0,
    DataLen: measured.bytes,
    MediaType: 4,
    FromUserName: session.self.UserName,
    ToUserName: to,
    FileMd5: measured.md5,
  })
  const name = `picture.${extensions.get(measured.mime) ?? 'jpg'}`
  const boundary = `----WebKitFormBoundary${measured.md5.slice(0, 16)}`
  return (index, bytes) => {
    const fields: [string, string][] = [
      ['id', 'WU_FILE_0'],
      ['name', name],
      ['type', measured.mime],
      ['lastModifiedDate', new Date(now).toString()],
      ['size', String(measured.bytes)],
      ...(chunks > 1
        ? ([
            ['chunks', String(chunks)],
            ['chunk', String(index)],
          ] as [string, string][])
        : []),
      ['mediatype', 'pic'],
      ['uploadmediarequest', request],
      ['webwx_data_ticket', session.cookies.webwx_data_ticket ?? ''],
      ['pass_ticket', session.passTicket],
    ]
    const head = fields
      .map(
        ([key, value]) =>
          `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`,
      )
      .join('')
    const type = chunks > 1 ? 'application/octet-stream' : measured.mime
    const file = `--${boundary}\r\nContent-Disposition: form-data; name="filename"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n`
    const body = Buffer.concat([
      Buffer.from(head + file),
      bytes,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ])
    return { boundary, body }
  }
}

/** The stream re-cut into chunks of exactly the size the server takes; only the last is shorter. */
async function* inChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = []
  let size = 0
  for await (const piece of stream) {
    let rest = piece
    while (size + rest.length >= chunkBytes) {
      const cut = chunkBytes - size
      yield Buffer.concat([...held, rest.subarray(0, cut)])
      rest = rest.subarray(cut)
      held = []
      size = 0
    }
    if (rest.length > 0) held.push(rest)
    size += rest.length
  }
  if (size > 0) yield Buffer.concat(held)
}

function tooLarge(limit: number): BridgeError {
  const megabytes = Math.round((limit / 1_048_576) * 10) / 10
  return new BridgeError(
    `The picture was not sent: it is larger than the ${megabytes} MiB that are allowed.`,
    { code: 'tooLarge', heal: 'never', certain: true },
  )
}

function unfit(sentence: string): BridgeError {
  return new BridgeError(sentence, { code: 'format', heal: 'never', certain: true })
}
