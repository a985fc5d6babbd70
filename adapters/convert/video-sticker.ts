import type { Clock } from '../../src/ports/clock.ts'
import { runFfmpeg } from './ffmpeg.ts'
import { mostGifBytes } from './picture.ts'
import type { Made } from './whole.ts'

/** For all tries together. A sticker has at most three seconds of 512 pixels. */
const mostMs = 20_000

/** From best to smallest: the edge of the square it fits into, and frames a second. */
const steps = [
  [256, 20],
  [256, 12],
  [192, 12],
  [144, 10],
  [96, 8],
] as const

/**
 * A video sticker (WebM, VP9 with transparency) as a GIF that moves in WeChat too. Throws where ffmpeg cannot read it,
 * takes too long, or makes nothing that is small enough.
 */
export async function gifFrom(
  webm: Uint8Array,
  ffmpeg: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<Made> {
  const done = new AbortController()
  const late = new AbortController()
  clock.sleep(mostMs, done.signal).then(
    () => late.abort(new Error('ffmpeg takes too long')),
    () => undefined,
  )
  const until = AbortSignal.any([signal, late.signal])
  try {
    for (const [edge, rate] of steps) {
      const gif = await runFfmpeg(ffmpeg, args(edge, rate), webm, mostGifBytes, until)
      if (gif !== 'tooMuch') return { bytes: gif, mime: 'image/gif' }
    }
  } finally {
    done.abort()
  }
  throw new Error('no GIF of it is small enough')
}

/** Whatever the bytes say, nothing but the pipes is read and written. ffmpeg's own VP9 decoder knows no transparency. */
const args = (edge: number, rate: number): readonly string[] => [
  ...['-v', 'error', '-nostdin', '-threads', '1', '-protocol_whitelist', 'pipe'],
  ...['-f', 'matroska', '-c:v', 'libvpx-vp9', '-t', '4', '-i', 'pipe:0', '-an', '-sn', '-dn'],
  '-filter_complex',
  `[0:v:0]fps=${rate},scale=${edge}:${edge}:force_original_aspect_ratio=decrease:flags=lanczos,` +
    'split[a][b];[a]palettegen=reserve_transparent=1[p];[b][p]paletteuse=alpha_threshold=128',
  ...['-f', 'gif', '-loop', '0', 'pipe:1'],
]
