import { crc32, deflateSync } from 'node:zlib'

/** A picture of hills under a sky, different for each `hue`. */
export function hills(width: number, height: number, hue: number): Uint8Array {
  const rows = Buffer.alloc(height * (width * 3 + 1))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const far = height * 0.55 + Math.sin(x / 37 + hue) * 22 + Math.sin(x / 13) * 6
      const near = height * 0.75 + Math.sin(x / 61 + hue * 2) * 30
      const sky = y / height
      const tone =
        y > near
          ? [62, 92, 74]
          : y > far
            ? [128, 150, 134]
            : [246 - sky * 40, 214 - hue * 3, 186 + sky * 30]
      const at = y * (width * 3 + 1) + 1 + x * 3
      for (const [i, value] of tone.entries())
        rows.writeUInt8(Math.max(0, Math.min(255, Math.round(value))), at + i)
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const out = Buffer.alloc(body.length + 8)
    out.writeUInt32BE(data.length, 0)
    body.copy(out, 4)
    out.writeUInt32BE(crc32(body), body.length + 4)
    return out
  }
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
