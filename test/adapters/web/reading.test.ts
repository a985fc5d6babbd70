import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Live } from '../../../adapters/web/live.ts'
import type { View } from '../../../adapters/web/view.ts'
import { mediaId, messageId } from '../../../src/core/ids.ts'
import type { MediaRef } from '../../../src/core/message.ts'
import { until } from '../../support/until.ts'
import { hills } from './hills.ts'
import {
  type Client,
  friend,
  friendPortal,
  logIn,
  makeWorld,
  message,
  never,
  noMedia,
  type RunningHub,
  runHub,
  save,
  type World,
} from './page-client.ts'
import { keepPicture } from './page-content.ts'

let world: World
let running: RunningHub
let page: Client
beforeEach(async () => {
  world = await makeWorld()
  running = await runHub(world)
  page = await logIn(running)
})
afterEach(async () => {
  await running.stop()
  await world.drop()
})

interface State {
  readonly login: { readonly [name: string]: unknown; readonly state: string }
}

const json = async <T>(path: string) => (await page.get(path)).json() as Promise<T>
const talk = (query = '') =>
  json<View[]>(`/api/messages?chat=${encodeURIComponent(friend.id)}${query}`)

/** The events of a live stream as they come. */
async function listen(language = 'en') {
  const answer = await page.get(`/api/live?language=${language}`)
  const events: { name: string; data: View & State }[] = []
  let text = ''
  let ended = false
  const reading = (async () => {
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const whole = text.split('\n\n')
      text = whole.pop() ?? ''
      for (const one of whole) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(one) ?? []
        if (name) events.push({ name, data: JSON.parse(data ?? '') })
      }
    }
  })()
  void reading
    .catch(() => {})
    .finally(() => {
      ended = true
    })
  await until(() => events.some((event) => event.name === 'hello'), 'hello')
  return { answer, events, ended: () => ended }
}

describe('the live stream', () => {
  it('tells of a message as soon as it is saved, in the language of the page', async () => {
    const [english, chinese] = [await listen('en'), await listen('zh')]
    expect(english.answer.headers.get('content-type')).toContain('text/event-stream')
    await save(world, message('1', { kind: 'unsupported', type: '49', summary: 'x' }))
    const event = await until(() => english.events.find((one) => one.name === 'message'))
    expect(event.data).toMatchObject({ chat: friend.id, kind: 'unsupported', seq: 1 })
    expect(event.data.text).toContain('not supported yet')
    const other = await until(() => chinese.events.find((one) => one.name === 'message'))
    expect(other.data.text).toContain('暂不支持')
  })

  it('tells of the login, with a code that is a picture', async () => {
    const { events } = await listen()
    await running.hub.showLogin(
      { state: 'scan', qr: 'https://login.example/abc', attempt: 2 },
      never,
    )
    const event = await until(() => events.find((one) => one.data.login?.state === 'scan'))
    expect(event.data.login.code).toMatch(/^data:image\/png;base64,/)
    await running.hub.showLogin({ state: 'offline', reason: 'kicked', relogin: true }, never)
    const last = await until(() => events.find((one) => one.data.login?.reason === 'kicked'))
    expect(last.data.login).toMatchObject({ relogin: true })
    expect(last.data.login.line).toContain('WeChat ended this session')
  })

  it('shows a login code that is too long for a picture as its text', async () => {
    await running.hub.showLogin({ state: 'scan', qr: 'x'.repeat(9000), attempt: 1 }, never)
    const { login } = await json<State>('/api/state')
    expect(login).toEqual({ state: 'scan', qr: 'x'.repeat(9000), attempt: 1 })
  })

  it('passes on only pictures as the avatar of who scanned', async () => {
    const shown = async (avatar: string) => {
      await running.hub.showLogin({ state: 'scanned', avatar }, never)
      return (await json<State>('/api/state')).login
    }
    expect(await shown('data:image/svg+xml;base64,PHN2Zz4=')).toEqual({
      state: 'scanned',
      asked: true,
    })
    expect(await shown('https://tracker.example/x.png')).toEqual({ state: 'scanned', asked: true })
    expect(await shown('data:image/jpeg;base64,/9j/')).toHaveProperty('avatar')
  })

  it('tells of a new room', async () => {
    await save(world)
    const { events } = await listen()
    expect(await json('/api/chats')).toMatchObject([{ id: friend.id, open: false }])
    await running.hub.ensureRoom(friendPortal, friend, noMedia, never)
    await until(() => events.find((one) => one.name === 'chats'), 'chats')
    expect(await json('/api/chats')).toMatchObject([{ id: friend.id, open: true }])
  })

  it('tells of bytes that have been kept, and only after they can be asked for', async () => {
    const { events } = await listen()
    const media = await keepPicture(world, 'media/late', hills(20, 10, 1))
    const event = await until(() => events.find((one) => one.name === 'media'), 'media')
    expect(event.data).toEqual([media.id])
    expect((await page.get(`/api/media?id=${encodeURIComponent(media.id)}`)).status).toBe(200)
  })

  it('asks the page to load anew when very much changed at once', async () => {
    const { events } = await listen()
    await save(world, ...Array.from({ length: 300 }, (_, i) => message(String(i), `no ${i}`)))
    await until(() => events.find((one) => one.name === 'reload'), 'reload')
    expect(events.filter((one) => one.name === 'message')).toHaveLength(0)
  })

  it('ends when the browser locks itself out, and when the hub stops', async () => {
    const first = await listen()
    await page.post('/api/lock', {})
    await until(first.ended, 'the end')
  })
})

describe('a page that reads nothing', () => {
  it('is cut off before it fills the memory', async () => {
    const message = { id: 'x', text: 'x'.repeat(300_000) } as unknown as View
    const source = { message: async () => message, state: async () => ({}) }
    const live = new Live(source, world.log)
    const stuck = live.connect('en').getReader()
    const reading = live.connect('en').getReader()
    const told: number[] = []
    const reads = (async () => {
      for (;;) {
        const { done, value } = await reading.read()
        if (done) return
        told.push(value.length)
      }
    })()
    for (let i = 1; i <= 8; i++) {
      live.changed({ type: 'message', chat: friend.id, message: messageId(String(i)) })
      await until(() => told.filter((length) => length > 300_000).length >= i, 'the reader')
    }
    let kept = 0
    for (;;) {
      const { done, value } = await stuck.read()
      if (done) break
      kept += value.length
    }
    expect(kept).toBeLessThan(1.5 * 1024 * 1024)
    live.close()
    await reads
  })
})

describe('a conversation', () => {
  it('comes in pages, oldest first', async () => {
    await save(world, ...Array.from({ length: 7 }, (_, i) => message(String(i), `no ${i}`)))
    const latest = await talk('&limit=3')
    expect(latest.map((view) => view.text)).toEqual(['no 4', 'no 5', 'no 6'])
    const older = await talk(`&limit=3&before=${latest[0]?.seq}`)
    expect(older.map((view) => view.text)).toEqual(['no 1', 'no 2', 'no 3'])
  })

  it('leads with the private remark, because the page is the owner’s own', async () => {
    const contact = { id: 'wx:100/lin' as never, name: 'Lin', remark: 'My sister' }
    await save(world, message('1', 'hi', { sender: { type: 'contact', contact } }))
    expect((await talk())[0]?.who.name).toBe('My sister')
  })

  it('shows a recall with its original, and marks the original', async () => {
    const original = message('1', 'a secret', { at: 1_700_000_000_000 })
    const content = { kind: 'recall', target: { aliases: ['1'], preview: '' }, text: '' } as const
    await save(world, original, [message('2', content, { at: 1_700_000_060_000 }), original])
    const [first, second] = await talk()
    expect(first).toMatchObject({ text: 'a secret', recalled: true })
    expect(second).toMatchObject({
      kind: 'recall',
      at: 1_700_000_060_000,
      who: { name: 'Lin' },
      about: { text: 'a secret', at: 1_700_000_000_000 },
    })
  })

  it('that does not exist, or a page that is no number, is refused in words', async () => {
    expect((await page.get('/api/messages?chat=nobody')).status).toBe(404)
    await save(world)
    for (const before of ['-1', '1e3', 'x', '9'.repeat(30)]) {
      const query = `chat=${encodeURIComponent(friend.id)}&before=${before}`
      expect((await page.get(`/api/messages?${query}`)).status).toBe(400)
    }
  })
})

describe('media', () => {
  const get = (id: string, more = '') => page.get(`/api/media?id=${encodeURIComponent(id)}${more}`)

  it('is shown when it is a picture, with exactly its bytes', async () => {
    const bytes = hills(40, 30, 3)
    await keepPicture(world, 'wx/1?&#/../x', bytes)
    const answer = await get('wx/1?&#/../x')
    expect(answer.headers.get('content-type')).toBe('image/png')
    expect(answer.headers.get('content-length')).toBe(String(bytes.length))
    expect(Buffer.from(await answer.bytes()).equals(Buffer.from(bytes))).toBe(true)
  })

  it.each([
    ['a web page', 'image/png', '<!doctype html><script>alert(1)</script>'],
    [
      'a drawing with a script',
      'image/svg+xml',
      '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    ],
    ['a document', 'text/html', '%PDF-1.7'],
  ])('is a harmless download when it is %s', async (_, mime, text) => {
    const media: MediaRef = {
      id: mediaId('bad'),
      source: 'wx',
      kind: 'image',
      mime,
      token: 'bad',
    }
    const kept = await world.media.put(media.id, new Blob([text]).stream(), mime)
    await world.database.store.unit(async (unit) => {
      await unit.wantMedia(media, 0)
      await unit.keepMedia(media.id, kept)
    })
    const answer = await get('bad', `&name=${encodeURIComponent('x";\r\nSet-Cookie: a=b.html')}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename\*=UTF-8''x%22/)
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    // What merely claims to be a picture may keep that name: sandboxed and not sniffed, it is a broken picture.
    const shown = ['application/octet-stream', 'image/png']
    expect(shown).toContain(answer.headers.get('content-type'))
    if (mime !== 'image/png') expect(answer.headers.get('content-type')).toBe(shown[0])
  })

  it('that is not kept is not found', async () => {
    for (const id of ['', 'nothing', 'web/../../../etc/passwd']) {
      expect((await get(id)).status).toBe(404)
    }
  })
})
