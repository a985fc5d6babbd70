import { BridgeError } from '../../src/core/errors.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Open } from '../../src/ports/outlet.ts'
import { type Api, checked } from './api.ts'
import { WireFault } from './fault.ts'
import { cgi } from './hosts.ts'
import { type Raw, text } from './raw.ts'
import { backoff } from './timings.ts'
import { type Form, formOf, type Upload } from './upload-form.ts'

/** Parts above this are answered with 502 (protocol §7.3). */
const chunkBytes = 524_288

/** Tries of one chunk, and of the whole. */
const chunkTries = 3
const wholeTries = 2

export interface UploadParts {
  readonly api: Api
  readonly open: Open
  readonly clock: Clock
  readonly random: Random
}

/**
 * Uploads in chunks, strictly one after another, never whole in memory; a chunk that failed is repeated, then the
 * whole is begun anew once (protocol §7.3). Returns the MediaId. Throws a {@link WireFault}, or a BridgeError of its
 * own.
 */
export async function upload(
  parts: UploadParts,
  job: Upload,
  signal: AbortSignal,
): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      const mediaId = await sendChunks(parts, job, attempt, signal)
      if (mediaId) return mediaId
      if (attempt >= wholeTries) throw new WireFault('garbage', 'webwxuploadmedia')
    } catch (thrown) {
      signal.throwIfAborted()
      if (!isWorthMore(thrown) || attempt >= wholeTries) throw thrown
    }
    await parts.clock.sleep(backoff(parts.api.timings, attempt, parts.random), signal)
  }
}

/** WeChat's own refusals stay refusals, whatever else is in them: a MediaId beside one is somebody else's (trap 75). */
function isWorthMore(thrown: unknown): boolean {
  return thrown instanceof WireFault && thrown.kind !== 'ret'
}

async function sendChunks(
  parts: UploadParts,
  job: Upload,
  attempt: number,
  signal: AbortSignal,
): Promise<string> {
  const { bytes } = job.measured
  const count = Math.ceil(bytes / chunkBytes)
  // The attempt is in it, for a clock may stand still.
  const form = formOf(parts.api, job, count, parts.clock.now() + attempt)
  const { stream } = await parts.open(job.media)
  let index = 0
  let sent = 0
  let mediaId = ''
  for await (const { pieces, length } of inChunks(stream)) {
    sent += length
    index += 1
    if (index > count || (index === count && sent !== bytes)) throw changed()
    const { boundary, body } = form(index - 1, pieces)
    const answer = await sendChunk(parts, { boundary, body }, signal)
    // A call leaves traces that take long to be collected. Its bytes need not wait for that.
    body.length = 0
    pieces.length = 0
    mediaId = text(answer.MediaId)
  }
  if (index !== count) throw changed()
  return mediaId
}

async function sendChunk(parts: UploadParts, form: Form, signal: AbortSignal): Promise<Raw> {
  const { api, clock, random } = parts
  const name = 'webwxuploadmedia'
  const call = {
    name,
    method: 'POST' as const,
    url: `${api.session.hosts.file}${cgi}/${name}?f=json`,
    headers: { 'content-type': `multipart/form-data; boundary=${form.boundary}` },
    body: form.body,
    timeoutMs: api.timings.upload,
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return checked(name, await api.wire.json(call, signal))
    } catch (thrown) {
      signal.throwIfAborted()
      if (!isWorthMore(thrown) || attempt >= chunkTries) throw thrown
    }
    await clock.sleep(backoff(api.timings, attempt, random), signal)
  }
}

interface Chunk {
  readonly pieces: Uint8Array[]
  readonly length: number
}

/** The stream re-cut into chunks of exactly the size the server takes; only the last is shorter. Nothing is copied. */
async function* inChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Chunk> {
  let pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of stream) {
    let rest = piece
    while (length + rest.length >= chunkBytes) {
      const cut = chunkBytes - length
      pieces.push(rest.subarray(0, cut))
      yield { pieces, length: chunkBytes }
      rest = rest.subarray(cut)
      pieces = []
      length = 0
    }
    if (rest.length > 0) pieces.push(rest)
    length += rest.length
  }
  if (length > 0) yield { pieces, length }
}

function changed(): BridgeError {
  return new BridgeError('It was not sent: its bytes changed while they were read.', {
    code: 'server',
    heal: 'retry',
    certain: true,
  })
}
