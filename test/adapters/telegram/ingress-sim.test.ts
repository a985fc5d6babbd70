import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findFfmpeg } from '../../../adapters/convert/ffmpeg.ts'
import { createTelegramApi } from '../../../adapters/telegram/client.ts'
import { createIngress } from '../../../adapters/telegram/ingress.ts'
import type { Parts } from '../../../adapters/telegram/parts.ts'
import type { HubEvent } from '../../../src/ports/hub.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../../sim/telegram/sim.ts'
import { realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { bytesOf, fixture, surroundings } from './incoming.ts'

const signal = new AbortController().signal
const ffmpeg = findFfmpeg()
const hasFfmpeg = (await ffmpeg) !== undefined
let sim: TelegramSim
let ann: SimUser
let chat: number
let parts: Parts
let read = 0

/** What everything that happened since the last look means. */
async function events(): Promise<readonly HubEvent[]> {
  const ingress = createIngress(parts, { ffmpeg })
  const told: HubEvent[] = []
  for (const update of sim.updates.slice(read)) {
    for (const { event } of await ingress.translate(update, signal)) told.push(event)
  }
  read = sim.updates.length
  return told
}

async function mediaOf(event: HubEvent | undefined) {
  if (event?.type !== 'message' || !event.media) throw new Error(JSON.stringify(event))
  const { stream, mime } = await createIngress(parts, { ffmpeg }).download(event.media, signal)
  return { bytes: await bytesOf(stream), mime, media: event.media }
}

beforeEach(async () => {
  sim = await startTelegram()
  const around = surroundings()
  const { apiRoot, token } = sim
  const api = createTelegramApi({ apiRoot, token }, { clock: realClock })
  const known = { id: String(sim.bot.id), username: sim.bot.username, topics: true }
  const bot = { known: () => known, info: async () => known, refresh: async () => known }
  parts = { ...around.parts, api, patient: api, bot } as unknown as Parts
  ann = sim.user('Ann', { username: 'ann' })
  chat = await ann.starts()
  around.roles.set(String(ann.id), 'owner')
  read = sim.updates.length
})
afterEach(() => sim.close())

describe('what a person does in Telegram', () => {
  it('is text, an answer, a command, a recall, an edit', async () => {
    const first = await ann.says(chat, 'hi')
    await ann.says(chat, 'again', { replyTo: first.message_id })
    await ann.says(chat, '/status now')
    await ann.says(chat, '/recall', { replyTo: first.message_id })
    await ann.edits(chat, first.message_id, 'hello')
    const target = `${chat}/${first.message_id}`
    expect(await events()).toMatchObject([
      { type: 'message', text: 'hi', id: target },
      { type: 'message', text: 'again', replyTo: target },
      { type: 'command', words: ['status', 'now'] },
      { type: 'redaction', target },
      { type: 'edit', text: 'hello', target },
    ])
  })

  it('is a topic’s, where it stands in one, and answers nothing by itself', async () => {
    const args = { chat_id: chat, name: 'Wang' }
    const { message_thread_id: thread } = await parts.api.call('createForumTopic', args, signal)
    await ann.says(chat, 'hi', { thread })
    const [event] = await events()
    expect(event).toMatchObject({ room: `${chat}/${thread}`, text: 'hi' })
    expect(event).not.toHaveProperty('replyTo')
  })

  it('is a button, which is answered at once', async () => {
    const keyboard = { inline_keyboard: [[{ text: 'Open', callback_data: 'chats open abc' }]] }
    const args = { chat_id: chat, text: 'Which?', reply_markup: keyboard }
    const { message_id } = await parts.api.call('sendMessage', args, signal)
    const tapped = ann.taps(chat, message_id, 'Open')
    const [event] = await events()
    expect(event).toMatchObject({
      type: 'command',
      words: ['chats', 'open', 'abc'],
      button: `${chat}/${message_id}`,
    })
    await tapped
  })

  it('is a picture, as it was', async () => {
    const bytes = await picture('jpeg')
    await ann.sends(chat, 'photo', { bytes, width: 8, height: 8 }, { caption: 'see' })
    const [event] = await events()
    expect(event).toMatchObject({ text: 'see', media: { kind: 'image', mime: 'image/jpeg' } })
    expect((await mediaOf(event)).bytes.equals(bytes)).toBe(true)
  })

  it('is an album, in order', async () => {
    const file = { bytes: await picture('jpeg'), width: 8, height: 8 }
    await ann.album(chat, [
      { kind: 'photo', file, caption: 'both' },
      { kind: 'photo', file },
    ])
    const told = await events()
    expect(told).toMatchObject([{ text: 'both' }, { media: {} }])
    const albums = told.map((event) => event.type === 'message' && event.album)
    expect(albums[0]).toBeTruthy()
    expect(albums[1]).toBe(albums[0])
  })

  it('is a recording, which becomes MP3', async () => {
    await ann.sends(chat, 'voice', { bytes: await fixture('voice.ogg'), duration: 3 })
    const { bytes, mime, media } = await mediaOf((await events())[0])
    expect(media).toMatchObject({ kind: 'voice', mime: 'audio/mpeg', ms: 3000 })
    expect(mime).toBe('audio/mpeg')
    expect(bytes.byteLength).toBeGreaterThan(15_000)
  })

  it('is a sticker, which becomes a picture', async () => {
    const file = { bytes: await picture('webp'), width: 8, height: 8, emoji: '😀' }
    await ann.sends(chat, 'sticker', { ...file, sticker: 'static' })
    expect((await mediaOf((await events())[0])).mime).toBe('image/png')
  })

  it.runIf(hasFfmpeg)('is a sticker that moves, and goes on moving', async () => {
    const bytes = await fixture('moving.webm')
    await ann.sends(chat, 'sticker', { bytes, width: 128, height: 128, sticker: 'video' })
    expect((await mediaOf((await events())[0])).mime).toBe('image/gif')
  })

  it('is a file with its name', async () => {
    const bytes = Buffer.from('%PDF-1.4 and so on')
    const mime = 'application/pdf'
    await ann.sends(chat, 'document', { bytes, name: '../a.pdf', mime })
    const found = await mediaOf((await events())[0])
    expect(found).toMatchObject({ mime, media: { kind: 'file', name: 'a.pdf' } })
    expect(found.bytes.equals(bytes)).toBe(true)
  })

  it('is refused where it is larger than Telegram gives away', async () => {
    const bytes = Buffer.alloc((20 << 20) + 1, 1)
    await ann.sends(chat, 'document', { bytes, name: 'a.bin' })
    expect(await events()).toMatchObject([
      { type: 'unsupported', kind: 'file', tooLarge: { bytes: bytes.byteLength } },
    ])
  })

  it('is a place, a contact, a poll', async () => {
    await ann.gives(chat, { location: { latitude: 1.5, longitude: 2.5 } })
    await ann.gives(chat, { contact: { phone_number: '+1', first_name: 'Li' } })
    await ann.gives(chat, { dice: { emoji: '🎲', value: 3 } })
    expect(await events()).toMatchObject([
      { text: expect.stringContaining('coord:1.5,2.5') },
      { text: '👤 Li\n+1' },
      { type: 'unsupported', kind: 'dice' },
    ])
  })

  it('is a stranger’s, and goes no further than a polite line', async () => {
    const eve = sim.user('Eve', { language: 'zh-hans' })
    const there = await eve.starts()
    await eve.says(there, 'hello?')
    expect(await events()).toEqual([])
    await until(() => eve.sees(there).at(-1)?.text?.startsWith('你好') === true)
  })
})

const picture = (format: 'jpeg' | 'webp'): Promise<Buffer> =>
  sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
    .toFormat(format)
    .toBuffer()
