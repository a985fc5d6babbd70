import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import type { Heard } from '../heard.ts'
import { rings } from '../rooms.ts'
import type { Stage } from '../stage.ts'
import { sameBytes, sha } from './bytes.ts'
import { fixture } from './management.ts'

/** Pictures, voices, videos, files, places: both ways, byte for byte. */
export function mediaActs(stage: () => Stage): void {
  const lin = () => stage().eye.roomNamed(/^林小满/)
  const shown = async (fits: (heard: Heard) => boolean) =>
    stage().eye.hears(await lin(), (one) => one.sender !== stage().eye.user && fits(one), {
      last: true,
    })

  test('a picture arrives with its bytes, type, size and measures', async () => {
    const { eye, weChat } = stage()
    const bytes = await fixture('mountain.jpg')
    await weChat.picture('lin', bytes)
    const { content } = await shown(({ kind }) => kind === 'm.image')
    await sameBytes(eye, content.url, bytes)
    expect(content.info).toMatchObject({ mimetype: 'image/jpeg', size: bytes.length })
    expect(content.info?.w).toBeGreaterThan(0)
    expect(content.info?.h).toBeGreaterThan(0)
    expect(content.filename).toMatch(/\.jpe?g$/)
  })

  test('pictures sent in a row arrive in their order', async () => {
    const { eye, weChat } = stage()
    const all = await Promise.all(['cat.png', 'sea.jpg', 'poster.png'].map(fixture))
    for (const bytes of all) await weChat.picture('lin', bytes)
    const room = await lin()
    const latest = await until(async () => {
      const images = (await eye.heard(room)).filter(({ kind }) => kind === 'm.image').slice(-3)
      const hashes = await Promise.all(
        images.map(async (one) => sha(await eye.bytes(one.content.url))),
      )
      return hashes.join() === all.map(sha).join() && images
    }, 'three pictures in order')
    expect(latest).toHaveLength(3)
  })

  test('a voice is one that clients play as a voice', async () => {
    const { eye, weChat } = stage()
    const bytes = await fixture('voice.mp3')
    await weChat.share('lin', { kind: 'voice', ms: 3000 })
    const { content } = await shown(({ kind }) => kind === 'm.audio')
    await sameBytes(eye, content.url, bytes)
    expect(content['org.matrix.msc3245.voice']).toEqual({})
    expect(content['org.matrix.msc1767.audio']).toMatchObject({ duration: 3000 })
    expect(content.info).toMatchObject({ duration: 3000, size: bytes.length })
    expect(content.info?.mimetype).toMatch(/^audio\//)
    expect(content.filename).toBe('voice.mp3')
  })

  test('a video has a still picture and says how long and large it is', async () => {
    const { eye, weChat } = stage()
    await weChat.share('lin', { kind: 'video', seconds: 2 })
    const { content } = await shown(({ kind }) => kind === 'm.video')
    await sameBytes(eye, content.url, await fixture('clip.mp4'))
    await sameBytes(eye, content.info?.thumbnail_url, await fixture('clip.jpg'))
    expect(content.info).toMatchObject({ mimetype: 'video/mp4', duration: 2000 })
    const thumbnail = content.info?.thumbnail_info as Record<string, unknown>
    expect(thumbnail).toMatchObject({ mimetype: 'image/jpeg' })
    expect(thumbnail.w).toBeGreaterThan(0)
  })

  test('a file keeps its name', async () => {
    const { eye, weChat } = stage()
    await weChat.share('lin', { kind: 'file', name: '合同 <终稿>.pdf' })
    const { content } = await shown(({ kind }) => kind === 'm.file')
    await sameBytes(eye, content.url, await fixture('list.pdf'))
    expect(content.filename).toBe('合同 <终稿>.pdf')
    expect(content.body).toBe('合同 <终稿>.pdf')
    expect(content.info).toMatchObject({ mimetype: 'application/pdf' })
  })

  test('a sticker is shown, moves, and rings like everything else', async () => {
    const { eye, weChat } = stage()
    await weChat.share('lin', { kind: 'sticker' })
    const gif = (one: Heard) => one.content.info?.mimetype === 'image/gif'
    const { body, content, event } = await shown(gif)
    await sameBytes(eye, content.url, await fixture('wave.gif'))
    expect(content.info?.size).toBeGreaterThan(0)
    expect(body).toBe('sticker.gif')
    // An m.sticker would not: no rule of a homeserver's knows it by default.
    expect(rings(eye.client, event)).toBe(true)
  })

  test('a place is a place on the map', async () => {
    const { weChat } = stage()
    const place = { latitude: 30.25, longitude: 120.14, label: '西湖', poi: '断桥' }
    await weChat.share('lin', { kind: 'location', ...place })
    const { body, content } = await shown(({ kind }) => kind === 'm.location')
    expect(content.geo_uri).toMatch(/^geo:30\.2\d+,120\.1\d+$/)
    expect(body).toMatch(/断桥|西湖/)
  })

  test('a picture with a caption goes to WeChat as the picture and then the words', async () => {
    const { alice, weChat } = stage()
    const bytes = await fixture('cat.png')
    const before = weChat.delivered().length
    const named = { filename: 'cat.png', body: 'Look at her' }
    await alice.shows((await lin()).roomId, 'm.image', bytes, 'image/png', named)
    await until(() => weChat.delivered().length >= before + 2, 'picture and words')
    const [first, second] = weChat.delivered().slice(before)
    expect(first?.type).toBe('image')
    expect(sha(first?.bytes ?? bytes.subarray(1))).toBe(sha(bytes))
    expect(second?.text).toBe('Look at her')
  })

  test('pictures written here in a row arrive in their order', async () => {
    const { alice, weChat } = stage()
    const { roomId } = await lin()
    const all = await Promise.all(['poster.png', 'cat.png', 'poster.png'].map(fixture))
    const before = weChat.delivered().length
    for (const bytes of all) {
      await alice.shows(roomId, 'm.image', bytes, 'image/png', { filename: 'p.png', body: 'p.png' })
    }
    await until(() => weChat.delivered().length >= before + 3, 'three pictures')
    const sent = weChat.delivered().slice(before)
    expect(sent.map((one) => sha(one.bytes ?? new Uint8Array()))).toEqual(all.map(sha))
  })

  test('files, videos and voices go to WeChat with their bytes and names', async () => {
    const { alice, weChat } = stage()
    const { roomId } = await lin()
    const list = await fixture('list.pdf')
    await alice.shows(roomId, 'm.file', list, 'application/pdf', { body: '清单.pdf' })
    const file = await weChat.waitDelivered(
      ({ type, name, text }) => type === 'file' && (name ?? text) === '清单.pdf',
    )
    expect(sha(file.bytes ?? new Uint8Array())).toBe(sha(list))
    const clip = await fixture('clip.mp4')
    await alice.shows(roomId, 'm.video', clip, 'video/mp4', { body: 'clip.mp4' })
    const video = await weChat.waitDelivered(({ type }) => type === 'video')
    expect(sha(video.bytes ?? new Uint8Array())).toBe(sha(clip))
    const voice = await fixture('voice.mp3')
    const more = { body: 'voice.mp3', 'org.matrix.msc3245.voice': {} }
    await alice.shows(roomId, 'm.audio', voice, 'audio/mpeg', more)
    const heard = await weChat.waitDelivered(
      ({ type, bytes }) => type === 'file' && bytes !== undefined && sha(bytes) === sha(voice),
    )
    expect(heard.name ?? heard.text).toMatch(/\.mp3$/)
  })

  test('a place written here arrives in WeChat', async () => {
    const { alice, weChat } = stage()
    await alice.send((await lin()).roomId, 'm.room.message', {
      msgtype: 'm.location',
      body: 'Meet at the bridge',
      geo_uri: 'geo:30.2590,120.1490',
    })
    const sent = await weChat.waitDelivered(
      ({ text, type }) => type === 'location' || text.includes('Meet at the bridge'),
    )
    expect(sent.to).toBe('lin')
  })

  test('a sticker written here arrives in WeChat', async () => {
    const { alice, weChat } = stage()
    const { roomId } = await lin()
    const bytes = await fixture('wave.gif')
    const url = await alice.upload(bytes, 'image/gif')
    const info = { mimetype: 'image/gif', size: bytes.length, w: 64, h: 64 }
    await alice.send(roomId, 'm.sticker', { body: 'wave', url, info })
    const sent = await weChat.waitDelivered(
      (one) => one.bytes !== undefined && sha(one.bytes) === sha(bytes),
    )
    expect(sent.to).toBe('lin')
  })
}
