import { BridgeError, toBridgeError } from '../core/errors.ts'
import type { MediaId } from '../core/ids.ts'
import type { MediaRef } from '../core/message.ts'
import { size } from '../core/words.ts'
import type { Bytes, Opened } from '../ports/outlet.ts'
import type { Parts } from './parts.ts'
import type { Space } from './space.ts'

/**
 * A transfer that takes longer is broken off: it would keep its place from others for ever. In milliseconds, and more
 * for what is known to be large: so many bytes in each.
 */
const deadlineMs = 600_000
const bytesPerMs = 100

/** Turns a reference into bytes at its source. */
export type Download = (media: MediaRef, signal: AbortSignal) => Promise<Opened>

/** Thrown where bytes can be had, but not be kept: there is too much already, or the disk does not take them. */
export class NotKept extends Error {
  readonly why: 'full' | 'disk'
  constructor(why: 'full' | 'disk') {
    super(why)
    this.why = why
  }
}

export interface Keeping {
  /** Fetches and keeps. Two who want the same bytes share one transfer. Throws {@link NotKept}, or a BridgeError. */
  keep(media: MediaRef): Promise<void>
  /** Straight from the source, keeping nothing. */
  pass(media: MediaRef, why: NotKept['why']): Promise<Opened>
  /** The store has to know of what the media store has, whatever was cut off in between. */
  note(id: MediaId): Promise<boolean>
}

export function createKeeping(
  parts: Parts,
  space: Space,
  sources: (source: string) => Download | undefined,
  stopping: AbortSignal,
): Keeping {
  const { store, mediaStore, clock, trace } = parts
  const under = new Map<MediaId, Promise<void>>()

  return {
    keep(media) {
      const running = under.get(media.id)
      if (running !== undefined) return running
      const transfer = keep(media).finally(() => under.delete(media.id))
      under.set(media.id, transfer)
      return transfer
    },

    async pass(media, why) {
      try {
        const opened = await downloadOf(media)(media, stopping)
        const { stream } = watched(opened, parts.maxMediaBytes)
        space.passed(media.id)
        return { ...opened, stream }
      } catch (thrown) {
        const error = toBridgeError(thrown)
        throw new BridgeError(`${error.message} ${lacking[why]}`, error.failure, { cause: error })
      }
    },

    note,
  }

  async function note(id: MediaId): Promise<boolean> {
    const kept = await mediaStore.kept(id)
    if (!kept) return false
    await store.unit(async (unit) => {
      if (!(await unit.keptMedia(id))) await unit.keepMedia(id, kept)
    })
    return true
  }

  async function keep(media: MediaRef): Promise<void> {
    if (await note(media.id)) return
    if (!space.writable()) throw new NotKept('disk')
    if (media.bytes !== undefined && !space.takes(media.bytes)) throw new NotKept('full')
    const download = downloadOf(media)
    const late = new AbortController()
    const over = new AbortController()
    const tooLate = () => late.abort(slow())
    clock
      .sleep(deadlineMs + (media.bytes ?? 0) / bytesPerMs, AbortSignal.any([stopping, over.signal]))
      .then(tooLate, () => undefined)
    try {
      const opened = await download(media, AbortSignal.any([stopping, late.signal]))
      if (!space.takes(opened.bytes ?? media.bytes)) {
        await opened.stream.cancel().catch(() => undefined)
        throw new NotKept('full')
      }
      await write(media, opened)
    } catch (error) {
      throw late.signal.aborted ? late.signal.reason : error
    } finally {
      over.abort()
    }
  }

  async function write(media: MediaRef, opened: Opened): Promise<void> {
    const { stream, seen } = watched(opened, parts.maxMediaBytes)
    const kept = await mediaStore
      .put(media.id, stream, opened.mime || media.mime)
      .catch(async (thrown: unknown) => {
        const error = toBridgeError(thrown)
        // What is not the source's fault is the disk's.
        if (seen.failed || error.failure.code !== 'server') throw error
        await space.failed(error, opened.bytes ?? seen.bytes)
        throw new NotKept('disk')
      })
    trace('afterMedia', media.id)
    await store.unit((unit) => unit.keepMedia(media.id, kept))
    await space.worked(kept.bytes)
  }

  function downloadOf(media: MediaRef): Download {
    const download = sources(media.source)
    if (download) return download
    throw new BridgeError('Whoever had this media is not connected any more. It was not sent.', {
      code: 'gone',
      heal: 'never',
      certain: true,
    })
  }
}

const lacking: Readonly<Record<NotKept['why'], string>> = {
  full: 'The bridge has not kept it, because it keeps as much as it may.',
  disk: 'The bridge has not kept it, because its disk does not take it.',
}

/**
 * The bytes, as long as there are not too many: a source must not be able to fill the disk. `seen` tells how many
 * came, and whether it was the source that failed. Nothing is held.
 */
function watched(
  opened: Opened,
  limit: number,
): { readonly stream: Bytes; readonly seen: { bytes: number; failed: boolean } } {
  const seen = { bytes: 0, failed: false }
  const reader = opened.stream.getReader()
  const giveUp = (thrown: unknown) => {
    seen.failed = true
    reader.cancel(thrown).catch(() => undefined)
  }
  const check = (bytes: number) => {
    if (bytes <= limit) return
    const failure = { code: 'tooLarge', heal: 'never', certain: true } as const
    throw new BridgeError(`It is larger than the bridge relays (${size(limit)}).`, failure)
  }
  try {
    check(opened.bytes ?? 0)
  } catch (thrown) {
    giveUp(thrown)
    throw thrown
  }
  const stream: Bytes = new ReadableStream(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read()
          if (done) return controller.close()
          seen.bytes += value.byteLength
          check(seen.bytes)
          controller.enqueue(value)
        } catch (thrown) {
          giveUp(thrown)
          controller.error(thrown)
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  return { stream, seen }
}

const slow = () =>
  new BridgeError('The transfer took too long. It is tried again.', {
    code: 'timeout',
    heal: 'retry',
    certain: true,
  })
