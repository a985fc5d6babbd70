import { crc32 } from 'node:zlib'
import { pictureFrom } from './picture.ts'
import type { Made } from './whole.ts'

/** One picture of a moving PNG: its bytes as a PNG of its own, where it goes, and for how long it stays. */
interface Frame {
  readonly png: Uint8Array
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly ms: number
  /** What becomes of it before the next one (0: it stays, 1: its place is empty, 2: what was there before). */
  readonly dispose: number
  /** Does it take the place of what is there, transparency and all? */
  readonly replaces: boolean
}

interface Chunk {
  readonly type: string
  readonly data: Buffer
}

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const mostFrames = 200
/** All frames together, as they are unpacked. */
const mostPixels = 512 * 512 * 100

/** Is it a PNG that moves (APNG, PNG specification 3, acTL before IDAT)? */
export const isApng = (bytes: Uint8Array): boolean =>
  startsLikePng(bytes) &&
  chunksOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).some(
    ({ type }) => type === 'acTL',
  )

/**
 * A moving PNG, which WeChat shows as a still one, as a GIF small enough to move there. Throws for what is none, for what
 * is broken or too large.
 */
export async function gifFromApng(bytes: Uint8Array): Promise<Made> {
  const { default: sharp } = await import('sharp')
  const { width, height, frames } = framesOf(Buffer.from(bytes))
  if (width * height * frames.length > mostPixels) {
    throw new Error('it is too large')
  }
  const pictures: Buffer[] = []
  let canvas: Buffer = Buffer.alloc(width * height * 4)
  for (const frame of frames) {
    const raw = await sharp(frame.png).ensureAlpha().raw().toBuffer()
    const before = canvas
    const shown = drawn(Buffer.from(canvas), width, raw, frame)
    pictures.push(
      await sharp(shown, { raw: { width, height, channels: 4 } })
        .png()
        .toBuffer(),
    )
    canvas =
      frame.dispose === 2 ? before : frame.dispose === 1 ? cleared(shown, width, frame) : shown
  }
  const delay = frames.map(({ ms }) => ms)
  const webp = await sharp(pictures, { join: { animated: true } })
    .webp({ lossless: true, effort: 0, loop: 0, delay })
    .toBuffer()
  return pictureFrom(webp)
}

function framesOf(bytes: Buffer): { width: number; height: number; frames: readonly Frame[] } {
  if (!startsLikePng(bytes)) throw new Error('it is no PNG')
  const chunks = chunksOf(bytes)
  const head = chunks[0]
  if (head?.type !== 'IHDR' || head.data.length !== 13) throw new Error('it is a broken PNG')
  // Colours and their transparency are those of all frames.
  const common = chunks.filter(({ type }) => type === 'PLTE' || type === 'tRNS')
  const [width, height] = [head.data.readUInt32BE(0), head.data.readUInt32BE(4)]
  const frames: Frame[] = []
  let control: Buffer | undefined
  let parts: Buffer[] = []
  const ends = () => {
    if (control && parts.length > 0) frames.push(frameOf(control, parts, head.data, common))
    if (frames.length > mostFrames) throw new Error('it has too many frames')
    control = undefined
    parts = []
  }
  for (const { type, data } of chunks) {
    if (type === 'fcTL') {
      ends()
      if (data.length !== 26) throw new Error('it is a broken APNG')
      control = data
    }
    // A picture without control is for those who know no other; it is none of the frames.
    else if (type === 'IDAT' && control) parts.push(data)
    else if (type === 'fdAT' && data.length > 4) parts.push(data.subarray(4))
  }
  ends()
  const fits = frames.every(
    (frame) => frame.left + frame.width <= width && frame.top + frame.height <= height,
  )
  if (frames.length === 0 || !fits) throw new Error('it is a broken APNG')
  return { width, height, frames }
}

function frameOf(
  control: Buffer,
  parts: readonly Buffer[],
  head: Buffer,
  common: readonly Chunk[],
): Frame {
  const own = Buffer.from(head)
  control.copy(own, 0, 4, 12)
  const png = Buffer.concat([
    signature,
    packed({ type: 'IHDR', data: own }),
    ...common.map(packed),
    packed({ type: 'IDAT', data: Buffer.concat(parts) }),
    packed({ type: 'IEND', data: Buffer.alloc(0) }),
  ])
  const parted = control.readUInt16BE(22) || 100
  const ms = Math.round((control.readUInt16BE(20) * 1000) / parted)
  return {
    png,
    width: control.readUInt32BE(4),
    height: control.readUInt32BE(8),
    left: control.readUInt32BE(12),
    top: control.readUInt32BE(16),
    ms: Math.max(20, Math.min(ms, 60_000)),
    dispose: control.readUInt8(24),
    replaces: control.readUInt8(25) === 0,
  }
}

/** The frame on the canvas. */
function drawn(canvas: Buffer, across: number, raw: Buffer, frame: Frame): Buffer {
  const { left, top, width, height, replaces } = frame
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 4
      const alpha = raw[from + 3] ?? 0
      // A GIF has no half-transparent pixels anyway.
      if (replaces || alpha >= 128)
        raw.copy(canvas, ((top + y) * across + left + x) * 4, from, from + 4)
    }
  }
  return canvas
}

function cleared(shown: Buffer, across: number, { left, top, width, height }: Frame): Buffer {
  const canvas = Buffer.from(shown)
  for (let y = top; y < top + height; y++) {
    canvas.fill(0, (y * across + left) * 4, (y * across + left + width) * 4)
  }
  return canvas
}

const startsLikePng = (bytes: Uint8Array): boolean =>
  signature.every((byte, at) => bytes[at] === byte)

function chunksOf(bytes: Buffer): readonly Chunk[] {
  const chunks: Chunk[] = []
  for (let at = signature.length; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const end = at + 8 + length
    if (end + 4 > bytes.length) break
    chunks.push({
      type: bytes.toString('latin1', at + 4, at + 8),
      data: bytes.subarray(at + 8, end),
    })
    at = end + 4
  }
  return chunks
}

function packed({ type, data }: Chunk): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}
