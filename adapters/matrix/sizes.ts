import type { Opened } from '../../src/ports/outlet.ts'

/** What a picture says of itself, in pixels. `animated`: it has several frames. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly animated?: true
}

/** Photographs may carry a small one of themselves in front of their size. */
const most = 256 * 1024
/** With so many bytes every format but that of photographs has told all it tells. */
const least = 1024

/**
 * The same bytes, looked at as they pass: what kind of picture they are is told once enough of them went by. At most
 * {@link most} are held.
 */
export function watched(opened: Opened): {
  readonly opened: Opened
  picture(): Picture | undefined
} {
  let head: Uint8Array | undefined = new Uint8Array(0)
  let lookAt = least
  let picture: Picture | undefined
  const look = (chunk: Uint8Array) => {
    if (!head) return
    head = Buffer.concat([head, chunk.subarray(0, most - head.length)])
    if (head.length < lookAt) return
    // Not at every chunk, which may be small.
    lookAt = head.length * 2
    picture = pictureIn(head)
    if (picture || head.length >= most) head = undefined
  }
  const passing = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      look(chunk)
      controller.enqueue(chunk)
    },
  })
  return {
    opened: { ...opened, stream: opened.stream.pipeThrough(passing) },
    picture: () => picture ?? (head && pictureIn(head)),
  }
}

/** Size of a PNG, GIF, WebP or JPEG by its first bytes; undefined: another format, broken, or more bytes are needed. */
export function pictureIn(head: Uint8Array): Picture | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  const found = png(bytes) ?? gif(bytes) ?? webp(bytes) ?? jpeg(bytes)
  return found && found.width > 0 && found.height > 0 ? found : undefined
}

function png(bytes: Buffer): Picture | undefined {
  if (bytes.length < 24 || bytes.readUInt32BE(0) !== 0x89504e47) return undefined
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

function gif(bytes: Buffer): Picture | undefined {
  if (bytes.length < 13 || bytes.toString('latin1', 0, 4) !== 'GIF8') return undefined
  const flags = bytes.readUInt8(10)
  const colours = flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0
  // Who says how often it is repeated stands right behind the colours, and has something to repeat.
  const next = bytes.toString('latin1', 13 + colours, 13 + colours + 64)
  const animated = next.includes('NETSCAPE2.0') || next.includes('ANIMEXTS1.0')
  return {
    width: bytes.readUInt16LE(6),
    height: bytes.readUInt16LE(8),
    ...(animated && { animated: true }),
  }
}

function webp(bytes: Buffer): Picture | undefined {
  if (bytes.length < 30 || bytes.toString('latin1', 8, 12) !== 'WEBP') return undefined
  const kind = bytes.toString('latin1', 12, 16)
  if (kind === 'VP8X') {
    const animated = (bytes.readUInt8(20) & 2) !== 0
    const width = bytes.readUIntLE(24, 3) + 1
    return { width, height: bytes.readUIntLE(27, 3) + 1, ...(animated && { animated: true }) }
  }
  if (kind === 'VP8L') {
    const bits = bytes.readUInt32LE(21)
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
  }
  if (kind !== 'VP8 ') return undefined
  return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff }
}

/** Segment by segment up to the frame header (SOF), which has height before width. */
function jpeg(bytes: Buffer): Picture | undefined {
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0xffd8) return undefined
  let at = 2
  let turned = false
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) return undefined
    const marker = bytes.readUInt8(at + 1)
    if (marker === 0xff) {
      at++
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
    if (isFrame) {
      const [height, width] = [bytes.readUInt16BE(at + 5), bytes.readUInt16BE(at + 7)]
      return turned ? { width: height, height: width } : { width, height }
    }
    const length = bytes.readUInt16BE(at + 2)
    if (length < 2) return undefined
    if (marker === 0xe1) turned = isTurned(bytes.subarray(at + 4, at + 2 + length))
    at += 2 + length
  }
  return undefined
}

/** Does Exif say that the picture lies on its side (tag 0x0112, values 5 to 8)? */
function isTurned(exif: Buffer): boolean {
  if (exif.toString('latin1', 0, 4) !== 'Exif' || exif.length < 16) return false
  const tiff = exif.subarray(6)
  const little = tiff.toString('latin1', 0, 2) === 'II'
  const short = (at: number) => {
    if (at + 2 > tiff.length) return 0
    return little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at)
  }
  const first = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  const count = Math.min(short(first), 100)
  for (let entry = 0; entry < count; entry++) {
    const at = first + 2 + entry * 12
    if (short(at) === 0x0112) return short(at + 8) >= 5 && short(at + 8) <= 8
  }
  return false
}
