import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { streamOf } from '../../../adapters/convert/whole.ts'
import { attachment } from '../../../adapters/matrix/attachment.ts'
import { createDownload } from '../../../adapters/matrix/download.ts'
import { hubId } from '../../../src/core/ids.ts'
import type { MediaKind } from '../../../src/core/message.ts'
import { memoryLog } from '../../support/ports.ts'
import { apng, blue, red } from '../convert/make-apng.ts'

const hub = hubId('matrix')
const signal = new AbortController().signal

async function taken(kind: MediaKind, bytes: Uint8Array, mimetype?: string, name = 'x.bin') {
  const content = { url: 'mxc://hs/abc', body: name, info: { mimetype, size: bytes.length } }
  const media = attachment(kind, content, hub)
  if (!media) throw new Error('no media')
  const download = createDownload({
    hub,
    log: memoryLog(),
    media: {
      download: async () => ({
        stream: streamOf(bytes),
        mime: mimetype ?? 'application/octet-stream',
        bytes: bytes.length,
      }),
    },
  })
  const opened = await download(media, signal)
  const chunks: Uint8Array[] = []
  for await (const chunk of opened.stream) chunks.push(chunk)
  return { media, mime: opened.mime, all: Buffer.concat(chunks) }
}

const plain = sharp({ create: { width: 8, height: 8, channels: 4, background: 'red' } })
const moving = async () => {
  const frame = (background: string) =>
    sharp({ create: { width: 16, height: 16, channels: 4, background } })
      .png()
      .toBuffer()
  const frames = await Promise.all(['red', 'blue', 'green'].map(frame))
  return sharp(frames, { join: { animated: true } })
    .webp({ loop: 0 })
    .toBuffer()
}
const voice = () => readFile(new URL('../convert/fixtures/voice.ogg', import.meta.url))

describe('media from Matrix, as WeChat takes it', () => {
  it('is a PNG where it was a still sticker', async () => {
    const { media, mime, all } = await taken(
      'sticker',
      await plain.webp().toBuffer(),
      'image/webp',
      'wave.webp',
    )
    expect(media).toMatchObject({ mime: 'image/png', name: 'wave' })
    expect(media).not.toHaveProperty('bytes')
    expect(mime).toBe('image/png')
    expect((await sharp(all).metadata()).format).toBe('png')
  })

  it('is a GIF where it moves', async () => {
    const { mime, all } = await taken('sticker', await moving(), 'image/webp')
    expect(mime).toBe('image/gif')
    expect((await sharp(all, { animated: true }).metadata()).pages).toBe(3)
  })

  it('is a GIF where it is a PNG that moves', async () => {
    const { mime, all } = await taken(
      'sticker',
      await apng([{ colour: red }, { colour: blue }]),
      'image/png',
    )
    expect(mime).toBe('image/gif')
    expect((await sharp(all, { animated: true }).metadata()).pages).toBe(2)
  })

  it('is what it is where WeChat takes it', async () => {
    const gif = await sharp(await moving(), { animated: true })
      .gif()
      .toBuffer()
    const sticker = await taken('sticker', gif, 'image/gif')
    expect(sticker.media.token).not.toContain('convert')
    expect(sticker.all.equals(gif)).toBe(true)
    const png = await plain.png().toBuffer()
    expect((await taken('image', png, 'image/png')).all.equals(png)).toBe(true)
    expect((await taken('file', Buffer.from('x'), 'audio/ogg')).all.toString()).toBe('x')
  })

  it('is made smaller where it is a GIF that is too large to move there', () => {
    const content = {
      url: 'mxc://hs/abc',
      body: 'x',
      info: { mimetype: 'image/gif', size: 2 << 20 },
    }
    expect(attachment('sticker', content, hub)?.token).toContain('"convert":"picture"')
    expect(attachment('image', content, hub)?.token).not.toContain('convert')
  })

  it('is an MP3 where it was recorded', async () => {
    const { media, mime, all } = await taken(
      'voice',
      await voice(),
      'audio/ogg',
      'Voice message.ogg',
    )
    expect(media).toMatchObject({ mime: 'audio/mpeg', name: 'Voice message' })
    expect(mime).toBe('audio/mpeg')
    expect(all.subarray(0, 2).toString('hex')).toMatch(/^ff[ef]/)
  })

  it('is what it is where it cannot be converted', async () => {
    const garbage = Buffer.from('nothing that anybody could read, and long enough to look at it')
    for (const kind of ['sticker', 'voice'] as const) {
      const { mime, all } = await taken(
        kind,
        garbage,
        kind === 'voice' ? 'audio/ogg' : 'image/webp',
      )
      expect(all.equals(garbage)).toBe(true)
      expect(mime).toBe(kind === 'voice' ? 'audio/ogg' : 'image/webp')
    }
  })
})
