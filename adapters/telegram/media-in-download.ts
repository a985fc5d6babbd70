import { BridgeError } from '../../src/core/errors.ts'
import type { MediaId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Opened } from '../../src/ports/outlet.ts'
import { pictureFrom } from './convert/picture.ts'
import { createRecent } from './convert/recent.ts'
import { mp3From } from './convert/recording.ts'
import { gifFrom } from './convert/video-sticker.ts'
import { type Made, streamOf, wholeOf } from './convert/whole.ts'
import { interrupted } from './errors.ts'
import { type Conversion, readToken, type Token } from './media-in.ts'
import type { Ingress, Parts } from './parts.ts'
import { createInTurn } from './places-turn.ts'

/** Stickers have at most half of that. What is larger goes as it is. */
const mostStickerBytes = 4 * 1024 * 1024
const recentBytes = 8 * 1024 * 1024
const mostRemembered = 1000

/** What it is before it is converted: and stays, where it cannot be. */
const before: { readonly [C in Conversion]: string } = {
  png: 'image/webp',
  gif: 'video/webm',
  mp3: 'audio/ogg',
}

/**
 * Opens what {@link mediaIn} named, as what WeChat takes. What cannot be converted is opened as it is, so that at least a
 * file arrives. Throws a BridgeError.
 */
export function createDownload(
  parts: Pick<Parts, 'patient' | 'clock' | 'log' | 'hub'>,
  ffmpeg: Promise<string | undefined>,
): Ingress['download'] {
  const { patient, clock, log, hub } = parts
  const recent = createRecent(recentBytes)
  const inTurn = createInTurn()
  /** Recordings that broke in the middle of being converted. */
  const unfit = new Set<MediaId>()

  return async (media, signal) => {
    const token = readToken(media.token)
    if (!token) throw notOurs()
    const { convert } = token
    if (convert === undefined || unfit.has(media.id)) return asItIs(media, token, signal)
    if (convert === 'mp3') return recording(media, token, signal)
    const known = recent.get(media.id)
    if (known) return openedOf(known)
    return sticker(media, { ...token, convert }, signal)
  }

  async function asItIs(media: MediaRef, token: Token, signal: AbortSignal): Promise<Opened> {
    const opened = await patient.file(token.fileId, signal)
    return { ...opened, mime: token.convert ? before[token.convert] : media.mime }
  }

  async function sticker(
    media: MediaRef,
    token: Token & { readonly convert: 'png' | 'gif' },
    signal: AbortSignal,
  ): Promise<Opened> {
    const mime = before[token.convert]
    const { stream } = await patient.file(token.fileId, signal)
    const bytes = await wholeOf(stream, mostStickerBytes)
    if (!bytes) return asItIs(media, token, signal)
    // One at a time: the machine has other things to do as well.
    const made = await inTurn('conversion', async () => {
      if (token.convert === 'png') return tried(media, signal, () => pictureFrom(bytes))
      const program = await ffmpeg
      const gif =
        program && (await tried(media, signal, () => gifFrom(bytes, program, clock, signal)))
      return gif || (await still(media, token, signal))
    })
    if (!made) return openedOf({ bytes, mime })
    recent.add(media.id, made)
    return openedOf(made)
  }

  /** The picture that stands for a sticker, where there is one. */
  async function still(
    media: MediaRef,
    token: Token,
    signal: AbortSignal,
  ): Promise<Made | undefined> {
    if (token.still === undefined) return undefined
    const { stream } = await patient.file(token.still, signal)
    const bytes = await wholeOf(stream, mostStickerBytes)
    return bytes && (await tried(media, signal, () => pictureFrom(bytes)))
  }

  async function recording(media: MediaRef, token: Token, signal: AbortSignal): Promise<Opened> {
    const { stream } = await patient.file(token.fileId, signal)
    const pieces = mp3From(stream)
    const first = await tried(media, signal, () => pieces.next())
    // Only now is it known whether it can be decoded at all.
    if (!first || first.done) return asItIs(media, token, signal)
    return { stream: flow(media, first.value, pieces, signal), mime: 'audio/mpeg' }
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

  /** Undefined: it cannot be done. But bytes that do not come are not the converter's fault. */
  async function tried<T>(
    media: MediaRef,
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T | undefined> {
    try {
      return await work()
    } catch (thrown) {
      if (signal.aborted) throw stopping()
      if (thrown instanceof BridgeError) throw thrown
      log.warn({ hub, media: media.id, error: String(thrown) }, 'media cannot be converted')
      return undefined
    }
  }
}

const openedOf = ({ bytes, mime }: Made): Opened => ({
  stream: streamOf(bytes),
  mime,
  bytes: bytes.byteLength,
})

const stopping = () =>
  interrupted({
    method: 'the conversion of media',
    delivering: false,
    reached: false,
    sent: false,
  })

const notOurs = () =>
  new BridgeError('Could not fetch it from Telegram: its reference is not one of Telegram.', {
    code: 'bug',
    heal: 'never',
    certain: true,
  })
