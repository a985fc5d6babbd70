import { crc32 } from 'node:zlib'
import sharp from 'sharp'

export type Colour = {
  readonly r: number
  readonly g: number
  readonly b: number
  readonly alpha: number
}
export const red = { r: 255, g: 0, b: 0, alpha: 1 }
export const blue = { r: 0, g: 0, b: 255, alpha: 1 }
export const green = { r: 0, g: 255, b: 0, alpha: 1 }

export interface Step {
  readonly colour: Colour
  readonly size?: number
  readonly at?: number
  readonly dispose?: number
}

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

export const plain = (size: number, background: Colour) =>
  sharp({ create: { width: size, height: size, channels: 4, background } })
    .png({ palette: false })
    .toBuffer()

const dataOf = (png: Buffer): Buffer => {
  const at = png.indexOf('IDAT')
  return png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4))
}

/** A moving PNG of 8 by 8 pixels. */
export async function apng(steps: readonly Step[]): Promise<Buffer> {
  const first = await plain(8, red)
  const parts: Buffer[] = [first.subarray(0, 33)]
  const control = Buffer.alloc(8)
  control.writeUInt32BE(steps.length, 0)
  parts.push(chunk('acTL', control))
  let order = 0
  for (const [at, { colour, size = 8, at: place = 0, dispose = 0 }] of steps.entries()) {
    const frame = Buffer.alloc(26)
    for (const [index, value] of [order++, size, size, place, place].entries()) {
      frame.writeUInt32BE(value, index * 4)
    }
    frame.writeUInt16BE(100 + at * 100, 20)
    frame.writeUInt16BE(1000, 22)
    frame.writeUInt8(dispose, 24)
    parts.push(chunk('fcTL', frame))
    const data = dataOf(await plain(size, colour))
    if (at === 0) parts.push(chunk('IDAT', data))
    else {
      const number = Buffer.alloc(4)
      number.writeUInt32BE(order++)
      parts.push(chunk('fdAT', Buffer.concat([number, data])))
    }
  }
  return Buffer.concat([...parts, chunk('IEND', Buffer.alloc(0))])
}
