import { inflateSync } from 'node:zlib'
import { create } from 'qrcode'

/** Does a PNG (8 bits or less, grey or palette or RGBA, not interlaced) show the QR code of this text? */
export function readsAs(png: Uint8Array, text: string): boolean {
  const { width, dark } = pixels(Buffer.from(png))
  const { modules } = create(text, { errorCorrectionLevel: 'M' })
  let margin = 0
  while (margin < width && !dark(margin, margin)) margin++
  const scale = (width - 2 * margin) / modules.size
  if (!Number.isInteger(scale)) return false
  for (let y = 0; y < modules.size; y++) {
    for (let x = 0; x < modules.size; x++) {
      const at = (n: number) => margin + Math.floor((n + 0.5) * scale)
      if (dark(at(x), at(y)) !== Boolean(modules.get(y, x))) return false
    }
  }
  return true
}

/** Enough of PNG for what a QR library writes: RGBA with any of the five filters. */
function pixels(png: Buffer): { width: number; dark: (x: number, y: number) => boolean } {
  const width = png.readUInt32BE(16)
  const height = png.readUInt32BE(20)
  if (png[24] !== 8 || png[25] !== 6) throw new Error(`PNG depth ${png[24]} type ${png[25]}`)
  const parts: Buffer[] = []
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at)
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') {
      parts.push(png.subarray(at + 8, at + 8 + length))
    }
    at += length + 12
  }
  const data = inflateSync(Buffer.concat(parts))
  const row = width * 4
  const out = Buffer.alloc(row * height)
  for (let y = 0; y < height; y++) {
    const filter = data[y * (row + 1)]
    for (let x = 0; x < row; x++) {
      const a = x >= 4 ? out[y * row + x - 4]! : 0
      const b = y > 0 ? out[(y - 1) * row + x]! : 0
      const c = x >= 4 && y > 0 ? out[(y - 1) * row + x - 4]! : 0
      const p = a + b - c
      const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)]
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c
      const add = [0, a, b, (a + b) >> 1, paeth][filter ?? 0] ?? 0
      out[y * row + x] = (data[y * (row + 1) + 1 + x]! + add) & 255
    }
  }
  return { width, dark: (x, y) => out[y * row + x * 4]! < 128 }
}
