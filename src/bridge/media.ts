import { BridgeError, toBridgeError } from '../core/errors.ts'
import type { MediaId } from '../core/ids.ts'
import type { MediaRef } from '../core/message.ts'
import { size } from '../core/words.ts'
import type { Kept } from '../ports/media.ts'
import type { Bytes, Open, Opened } from '../ports/outlet.ts'
import type { Wanted } from '../ports/store.ts'
import type { Parts } from './parts.ts'

/** Waits between tries to fetch, in milliseconds; after the last the media is given up. */
const retriesMs = [2_000, 10_000, 60_000, 300_000, 1_800_000]
/** Transfers at the same time (protocol §6.6 says 2 to 4), and how many of the places profiles may take. */
const atOnce = 4
const profilesAtOnce = 2
const pollMs = 2_000
const offlineMs = 15_000
/** A transfer that takes longer is broken off: it would keep its place from others for ever. */
const deadlineMs = 600_000

/** Turns a reference into bytes at its source. */
export type Download = (media: MediaRef, signal: AbortSignal) => Promise<Opened>

export interface Media {
  /** From the store, else fetched and kept first. */
  readonly open: Open
  /** There may be something to fetch. */
  wake(): void
  /** Fetches what is wanted until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

/**
 * Bytes are fetched early and opened late: one copy, written on arrival, serves relay, page and recalls alike.
 * `sources` finds who minted a reference.
 */
export function createMedia(
  parts: Parts,
  sources: (source: string) => Download | undefined,
  stopping: AbortSignal,
): Media {
  const { store, mediaStore, clock, log } = parts
  const fetching = new Map<MediaId, Promise<Kept>>()
  const underWay = new Map<MediaId, Promise<void>>()
  let woken = false
  let resolveWake: () => void = () => undefined

  return {
    async open(media) {
      const here = await mediaStore.open(media.id)
      if (here) return here
      try {
        await fetch(media)
      } catch (thrown) {
        throw notByLogin(toBridgeError(thrown))
      }
      const kept = await mediaStore.open(media.id)
      if (kept) return kept
      throw gone('The media was fetched but is not in the media store. Nothing was sent.')
    },

    wake,

    async run(signal) {
      while (!signal.aborted) {
        woken = false
        try {
          await begin(signal)
        } catch (error) {
          log.error({ error: String(error) }, 'the media queue cannot be read')
        }
        if (!woken) await nextWake(signal)
      }
      await Promise.all(underWay.values())
    },
  }

  /** Starts what there is room for. A slow transfer holds up nothing but its own place. */
  async function begin(signal: AbortSignal): Promise<void> {
    const limit = atOnce + underWay.size
    for (const wanted of await store.unit((unit) => unit.wantedMedia(clock.now(), limit))) {
      const isProfile = wanted.urgency === 'profile'
      if (underWay.has(wanted.media.id) || underWay.size >= atOnce) continue
      if (isProfile && underWay.size >= profilesAtOnce) continue
      const done = early(wanted, signal)
        .catch((error: unknown) => log.error({ error: String(error) }, 'media cannot be noted'))
        .finally(() => {
          underWay.delete(wanted.media.id)
          wake()
        })
      underWay.set(wanted.media.id, done)
    }
  }

  function nextWake(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      resolveWake = resolve
      clock.sleep(pollMs, signal).then(resolve, resolve)
    })
  }

  function wake(): void {
    woken = true
    resolveWake()
  }

  async function early(wanted: Wanted, signal: AbortSignal): Promise<void> {
    const { media, attempt } = wanted
    try {
      await fetch(media)
    } catch (thrown) {
      if (signal.aborted) return
      const error = toBridgeError(thrown)
      const { code, heal } = error.failure
      const offline = heal === 'relogin' || code === 'session'
      // Being offline uses up no try: the next login may still bring it.
      const wait = offline ? offlineMs : heal === 'never' ? undefined : retriesMs[attempt]
      const retryAt = wait === undefined ? undefined : clock.now() + wait
      try {
        await store.unit((unit) => unit.missMedia(media.id, code, retryAt, !offline))
      } catch (unwritten) {
        // Keeps its place for a while: trying again at once would do nothing else any more.
        await clock.sleep(pollMs, signal).catch(() => undefined)
        throw unwritten
      }
      const fields = { media: media.id, kind: media.kind, code, attempt }
      const text = retryAt ? 'media not fetched yet' : 'media given up'
      // Many people have no picture: that is no trouble.
      if (wanted.urgency === 'profile') log.debug(fields, text)
      else log.warn(fields, text)
    }
  }

  /** Two who want the same bytes share one transfer. */
  function fetch(media: MediaRef): Promise<Kept> {
    const running = fetching.get(media.id)
    if (running !== undefined) return running
    const transfer = keep(media).finally(() => fetching.delete(media.id))
    fetching.set(media.id, transfer)
    return transfer
  }

  async function keep(media: MediaRef): Promise<Kept> {
    const download = sources(media.source)
    if (!download) throw gone('Whoever had this media is not connected any more. It was not sent.')
    const late = new AbortController()
    const over = new AbortController()
    const tooLate = () => late.abort(slow())
    clock.sleep(deadlineMs, AbortSignal.any([stopping, over.signal])).then(tooLate, () => undefined)
    try {
      const opened = await download(media, AbortSignal.any([stopping, late.signal]))
      const stream = bounded(opened, parts.maxMediaBytes)
      const kept = await mediaStore.put(media.id, stream, opened.mime || media.mime)
      await store.unit((unit) => unit.keepMedia(media.id, kept))
      return kept
    } catch (error) {
      throw late.signal.aborted ? late.signal.reason : error
    } finally {
      over.abort()
    }
  }
}

/** The bytes, as long as there are not too many: a source must not be able to fill the disk. */
function bounded(opened: Opened, limit: number): Bytes {
  let seen = 0
  const check = (bytes: number) => {
    if (bytes <= limit) return
    const failure = { code: 'tooLarge', heal: 'never', certain: true } as const
    throw new BridgeError(`It is larger than the bridge keeps (${size(limit)}).`, failure)
  }
  try {
    check(opened.bytes ?? 0)
  } catch (error) {
    opened.stream.cancel(error).catch(() => undefined)
    throw error
  }
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      seen += chunk.byteLength
      check(seen)
      controller.enqueue(chunk)
    },
  })
  return opened.stream.pipeThrough(count)
}

/**
 * Bytes that need a login are waited for by the one item that needs them: the lane it is in may be a hub's, which
 * no login would open again.
 */
function notByLogin(error: BridgeError): BridgeError {
  if (error.failure.heal !== 'relogin') return error
  const failure = { ...error.failure, heal: 'retry', afterMs: offlineMs } as const
  return new BridgeError(error.message, failure, { cause: error })
}

const slow = () =>
  new BridgeError('The transfer took too long. It is tried again.', {
    code: 'timeout',
    heal: 'retry',
    certain: true,
  })

const gone = (message: string) =>
  new BridgeError(message, { code: 'gone', heal: 'never', certain: true })
