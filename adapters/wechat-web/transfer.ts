import type { Readable } from 'node:stream'
import { isCdn } from './cdn.ts'
import { WireFault } from './fault.ts'
import type { OpenAnswer } from './http.ts'
import type { Live } from './live.ts'
import type { Source } from './source.ts'

/** A body under way. `head` has come; `total` is the size of the whole, where the server told it. */
export interface Transfer {
  readonly head: Uint8Array
  readonly rest: AsyncIterator<Uint8Array>
  readonly body: Readable
  readonly total: number | undefined
  /** The server serves parts: it can go on where it broke. */
  readonly parts: boolean
}

/** Enough of the beginning to know what it is. */
const headBytes = 64

/**
 * Asks for a source from its byte `from` on. Undefined: the server has nothing there, or not that part. Throws a
 * {@link WireFault} when it could not be asked.
 */
export async function open(
  live: Pick<Live, 'api'>,
  source: Source,
  from: number,
  cdn: string | undefined,
  signal: AbortSignal,
): Promise<Transfer | undefined> {
  const answer = await follow(live, source, from, cdn, signal)
  const { status, range, body } = answer
  if (status >= 500) {
    body.destroy()
    throw new WireFault('status', 'download', { status })
  }
  const isPart = status === 206 && range?.from === from
  // The whole where a part was asked for is welcome at the beginning only (protocol §6.3).
  if (!isPart && !(from === 0 && (status === 200 || (status === 206 && !range)))) {
    body.destroy()
    return undefined
  }
  const { head, rest } = await peek(body)
  if (head.length === 0) {
    body.destroy()
    return undefined
  }
  const total = isPart ? range.total : answer.length
  return { head, rest, body, total, parts: total !== undefined && (isPart || answer.ranges) }
}

/** Up to three redirects, and only to hosts that are ours to ask, or a CDN's without cookies (protocol §6). */
async function follow(
  live: Pick<Live, 'api'>,
  source: Source,
  from: number,
  cdn: string | undefined,
  signal: AbortSignal,
): Promise<OpenAnswer> {
  const { wire, timings } = live.api
  let { url } = source
  for (let hop = 0; ; hop++) {
    const isOwn = !source.foreign && wire.allows(url)
    if (!isOwn && !isCdn(url, cdn)) throw new WireFault('garbage', 'download')
    const answer = await wire.open(
      {
        name: 'download',
        method: 'GET',
        url,
        timeoutMs: timings.download,
        ...(source.ranged || from > 0 ? { headers: { range: `bytes=${from}-` } } : {}),
        ...(isOwn ? {} : { foreign: true }),
      },
      signal,
    )
    const { location, status } = answer
    if (status < 300 || status >= 400 || !location || hop >= 3) return answer
    answer.body.destroy()
    if (!URL.canParse(location, url.href)) throw new WireFault('garbage', 'download')
    url = new URL(location, url)
  }
}

async function peek(body: Readable): Promise<Pick<Transfer, 'head' | 'rest'>> {
  const rest: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]()
  const held: Uint8Array[] = []
  let size = 0
  try {
    while (size < headBytes) {
      const next = await rest.next()
      if (next.done) break
      held.push(next.value)
      size += next.value.length
    }
  } catch (thrown) {
    throw new WireFault('cut', 'download', { cause: thrown })
  }
  return { head: Buffer.concat(held), rest }
}
