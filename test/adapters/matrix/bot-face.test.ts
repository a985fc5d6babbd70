import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { botFace, facePng, openBotFace } from '../../../adapters/matrix/bot-face.ts'
import { pictureIn } from '../../../adapters/matrix/sizes.ts'

it('the picture of the bot is a PNG of its size, red with the mark in it, and always the same', async () => {
  const png = Buffer.from(facePng())
  expect(pictureIn(png)).toEqual({ width: botFace.width, height: botFace.height })
  const data = png.indexOf('IDAT')
  const rows = inflateSync(png.subarray(data + 4, data + 4 + png.readUInt32BE(data - 4)))
  const side = botFace.width ?? 0
  const pixel = (x: number, y: number) =>
    [...rows.subarray(y * (1 + side * 3) + 1 + x * 3)].slice(0, 3)
  expect(pixel(0, 0)).toEqual([0xb5, 0x43, 0x2f])
  expect(pixel(side / 2, Math.round((45 / 64) * side))).toEqual([0xfb, 0xf6, 0xec])
  const opened = await openBotFace(botFace)
  expect(opened).toMatchObject({ mime: 'image/png', bytes: png.length })
  expect(Buffer.from(await new Response(opened.stream).arrayBuffer())).toEqual(png)
})
