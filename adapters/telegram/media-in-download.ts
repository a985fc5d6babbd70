import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import { createConverter } from '../convert/converter.ts'
import { pictureFrom } from '../convert/picture.ts'
import { gifFrom } from '../convert/video-sticker.ts'
import { type Made, wholeOf } from '../convert/whole.ts'
import { interrupted } from './errors.ts'
import { type Conversion, readToken, type Token } from './media-in.ts'
import type { Ingress, Parts } from './parts.ts'

/** The picture that stands for a sticker has much less. */
const mostStillBytes = 4 * 1024 * 1024

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
  const converter = createConverter({ hub, log, stopping })

  return async (media, signal) => {
    const token = readToken(media.token)
    if (!token) throw notOurs()
    const fetch = async (until: AbortSignal) => {
      const opened = await patient.file(token.fileId, until)
      return { ...opened, mime: token.convert ? before[token.convert] : media.mime }
    }
    const { convert } = token
    if (convert === undefined) return fetch(signal)
    switch (convert) {
      case 'mp3':
        return converter.recording(media, fetch, signal)
      case 'png':
        return converter.picture(media, fetch, pictureFrom, signal)
      case 'gif': {
        const make = async (bytes: Uint8Array): Promise<Made | undefined> =>
          (await moving(media, bytes, signal)) || (await still(token, signal))
        return converter.picture(media, fetch, make, signal)
      }
    }
  }

  async function moving(
    media: MediaRef,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<Made | undefined> {
    const program = await ffmpeg
    if (!program) return undefined
    return converter.tried(media, signal, () => gifFrom(bytes, program, clock, signal))
  }

  /** The picture that stands for a sticker, where there is one. */
  async function still({ still: file }: Token, signal: AbortSignal): Promise<Made | undefined> {
    if (file === undefined) return undefined
    const { stream } = await patient.file(file, signal)
    const bytes = await wholeOf(stream, mostStillBytes)
    return bytes && pictureFrom(bytes)
  }
}

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
