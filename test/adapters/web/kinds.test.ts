import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { detailOf } from '../../../adapters/web/detail.ts'
import type { ChatView, View } from '../../../adapters/web/view.ts'
import type { Content } from '../../../src/core/message.ts'
import { allMediaOf } from '../../../src/core/message.ts'
import { everyKind, ref } from '../../core/every-kind.ts'
import {
  type Client,
  logIn,
  makeWorld,
  type RunningHub,
  runHub,
  type World,
} from './page-client.ts'
import { fillKinds, kindsChat, missKind } from './page-kinds.ts'

let world: World
let running: RunningHub
let page: Client
beforeEach(async () => {
  world = await makeWorld()
  running = await runHub(world)
  await fillKinds(world, running.hub)
  page = await logIn(running)
})
afterEach(async () => {
  await running.stop()
  await world.drop()
})

const json = async <T>(path: string) => (await page.get(path)).json() as Promise<T>
const views = () => json<View[]>(`/api/messages?chat=${encodeURIComponent(kindsChat.id)}&limit=200`)
const chat = async () =>
  (await json<ChatView[]>('/api/chats')).find((one) => one.id === kindsChat.id)
const mediaPath = (id: string) => `/api/media?${new URLSearchParams({ id })}`

describe('what the page is told of a message', () => {
  it('has its words and, where they are not all of it, its fields', async () => {
    const shown = new Map((await views()).map((view) => [view.id.replace(/^.*kind-/, ''), view]))
    for (const { content, en } of Object.values(everyKind)) {
      const view = shown.get(content.kind)
      expect(view?.line).toBe(en.replace(/\s+/g, ' '))
    }
    expect(shown.get('location')?.more).toMatchObject({ poi: '断桥残雪', map: { kind: 'image' } })
    expect(shown.get('video')?.more).toMatchObject({ poster: { kind: 'image' } })
    expect(shown.get('voice')?.media).toMatchObject({ ms: 2400 })
    expect(shown.get('friendRequest')?.more).toMatchObject({ request: '4' })
    expect(shown.get('recall')?.about?.more).toMatchObject({ poi: '断桥残雪' })
  })

  it('names what is quoted, and the lines of a history, in the language of the page', () => {
    const target = { aliases: [], preview: 'a.pdf', what: '49/6', who: 'Tom' }
    const quote: Content = { kind: 'quote', text: 'ok', target }
    const { content: history } = everyKind.history
    expect(detailOf(quote, 'zh')).toMatchObject({ target: { preview: '[文件] a.pdf', who: 'Tom' } })
    expect(detailOf(quote, 'en')).toMatchObject({ target: { preview: '[file] a.pdf' } })
    const [zh, en] = (['zh', 'en'] as const).map((each) => detailOf(history, each))
    expect(zh).toMatchObject({
      lines: [{}, { text: '[链接]' }, { text: '[聊天记录]', lines: [{}] }],
    })
    expect(en).toMatchObject({ lines: [{}, { text: '[link]' }, { text: '[chat history]' }] })
  })

  it('never has what only the bridge may know of its bytes', async () => {
    const text = JSON.stringify(await views())
    for (const name of ['token', 'source":"wechat']) expect(text).not.toContain(name)
  })

  it('is one short line for the list, however much is said', async () => {
    const lines = Array.from({ length: 900 }, () => ({ who: 'A', at: '', text: 'x'.repeat(100) }))
    const long: Content = { kind: 'history', title: 'Long', lines }
    await missKind(world, ref('file', 'other'), long)
    const last = (await chat())?.last
    expect(last?.line.length).toBeLessThanOrEqual(400)
    expect(last?.line).not.toContain('\n')
    expect(last?.more).toMatchObject({ lines })
  })

  it('says why its bytes are missing', async () => {
    const file = ref('file', 'lost')
    await missKind(world, file, { kind: 'file', media: file })
    expect((await views()).at(-1)).toMatchObject({ missing: 'gone' })
  })
})

it('tells how a chat is marked, and until when it was read elsewhere', async () => {
  const marks = { unconfirmed: true, muted: true, left: true } as const
  await world.database.store.unit(async (unit) => {
    await unit.saveChats([{ ...kindsChat, ...marks }])
    await unit.markRead(kindsChat.id, 12_345)
  })
  const { name } = kindsChat
  expect(await chat()).toMatchObject({ ...marks, pinned: true, name, readAt: 12_345 })
})

describe('bytes', () => {
  const [voice] = allMediaOf(everyKind.voice.content)
  const [file] = allMediaOf(everyKind.file.content)

  it('come in the range a player asks for', async () => {
    const whole = await page.get(mediaPath(voice?.id ?? ''))
    const bytes = Buffer.from(await whole.arrayBuffer())
    expect(whole.headers.get('accept-ranges')).toBe('bytes')
    const some = await page.get(mediaPath(voice?.id ?? ''), { range: 'bytes=10-19' })
    expect(some.status).toBe(206)
    expect(some.headers.get('content-range')).toBe(`bytes 10-19/${bytes.length}`)
    expect(some.headers.get('content-length')).toBe('10')
    expect(Buffer.from(await some.arrayBuffer())).toEqual(bytes.subarray(10, 20))
    const outside = await page.get(mediaPath(voice?.id ?? ''), { range: 'bytes=99999999-' })
    expect([outside.status, outside.headers.get('content-range')]).toEqual([
      416,
      `bytes */${bytes.length}`,
    ])
  })

  it('that sound or move are played, and anything else is a download', async () => {
    const typeOf = async (id = '') => (await page.get(mediaPath(id))).headers.get('content-type')
    const [video] = allMediaOf(everyKind.video.content)
    expect(await typeOf(voice?.id)).toBe('audio/mpeg')
    expect(await typeOf(video?.id)).toBe('video/mp4')
    expect(await typeOf(file?.id)).toBe('application/octet-stream')
  })
})

describe('having read a chat', () => {
  const read = (chat: string, id = 'id_abcdefghijklmnopqrst') =>
    page.post('/api/reads', { id, chat })

  it('is an event of its room', async () => {
    expect((await read(kindsChat.id)).status).toBe(200)
    expect(running.events).toMatchObject([{ type: 'read', room: 'portalkindsx', from: 'owner' }])
  })

  it('of a chat without a room, or by a broken id, is refused', async () => {
    expect((await read('wx:100/nobody')).status).toBe(409)
    expect((await read(kindsChat.id, '../x')).status).toBe(400)
    expect(running.events).toEqual([])
  })
})
