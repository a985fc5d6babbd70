import { crc32, deflateSync } from 'node:zlib'
import { mediaId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Open } from '../../src/ports/outlet.ts'

// The bridge's mark, drawn here, so that there is no file to be lost: a bridge of two arches, as on the local page.

/** In pixels, each way. Clients show it much smaller. */
const side = 128
/** The mark is drawn on a square of so many units. */
const units = 64
const red = [0xb5, 0x43, 0x2f] as const
const cream = [0xfb, 0xf6, 0xec] as const

/** The picture of the bot. A changed drawing needs a new `id`: by it is known whether the bot wears it already. */
export const botFace: MediaRef = {
  id: mediaId('bot-face-1'),
  source: 'bridge',
  kind: 'image',
  mime: 'image/png',
  width: side,
  height: side,
  token: '',
}

/** Opens {@link botFace}. */
export const openBotFace: Open = async ({ mime }) => {
  const bytes = facePng()
  return { stream: new Blob([bytes]).stream(), mime, bytes: bytes.length }
}

/** The whole square is filled: clients cut it to their own shape. */
export function facePng(): Uint8Array<ArrayBuffer> {
  const rows = Buffer.alloc(side * (1 + side * 3))
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const share = inked(x, y)
      for (let channel = 0; channel < 3; channel++) {
        const [from, to] = [red[channel] ?? 0, cream[channel] ?? 0]
        rows[y * (1 + side * 3) + 1 + x * 3 + channel] = Math.round(from + (to - from) * share)
      }
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(side, 0)
  header.writeUInt32BE(side, 4)
  // Eight bits of red, green and blue.
  header.set([8, 2], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const all = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', rows, 0)]
  return new Uint8Array(Buffer.concat([signature, ...all]))
}

type Point = readonly [number, number]
interface Stroke {
  readonly width: number
  readonly points: readonly Point[]
}

const strokes: readonly Stroke[] = [
  { width: 4.5, points: curve([11, 36], [19, 20], [45, 20], [53, 36]) },
  { width: 4.5, points: curve([22, 37], [22, 23.7], [42, 23.7], [42, 37]) },
  {
    width: 4,
    points: [
      [11, 45],
      [17, 45],
    ],
  },
  {
    width: 4,
    points: [
      [23, 45],
      [41, 45],
    ],
  },
  {
    width: 4,
    points: [
      [47, 45],
      [53, 45],
    ],
  },
]

/** How much of a pixel the strokes cover: by its distance from the nearest edge. */
function inked(x: number, y: number): number {
  const scale = units / side
  const at: Point = [(x + 0.5) * scale, (y + 0.5) * scale]
  const beyond = Math.min(...strokes.map((stroke) => distance(at, stroke) - stroke.width / 2))
  return Math.min(1, Math.max(0, 0.5 - beyond / scale))
}

function distance(at: Point, { points }: Stroke): number {
  let nearest = Number.POSITIVE_INFINITY
  for (const [index, to] of points.entries()) {
    const from = points[index - 1]
    if (from) nearest = Math.min(nearest, fromLine(at, from, to))
  }
  return nearest
}

function fromLine([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const [dx, dy] = [bx - ax, by - ay]
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)
  const share = Math.min(1, Math.max(0, along))
  return Math.hypot(x - ax - share * dx, y - ay - share * dy)
}

/** A cubic Bézier as a few lines. */
function curve(...[a, b, c, d]: readonly [Point, Point, Point, Point]): readonly Point[] {
  const lines = 12
  return Array.from({ length: lines + 1 }, (_, index): Point => {
    const t = index / lines
    const u = 1 - t
    const on = (axis: 0 | 1) =>
      u ** 3 * a[axis] + 3 * u * u * t * b[axis] + 3 * u * t * t * c[axis] + t ** 3 * d[axis]
    return [on(0), on(1)]
  })
}

function chunk(type: string, data: Uint8Array, length = data.length): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data.subarray(0, length)])
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([size, body, sum])
}
