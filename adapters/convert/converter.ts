import { BridgeError } from '../../src/core/errors.ts'
import type { HubId, MediaId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Opened } from '../../src/ports/outlet.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { createRecent } from './recent.ts'
import { mp3From } from './recording.ts'
import { type Made, streamOf, wholeOf } from './whole.ts'

/** A medium as it is at its hub. Rejects with a BridgeError. */
export type Fetch = (signal: AbortSignal) => Promise<Opened>

/** Opens media as what WeChat takes. What cannot be converted is opened as it is, so that at least a file arrives. */
export interface Converter {
  /** A recording (ogg/opus) as MP3, as it comes. */
  recording(media: MediaRef, fetch: Fetch, signal: AbortSignal): Promise<Opened>
  /** A small picture as what `make` makes of its bytes; undefined, or what it throws: it cannot be done. */
  picture(
    media: MediaRef,
    fetch: Fetch,
    make: (bytes: Uint8Array) => Promise<Made | undefined>,
    signal: AbortSignal,
  ): Promise<Opened>
  /** Undefined: it cannot be done, which is noted. But bytes that do not come are not the converter's fault: it throws. */
  tried<T>(media: MediaRef, signal: AbortSignal, work: () => Promise<T>): Promise<T | undefined>
}

export interface ConverterParts {
  readonly hub: HubId
  readonly log: Log
  /** The error of work that was given up because the bridge is stopping. */
  stopping(): BridgeError
}

/** Stickers have at most half of that. What is larger goes as it is. */
const mostPictureBytes = 4 * 1024 * 1024
const recentBytes = 8 * 1024 * 1024
const mostRemembered = 1000

export function createConverter({ hub, log, stopping }: ConverterParts): Converter {
  const recent = createRecent(recentBytes)
  /** Recordings that broke in the middle of being converted. */
  const unfit = new Set<MediaId>()
  let line: Promise<unknown> = Promise.resolve()

  /** One at a time: the machine has other things to do as well. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const run = line.then(work)
    line = run.catch(() => undefined)
    return run
  }

  const tried: Converter['tried'] = async (media, signal, work) => {
    try {
      return await work()
    } catch (thrown) {
      if (signal.aborted) throw stopping()
      if (thrown instanceof BridgeError) throw thrown
      log.warn({ hub, media: media.id, error: String(thrown) }, 'media cannot be converted')
      return undefined
    }
  }

  return {
    tried,

    async picture(media, fetch, make, signal) {
      const known = recent.get(media.id)
      if (known) return openedOf(known)
      const { stream, mime } = await fetch(signal)
      const bytes = await wholeOf(stream, mostPictureBytes)
      if (!bytes) return fetch(signal)
      const made = await inTurn(() => tried(media, signal, () => make(bytes)))
      if (!made) return openedOf({ bytes, mime })
      recent.add(media.id, made)
      return openedOf(made)
    },

    async recording(media, fetch, signal) {
      const opened = await fetch(signal)
      if (unfit.has(media.id)) return opened
      const pieces = mp3From(opened.stream)
      const first = await tried(media, signal, () => pieces.next())
      // Only now is it known whether it can be decoded at all.
      if (!first || first.done) return fetch(signal)
      return { stream: flow(media, first.value, pieces, signal), mime: 'audio/mpeg' }
    },
  }

  /** What breaks in the middle is asked for again, and goes as it is then. */
  function flow(
    media: MediaRef,
    first: Uint8Array,
    pieces: AsyncGenerator<Uint8Array>,
    signal: AbortSignal,
  ): ReadableStream<Uint8Array> {
    let begun = false
    return new ReadableStream({
      async pull(controller) {
        if (!begun) {
          begun = true
          return controller.enqueue(first)
        }
        try {
          const { done, value } = await pieces.next()
          if (done) controller.close()
          else controller.enqueue(value)
        } catch (thrown) {
          controller.error(broken(media, thrown, signal))
        }
      },
      async cancel() {
        await pieces.return(undefined)
      },
    })
  }

  function broken(media: MediaRef, thrown: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return stopping()
    if (thrown instanceof BridgeError) return thrown
    unfit.add(media.id)
    if (unfit.size > mostRemembered) unfit.delete([...unfit][0] ?? media.id)
    return new BridgeError(
      'A recording could not be converted to its end. It is fetched again, and goes as the file it is.',
      { code: 'format', heal: 'retry', certain: true },
      { cause: thrown },
    )
  }
}

const openedOf = ({ bytes, mime }: Made): Opened => ({
  stream: streamOf(bytes),
  mime,
  bytes: bytes.byteLength,
})
