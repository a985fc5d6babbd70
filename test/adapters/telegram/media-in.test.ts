import { describe, expect, it } from 'vitest'
import { ingressWords } from '../../../adapters/telegram/ingress-words.ts'
import { type MediaReading, mediaIn, readToken } from '../../../adapters/telegram/media-in.ts'
import { hubId } from '../../../src/core/ids.ts'
import type { MediaRef } from '../../../src/core/message.ts'

const reading: MediaReading = {
  hub: hubId('telegram'),
  words: ingressWords('en'),
  limit: 20 << 20,
  moves: true,
  at: Date.UTC(2026, 10, 21, 6, 3, 22),
  timezone: 'Asia/Shanghai',
}
const file = { file_id: 'F', file_unique_id: 'U', file_size: 1234 }
const read = (body: object, how: Partial<MediaReading> = {}) =>
  mediaIn(body as Record<string, unknown>, { ...reading, ...how })
function media(body: object, how: Partial<MediaReading> = {}): MediaRef {
  const found = read(body, how)
  if (!found || !('media' in found)) throw new Error(`no media: ${JSON.stringify(found)}`)
  return found.media
}

describe('media from Telegram', () => {
  it('takes the largest size of a photo', () => {
    const photo = [
      { file_id: 'S', file_unique_id: 's', width: 90, height: 60 },
      { ...file, width: 1280, height: 853 },
      { file_id: 'M', file_unique_id: 'm', width: 320, height: 213 },
    ]
    expect(media({ photo })).toEqual({
      id: 'telegram/U',
      source: 'telegram',
      kind: 'image',
      mime: 'image/jpeg',
      bytes: 1234,
      width: 1280,
      height: 853,
      token: '{"fileId":"F"}',
    })
  })

  it('reads videos, round ones, and animations, which are told as documents too', () => {
    const film = { ...file, width: 640, height: 360, duration: 5, mime_type: 'video/mp4' }
    const known = { kind: 'video', mime: 'video/mp4', ms: 5000 }
    expect(media({ video: film })).toMatchObject({ ...known, width: 640, height: 360 })
    expect(media({ video_note: { ...file, length: 240, duration: 5 } })).toMatchObject({
      ...known,
      width: 240,
      height: 240,
    })
    expect(media({ animation: film, document: { ...file, file_name: 'a.mp4' } })).toMatchObject(
      known,
    )
    const gif = { ...film, mime_type: 'image/gif' }
    expect(media({ animation: gif })).toMatchObject({ kind: 'image', mime: 'image/gif' })
  })

  it('names a recording by when it was sent, as what it will be', () => {
    const voice = { ...file, duration: 3, mime_type: 'audio/ogg' }
    const found = media({ voice })
    expect(found).toMatchObject({ kind: 'voice', mime: 'audio/mpeg', ms: 3000 })
    expect(found.name).toBe('voice-20261121-140322')
    // How large it becomes is not known.
    expect(found.bytes).toBeUndefined()
    expect(readToken(found.token)).toEqual({ fileId: 'F', convert: 'mp3' })
  })

  it('leaves a recording that is MP3 already as it is', () => {
    const found = media({ voice: { ...file, duration: 3, mime_type: 'audio/mpeg' } })
    expect(readToken(found.token)).toEqual({ fileId: 'F' })
  })

  it('gives music a name with an ending', () => {
    const audio = { ...file, mime_type: 'audio/mp4', performer: 'AC/DC', title: 'T.N.T' }
    expect(media({ audio })).toMatchObject({ kind: 'file', name: 'AC_DC - T.N.T.m4a' })
    expect(media({ audio: { ...audio, file_name: 'x.m4a' } }).name).toBe('x.m4a')
  })

  it('makes a still sticker a PNG', () => {
    const found = media({ sticker: { ...file, width: 512, height: 400, emoji: '😀' } })
    expect(found).toMatchObject({ kind: 'sticker', mime: 'image/png', width: 512, height: 400 })
    expect(found.id).toBe('telegram/U/png')
    expect(readToken(found.token)).toEqual({ fileId: 'F', convert: 'png' })
  })

  const thumbnail = { file_id: 'T', file_unique_id: 't', width: 128, height: 128 }
  const videoSticker = { ...file, is_video: true, emoji: '😀', thumbnail }

  it('makes a video sticker a GIF where there is ffmpeg', () => {
    const found = media({ sticker: videoSticker })
    expect(found).toMatchObject({ kind: 'sticker', mime: 'image/gif' })
    expect(readToken(found.token)).toEqual({ fileId: 'F', convert: 'gif', still: 'T' })
  })

  it.each([
    ['a video sticker without ffmpeg', videoSticker],
    ['a Lottie sticker', { ...file, is_animated: true, emoji: '😀', thumbnail }],
  ])('shows %s as a still picture, and says so', (_, sticker) => {
    const found = read({ sticker }, { moves: false })
    expect(found).toMatchObject({
      media: { kind: 'sticker', mime: 'image/png', id: 'telegram/t/png' },
      text: '[Animated sticker 😀]',
    })
  })

  it('says a sticker that has no picture in words', () => {
    expect(read({ sticker: { ...file, is_animated: true, emoji: '😀' } })).toEqual({
      text: '[Animated sticker 😀]',
    })
    expect(read({ sticker: { ...file, is_animated: true } })).toEqual({
      text: '[Animated sticker]',
    })
  })

  it.each([
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\a\\b.doc', 'b.doc'],
    ['a\u0000\u202egpj.exe\n', 'a gpj.exe'],
    [`${'x'.repeat(5000)}.pdf`, `${'x'.repeat(145)}….pdf`],
    ['..', undefined],
    ['', undefined],
  ])('reads the file name %.20j as %j', (name, shown) => {
    expect(media({ document: { ...file, file_name: name } }).name).toBe(shown)
  })

  it('believes no mime that is none', () => {
    const mime_type = 'text/html\r\nx: y'
    expect(media({ document: { ...file, mime_type } }).mime).toBe('application/octet-stream')
  })

  it('refuses what Telegram does not give away, and only that', () => {
    const document = { ...file, file_size: (20 << 20) + 1 }
    expect(read({ document })).toEqual({
      unsupported: 'file',
      tooLarge: { bytes: (20 << 20) + 1, limit: 20 << 20 },
    })
    expect(media({ document: { ...file, file_size: 20 << 20 } }).bytes).toBe(20 << 20)
    const { limit: _, ...local } = reading
    expect(mediaIn({ document }, local)).toMatchObject({ media: { bytes: (20 << 20) + 1 } })
  })

  it('says that media without a file are broken', () => {
    expect(read({ document: { file_name: 'a' } })).toEqual({ unsupported: 'broken attachment' })
    expect(read({ photo: [] })).toBeUndefined()
  })

  it('takes no token but its own', () => {
    expect(readToken('')).toBeUndefined()
    expect(readToken('{"mxc":"x"}')).toBeUndefined()
    expect(readToken('{"fileId":"a","convert":"exe"}')).toEqual({ fileId: 'a' })
  })
})
