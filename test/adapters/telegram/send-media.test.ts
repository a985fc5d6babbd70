import { tmpdir } from 'node:os'
import type { Message } from '@grammyjs/types'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { TelegramApi } from '../../../adapters/telegram/api.ts'
import { nameOf, shownAs } from '../../../adapters/telegram/medium.ts'
import { createSending } from '../../../adapters/telegram/send.ts'
import { hubRoute } from '../../../src/bridge/hub-route.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import type { MediaRef } from '../../../src/core/message.ts'
import type { Body } from '../../../src/core/post.ts'
import type { Rich } from '../../../src/core/runs.ts'
import type { RoomPost } from '../../../src/ports/hub.ts'
import { realClock } from '../../support/ports.ts'
import { telegramHarness } from '../../support/telegram-harness.ts'
import { roomPost } from './posts.ts'
import { picture, type SendingLab, sendingLab } from './sending-lab.ts'

const mp3 = Buffer.concat([Buffer.from('ID3\u0003'), Buffer.alloc(500, 7)])
const ogg = Buffer.concat([Buffer.from('OggS'), Buffer.alloc(24), Buffer.from('OpusHead')])
const amr = Buffer.concat([Buffer.from('#!AMR\n'), Buffer.alloc(50, 3)])
const mp4 = Buffer.concat([Buffer.alloc(4), Buffer.from('ftypisom'), Buffer.alloc(900, 5)])

const mediaPost = (
  lab: SendingLab,
  media: MediaRef,
  more: Partial<RoomPost> & { readonly caption?: Rich; readonly poster?: MediaRef } = {},
) => {
  const { caption, poster, ...rest } = more
  const body: Body = {
    kind: 'media',
    media,
    ...(caption && { caption }),
    ...(poster && { poster }),
  }
  return roomPost(body, { room: lab.friend, ...rest })
}

const shown = (message: Message | undefined): string | undefined =>
  ['photo', 'animation', 'video', 'voice', 'audio', 'document'].find(
    (kind) => message && kind in message,
  )

/** Sends a medium, and gives what Anna sees. */
async function seen(
  lab: SendingLab,
  media: MediaRef,
  more: Parameters<typeof mediaPost>[2] = {},
): Promise<Message> {
  const post = mediaPost(lab, media, more)
  await lab.send(post)
  return lab.sees(post.room).at(-1)!
}

describe('a medium', () => {
  it.each([
    ['image', 'image/jpeg', 'jpeg', 'photo'],
    ['image', 'image/png', 'png', 'photo'],
    ['sticker', 'image/webp', 'webp', 'photo'],
    ['sticker', 'image/gif', 'gif', 'animation'],
    ['image', 'image/gif', 'gif', 'animation'],
  ] as const)('of the kind %s (%s) is seen as it is', async (kind, mime, format, as) => {
    const lab = await sendingLab()
    const bytes = await picture(300, 200, format)
    const message = await seen(lab, lab.keep(kind, bytes, mime))
    expect(shown(message)).toBe(as)
    expect(Buffer.from(lab.anna.bytesOf(message)).equals(bytes)).toBe(true)
    expect(message.caption).toBeUndefined()
  })

  it.each([
    ['voice', 'audio/mpeg', mp3, 'voice'],
    ['voice', 'audio/ogg; codecs=opus', ogg, 'voice'],
    ['voice', 'audio/amr', amr, 'document'],
    ['file', 'audio/mpeg', mp3, 'audio'],
    ['file', 'audio/amr', amr, 'document'],
    ['file', 'image/gif', Buffer.from('GIF89a..........'), 'document'],
    ['video', 'video/mp4', mp4, 'video'],
    ['video', 'video/x-flv', mp4, 'document'],
    ['sticker', 'application/octet-stream', amr, 'document'],
  ] as const)('of the kind %s (%s) is heard or kept', async (kind, mime, bytes, as) => {
    const lab = await sendingLab()
    const message = await seen(lab, lab.keep(kind, bytes, mime, { ms: 2600 }))
    expect(shown(message)).toBe(as)
    expect(Buffer.from(lab.anna.bytesOf(message)).equals(bytes)).toBe(true)
    if (as === 'voice') expect(message.voice?.duration).toBe(3)
  })

  it('keeps the name of a file, and nothing of its path', async () => {
    const lab = await sendingLab()
    const name = '..\\..\\C:/年报 "2026"\r\nX: y.pdf'
    const message = await seen(lab, lab.keep('file', amr, 'application/pdf', { name }))
    expect(message.document?.file_name).toBe('年报 _2026_ X: y.pdf')
  })

  it('has the name of who sent it, and its caption, under it', async () => {
    const lab = await sendingLab()
    const media = lab.keep('image', await picture(20, 20), 'image/jpeg')
    const caption = [{ text: 'see <b>' }]
    const said = await seen(lab, media, { room: lab.group, who: '小王', caption })
    expect(said.caption).toBe('小王: see <b>')
    expect(said.caption_entities).toEqual([{ type: 'bold', offset: 0, length: 3 }])
    const bare = await seen(lab, media, { room: lab.group, who: '小王', repeat: true })
    expect(bare.caption).toBe('↻ 可能重复 · 小王')
    const full = [{ text: 'x'.repeat(1024) }]
    expect((await seen(lab, media, { room: lab.group, who: '小王', caption: full })).caption).toBe(
      full[0]?.text,
    )
  })

  it('answers what it answers, if that is there', async () => {
    const lab = await sendingLab()
    const media = lab.keep('image', await picture(20, 20), 'image/jpeg')
    const first = await seen(lab, media)
    const replyToEvent = `${lab.chat}/${first.message_id}` as never
    const answer = await seen(lab, media, { replyToEvent })
    expect(answer.reply_to_message?.message_id).toBe(first.message_id)
    await lab.anna.deletes(lab.chat, first.message_id)
    const alone = await seen(lab, media, { replyToEvent })
    expect(shown(alone)).toBe('photo')
    expect(alone.reply_to_message?.message_id).not.toBe(first.message_id)
  })
})

describe('a picture that Telegram shows as none', () => {
  it('goes as a file, its bytes opened anew', async () => {
    const lab = await sendingLab()
    const bytes = await picture(2100, 100)
    const media = lab.keep('image', bytes, 'image/jpeg')
    const caption = [{ text: 'wide' }]
    const message = await seen(lab, media, { caption })
    expect([shown(message), message.caption]).toEqual(['document', 'wide'])
    expect(Buffer.from(lab.anna.bytesOf(message)).equals(bytes)).toBe(true)
    expect(lab.opened).toEqual([media.id, media.id])
    expect(lab.sees(lab.friend)).toHaveLength(1)
  })

  it('goes as a file at once where that is known before', async () => {
    const lab = await sendingLab()
    const bytes = await picture(2100, 100)
    const media = lab.keep('image', bytes, 'image/jpeg', { width: 2100, height: 100 })
    expect(shown(await seen(lab, media))).toBe('document')
    expect(lab.opened).toEqual([media.id])
  })

  it('goes as a file where it is larger than 10 MB', () => {
    const media = { kind: 'image' } as MediaRef
    const mime = 'image/jpeg'
    expect(shownAs(media, { mime, bytes: 10 * 1024 * 1024 })).toBe('photo')
    expect(shownAs(media, { mime, bytes: 10 * 1024 * 1024 + 1 })).toBe('document')
  })

  it('is not sent again where it may have come', async () => {
    const lab = await sendingLab()
    lab.sim.fails({ method: 'sendPhoto', what: 'lost' })
    const media = lab.keep('image', await picture(20, 20), 'image/jpeg')
    const error = await lab.send(mediaPost(lab, media)).catch((thrown: unknown) => thrown)
    expect((error as BridgeError).failure.certain).toBe(false)
    expect(lab.sees(lab.friend).map(shown)).toEqual(['photo'])
  })

  it('is not sent as a file where something else was the matter', async () => {
    const lab = await sendingLab()
    const description = 'Bad Request: not enough rights to send photos to the chat'
    lab.sim.fails({ method: 'sendPhoto', what: { status: 400, description } })
    const media = lab.keep('image', await picture(20, 20), 'image/jpeg')
    await expect(lab.send(mediaPost(lab, media))).rejects.toThrow(BridgeError)
    expect(lab.table.asked).toHaveLength(1)
    expect(lab.sees(lab.friend)).toEqual([])
  })
})

describe('a voice message', () => {
  it('goes as a file to those who take no voice messages', async () => {
    const lab = await sendingLab()
    const description = 'Bad Request: VOICE_MESSAGES_FORBIDDEN'
    lab.sim.fails({ method: 'sendVoice', what: { status: 400, description } })
    const message = await seen(lab, lab.keep('voice', mp3, 'audio/mpeg'))
    expect(shown(message)).toBe('document')
    expect(message.document?.file_name).toBe('语音.mp3')
  })
})

describe('a video', () => {
  it('has its length, its size and its still picture', async () => {
    const lab = await sendingLab()
    const poster = lab.keep('image', await picture(1280, 720, 'png'), 'image/png')
    const media = lab.keep('video', mp4, 'video/mp4', { ms: 15_400, width: 1280, height: 720 })
    const { video } = await seen(lab, media, { poster })
    expect(video).toMatchObject({ duration: 15, width: 1280, height: 720 })
    expect(video?.thumbnail).toMatchObject({ width: 320, height: 180 })
    const [call] = lab.calls('sendVideo')
    expect(String(call?.params.supports_streaming)).toBe('true')
  })

  it('comes without a picture that cannot be read', async () => {
    const lab = await sendingLab()
    const poster = lab.keep('image', Buffer.from('none'), 'image/jpeg')
    const message = await seen(lab, lab.keep('video', mp4, 'video/mp4'), { poster })
    expect(shown(message)).toBe('video')
    expect(lab.log.text()).toMatch(/A video goes without its picture/)
  })
})

describe('bytes that cannot be had', () => {
  it('are an error of their own', async () => {
    const lab = await sendingLab()
    const media = lab.keep('file', amr, 'audio/amr')
    const gone = new BridgeError('gone', { code: 'gone', heal: 'never', certain: true })
    const open = () => Promise.reject(gone)
    const sent = lab.sending.send(mediaPost(lab, media), open, AbortSignal.timeout(5000))
    await expect(sent).rejects.toBe(gone)
    expect(lab.sees(lab.friend)).toEqual([])
  })
})

describe('the answer to an upload', () => {
  it('is waited for as long as a server of one’s own needs to pass it on, and so is the pump', async () => {
    const lab = await sendingLab()
    const waited: unknown[] = []
    const call: TelegramApi['call'] = (method, args, until, how) => {
      waited.push(how?.timeoutMs)
      return lab.api.call(method, args, until, how)
    }
    const api: TelegramApi = { ...lab.api, call }
    const sending = createSending({ ...lab, api, places: lab.table, clock: realClock } as never)
    const signal = new AbortController().signal
    const media = lab.keep('video', Buffer.from('a film'), 'video/mp4', { bytes: 2_000_000_000 })
    const unsized = async (one: MediaRef) => {
      const { bytes: _, ...opened } = await lab.open(one)
      return opened
    }
    await sending.send(roomPost({ kind: 'media', media }, { room: lab.friend }), unsized, signal)
    expect(waited).toEqual([180_000 + 4_000_000])
    const harness = await telegramHarness({ filesDir: tmpdir() })
    onTestFinished(() => harness.drop())
    const { stuckMs } = hubRoute({} as never, harness.hub, {} as never, lab.open)
    expect(stuckMs).toBeGreaterThan(Number(waited[0]))
  })
})

describe('nameOf', () => {
  const media = (name?: string) => ({ kind: 'file', ...(name && { name }) }) as MediaRef

  it('ends as the bytes do where the name does not tell', () => {
    expect(nameOf(media(), 'application/pdf', 'document', 'file')).toBe('file.pdf')
    expect(nameOf(media('a.docx'), 'application/zip', 'document', 'file')).toBe('a.docx')
    expect(nameOf(media('sticker.jpg'), 'image/gif', 'animation', 'x')).toBe('sticker.gif')
    expect(nameOf(media('a'), 'application/x-odd', 'document', 'file')).toBe('a')
  })

  it('keeps its ending however long it is', () => {
    const name = nameOf(media(`${'季度'.repeat(99)}.docx`), 'application/x-odd', 'document', 'file')
    expect(name).toMatch(/^(季度)+.?….docx$/)
    expect(name).toHaveLength(120)
  })
})
