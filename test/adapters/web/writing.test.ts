import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { management } from '../../../src/core/chat.ts'
import { portalId } from '../../../src/core/ids.ts'
import type { HubEvent } from '../../../src/ports/hub.ts'
import { until } from '../../support/until.ts'
import { hills } from './hills.ts'
import {
  type Client,
  friend,
  friendPortal,
  logIn,
  makeWorld,
  mintId,
  never,
  noMedia,
  type RunningHub,
  runHub,
  save,
  type World,
} from './page-client.ts'

let world: World
let running: RunningHub
let page: Client
beforeEach(async () => {
  world = await makeWorld()
  await save(world)
  running = await runHub(world)
  page = await logIn(running)
  await running.hub.ensureRoom(friendPortal, friend, noMedia, never)
  await running.hub.ensureRoom(portalId('portalmanage'), management, noMedia, never)
})
afterEach(async () => {
  await running.stop()
  await world.drop()
})

const say = (more: object = {}) =>
  page.post('/api/messages', { id: mintId(), chat: friend.id, text: 'hello', ...more })
const whyOf = async (answer: Response) => [
  answer.status,
  ((await answer.json()) as { why: string }).why,
]
const uploads = () => readdir(`${world.folder}/uploads`)

describe('a text', () => {
  it('becomes an event of its room, from the owner', async () => {
    const id = mintId()
    const answer = await say({ id, text: '  <b>hi</b>\n\u0000 ' })
    expect([answer.status, await answer.json()]).toEqual([200, { event: id }])
    expect(running.events).toMatchObject([
      { type: 'message', id, room: friendPortal, from: 'owner', text: '  <b>hi</b>\n\u0000 ' },
    ])
    expect(Math.abs(running.events[0]!.at - Date.now())).toBeLessThan(5000)
  })

  it('is accepted once although it is handed over twice', async () => {
    const accepted: boolean[] = []
    await running.stop()
    running = await runHub(world, {}, undefined, {
      event: async (event: HubEvent, raw: string) => {
        const { store } = world.database
        accepted.push(await store.unit((unit) => unit.accept('web', event.id, raw, event.at)))
      },
    })
    page = await logIn(running)
    const id = mintId()
    expect((await say({ id })).status).toBe(200)
    expect((await say({ id })).status).toBe(200)
    expect(accepted).toEqual([true, false])
  })

  it('is confirmed only once it is kept, and can be handed over again', async () => {
    running.refuse(1)
    const id = mintId()
    const refused = await say({ id })
    expect(refused.headers.get('retry-after')).toBe('2')
    expect(await whyOf(refused)).toEqual([503, 'store'])
    expect(running.events).toHaveLength(0)
    expect((await say({ id })).status).toBe(200)
    expect(running.events).toHaveLength(1)
    expect(world.log.text()).not.toContain('hello')
  })

  it('may be 20 000 characters long, and is refused in words when it is far longer', async () => {
    expect((await say({ text: '字'.repeat(20_000) })).status).toBe(200)
    expect(await whyOf(await say({ text: 'x'.repeat(100_001) }))).toEqual([413, 'tooLarge'])
    expect(await whyOf(await say({ text: '字'.repeat(600_000) }))).toEqual([413, 'tooLarge'])
    expect(running.events).toHaveLength(1)
  })

  it.each([
    ['not JSON', '{"id":'],
    ['an array', '[]'],
    ['null', 'null'],
    ['nothing', ''],
    ['a field too many', JSON.stringify({ id: 'x'.repeat(20), chat: 'c', text: 't', from: 'me' })],
    ['a short id', JSON.stringify({ id: 'x', chat: friend.id, text: 't' })],
    ['a path as id', JSON.stringify({ id: '../../../../etc/passwd', chat: friend.id, text: 't' })],
    ['a number as text', JSON.stringify({ id: 'x'.repeat(20), chat: friend.id, text: 5 })],
    ['an empty text', JSON.stringify({ id: 'x'.repeat(20), chat: friend.id, text: '' })],
  ])('is refused in words when the request is %s', async (_, body) => {
    const answer = await page.post('/api/messages', body)
    expect(await whyOf(answer)).toEqual([400, 'malformed'])
    expect(running.events).toHaveLength(0)
  })

  it('goes nowhere when the chat has no room', async () => {
    expect(await whyOf(await say({ chat: 'wx:100/nobody' }))).toEqual([409, 'noRoom'])
    expect(running.events).toHaveLength(0)
  })

  it('goes nowhere while the bridge has not noted the room yet', async () => {
    await running.stop()
    const events: HubEvent[] = []
    let isNoted = false
    running = await runHub(world, {}, undefined, {
      shows: async () => isNoted,
      event: async (event: HubEvent) => void events.push(event),
    })
    page = await logIn(running)
    const id = mintId()
    expect(await whyOf(await say({ id }))).toEqual([409, 'noRoom'])
    expect(events).toEqual([])
    isNoted = true
    expect((await say({ id })).status).toBe(200)
    expect(events).toMatchObject([{ id }])
  })

  it('goes to the right room after a restart', async () => {
    await running.stop()
    running = await runHub(world)
    page = await logIn(running)
    expect((await say()).status).toBe(200)
    expect(running.events).toMatchObject([{ room: friendPortal }])
  })

  it('that begins with !wx is a command and reaches no friend', async () => {
    await say({ text: '!wx  resend 7' })
    await say({ text: '!wx' })
    await say({ text: '!WX status' })
    await say({ text: '！wx add 1 I am Jo and we met on the way to the lake last week' })
    await say({ text: '!wxyz is not' })
    expect(running.events).toMatchObject([
      { type: 'command', words: ['resend', '7'], room: friendPortal },
      { type: 'command', words: [] },
      { type: 'command', words: ['status'] },
      { type: 'command', words: expect.arrayContaining(['add', 'last', 'week']) },
      { type: 'message', text: '!wxyz is not' },
    ])
  })
})

describe('a button', () => {
  it('is a command in the management room', async () => {
    const answer = await page.post('/api/commands', { id: mintId(), words: ['login'] })
    expect(answer.status).toBe(200)
    expect(running.events).toMatchObject([
      { type: 'command', words: ['login'], room: 'portalmanage', from: 'owner' },
    ])
  })

  it('with too much in it does nothing', async () => {
    const many = Array.from({ length: 201 }, () => 'x')
    expect((await page.post('/api/commands', { id: mintId(), words: many })).status).toBe(413)
    expect((await page.post('/api/commands', { id: mintId(), words: [] })).status).toBe(400)
    expect(running.events).toHaveLength(0)
  })
})

describe('a picture', () => {
  const bytes = hills(40, 30, 1)
  const send = (query: Record<string, string> = {}, body = bytes) =>
    page.upload({ id: mintId(), chat: friend.id, ...query }, body)

  it('becomes an event whose bytes can be had again, also after a restart', async () => {
    expect((await send({ name: 'a/b\\hills\u0007.png' })).status).toBe(200)
    const event = running.events[0]!
    if (event.type !== 'message' || !event.media) throw new Error('no picture')
    expect(event.media).toMatchObject({
      kind: 'image',
      mime: 'image/png',
      bytes: bytes.length,
      name: 'hills.png',
    })
    await running.stop()
    running = await runHub(world)
    const opened = await running.hub.download(event.media, never)
    expect(opened.bytes).toBe(bytes.length)
    const got = await new Response(opened.stream).bytes()
    expect(Buffer.from(got).equals(Buffer.from(bytes))).toBe(true)
  })

  it('is known by its bytes, not by its name', async () => {
    await send({ name: 'photo.png' }, new TextEncoder().encode('<script>alert(1)</script>'))
    expect(running.events).toMatchObject([
      { media: { kind: 'file', mime: 'application/octet-stream' } },
    ])
  })

  it('keeps its first bytes when the same id comes again with others', async () => {
    const id = mintId()
    await send({ id })
    await send({ id }, hills(60, 60, 5))
    const [first, second] = running.events.length === 2 ? running.events : [running.events[0]]
    expect(second ?? first).toMatchObject({ media: { bytes: bytes.length } })
    expect(await uploads()).toEqual([id])
  })

  it('that is too large is refused with the limit, and leaves nothing behind', async () => {
    const answer = await send({}, new Uint8Array(5 * 1024 * 1024 + 1))
    expect(answer.status).toBe(413)
    const { message, why } = (await answer.json()) as { message: string; why: string }
    expect(why).toBe('tooLarge')
    expect(message).toBe('This is larger than 5.0 MB. Nothing was sent.')
    expect(await uploads()).toEqual([])
    expect(running.events).toHaveLength(0)
  })

  it('that is too large without saying so is cut off', async () => {
    const query = new URLSearchParams({ id: mintId(), chat: friend.id })
    const chunk = Buffer.alloc(1024 * 1024)
    const status = await new Promise<number | string>((resolve) => {
      const ask = request(
        `${running.home}/api/pictures?${query}`,
        {
          method: 'POST',
          headers: {
            cookie: page.cookie,
            'x-bridge-key': page.key,
            'transfer-encoding': 'chunked',
          },
        },
        (answer) => {
          answer.resume()
          resolve(answer.statusCode ?? 0)
        },
      )
      ask.once('error', () => resolve('cut off'))
      for (let i = 0; i < 8; i++) ask.write(chunk)
      ask.end()
    })
    expect([413, 'cut off']).toContain(status)
    await until(async () => (await uploads()).length === 0, 'nothing left behind')
    expect(running.events).toHaveLength(0)
  })

  it('that breaks off half-way is not an event and leaves nothing behind', async () => {
    const query = new URLSearchParams({ id: mintId(), chat: friend.id })
    const ask = request(`${running.home}/api/pictures?${query}`, {
      method: 'POST',
      headers: { cookie: page.cookie, 'x-bridge-key': page.key, 'content-length': '100000' },
    })
    ask.once('error', () => {})
    ask.write(Buffer.alloc(50_000))
    await until(async () => (await uploads()).length === 1, 'a part on the disk')
    ask.destroy()
    await until(async () => (await uploads()).length === 0, 'nothing left behind')
    expect(running.events).toHaveLength(0)
  })

  it('that is empty, or has a path for an id, is refused', async () => {
    expect(await whyOf(await send({}, new Uint8Array()))).toEqual([400, 'malformed'])
    expect(await whyOf(await send({ id: '../../../tmp/owned' }))).toEqual([400, 'malformed'])
    expect(await uploads()).toEqual([])
  })

  it('that is gone from the disk is said to be gone', async () => {
    const media = {
      id: 'web/x' as never,
      source: 'web',
      kind: 'image',
      mime: 'image/png',
      token: '../../etc/passwd',
    } as const
    await expect(running.hub.download(media, never)).rejects.toMatchObject({
      failure: { code: 'gone' },
    })
  })
})
