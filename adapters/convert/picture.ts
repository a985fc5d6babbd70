import type { Made } from './whole.ts'

/** Stickers that are larger do not move in WeChat any more, or do not arrive (protocol §7.3). */
export const mostGifBytes = 1024 * 1024

/** A bomb unpacks to more than this: in pixels, all frames together. */
const mostPixels = 512 * 512 * 400

/** From best to smallest: the edge of the square it fits into, how many colours, how much of a change is left out. */
const steps = [
  { edge: 256, colours: 256, interFrameMaxError: 0 },
  { edge: 256, colours: 64, interFrameMaxError: 8 },
  { edge: 192, colours: 64, interFrameMaxError: 12 },
  { edge: 144, colours: 32, interFrameMaxError: 16 },
  { edge: 96, colours: 16, interFrameMaxError: 24 },
] as const

/**
 * A picture WeChat does not take (WebP) as one it does: PNG, or, where it moves, a GIF small enough to move there too.
 * Throws for what is no picture.
 */
export async function pictureFrom(bytes: Uint8Array): Promise<Made> {
  // Loaded when first needed: it is large, and a machine it does not run on can do without.
  const { default: sharp } = await import('sharp')
  const { pages = 1 } = await sharp(bytes, { limitInputPixels: mostPixels }).metadata()
  if (pages > 1) {
    for (const { edge, ...how } of steps) {
      const gif = await sharp(bytes, { animated: true, limitInputPixels: mostPixels })
        .resize({ width: edge, height: edge, fit: 'inside', withoutEnlargement: true })
        .gif({ ...how, effort: 4 })
        .toBuffer()
      if (gif.byteLength <= mostGifBytes) return { bytes: gif, mime: 'image/gif' }
    }
  }
  const still = await sharp(bytes, { limitInputPixels: mostPixels }).png().toBuffer()
  return { bytes: still, mime: 'image/png' }
}
