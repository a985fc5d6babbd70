import type { MediaRef } from '../../src/core/message.ts'
import type { Open } from '../../src/ports/outlet.ts'
import type { Made } from './whole.ts'

/** Bot API, sendVideo: JPEG, less than 200 kB, neither edge above 320. */
const edge = 320
/** A still picture is small; what is not is none. */
const mostBytes = 8 * 1024 * 1024
const mostPixels = 40_000_000

/** A still picture as Telegram wants it for a video. Throws whatever is the matter with it. */
export async function thumbnailOf(poster: MediaRef, open: Open): Promise<Made> {
  const bytes = await whole((await open(poster)).stream)
  // Loaded at its first use: a machine without it shows videos all the same.
  const { default: sharp } = await import('sharp')
  const jpeg = await sharp(bytes, { limitInputPixels: mostPixels })
    .rotate()
    .resize(edge, edge, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer()
  return { bytes: jpeg, mime: 'image/jpeg' }
}

async function whole(stream: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > mostBytes) throw new Error('the picture is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
