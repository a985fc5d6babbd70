import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { gifFromApng, isApng } from '../../../adapters/convert/apng.ts'
import { apng, blue, green, plain, red } from './make-apng.ts'

const pixel = async (gif: Uint8Array, page: number, at: number) => {
  const { data, info } = await sharp(gif, { page })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const from = (at * info.width + at) * 4
  return [...data.subarray(from, from + 4)].map((value) => Math.round(value / 255))
}

describe('a moving PNG', () => {
  it('becomes a GIF with its pictures, in their places, for their times', async () => {
    const bytes = await apng([
      { colour: red },
      { colour: blue, size: 4, at: 4, dispose: 2 },
      { colour: green, size: 2, at: 0, dispose: 1 },
      { colour: blue, size: 2, at: 6 },
    ])
    expect(isApng(bytes)).toBe(true)
    const { bytes: gif, mime } = await gifFromApng(bytes)
    expect(mime).toBe('image/gif')
    const { pages, delay } = await sharp(gif, { animated: true }).metadata()
    expect([pages, delay]).toEqual([4, [100, 200, 300, 400]])
    expect(await pixel(gif, 0, 7)).toEqual([1, 0, 0, 1])
    expect(await pixel(gif, 1, 7)).toEqual([0, 0, 1, 1])
    expect(await pixel(gif, 1, 0)).toEqual([1, 0, 0, 1])
    // What was there before is there again.
    expect(await pixel(gif, 2, 7)).toEqual([1, 0, 0, 1])
    expect(await pixel(gif, 2, 0)).toEqual([0, 1, 0, 1])
    // The place of the third is empty.
    expect((await pixel(gif, 3, 0)).at(3)).toBe(0)
    expect(await pixel(gif, 3, 4)).toEqual([1, 0, 0, 1])
  })

  it('is told from a still one', async () => {
    expect(isApng(await plain(8, red))).toBe(false)
    expect(isApng(Buffer.from('no picture'))).toBe(false)
  })

  it('that is broken or a bomb is refused', async () => {
    const whole = await apng([{ colour: red }, { colour: blue }])
    const bomb = Buffer.from(whole)
    bomb.writeUInt32BE(60_000, 16)
    bomb.writeUInt32BE(60_000, 20)
    const wide = Buffer.from(whole)
    wide.writeUInt32BE(60_000, 16)
    const astray = await apng([{ colour: red }, { colour: blue, size: 4, at: 6 }])
    for (const bytes of [bomb, wide, astray, Buffer.from('no picture'), await plain(8, red)]) {
      await expect(gifFromApng(bytes)).rejects.toThrow()
    }
    for (let cut = 0; cut < whole.length; cut += 7) {
      await gifFromApng(whole.subarray(0, cut)).catch(() => undefined)
    }
  })
})
