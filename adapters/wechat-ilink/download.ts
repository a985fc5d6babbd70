import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Opened } from '../../src/ports/outlet.ts'
import { BadSeal, unsealed } from './aes.ts'
import { toBridgeError, WireFault } from './fault.ts'
import { readToken, type Where } from './media.ts'
import { headBytes, plainMime, sniff, unknownMime } from './mime.ts'
import { isAllowed } from './places.ts'
import type { Timings } from './timings.ts'
import { toFault, type Wire } from './wire.ts'

export interface DownloadParts {
  readonly wire: Wire
  readonly clock: Clock
  readonly timings: Timings
  readonly cdnBase: string
  /** The most that is read of one, in bytes. */
  readonly most: number
}

/**
 * Opens media of WeChat's as a stream, decrypted on its way (`ecosystem §1.3`). No login is needed: whoever has the
 * reference may. Throws a BridgeError; the stream fails with one where the bytes turn out not to be whole.
 */
export async function download(
  parts: DownloadParts,
  media: MediaRef,
  signal: AbortSignal,
): Promise<Opened> {
  const where = media.source.startsWith('wechat/ilink:') ? readToken(media.token) : undefined
  if (!where) throw lost('this reference is not one of WeChat', 'gone')
  const url = addressOf(where, parts.cdnBase)
  const pauses = parts.timings.mediaRetries
  for (let round = 0; ; round++) {
    try {
      return await openOne(parts, url, where, media, signal)
    } catch (thrown) {
      signal.throwIfAborted()
      const pause = thrown instanceof WireFault && !isGone(thrown) ? pauses[round] : undefined
      if (pause === undefined) throw failed(thrown)
      await parts.clock.sleep(pause, signal)
    }
  }
}

function addressOf({ url = '', query = '' }: Where, cdnBase: string): URL {
  if (url && URL.canParse(url)) {
    const full = new URL(url)
    if (isAllowed(full, cdnBase)) return full
  }
  if (!query) throw lost("it is said to be at an address that is not WeChat's", 'refused')
  const built = new URL(`${cdnBase}/download`)
  built.searchParams.set('encrypted_query_param', query)
  return built
}

async function openOne(
  { wire, timings, most }: DownloadParts,
  url: URL,
  where: Where,
  media: MediaRef,
  signal: AbortSignal,
): Promise<Opened> {
  const call = { name: 'download', method: 'GET', url, timeoutMs: timings.download } as const
  const { status, length, body } = await wire.open(call, signal)
  if (status !== 200) {
    body.destroy()
    throw new WireFault('status', 'download', { status })
  }
  if (length !== undefined && length > most) {
    body.destroy()
    throw tooLarge()
  }
  const key = where.key === undefined ? undefined : Buffer.from(where.key, 'hex')
  const bytes = bounded(body, most)
  const pieces = key ? unsealed(bytes, key) : bytes
  const { head, rest } = await headOf(pieces)
  const isPicture = media.kind === 'image'
  const seen = await sniff(head)
  // An office document is a zip, and says more by its name.
  const told = media.mime !== unknownMime && (seen === undefined || seen === 'application/zip')
  const claimed = told && !isPicture ? plainMime(media.mime) : undefined
  return { stream: ReadableStream.from(rest), mime: claimed ?? seen ?? unknownMime }
}

async function* bounded(body: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let size = 0
  try {
    for await (const piece of body) {
      size += piece.length
      if (size > most) throw tooLarge()
      yield piece
    }
  } catch (thrown) {
    throw thrown instanceof BridgeError ? thrown : toFault(thrown, 'download')
  }
}

/** Enough of the beginning to tell what it is; `rest` is everything, from the first byte on. */
async function headOf(pieces: AsyncGenerator<Uint8Array>): Promise<{
  readonly head: Uint8Array
  readonly rest: AsyncGenerator<Uint8Array>
}> {
  const read: Uint8Array[] = []
  let size = 0
  while (size < headBytes) {
    const next = await pieces.next()
    if (next.done) break
    read.push(next.value)
    size += next.value.length
  }
  async function* rest(): AsyncGenerator<Uint8Array> {
    try {
      yield* read
      yield* pieces
    } catch (thrown) {
      throw failed(thrown)
    } finally {
      await pieces.return(undefined)
    }
  }
  return { head: Buffer.concat(read).subarray(0, headBytes), rest: rest() }
}

const isGone = ({ status = 0 }: WireFault) => status >= 400 && status < 500

function failed(thrown: unknown): BridgeError {
  if (thrown instanceof BadSeal) {
    return lost(
      'its key does not fit, or not all of it came; on the phone it may still be seen',
      'format',
    )
  }
  if (thrown instanceof WireFault && isGone(thrown)) {
    return lost('WeChat does not have it any more; on the phone it may still be seen', 'gone')
  }
  return toBridgeError(thrown, 'media', { done: 'fetched', harmless: true })
}

const lost = (why: string, code: 'gone' | 'format' | 'refused'): BridgeError =>
  new BridgeError(`It was not fetched: ${why}.`, { code, heal: 'never', certain: true })

const tooLarge = (): BridgeError =>
  new BridgeError('It was not fetched: it is larger than what is taken.', {
    code: 'tooLarge',
    heal: 'never',
    certain: true,
  })
