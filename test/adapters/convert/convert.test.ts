import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { findFfmpeg } from '../../../adapters/convert/ffmpeg.ts'
import { mostGifBytes, pictureFrom } from '../../../adapters/convert/picture.ts'
import { createRecent } from '../../../adapters/convert/recent.ts'
import { mp3From } from '../../../adapters/convert/recording.ts'
import { gifFrom } from '../../../adapters/convert/video-sticker.ts'
import { mediaId } from '../../../src/core/ids.ts'
import { realClock, tempFolder } from '../../support/ports.ts'
import { fixture, pieces } from '../telegram/incoming.ts'

const signal = new AbortController().signal

describe('pictures for WeChat', () => {
  it('become PNG with what is transparent kept so', async () => {
    const background = { r: 200, g: 10, b: 10, alpha: 0 }
    const webp = await sharp({ create: { width: 60, height: 40, channels: 4, background } })
      .webp()
      .toBuffer()
    const { bytes, mime } = await pictureFrom(webp)
    expect(mime).toBe('image/png')
    const seen = await sharp(bytes).metadata()
    expect(seen).toMatchObject({ format: 'png', width: 60, height: 40, hasAlpha: true })
    expect((await sharp(bytes).stats()).isOpaque).toBe(false)
  })

  it('become a GIF where they move', async () => {
    const { bytes, mime } = await pictureFrom(await animated(120, 4))
    expect(mime).toBe('image/gif')
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'gif', width: 120, pages: 4 })
  })

  it('become as small a GIF as moves in WeChat, whatever they are', async () => {
    const { bytes, mime } = await pictureFrom(await animated(300, 14))
    expect(mime).toBe('image/gif')
    expect(bytes.byteLength).toBeLessThanOrEqual(mostGifBytes)
    expect((await sharp(bytes).metadata()).pages).toBe(14)
  })

  it('are refused where they are none', async () => {
    await expect(pictureFrom(Buffer.from('RIFF????WEBP, or so'))).rejects.toThrow()
    await expect(pictureFrom(new Uint8Array())).rejects.toThrow()
  })
})

describe('recordings for WeChat', () => {
  const mp3 = async (stream: ReadableStream<Uint8Array>) =>
    Buffer.concat(await all(mp3From(stream)))

  it('become MP3 of the same length', async () => {
    const bytes = await mp3(pieces(await fixture('voice.ogg')))
    // Three seconds at 48 kbit/s, in whole frames of 24 ms (576 samples), a few more for the encoder.
    expect(secondsOf(bytes)).toBeCloseTo(3, 0)
    expect(secondsOf(bytes)).toBeGreaterThanOrEqual(3)
  })

  it('come piece by piece', async () => {
    const all: number[] = []
    let given = 0
    const ogg = await fixture('voice.ogg')
    const source = pieces(ogg).pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>(
        {
          transform(chunk, controller) {
            given += chunk.byteLength
            controller.enqueue(chunk)
          },
        },
        { highWaterMark: 1 },
        { highWaterMark: 0 },
      ),
    )
    for await (const piece of mp3From(source)) if (piece.byteLength > 0) all.push(given)
    expect(all[0]).toBeLessThan(ogg.byteLength)
  })

  it('are refused where they are no ogg/opus, without looking for a beginning', async () => {
    await expect(mp3(pieces(Buffer.alloc(3_000_000, 'OggX')))).rejects.toThrow('no ogg/opus')
    await expect(mp3(pieces(Buffer.from('OggS')))).rejects.toThrow('no ogg/opus')
    await expect(mp3(pieces(new Uint8Array()))).rejects.toThrow('no ogg/opus')
  })

  it('are refused where a part is damaged, so that nothing is missing silently', async () => {
    const ogg = Buffer.from(await fixture('voice.ogg'))
    // The decoder prints what it finds.
    const printed = vi.spyOn(console, 'error').mockReturnValue()
    // No packet of Opus is like that.
    ogg.fill(0xff, 3000, 6000)
    await expect(mp3(pieces(ogg))).rejects.toThrow('cannot be decoded')
    printed.mockRestore()
  })

  it('fail as their source does', async () => {
    await expect(mp3(pieces(await fixture('voice.ogg'), 3000))).rejects.toThrow('broken')
  })
})

const found = await findFfmpeg()

describe('video stickers for WeChat', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>
  beforeEach(async () => {
    folder = await tempFolder()
  })
  afterEach(() => folder.drop())

  it.runIf(found !== undefined)('become GIFs that move, their background clear', async () => {
    const webm = await fixture('moving.webm')
    const { bytes, mime } = await gifFrom(webm, found ?? '', realClock, signal)
    expect(mime).toBe('image/gif')
    const seen = await sharp(bytes, { animated: true }).metadata()
    expect(seen).toMatchObject({ format: 'gif', width: 256, hasAlpha: true })
    expect(seen.pages).toBeGreaterThan(1)
    const corner = await sharp(bytes)
      .extract({ left: 0, top: 0, width: 1, height: 1 })
      .raw()
      .toBuffer()
    expect(corner[3]).toBe(0)
    const middle = { left: 128, top: 128, width: 1, height: 1 }
    expect((await sharp(bytes).extract(middle).raw().toBuffer())[3]).toBe(255)
  })

  it.runIf(found !== undefined)('are refused where they are none', async () => {
    const page = Buffer.from('#EXTM3U\nfile:///etc/passwd\n')
    await expect(gifFrom(page, found ?? '', realClock, signal)).rejects.toThrow('ffmpeg ended')
  })

  it('give up on what takes too long, and when the bridge stops', async () => {
    const slow = await program(folder.path, 'exec sleep 60')
    const passed = { ...realClock, sleep: async () => undefined }
    await expect(gifFrom(new Uint8Array(9), slow, passed, signal)).rejects.toThrow('too long')
    const stop = new AbortController()
    const stopped = gifFrom(new Uint8Array(9), slow, realClock, stop.signal)
    stop.abort(new Error('stopping'))
    await expect(stopped).rejects.toThrow('stopping')
  })

  it('get smaller until they fit, and are refused where none does', async () => {
    const large = 'head -c 2000000 /dev/zero'
    const fits = `case "$*" in *fps=12*scale=192*) printf GIF89a;; *) ${large};; esac`
    const { bytes } = await gifFrom(
      new Uint8Array(100_000),
      await program(folder.path, fits),
      realClock,
      signal,
    )
    expect(Buffer.from(bytes).toString()).toBe('GIF89a')
    const never = await program(folder.path, large)
    await expect(gifFrom(new Uint8Array(9), never, realClock, signal)).rejects.toThrow('small')
  })

  it('need an ffmpeg that is really there', async () => {
    const path = `relative:${join(folder.path, 'no')}:${folder.path}`
    expect(await findFfmpeg(path, false)).toBeUndefined()
    await writeFile(join(folder.path, 'ffmpeg'), '')
    expect(await findFfmpeg(path, false)).toBeUndefined()
    await chmod(join(folder.path, 'ffmpeg'), 0o755)
    expect(await findFfmpeg(path, false)).toBe(join(folder.path, 'ffmpeg'))
    expect(await findFfmpeg('', false)).toBeUndefined()
  })
})

describe('what was converted last', () => {
  const made = (size: number) => ({ bytes: new Uint8Array(size), mime: 'image/png' })
  const [a, b, c] = ['a', 'b', 'c'].map(mediaId) as [never, never, never]

  it('is kept as long as there is room, the latest used longest', () => {
    const recent = createRecent(10)
    recent.add(a, made(4))
    recent.add(b, made(4))
    recent.get(a)
    recent.add(c, made(4))
    expect([a, b, c].map((id) => recent.get(id)?.bytes.byteLength)).toEqual([4, undefined, 4])
    recent.add(c, made(5))
    expect(recent.get(a)).toBeDefined()
    recent.add(b, made(11))
    expect(recent.get(b)).toBeUndefined()
    expect(recent.get(a)).toBeDefined()
  })
})

/** So many frames of noise, as bad for a GIF as anything can be. */
async function animated(edge: number, frames: number): Promise<Buffer> {
  const noise = Buffer.alloc(edge * edge * frames * 3)
  let state = 1
  for (let at = 0; at < noise.length; at++) {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    noise[at] = state >> 16
  }
  const raw = { width: edge, height: edge * frames, channels: 3, pageHeight: edge } as const
  return sharp(noise, { raw }).webp({ quality: 30, effort: 0, loop: 0 }).toBuffer()
}

async function program(folder: string, script: string): Promise<string> {
  const file = join(folder, `program-${script.length}`)
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return file
}

async function all(from: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of from) chunks.push(chunk)
  return chunks
}

/** Walks the frames of an MP3 (MPEG 2, layer III, 24 kHz): each begins where the last one says it ends. */
function secondsOf(mp3: Buffer): number {
  let frames = 0
  for (let at = 0; at + 4 <= mp3.length; frames++) {
    const header = mp3.readUInt32BE(at)
    expect(header >>> 16).toBe(0xfff3)
    const padding = (header >>> 9) & 1
    at += Math.floor((72 * 48_000) / 24_000) + padding
  }
  return (frames * 576) / 24_000
}
