import { setImmediate } from 'node:timers/promises'
import { type OggOpusDecodedAudio, OggOpusDecoder } from 'ogg-opus-decoder'
import { createMp3Encoder } from 'wasm-media-encoders'

/** Speech needs no more. Constant, so that players know how long it is. */
const sampleRate = 24_000
const bitrate = 48
/** So much is decoded without a pause: less than a second of speech, which takes a few milliseconds. */
const stepBytes = 1024

/**
 * A recording (ogg/opus) as MP3, piece by piece as it comes. Throws where a part of it cannot be decoded, so that nothing
 * of it is missing without notice; and what the stream fails with.
 */
export async function* mp3From(ogg: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  // A type that is behind what the decoder takes.
  const options = { forceStereo: false, sampleRate }
  const decoder = new OggOpusDecoder(options)
  const encoder = await createMp3Encoder()
  let channels: 1 | 2 | undefined

  const encoded = (decoded: OggOpusDecodedAudio): Uint8Array => {
    if (decoded.errors.length > 0) throw new Error('a part of the recording cannot be decoded')
    const sound = decoded.channelData.slice(0, channels ?? 2)
    if (decoded.samplesDecoded <= 0 || sound.length === 0) return nothing
    if (channels === undefined) {
      channels = sound.length > 1 ? 2 : 1
      encoder.configure({ channels, sampleRate: decoded.sampleRate, bitrate })
    }
    // What is given is overwritten by what comes next.
    return encoder.encode(sound).slice()
  }

  try {
    await decoder.ready
    for await (const piece of pieces(ogg)) {
      const mp3 = encoded(await decoder.decode(piece))
      if (mp3.byteLength > 0) yield mp3
      await setImmediate()
    }
    const last = encoded(await decoder.flush())
    if (last.byteLength > 0) yield last
    if (channels === undefined) throw new Error('there is no sound in the recording')
    yield encoder.finalize().slice()
  } finally {
    decoder.free()
  }
}

const nothing = new Uint8Array()

/** The stream in small pieces, if it is what it should be: the decoder would look for a beginning for ever. */
async function* pieces(ogg: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = nothing
  for await (const chunk of ogg) {
    let bytes = chunk
    if (head) {
      bytes = Buffer.concat([head, chunk])
      head = bytes.byteLength < headBytes ? bytes : undefined
      if (head) continue
      if (!isOpus(bytes)) throw new Error('it is no ogg/opus')
    }
    for (let at = 0; at < bytes.byteLength; at += stepBytes) {
      yield bytes.subarray(at, at + stepBytes)
    }
  }
  if (head) throw new Error('it is no ogg/opus')
}

const headBytes = 36
const isOpus = (bytes: Uint8Array): boolean => {
  const start = Buffer.from(bytes.subarray(0, headBytes)).toString('latin1')
  return start.startsWith('OggS') && start.endsWith('OpusHead')
}
