import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { MediaRef } from '../../../src/core/message.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { bytesOf, failure, jpeg, sha } from '../../contract/connector/jobs.ts'
import { until } from '../../support/until.ts'
import { gif, type MediaDesk, media, mediaDesk, mp3, mp4, pdf } from './media-lab.ts'
import { type Instead, type Recorded, type Recorder, startRecorder } from './recorder.ts'

let sandbox: Sandbox
let desk: MediaDesk
let cdn: Recorder
let instead: (recorded: Recorded) => Instead | undefined = () => undefined
let fromCdn: (recorded: Recorded) => Instead = () => ({ status: 404 })

beforeEach(async () => {
  instead = () => undefined
  fromCdn = () => ({ status: 404 })
  sandbox = await startSandbox({ holdMs: 300 })
  cdn = await startRecorder(sandbox.origin, (recorded) => fromCdn(recorded))
  desk = await mediaDesk(sandbox, (recorded) => instead(recorded), { stickerOrigin: cdn.origin })
})
afterEach(async () => {
  await desk.stop()
  await cdn.close()
  await sandbox.close()
})

const within = () => AbortSignal.timeout(20_000)
const download = (ref: MediaRef) => desk.connector.download(ref, within())

async function fetched(ref: MediaRef) {
  const { stream, ...rest } = await download(ref)
  return { ...rest, sha: sha(await bytesOf(stream)) }
}

/** Something lin sent, of a type; its bytes are what downloads of it give. */
async function sent(bytes: Uint8Array, fields: Readonly<Record<string, unknown>> = {}) {
  return sandbox.control.inject({ MsgType: 3, FromUserName: '<lin>', ...fields }, bytes)
}

describe('each kind is fetched where WeChat keeps it', () => {
  test.each([
    ['image', { type: 'image' }, jpeg(3000), 'webwxgetmsgimg', undefined, 'image/jpeg'],
    ['image', { type: 'thumb' }, jpeg(30), 'webwxgetmsgimg', 'slave', 'image/jpeg'],
    ['sticker', { type: 'sticker' }, gif(900), 'webwxgetmsgimg', 'big', 'image/gif'],
    ['voice', { type: 'voice' }, mp3(900), 'webwxgetvoice', undefined, 'audio/mpeg'],
    ['video', { type: 'video' }, mp4(90_000), 'webwxgetvideo', undefined, 'video/mp4'],
    ['image', { type: 'map' }, jpeg(90), 'webwxgetpubliclinkimg', undefined, 'image/jpeg'],
  ] as const)('%s %j', async (kind, token, bytes, call, type, mime) => {
    const msgId = await sent(bytes)
    const got = await fetched(media(desk, kind, { ...token, msgId }))
    expect(got).toMatchObject({ sha: sha(bytes), mime })
    const asked = desk.entry.of(call)
    expect(asked).toHaveLength(1)
    expect(asked[0]?.query.get('type') ?? undefined).toBe(type)
  })

  test('trap 72: what calls itself a JPEG and is none is named by its bytes', async () => {
    const msgId = await sent(gif(500))
    const got = await fetched(
      media(desk, 'image', { type: 'image', msgId }, { mime: 'image/jpeg' }),
    )
    expect(got.mime).toBe('image/gif')
    const odd = await sent(Buffer.from('none of those'))
    const unknown = await fetched(media(desk, 'image', { type: 'image', msgId: odd }))
    expect(unknown.mime).toBe('application/octet-stream')
  })

  test('trap 73: many at the same time each get their own bytes', async () => {
    const all = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const bytes = n % 2 ? mp4(40_000 + n) : jpeg(30_000 + n)
        return { bytes, n, msgId: await sent(bytes) }
      }),
    )
    const got = await Promise.all(
      all.map(({ n, msgId }) =>
        fetched(media(desk, n % 2 ? 'video' : 'image', { type: n % 2 ? 'video' : 'image', msgId })),
      ),
    )
    expect(got.map((each) => each.sha)).toEqual(all.map(({ bytes }) => sha(bytes)))
  })

  test('trap 74: what was recalled is gone, in words that say what can be done', async () => {
    const msgId = await sent(jpeg(500))
    const ref = media(desk, 'image', { type: 'image', msgId })
    expect((await fetched(ref)).mime).toBe('image/jpeg')
    await sandbox.control.recall(msgId)
    const error = await failure(download(ref))
    expect(error.failure).toEqual({ code: 'gone', heal: 'never', certain: true })
    expect(error.message).toMatch(/not fetched.*asked for again.*phone/)
  })

  test.each([
    { type: 'constructor', msgId: '1' },
    { type: 'image', msgId: 'x1; drop' },
    { type: 'voice' },
    { type: 'file', msgId: '1', mediaId: '', bytes: 7, sender: 'self' },
    { type: 'file', msgId: '1', mediaId: '@crypt_1', bytes: 0, sender: 'self' },
  ])('%j asks for nothing', async (token) => {
    const error = await failure(download(media(desk, 'file', token)))
    expect(error.failure).toMatchObject({ code: 'gone', heal: 'never' })
    expect(desk.file.of('webwxgetmedia')).toEqual([])
  })
})

describe('a video', () => {
  const asked = () => desk.entry.of('webwxgetvideo').map((each) => each.headers.range)

  async function video(size: number) {
    const bytes = mp4(size)
    const msgId = await sent(bytes, { MsgType: 43 })
    return { bytes, ref: media(desk, 'video', { type: 'video', msgId }) }
  }

  test('trap 70: is asked for as a range, and nothing is a failure that is tried again', async () => {
    const { bytes, ref } = await video(5000)
    let calls = 0
    instead = ({ name }) => (name === 'webwxgetvideo' && calls++ < 2 ? { body: '' } : undefined)
    expect((await fetched(ref)).sha).toBe(sha(bytes))
    expect(asked()).toEqual(['bytes=0-', 'bytes=0-', 'bytes=0-'])
  })

  test('that comes whole with 200 is welcome', async () => {
    const { bytes, ref } = await video(5000)
    instead = ({ name }) => (name === 'webwxgetvideo' ? { body: bytes } : undefined)
    expect(await fetched(ref)).toMatchObject({ sha: sha(bytes), bytes: bytes.length })
  })

  test('that breaks goes on where it broke, as often as it breaks', async () => {
    const { bytes, ref } = await video(900_000)
    instead = ({ name, headers }) => {
      if (name !== 'webwxgetvideo') return undefined
      const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1])
      const rest = bytes.subarray(from)
      const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`
      const answer = { status: 206, body: rest, headers: { 'content-range': range } }
      return rest.length > 300_000 ? { ...answer, cut: 200_000 } : answer
    }
    expect(await fetched(ref)).toMatchObject({ sha: sha(bytes), bytes: bytes.length })
    expect(asked().length).toBeGreaterThan(3)
    expect(new Set(asked()).size).toBe(asked().length)
  })

  test('that breaks, and is another one afterwards, fails instead of being mixed', async () => {
    const { bytes, ref } = await video(900_000)
    let calls = 0
    instead = ({ name, headers }) => {
      if (name !== 'webwxgetvideo') return undefined
      const from = Number(/bytes=(\d+)-/.exec(headers.range ?? '')?.[1])
      const total = bytes.length + calls
      const range = `bytes ${from}-${total - 1}/${total}`
      const headersOf = { 'content-range': range }
      return calls++ === 0
        ? { status: 206, body: bytes, headers: headersOf, cut: 300_000 }
        : { status: 206, body: Buffer.alloc(total - from), headers: headersOf }
    }
    const error = await failure(fetched(ref))
    expect(error.failure).toMatchObject({ code: 'network', heal: 'retry' })
  })

  test('that breaks where no parts are served fails, to be fetched anew', async () => {
    const { bytes, ref } = await video(900_000)
    instead = ({ name }) => (name === 'webwxgetvideo' ? { body: bytes, cut: 300_000 } : undefined)
    const error = await failure(fetched(ref))
    expect(error.failure).toMatchObject({ code: 'network', heal: 'retry' })
    expect(error.message).toContain('not fetched')
  })

  test('that is not read is not fetched: no more than a little is held', async () => {
    const { ref } = await video(9)
    let given = 0
    const endless = createServer((_, response) => {
      const block = Buffer.concat([mp4(0), Buffer.alloc(65_536)])
      const write = () => {
        while (!response.destroyed && response.write(block)) given += block.length
      }
      response.on('drain', write)
      write()
    })
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve))
    const { port } = endless.address() as AddressInfo
    instead = ({ name }) =>
      name === 'webwxgetvideo'
        ? { status: 302, headers: { location: `http://127.0.0.1:${port}/x` } }
        : undefined
    // The sticker origin is the only other one that may be gone to.
    await desk.stop()
    const stickerOrigin = `http://127.0.0.1:${port}`
    desk = await mediaDesk(sandbox, (recorded) => instead(recorded), { stickerOrigin })
    const { stream } = await download({ ...ref, source: desk.source })
    const reader = stream.getReader()
    expect((await reader.read()).value?.length).toBeGreaterThan(0)
    let before = -1
    await until(() => {
      const isStill = given === before
      before = given
      return isStill
    }, 'a server that has to wait')
    expect(given).toBeLessThan(20_000_000)
    await reader.cancel()
    endless.closeAllConnections()
    await new Promise<void>((resolve) => endless.close(() => resolve()))
  })
})

describe('a sticker', () => {
  const token = async (bytes: Uint8Array, more = {}) => ({
    type: 'sticker',
    msgId: await sent(bytes, { MsgType: 47 }),
    ...more,
  })

  test('that WeChat does not give comes from where it was made, without cookies', async () => {
    const bytes = gif(700)
    fromCdn = () => ({ body: bytes, headers: { 'set-cookie': 'evil=1' } })
    const cdnurl = `${cdn.origin}/emoji/x`
    const ref = media(desk, 'sticker', await token(Buffer.alloc(0), { cdnurl }))
    expect(await fetched(ref)).toMatchObject({ sha: sha(bytes), mime: 'image/gif' })
    expect(desk.entry.of('webwxgetmsgimg')).toHaveLength(1)
    expect(cdn.all[0]?.headers.cookie).toBeUndefined()
    await fetched(media(desk, 'image', { type: 'image', msgId: await sent(jpeg(9)) }))
    expect(desk.entry.of('webwxgetmsgimg').at(-1)?.headers.cookie).not.toContain('evil')
  })

  test('is shown small when nothing else is left', async () => {
    const bytes = jpeg(70)
    fromCdn = ({ name }) => (name === 'thumb' ? { body: bytes } : { status: 403 })
    const urls = { cdnurl: `${cdn.origin}/big`, thumburl: `${cdn.origin}/thumb` }
    const ref = media(desk, 'sticker', await token(Buffer.alloc(0), urls))
    expect((await fetched(ref)).sha).toBe(sha(bytes))
    expect(cdn.all.map((each) => each.name)).toEqual(['big', 'big', 'thumb'])
  })

  test.each([
    'http://127.0.0.1:1/x',
    'https://qpic.cn.evil.example/x',
    'http://emoji.qpic.cn:8080/x',
    'file:///etc/passwd',
    'no address',
  ])('is never fetched from %s', async (cdnurl) => {
    const ref = media(desk, 'sticker', await token(Buffer.alloc(0), { cdnurl, thumburl: cdnurl }))
    const error = await failure(download(ref))
    expect(error.failure).toMatchObject({ code: 'gone', heal: 'never' })
  })

  test('follows at most three redirects, and only to such hosts', async () => {
    const bytes = gif(70)
    fromCdn = ({ name }) => {
      const n = Number(name)
      return n === 3 ? { body: bytes } : { status: 302, headers: { location: `/${n + 1}` } }
    }
    const from = async (path: string) => {
      return media(
        desk,
        'sticker',
        await token(Buffer.alloc(0), { cdnurl: `${cdn.origin}/${path}` }),
      )
    }
    expect((await fetched(await from('0'))).sha).toBe(sha(bytes))
    expect((await failure(download(await from('-1')))).failure.code).toBe('gone')
    const other = await startRecorder(sandbox.origin, () => ({ body: bytes }))
    fromCdn = () => ({ status: 302, headers: { location: `${other.origin}/x` } })
    expect((await failure(download(await from('0')))).failure.code).toBe('gone')
    expect(other.all).toEqual([])
    await other.close()
  })
})

describe('a file', () => {
  async function file(bytes: Uint8Array, more: Readonly<Record<string, unknown>> = {}) {
    const name = '季度 报告&v2.pdf'
    const encryFileName = encodeURIComponent(name).replaceAll('.', '%2E')
    const mediaId = `@crypt_${Math.floor(Math.random() * 1e9)}`
    const fields = { MsgType: 49, AppMsgType: 6, MediaId: mediaId, EncryFileName: encryFileName }
    const msgId = await sent(bytes, fields)
    const sender = desk.lasting(await desk.chat('林小满🌿'))
    const token = {
      type: 'file',
      msgId,
      mediaId,
      encryFileName,
      fileName: name,
      sender,
      bytes: bytes.length,
      ...more,
    }
    return media(desk, 'file', token, { name })
  }

  test('trap 71: is asked for by all its names, each encoded once, at the file host', async () => {
    const bytes = pdf(5000)
    const ref = await file(bytes)
    expect(await fetched(ref)).toEqual({
      sha: sha(bytes),
      bytes: bytes.length,
      mime: 'application/pdf',
    })
    const [asked] = desk.file.of('webwxgetmedia')
    expect(asked?.query.get('encryfilename')).toBe('季度 报告&v2.pdf')
    expect(asked?.query.get('filename')).toBe('季度 报告&v2.pdf')
    expect(asked?.url).not.toContain('%25')
    expect(asked?.query.get('sender')).toBe(sandbox.control.userName('lin'))
    expect(asked?.query.get('fromuser')).toBe(desk.source.replace('wechat/wx:', ''))
    expect(asked?.query.get('pass_ticket')).toBeTruthy()
    expect(asked?.query.get('webwx_data_ticket')).toBeTruthy()
    expect(asked?.headers.cookie).toContain('webwx_data_ticket=')
    expect(desk.entry.of('webwxgetmedia')).toEqual([])
  })

  test('of one’s own is asked for under one’s own name', async () => {
    const bytes = pdf(50)
    await fetched(await file(bytes, { sender: 'self', encryFileName: '100%' }))
    const [asked] = desk.file.of('webwxgetmedia')
    expect(asked?.query.get('sender')).toBe(sandbox.control.userName('me'))
    expect(asked?.query.get('encryfilename')).toBe('100%')
  })

  test('that is shorter than announced is fetched again, and is not taken for whole', async () => {
    const bytes = pdf(5000)
    const ref = await file(bytes)
    let calls = 0
    instead = ({ name }) =>
      name === 'webwxgetmedia' && calls++ === 0 ? { body: bytes.subarray(0, 3000) } : undefined
    expect((await fetched(ref)).sha).toBe(sha(bytes))
    instead = ({ name }) =>
      name === 'webwxgetmedia' ? { body: bytes.subarray(0, 3000) } : undefined
    const error = await failure(download(ref))
    expect(error.failure).toMatchObject({ code: 'gone', heal: 'never' })
    expect(error.message).toContain('not as large')
  })

  test.each(['{"BaseResponse":{"Ret":0},"mine":true}', '<html><body>mine</body></html>', '{}'])(
    'that is %s itself is no failure',
    async (words) => {
      const bytes = Buffer.from(words)
      expect((await fetched(await file(bytes))).sha).toBe(sha(bytes))
    },
  )

  test('in whose place WeChat answers with JSON is a failure', async () => {
    const ref = await file(pdf(500))
    instead = ({ name }) =>
      name === 'webwxgetmedia' ? { body: '{"BaseResponse":{"Ret":1102}}' } : undefined
    const error = await failure(download(ref))
    expect(error.failure.code).toBe('gone')
  })
})

describe('the hosts of a session', () => {
  test('trap 12: everything goes to the hosts of this account, each to its own', async () => {
    await fetched(media(desk, 'image', { type: 'image', msgId: await sent(jpeg(9)) }))
    const names = (recorder: Recorder) => new Set(recorder.all.map((each) => each.name))
    expect([...names(desk.push)]).toEqual(['synccheck'])
    expect(names(desk.entry)).toContain('webwxgetmsgimg')
    expect(names(desk.entry)).toContain('webwxsync')
    expect(names(desk.entry)).not.toContain('synccheck')
  })

  test('trap 10: cookies reach the entry, the file and the push host', async () => {
    await failure(
      download(media(desk, 'file', { type: 'file', msgId: '1', mediaId: '@c', bytes: 1 })),
    )
    for (const recorder of [desk.entry, desk.file, desk.push]) {
      const last = recorder.all.at(-1)
      expect(last?.headers.cookie).toMatch(/wxsid=.*/)
      expect(last?.headers.cookie).toContain('wxuin=')
      expect(last?.headers.cookie).toContain('webwx_data_ticket=')
    }
  })
})
