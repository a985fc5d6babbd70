import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pictureIn, watched } from '../../../adapters/matrix/sizes.ts'

const jpeg = (before: readonly Buffer[], width: number, height: number) =>
  Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...before,
    Buffer.from([0xff, 0xc2, 0, 17, 8, height >> 8, height & 255, width >> 8, width & 255, 3]),
    Buffer.alloc(20),
  ])
const segment = (marker: number, body: Buffer) => {
  const head = Buffer.from([0xff, marker, 0, 0])
  head.writeUInt16BE(body.length + 2, 2)
  return Buffer.concat([head, body])
}
const exif = (orientation: number, order: 'II' | 'MM') => {
  const tiff = Buffer.alloc(26)
  tiff.write(order, 0, 'latin1')
  const little = order === 'II'
  const u16 = (value: number, at: number) =>
    little ? tiff.writeUInt16LE(value, at) : tiff.writeUInt16BE(value, at)
  u16(42, 2)
  if (little) tiff.writeUInt32LE(8, 4)
  else tiff.writeUInt32BE(8, 4)
  u16(1, 8)
  u16(0x0112, 10)
  u16(3, 12)
  u16(orientation, 18)
  return segment(0xe1, Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), tiff]))
}
const gif = (more: Buffer, colours = 0) => {
  const head = Buffer.from('GIF89a\x40\x01\xf0\x00\x00\x00\x00', 'latin1')
  head[10] = colours ? 0x80 | (colours - 1) : 0
  return Buffer.concat([head, Buffer.alloc(colours ? 3 * 2 ** colours : 0), more])
}
const webp = (kind: string, body: readonly number[]) =>
  Buffer.concat([
    Buffer.from('RIFF\0\0\0\0WEBP', 'latin1'),
    Buffer.from(kind, 'latin1'),
    Buffer.alloc(4),
    Buffer.from([...body, ...Array.from({ length: 30 }, () => 0)]),
  ])
const png = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'),
  Buffer.from([0, 0, 2, 128, 0, 0, 1, 164]),
])

describe('the size of a picture', () => {
  it.each([
    ['PNG', png, { width: 640, height: 420 }],
    ['JPEG', jpeg([segment(0xe0, Buffer.alloc(14))], 1000, 700), { width: 1000, height: 700 }],
    ['JPEG with fill bytes', jpeg([Buffer.from([0xff])], 10, 7), { width: 10, height: 7 }],
    ['JPEG on its side', jpeg([exif(6, 'II')], 1000, 700), { width: 700, height: 1000 }],
    ['JPEG on its other side', jpeg([exif(8, 'MM')], 1000, 700), { width: 700, height: 1000 }],
    ['JPEG upside down', jpeg([exif(3, 'MM')], 1000, 700), { width: 1000, height: 700 }],
    ['GIF', gif(Buffer.from(';')), { width: 320, height: 240 }],
    [
      'moving GIF',
      gif(Buffer.from('\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0;', 'latin1'), 8),
      { width: 320, height: 240, animated: true },
    ],
    ['WebP', webp('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 64, 1, 240, 0]), { width: 320, height: 240 }],
    ['lossless WebP', webp('VP8L', [0x2f, 0x3f, 0xc1, 0x3b, 0]), { width: 320, height: 240 }],
    [
      'moving WebP',
      webp('VP8X', [2, 0, 0, 0, 63, 1, 0, 239, 0, 0]),
      { width: 320, height: 240, animated: true },
    ],
  ])('is read from a %s', (_kind, bytes, size) => {
    expect(pictureIn(bytes)).toEqual(size)
  })

  it('is nobody’s guess where there is none', () => {
    for (const text of ['', 'hello', 'GIF', '\x89PNG', '\xff\xd8\xff', 'RIFF????WEBPxxxx']) {
      expect(pictureIn(Buffer.from(text, 'latin1'))).toBeUndefined()
    }
    const none = Buffer.from(png)
    none.fill(0, 16)
    expect(pictureIn(none)).toBeUndefined()
  })

  it('never fails, whatever the bytes', () => {
    const starts = [png, jpeg([exif(6, 'II')], 9, 9), gif(Buffer.alloc(9)), webp('VP8X', [])]
    const bytes = fc.tuple(fc.constantFrom(...starts), fc.nat(40), fc.uint8Array({ maxLength: 80 }))
    fc.assert(
      fc.property(bytes, ([start, kept, more]) => {
        const broken = Buffer.concat([start.subarray(0, kept), more])
        const size = pictureIn(broken)
        expect(size === undefined || (size.width > 0 && size.height > 0)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  it('is read from bytes on their way, however they are cut, and all of them arrive', async () => {
    const photo = jpeg([segment(0xe1, Buffer.alloc(60_000, 7))], 1000, 700)
    for (const [chunk, more] of [
      [40, 3000],
      [65_536, 500_000],
      [1_000_000, 0],
    ] as const) {
      const bytes = Buffer.concat([photo, Buffer.alloc(more, 1)])
      let at = 0
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (at >= bytes.length) return controller.close()
          controller.enqueue(bytes.subarray(at, at + chunk))
          at += chunk
        },
      })
      const { opened, picture } = watched({ stream, mime: 'image/jpeg' })
      const passed = Buffer.from(await new Response(opened.stream).arrayBuffer())
      expect(passed.equals(bytes)).toBe(true)
      expect(picture()).toEqual({ width: 1000, height: 700 })
    }
  })
})
