import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { File, Message } from '@grammyjs/types'
import { describe, expect, it, onTestFinished } from 'vitest'
import { tempFolder } from '../../support/ports.ts'
import { form, png, worldStage } from './world-stage.ts'

const MB = 2 ** 20
const ogg = Buffer.concat([
  Buffer.from('OggS'),
  Buffer.alloc(24),
  Buffer.from('OpusHead'),
  Buffer.alloc(20),
])
const webp = Buffer.from('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoIAAgADMDOJaQAA3AAzQAA', 'base64')
const photo = { bytes: png(1000, 500), name: 'a.png' }

describe('a photo', () => {
  it('comes in sizes, of which only the largest has its bytes', async () => {
    const { ok, ann, chat, fetched } = await worldStage()
    const sent = await ok<Message>('sendPhoto', form({ chat_id: chat, caption: 'C' }, { photo }))
    expect(sent.photo?.map((one) => [one.width, one.height])).toEqual([
      [90, 45],
      [320, 160],
      [800, 400],
      [1000, 500],
    ])
    expect(new Set(sent.photo?.map((one) => one.file_unique_id)).size).toBe(4)
    expect(sent.caption).toBe('C')
    expect(ann.bytesOf(sent)).toEqual(photo.bytes)
    for (const [i, isBest] of [false, false, false, true].entries()) {
      const { file_path } = await ok<File>('getFile', { file_id: sent.photo?.[i]?.file_id })
      expect(file_path).toMatch(/^photos\/.*\.jpg$/)
      const bytes = Buffer.from(await (await fetched(file_path ?? '')).arrayBuffer())
      expect(bytes.equals(photo.bytes)).toBe(isBest)
    }
  })

  it.each([
    ['no picture', Buffer.from('no picture at all'), 'IMAGE_PROCESS_FAILED'],
    ['too long', png(2101, 100), 'PHOTO_INVALID_DIMENSIONS'],
    ['too large', png(6000, 4001), 'PHOTO_INVALID_DIMENSIONS'],
    ['too heavy', Buffer.concat([png(9, 9), Buffer.alloc(10 * MB)]), 'file is too big'],
    ['empty', Buffer.alloc(0), 'file must be non-empty'],
  ])('that is %s is refused', async (_, bytes, why) => {
    const { refused, chat } = await worldStage()
    const request = form({ chat_id: chat }, { photo: { ...photo, bytes } })
    expect(await refused('sendPhoto', request)).toBe(`400 Bad Request: ${why}`)
  })

  it.each([
    ['PNG', png(7, 9)],
    ['GIF', Buffer.from('474946383961070009000000000000', 'hex')],
    ['JPEG', Buffer.from('ffd8ffe00004000' + '0ffc0000b080009000701011100', 'hex')],
    [
      'WebP',
      Buffer.from('52494646160000005745425056503858' + '0a00000000000000060000080000', 'hex'),
    ],
  ])('may be a %s', async (_, bytes) => {
    const { ok, chat } = await worldStage()
    const sent = await ok<Message>(
      'sendPhoto',
      form({ chat_id: chat }, { photo: { ...photo, bytes } }),
    )
    expect(sent.photo?.at(-1)).toMatchObject({ width: 7, height: 9 })
  })

  it('has a caption of 1024 UTF-16 units after its markup', async () => {
    const { ok, refused, chat } = await worldStage()
    const send = (caption: string) =>
      form({ chat_id: chat, caption, parse_mode: 'HTML' }, { photo })
    const sent = await ok<Message>('sendPhoto', send(`<i>${'😀'.repeat(512)}</i>`))
    expect(sent.caption_entities).toEqual([{ type: 'italic', offset: 0, length: 1024 }])
    expect(await refused('sendPhoto', send('x'.repeat(1025)))).toBe(
      '400 Bad Request: message caption is too long',
    )
  })
})

describe('a file', () => {
  it.each([
    ['sendVideo', 'video', 'video', Buffer.from('x')],
    ['sendAudio', 'audio', 'audio', Buffer.from('x')],
    ['sendAnimation', 'animation', 'animation', Buffer.from('x')],
    ['sendVideoNote', 'video_note', 'video_note', Buffer.from('x')],
    ['sendDocument', 'document', 'document', Buffer.from('x')],
    ['sendDocument', 'document', 'animation', Buffer.from('474946383961070009000000', 'hex')],
    ['sendVoice', 'voice', 'voice', ogg],
    ['sendVoice', 'voice', 'voice', Buffer.from('ID3\u0004')],
    ['sendVoice', 'voice', 'voice', Buffer.from('\0\0\0\u0020ftypM4A ')],
    ['sendVoice', 'voice', 'document', Buffer.from('RIFF....WAVE')],
    ['sendSticker', 'sticker', 'sticker', webp],
    ['sendSticker', 'sticker', 'sticker', Buffer.from('1f8b0800', 'hex')],
    ['sendSticker', 'sticker', 'sticker', Buffer.from('1a45dfa3', 'hex')],
    ['sendSticker', 'sticker', 'document', png(512, 512)],
  ] as const)('by %s in %s becomes a %s', async (method, field, kind, bytes) => {
    const { ok, ann, chat } = await worldStage()
    const file = { bytes, name: 'n.bin' }
    const sent = await ok<Message>(method, form({ chat_id: chat, duration: 3 }, { [field]: file }))
    expect(sent[kind]).toMatchObject({ file_size: bytes.length })
    expect(ann.bytesOf(sent)).toEqual(bytes)
    if (kind === 'animation') expect(sent.document?.file_id).toBe(sent.animation?.file_id)
    else if (kind !== 'document') expect(sent).not.toHaveProperty('document')
  })

  it('is sent again by its id, as the same file', async () => {
    const { ok, refused, chat } = await worldStage()
    const file = { bytes: Buffer.from('x'), name: 'n.txt', mime: 'text/plain' }
    const first = await ok<Message>('sendDocument', form({ chat_id: chat }, { document: file }))
    expect(first.document).toMatchObject({ file_name: 'n.txt', mime_type: 'text/plain' })
    const { file_id } = first.document ?? {}
    const again = await ok<Message>('sendDocument', { chat_id: chat, document: file_id })
    expect(again.document).toEqual(first.document)
    expect(await refused('sendPhoto', { chat_id: chat, photo: file_id })).toBe(
      "400 Bad Request: can't use file of type Document as Photo",
    )
  })

  it.each([
    [{ document: 'nothing' }, '400 Bad Request: wrong file identifier/HTTP URL specified'],
    [{ document: 'attach://x' }, '400 Bad Request: wrong file identifier/HTTP URL specified'],
    [{ document: 'http://127.0.0.1:1/x' }, '400 Bad Request: failed to get HTTP URL content'],
    [
      { document: 'file:///etc/hostname' },
      '400 Bad Request: wrong file identifier/HTTP URL specified',
    ],
    [{ document: 'http://' }, '400 Bad Request: wrong file identifier/HTTP URL specified'],
    [{ document: 'http://127.0.0.2:1/x' }, '400 Bad Request: failed to get HTTP URL content'],
    [{}, '400 Bad Request: there is no document in the request'],
  ])('given as %j is refused', async (params, refusal) => {
    const { refused, chat } = await worldStage()
    expect(await refused('sendDocument', { chat_id: chat, ...params })).toBe(refusal)
  })

  it('is of 50 MB at most', async () => {
    const { answer, ok, chat } = await worldStage()
    const request = (size: number) =>
      form({ chat_id: chat }, { document: { bytes: Buffer.alloc(size), name: 'n' } })
    await ok('sendDocument', request(50 * MB))
    expect(await answer('sendDocument', request(50 * MB + 1))).toMatchObject({ error_code: 413 })
  })

  it('is uploaded by reference to its part', async () => {
    const { ok, chat } = await worldStage()
    const file = { bytes: Buffer.from('x'), name: 'n' }
    const sent = await ok<Message>(
      'sendDocument',
      form({ chat_id: chat, document: 'attach://here' }, { here: file, thumbnail: photo }),
    )
    expect(sent.document).toMatchObject({ file_size: 1, thumbnail: { width: 1000 } })
  })

  it('is fetched by URL, up to a size, and must be a picture where one is sent', async () => {
    const { ok, refused, ann, chat } = await worldStage()
    const origin = await serve((path) =>
      path === '/big'
        ? Buffer.alloc(5 * MB + 1)
        : path === '/page'
          ? Buffer.from('<p>')
          : photo.bytes,
    )
    const sent = await ok<Message>('sendPhoto', { chat_id: chat, photo: `${origin}/a.png` })
    expect(ann.bytesOf(sent)).toEqual(photo.bytes)
    const video_note = `${origin}/big`
    expect(await refused('sendVideoNote', { chat_id: chat, video_note })).toMatch('unsupported')
    expect(await refused('sendPhoto', { chat_id: chat, photo: `${origin}/big` })).toBe(
      '400 Bad Request: failed to get HTTP URL content',
    )
    expect(await refused('sendPhoto', { chat_id: chat, photo: `${origin}/page` })).toBe(
      '400 Bad Request: wrong type of the web page content',
    )
    const document = await ok<Message>('sendDocument', { chat_id: chat, document: `${origin}/big` })
    expect(document.document?.file_size).toBe(5 * MB + 1)
  })
})

describe('getFile', () => {
  it('gives a path for an hour', async () => {
    const { ok, ann, chat, clock, fetched, refused } = await worldStage()
    const bytes = Buffer.from('hello')
    const { voice } = await ann.sends(chat, 'voice', { bytes, duration: 2 })
    const file = await ok<File>('getFile', { file_id: voice?.file_id })
    expect(file).toMatchObject({ file_unique_id: voice?.file_unique_id, file_size: 5 })
    clock.at += 3_599_999
    expect(await (await fetched(file.file_path ?? '')).text()).toBe('hello')
    clock.at += 1
    expect((await fetched(file.file_path ?? '')).status).toBe(404)
    await ok('getFile', { file_id: voice?.file_id })
    expect((await fetched(file.file_path ?? '')).status).toBe(200)
    expect(await refused('getFile', { file_id: 'x' })).toBe('400 Bad Request: invalid file_id')
  })

  it('refuses more than 20 MB', async () => {
    const { ok, ann, chat, refused } = await worldStage()
    const fits = await ann.sends(chat, 'document', { bytes: Buffer.alloc(20 * MB) })
    const big = await ann.sends(chat, 'document', { bytes: Buffer.alloc(20 * MB + 1) })
    await ok('getFile', { file_id: fits.document?.file_id })
    expect(await refused('getFile', { file_id: big.document?.file_id })).toBe(
      '400 Bad Request: file is too big',
    )
  })

  it('gives a path of the disk for any size on a local server, which also takes one', async () => {
    const folder = await tempFolder()
    onTestFinished(folder.drop)
    const { ok, refused, ann, chat } = await worldStage({ filesDir: folder.path })
    const bytes = Buffer.alloc(20 * MB + 1, 7)
    const { video } = await ann.sends(chat, 'video', { bytes, name: 'v.mp4' })
    const { file_path = '' } = await ok<File>('getFile', { file_id: video?.file_id })
    expect(file_path.startsWith(folder.path) && file_path.endsWith('.mp4')).toBe(true)
    expect((await readFile(file_path)).equals(bytes)).toBe(true)
    const path = join(folder.path, 'mine.txt')
    await writeFile(path, 'mine')
    const sent = await ok<Message>('sendDocument', {
      chat_id: chat,
      document: pathToFileURL(path).href,
    })
    expect(sent.document).toMatchObject({ file_name: 'mine.txt', file_size: 4 })
    const gone = pathToFileURL(`${path}.gone`).href
    expect(await refused('sendDocument', { chat_id: chat, document: gone })).toMatch('wrong file')
  })
})

async function serve(bytesAt: (path: string) => Buffer): Promise<string> {
  const server = createServer((request, response) => {
    const bytes = bytesAt(request.url ?? '')
    response.setHeader('content-type', bytes[0] === 0x3c ? 'text/html' : 'image/png')
    response.end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
