import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MatrixHub } from '../../adapters/matrix/hub.ts'
import { eventId, mintPortalId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import {
  type At,
  contact,
  group,
  noMedia,
  redactionPost,
  textPost,
  unique,
} from '../contract/hub-posts.ts'
import { until } from '../support/until.ts'
import { type MatrixHarness, matrixHarness } from './matrix-harness.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse('what people do in Matrix', () => {
  const never = new AbortController().signal
  const li = contact('Li Si')
  let harness: MatrixHarness
  let inbox: Inbox
  let at: At
  let ghost: string

  beforeAll(async () => {
    harness = await matrixHarness()
    inbox = new Inbox()
    await harness.start(inbox)
    const portal = mintPortalId(Math.random)
    const room = await harness.hub.ensureRoom(portal, group(unique('Events')), noMedia, never)
    at = { portal, room }
    await harness.alice.join(room)
    const { ids } = await harness.hub.send(textPost(at, 'hello', li), noMedia, never)
    const said = (await harness.alice.events(room)).find((one) => one.event_id === ids[0])
    ghost = said?.sender ?? ''
  })
  afterAll(() => harness?.drop())

  const told = (id: string): Promise<HubEvent> =>
    until(() => inbox.all.find((event) => event.id === id), `the event ${id}`)
  const says = (body: string, more: object = {}) => harness.alice.say(at.room, body, more)
  const html = (formatted_body: string) => ({ format: 'org.matrix.custom.html', formatted_body })
  const opened = async (media: MediaRef | undefined) => {
    if (!media) throw new Error('no media')
    const { stream, mime } = await harness.hub.download(media, never)
    const chunks: Uint8Array[] = []
    for await (const chunk of stream) chunks.push(chunk)
    return { mime, bytes: Buffer.concat(chunks) }
  }
  const sends = async (msgtype: string, bytes: Uint8Array, mimetype: string, more: object = {}) => {
    const url = await harness.alice.upload(bytes, mimetype)
    const content = { body: 'x', url, info: { mimetype, size: bytes.length }, ...more }
    const id =
      msgtype === 'm.sticker'
        ? await harness.alice.send(at.room, msgtype, content)
        : await harness.alice.send(at.room, 'm.room.message', { msgtype, ...content })
    const event = await told(id)
    if (event.type !== 'message') throw new Error(`it is ${event.type}`)
    return event
  }

  it('formatted words arrive as what people see, and whom they name', async () => {
    const pill = `<a href="https://matrix.to/#/${ghost}">Li Si</a>`
    const id = await says('nonsense', html(`<p>hi ${pill}</p><ul><li>one</li><li>two</li></ul>`))
    expect(await told(id)).toMatchObject({
      type: 'message',
      text: 'hi Li Si\n\n• one\n• two',
      points: [{ start: 3, end: 8, who: li.contact }],
      rich: expect.arrayContaining([
        { text: 'Li Si', mention: { type: 'contact', contact: li.contact } },
      ]),
    })
  })

  it('a change arrives with its new words and what it changes', async () => {
    const first = await says('befroe')
    const id = await says('* before', {
      'm.new_content': { msgtype: 'm.text', body: 'before' },
      'm.relates_to': { rel_type: 'm.replace', event_id: first },
    })
    const { at: when, ...edit } = await told(id)
    expect(edit).toEqual({
      type: 'edit',
      id,
      room: at.room,
      from: harness.alice.id,
      target: first,
      text: 'before',
    })
    expect(Math.abs(when - Date.now())).toBeLessThan(60_000)
  })

  it('a sign at a message arrives, and its taking back', async () => {
    const target = await says('nice')
    const sign = await harness.alice.send(at.room, 'm.reaction', {
      'm.relates_to': { rel_type: 'm.annotation', event_id: target, key: '👍' },
    })
    expect(await told(sign)).toMatchObject({ type: 'reaction', target, sign: '👍' })
    const back = await harness.alice.redact(at.room, sign)
    expect(await told(back)).toMatchObject({ type: 'redaction', target: sign })
  })

  it('an answer counts, what a thread falls back to does not', async () => {
    const first = await says('a question')
    const answer = { 'm.in_reply_to': { event_id: first } }
    const thread = { rel_type: 'm.thread', event_id: first, ...answer }
    const falling = await says('in a thread', {
      'm.relates_to': { ...thread, is_falling_back: true },
    })
    const meant = await says('an answer in a thread', { 'm.relates_to': thread })
    expect(await told(meant)).toMatchObject({ replyTo: first })
    expect(await told(falling)).not.toHaveProperty('replyTo')
  })

  it('a picture has its caption, with whom it names', async () => {
    const png = await sharp({ create: { width: 3, height: 2, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const event = await sends('m.image', png, 'image/png', {
      filename: 'a.png',
      body: 'look, Li Si',
      ...html(`look, <a href="https://matrix.to/#/${ghost}">Li Si</a>`),
    })
    expect(event).toMatchObject({
      text: 'look, Li Si',
      points: [{ start: 6, end: 11, who: li.contact }],
      media: { kind: 'image', name: 'a.png' },
    })
    expect((await opened(event.media)).bytes.equals(png)).toBe(true)
  })

  it('a sticker becomes a picture that WeChat takes, one that moves a GIF', async () => {
    const frame = (background: string) =>
      sharp({ create: { width: 16, height: 16, channels: 4, background } })
        .png()
        .toBuffer()
    const still = await sharp(await frame('red'))
      .webp()
      .toBuffer()
    const one = await sends('m.sticker', still, 'image/webp')
    expect(one.media).toMatchObject({ kind: 'sticker', mime: 'image/png' })
    const png = await opened(one.media)
    expect([png.mime, (await sharp(png.bytes).metadata()).format]).toEqual(['image/png', 'png'])

    const frames = await Promise.all(['red', 'blue'].map(frame))
    const moving = await sharp(frames, { join: { animated: true } })
      .webp({ loop: 0 })
      .toBuffer()
    const two = await sends('m.sticker', moving, 'image/webp')
    const gif = await opened(two.media)
    expect(gif.mime).toBe('image/gif')
    expect((await sharp(gif.bytes, { animated: true }).metadata()).pages).toBe(2)
  })

  it('what was recorded becomes an MP3', async () => {
    const ogg = await readFile(new URL('../adapters/convert/fixtures/voice.ogg', import.meta.url))
    const event = await sends('m.audio', ogg, 'audio/ogg', {
      'org.matrix.msc3245.voice': {},
      'org.matrix.msc1767.audio': { duration: 1200, waveform: [1, 2] },
    })
    expect(event.media).toMatchObject({ kind: 'voice', mime: 'audio/mpeg', ms: 1200 })
    const { mime, bytes } = await opened(event.media)
    expect(mime).toBe('audio/mpeg')
    expect(bytes.subarray(0, 2).toString('hex')).toMatch(/^ff[ef]/)
  })

  it('what cannot be translated has a word, once', async () => {
    const poll = await harness.alice.send(at.room, 'm.poll.start', { 'm.poll': {} })
    expect(await told(poll)).toMatchObject({ type: 'unsupported', kind: 'poll' })
    const beacon = await harness.alice.send(at.room, 'm.beacon', {})
    const hangup = await harness.alice.send(at.room, 'm.call.hangup', {})
    await told(await says('behind them'))
    expect(inbox.all.filter(({ id }) => id === beacon || id === hangup)).toEqual([])
  })

  it('a copy that the owner makes of our message is a message, unless it could be that message', async () => {
    const copy = async (of: string, into: At) => {
      const events = await harness.alice.events(at.room)
      const content = events.find((one) => one.event_id === of)?.content ?? {}
      return harness.alice.send(into.room, 'm.room.message', content)
    }
    const { ids } = await harness.hub.send(textPost(at, 'to be copied', li), noMedia, never)
    const id = await copy(ids[0] ?? '', at)
    const meant = { type: 'message', id: eventId(id), text: 'to be copied' }
    expect(await told(id)).toMatchObject(meant)

    const puppet = harness.fresh({ puppetToken: harness.alice.token })
    const other = { portal: mintPortalId(Math.random), room: at.room }
    other.room = await puppet.ensureRoom(other.portal, group(unique('Other')), noMedia, never)
    await harness.alice.join(other.room)
    const post = textPost(at, 'typed on the phone', { type: 'me' })
    const mine = (await puppet.send(post, noMedia, never)).ids[0] ?? ''
    expect(await told(mine)).toMatchObject({ type: 'echo', key: post.key })
    expect(await told(await copy(mine, at))).toMatchObject({
      type: 'echo',
      key: post.key,
      otherwise: { type: 'message', text: 'typed on the phone' },
    })
    expect(await told(await copy(mine, other))).toMatchObject({ type: 'message', room: other.room })

    // What is taken back as the owner is not taken back by them.
    const taking = redactionPost(at, [eventId(mine)])
    await puppet.send(taking, noMedia, never)
    const later = await says('behind it')
    await told(later)
    expect(inbox.all.filter((one) => one.type === 'redaction' && one.target === mine)).toEqual([])
  })

  it('a token that is written is kept out of all that is told, and taken back', async () => {
    const secret = `syt_c2VjcmV0_${'x'.repeat(20)}`
    const id = await says(`!wx puppet ${secret}`)
    const event = await told(id)
    expect(event).toMatchObject({ type: 'command', words: ['puppet', expect.any(String)] })
    await until(async () => {
      const events = await harness.alice.events(at.room)
      return events.find((one) => one.event_id === id)?.unsigned?.redacted_because !== undefined
    }, 'the token to be taken back')
    const everything = [inbox.all, harness.log.lines, [...harness.vault.entries]]
    expect(JSON.stringify(everything)).not.toContain(secret)
    const { puppet } = harness.hub as MatrixHub
    const name = event.type === 'command' ? event.words[1] : undefined
    await expect(puppet?.give(name, never)).rejects.toMatchObject({ failure: { code: 'refused' } })
  })
})
