import { BridgeError } from '../../src/core/errors.ts'
import { weChatLane } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Opened } from '../../src/ports/outlet.ts'
import { toBridgeError } from './fault.ts'
import { mimeOf, sniff } from './mime.ts'
import { streamOf } from './resume.ts'
import { type Fetching, type Source, type Sources, sourcesOf } from './source.ts'
import { open, type Transfer } from './transfer.ts'

export interface DownloadParts {
  readonly live: Fetching | undefined
  readonly clock: Clock
  /** One more origin that stickers may come from. */
  readonly cdn: string | undefined
}

/** Why a place gave nothing of use. */
type Nothing = 'empty' | 'words' | 'size'

/**
 * Opens media in the present session, as a stream (protocol §6, §3.7). Nothing, JSON, HTML and another size than
 * was announced are failures, tried again after a while (§6.6). Throws a BridgeError: `gone` when WeChat has
 * nothing under this name.
 */
export async function download(
  parts: DownloadParts,
  media: MediaRef,
  signal: AbortSignal,
): Promise<Opened> {
  const { live, clock } = parts
  if (!live?.online || media.source !== weChatLane(live.people.account)) {
    throw new BridgeError('WeChat is not logged in with the account this came from.', {
      code: 'session',
      heal: 'relogin',
      certain: true,
    })
  }
  const sources = sourcesOf(live, media, parts.cdn)
  const pauses = live.api.timings.mediaRetries
  for (let round = 0; ; round++) {
    const asked = sources.from.filter((each) => !each.late || round > 0 || pauses.length === 0)
    const got = await ask(parts, live, media, sources, asked, round >= pauses.length, signal)
    if (typeof got === 'object') return got
    const pause = pauses[round]
    if (pause === undefined) throw gone(got)
    await clock.sleep(pause, signal)
  }
}

/** One place after another. In the last round what kept the server from being asked is thrown. */
async function ask(
  parts: DownloadParts,
  live: Fetching,
  media: MediaRef,
  sources: Sources,
  asked: readonly Source[],
  isLast: boolean,
  signal: AbortSignal,
): Promise<Opened | Nothing> {
  let nothing: Nothing = 'empty'
  let fault: unknown
  for (const source of asked) {
    try {
      const got = await openOne(parts, live, media, sources, source, signal)
      if (typeof got === 'object') return got
      nothing = got
    } catch (thrown) {
      signal.throwIfAborted()
      // A CDN that cannot be reached is one place less; WeChat itself may be there again later.
      if (!source.foreign) fault = thrown
    }
  }
  if (fault !== undefined && isLast) throw failed(fault)
  return nothing
}

async function openOne(
  parts: DownloadParts,
  live: Fetching,
  media: MediaRef,
  sources: Sources,
  source: Source,
  signal: AbortSignal,
): Promise<Opened | Nothing> {
  const transfer = await open(live, source, 0, parts.cdn, signal)
  if (!transfer) return 'empty'
  const wrong = judge(transfer, sources)
  if (wrong) {
    transfer.body.destroy()
    return wrong
  }
  const size = sources.bytes ?? transfer.total
  const stream = streamOf(transfer, {
    size,
    reopen: (from) => open(live, source, from, parts.cdn, signal),
    pause: (ms) => parts.clock.sleep(ms, signal),
    pauses: live.api.timings.mediaRetries,
    failed,
  })
  return {
    stream,
    mime: mimeFor(media, transfer.head),
    ...(size === undefined ? {} : { bytes: size }),
  }
}

/** Is this something else than was asked for (protocol §6.4, §6.6)? A file may be a page or JSON by itself. */
function judge({ head, total }: Transfer, { bytes, anything }: Sources): Nothing | undefined {
  const start = new TextDecoder().decode(head.subarray(0, 64)).trimStart().toLowerCase()
  const isWhole = bytes !== undefined && total === bytes
  if (/^\{\s*"baseresponse"/.test(start) && !isWhole) return 'words'
  if (!anything && /^(\{|<!doctype|<html|<\?xml|<error)/.test(start)) return 'words'
  if (bytes !== undefined && total !== undefined && total !== bytes) return 'size'
  return undefined
}

/** Pictures are what their bytes say and nothing else: what cannot be told is not shown as one. */
function mimeFor(media: MediaRef, head: Uint8Array): string {
  const isPicture = media.kind === 'image' || media.kind === 'sticker'
  if (isPicture) return sniff(head) ?? 'application/octet-stream'
  return mimeOf(head, media.mime, media.name)
}

function failed(thrown: unknown): BridgeError {
  return toBridgeError(thrown, 'media', { done: 'fetched', harmless: true })
}

const whys = {
  empty: 'WeChat has nothing under this name: not yet, not any more, or not for the web',
  words: 'WeChat gave an error page instead',
  size: 'what WeChat gives is not as large as it announced',
} as const

function gone(nothing: Nothing): BridgeError {
  return new BridgeError(
    `It was not fetched: ${whys[nothing]}. It can be asked for again; on the phone it may still be seen.`,
    { code: 'gone', heal: 'never', certain: true },
  )
}
