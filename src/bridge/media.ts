import { BridgeError, toBridgeError } from '../core/errors.ts'
import type { MediaId } from '../core/ids.ts'
import type { MediaRef } from '../core/message.ts'
import type { Open, Opened } from '../ports/outlet.ts'
import type { Wanted } from '../ports/store.ts'
import { createKeeping, type Download, NotKept } from './keeping.ts'
import type { Parts } from './parts.ts'
import type { Space } from './space.ts'

/** Waits between tries to fetch, in milliseconds; after the last the media is given up. */
const retriesMs = [2_000, 10_000, 60_000, 300_000, 1_800_000]
/** Transfers at the same time (protocol §6.6 says 2 to 4), and how many of the places profiles may take. */
const atOnce = 4
const profilesAtOnce = 2
const pollMs = 2_000
const offlineMs = 15_000
/** What cannot be kept now is tried again, as long as its source has it. */
const notKeptMs = 60_000

export interface Media {
  /** From the store, else fetched and kept first; from the source alone where it cannot be kept. */
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
  space: Space,
  sources: (source: string) => Download | undefined,
  stopping: AbortSignal,
): Media {
  const { store, mediaStore, clock, log } = parts
  const keeping = createKeeping(parts, space, sources, stopping)
  const underWay = new Map<MediaId, Promise<void>>()
  let woken = false
  let resolveWake: () => void = () => undefined

  return {
    async open(media) {
      const here = await kept(media)
      if (here) return here
      try {
        await keeping.keep(media)
        // A disk that takes bytes and does not give them back does not keep them either.
        return (await kept(media)) ?? (await keeping.pass(media, 'disk'))
      } catch (thrown) {
        if (!(thrown instanceof NotKept)) throw notByLogin(toBridgeError(thrown))
        return await keeping.pass(media, thrown.why).catch((error: unknown) => {
          throw notByLogin(toBridgeError(error))
        })
      }
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

  /** A disk that cannot be read is as good as one that has nothing. */
  async function kept(media: MediaRef): Promise<Opened | undefined> {
    try {
      const opened = await mediaStore.open(media.id)
      if (opened) await keeping.note(media.id).catch(() => undefined)
      return opened
    } catch (error) {
      log.error({ error: String(error) }, 'kept media cannot be read')
      return undefined
    }
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
      await keeping.keep(media)
    } catch (thrown) {
      if (signal.aborted) return
      const missed = missedBy(thrown, attempt)
      const retryAt = missed.wait === undefined ? undefined : clock.now() + missed.wait
      try {
        await store.unit((unit) => unit.missMedia(media.id, missed.code, retryAt, missed.counts))
      } catch (unwritten) {
        // Keeps its place for a while: trying again at once would do nothing else any more.
        await clock.sleep(pollMs, signal).catch(() => undefined)
        throw unwritten
      }
      const fields = { media: media.id, kind: media.kind, code: missed.code, attempt }
      const text = retryAt ? 'media not fetched yet' : 'media given up'
      // Many people have no picture: that is no trouble. And what cannot be kept is told once.
      if (wanted.urgency === 'profile' || thrown instanceof NotKept) log.debug(fields, text)
      else log.warn(fields, text)
    }
  }
}

/** When to try again. Being offline, or out of space, uses up no try: later it may still be had. */
function missedBy(
  thrown: unknown,
  attempt: number,
): { readonly code: string; readonly wait: number | undefined; readonly counts: boolean } {
  if (thrown instanceof NotKept) return { code: thrown.why, wait: notKeptMs, counts: false }
  const { code, heal } = toBridgeError(thrown).failure
  const offline = heal === 'relogin' || code === 'session'
  const wait = offline ? offlineMs : heal === 'never' ? undefined : retriesMs[attempt]
  return { code, wait, counts: !offline }
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
