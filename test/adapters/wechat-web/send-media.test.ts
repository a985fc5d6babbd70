import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseXml, xmlText } from '../../../adapters/wechat-web/xml.ts'
import type { Chat } from '../../../src/core/chat.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { failure, jpeg, sha } from '../../contract/connector/jobs.ts'
import { gif, type MediaDesk, mediaDesk, mp3, mp4, opens, pdf, sendMedia } from './media-lab.ts'
import type { Instead, Recorded } from './recorder.ts'

let sandbox: Sandbox
let desk: MediaDesk
let chat: Chat
let instead: (recorded: Recorded) => Instead | undefined = () => undefined

beforeEach(async () => {
  instead = () => undefined
  sandbox = await startSandbox({ holdMs: 300 })
  desk = await mediaDesk(sandbox, (recorded) => instead(recorded), {
    maxImageBytes: 2_000_000,
    maxVideoBytes: 2_000_000,
    maxFileBytes: 40_000_000,
  })
  chat = await desk.chat('林小满🌿')
})
afterEach(async () => {
  await desk.stop()
  await sandbox.close()
})

const within = () => AbortSignal.timeout(20_000)
const chunk = 524_288

async function form(recorded: Recorded | undefined) {
  if (!recorded) throw new Error('nothing was uploaded')
  const headers = { 'content-type': recorded.headers['content-type'] ?? '' }
  const data = await new Response(new Uint8Array(recorded.body), { headers }).formData()
  const request = JSON.parse(String(data.get('uploadmediarequest')))
  const file = data.get('filename')
  if (!(file instanceof File)) throw new Error('no bytes')
  return { data, request, file, fields: [...data.keys()] }
}

const forms = () => Promise.all(desk.file.of('webwxuploadmedia').map(form))
const message = (call: string) => {
  const [only, ...more] = desk.entry.of(call)
  expect(more).toEqual([])
  return { query: only?.query, body: JSON.parse(only?.body.toString() ?? '{}') }
}

describe('as what media is sent', () => {
  const cases = [
    ['image', 'image/jpeg', jpeg(900), 'pic', 'webwxsendmsgimg', 3],
    ['image', 'image/gif', gif(900), 'doc', 'webwxsendemoticon', 47],
    ['sticker', 'image/gif', gif(900), 'doc', 'webwxsendemoticon', 47],
    ['video', 'video/mp4', mp4(900), 'video', 'webwxsendvideomsg', 43],
    ['file', 'image/jpeg', jpeg(900), 'doc', 'webwxsendappmsg', 6],
    ['voice', 'audio/mpeg', mp3(900), 'doc', 'webwxsendappmsg', 6],
    ['image', 'image/jpeg', jpeg(2_000_001), 'doc', 'webwxsendappmsg', 6],
    ['video', 'video/mp4', mp4(2_000_001), 'doc', 'webwxsendappmsg', 6],
  ] as const

  test.each(cases)('a %s of %s', async (kind, mime, bytes, mediatype, call, type) => {
    const job = sendMedia(chat.id, kind, mime)
    const receipt = await desk.connector.send(job, opens(bytes, mime), within())
    const [first] = await forms()
    expect(first?.data.get('mediatype')).toBe(mediatype)
    const { body, query } = message(call)
    expect(body.Msg).toMatchObject({ Type: type, ToUserName: sandbox.control.userName('lin') })
    expect(body.Scene).toBe(0)
    expect(query?.get('pass_ticket')).toBeTruthy()
    const [arrived, ...more] = sandbox.control.delivered()
    expect(more).toEqual([])
    expect(sha(arrived?.bytes ?? new Uint8Array())).toBe(sha(bytes))
    expect(receipt.ids).toEqual([arrived?.id])
  })

  test('is decided by its bytes, not by what it is called', async () => {
    const webp = Buffer.from('RIFF\x01\x02\x03\x04WEBPVP8 ', 'latin1')
    await desk.connector.send(sendMedia(chat.id, 'image', 'image/jpeg'), opens(webp), within())
    expect((await forms())[0]?.data.get('mediatype')).toBe('doc')
    expect(desk.entry.of('webwxsendappmsg')).toHaveLength(1)
  })

  test('trap 79: a moving picture above 1 MiB goes as a file, below as a sticker from a doc', async () => {
    const at = (bytes: number) => gif(bytes - 6)
    const send = (bytes: Uint8Array) =>
      desk.connector.send(sendMedia(chat.id, 'image', 'image/gif'), opens(bytes), within())
    await send(at(1_048_576))
    expect(message('webwxsendemoticon').body.Msg).toMatchObject({ Type: 47, EmojiFlag: 2 })
    expect(desk.entry.of('webwxsendappmsg')).toEqual([])
    await send(at(1_048_577))
    expect(desk.entry.of('webwxsendemoticon')).toHaveLength(1)
    expect(desk.entry.of('webwxsendappmsg')).toHaveLength(1)
    expect((await forms()).every((each) => each.data.get('mediatype') === 'doc')).toBe(true)
  })

  test('a file has its name in the XML, and desktop mode in the query', async () => {
    const bytes = pdf(900)
    const name = '../季度 <报告>&"v2".pdf'
    const job = sendMedia(chat.id, 'file', 'application/pdf', { name })
    await desk.connector.send(job, opens(bytes), within())
    const { body, query } = message('webwxsendappmsg')
    expect(query?.get('mod')).toBe('desktop')
    const xml = parseXml(body.Msg.Content)
    expect(xmlText(xml, 'appmsg', 'title')).toBe('季度 <报告>&"v2".pdf')
    expect(xmlText(xml, 'appmsg', 'appattach', 'totallen')).toBe(String(bytes.length))
    expect(xmlText(xml, 'appmsg', 'appattach', 'fileext')).toBe('pdf')
    expect(body.Msg.Content).toContain("appid=''")
  })

  test('nothing of nothing', async () => {
    for (const kind of ['image', 'video', 'voice', 'file', 'sticker'] as const) {
      const job = sendMedia(chat.id, kind, 'image/jpeg')
      const error = await failure(desk.connector.send(job, opens(new Uint8Array()), within()))
      expect(error.failure).toMatchObject({ code: 'format', heal: 'never', certain: true })
      expect(error.message).toMatch(/not sent: it is empty/)
    }
    expect(desk.file.all).toEqual([])
  })

  test('nothing above the limit, with the limit in words', async () => {
    const endless = async () => ({
      mime: 'video/mp4',
      stream: new ReadableStream<Uint8Array>({ pull: (each) => each.enqueue(mp4(65_536)) }),
    })
    const error = await failure(
      desk.connector.send(sendMedia(chat.id, 'video', 'video/mp4'), endless, within()),
    )
    expect(error.failure).toMatchObject({ code: 'tooLarge', heal: 'never', certain: true })
    expect(error.message).toContain('38.1 MB')
    expect(desk.file.all).toEqual([])
  })
})

describe('an upload', () => {
  const send = (bytes: Uint8Array, more = {}) =>
    desk.connector.send(sendMedia(chat.id, 'file', '', more), opens(bytes), within())

  test('trap 76: goes in chunks of at most 524 288 bytes, in order, numbered only if several', async () => {
    const bytes = pdf(chunk * 2 + 5)
    await send(bytes)
    const sent = await forms()
    expect(sent.map((each) => each.file.size)).toEqual([chunk, chunk, bytes.length - 2 * chunk])
    expect(sent.map((each) => each.data.get('chunk'))).toEqual(['0', '1', '2'])
    expect(new Set(sent.map((each) => each.data.get('chunks')))).toEqual(new Set(['3']))
    await send(pdf(9))
    const one = (await forms()).at(-1)
    expect(one?.data.has('chunk')).toBe(false)
    expect(one?.data.has('chunks')).toBe(false)
  })

  test('trap 77: of more than two chunks names every field in each, and the same', async () => {
    const bytes = pdf(chunk * 2 + 5)
    await send(bytes)
    const sent = await forms()
    const md5 = createHash('md5').update(bytes).digest('hex')
    for (const { request, fields } of sent) {
      expect(request).toEqual(sent[0]?.request)
      expect(request).toMatchObject({
        UploadType: 2,
        TotalLen: bytes.length,
        StartPos: 0,
        DataLen: bytes.length,
        MediaType: 4,
        FromUserName: sandbox.control.userName('me'),
        ToUserName: sandbox.control.userName('lin'),
        FileMd5: md5,
      })
      expect(request.ClientMediaId).toBeTypeOf('number')
      expect(request.BaseRequest).toMatchObject({ Uin: expect.any(Number) })
      expect(fields).toEqual([
        'id',
        'name',
        'type',
        'lastModifiedDate',
        'size',
        'chunks',
        'chunk',
        'mediatype',
        'uploadmediarequest',
        'webwx_data_ticket',
        'pass_ticket',
        'filename',
      ])
    }
  })

  test('trap 78: has its name raw and harmless in the header, never as RFC 2231 says', async () => {
    await send(pdf(9), { name: '季"度\r\nX-Evil: 1\r\n\r\n.pdf' })
    const [recorded] = desk.file.of('webwxuploadmedia')
    const text = recorded?.body.toString() ?? ''
    expect(text).not.toContain('filename*')
    expect(text).toContain('filename="季%22度 X-Evil: 1 .pdf"')
    expect(text).not.toMatch(/^X-Evil/m)
    expect(recorded?.headers['content-length']).toBe(String(recorded?.body.length))
    expect(recorded?.headers['transfer-encoding']).toBeUndefined()
  })

  test('repeats the chunk that failed, and only that', async () => {
    let failures = 2
    instead = (recorded) => {
      const isSecond = recorded.body.includes('name="chunk"\r\n\r\n1\r\n')
      return isSecond && failures-- > 0 ? { status: 502, body: '<html>' } : undefined
    }
    const bytes = pdf(chunk * 2 + 5)
    await send(bytes)
    const sent = await forms()
    expect(sent.map((each) => each.data.get('chunk'))).toEqual(['0', '1', '1', '1', '2'])
    expect(new Set(sent.map((each) => each.request.ClientMediaId)).size).toBe(1)
    expect(sha(sandbox.control.delivered()[0]?.bytes ?? new Uint8Array())).toBe(sha(bytes))
  })

  test('begins anew once, under a new name, when a chunk goes on failing', async () => {
    let failures = 3
    instead = (recorded) => {
      const isSecond = recorded.body.includes('name="chunk"\r\n\r\n1\r\n')
      return isSecond && failures-- > 0 ? { body: '' } : undefined
    }
    const bytes = pdf(chunk + 5)
    await send(bytes)
    const sent = await forms()
    expect(sent.map((each) => each.data.get('chunk'))).toEqual(['0', '1', '1', '1', '0', '1'])
    const ids = sent.map((each) => each.request.ClientMediaId)
    expect(new Set(ids.slice(0, 4)).size).toBe(1)
    expect(ids[4]).not.toBe(ids[0])
    expect(sha(sandbox.control.delivered()[0]?.bytes ?? new Uint8Array())).toBe(sha(bytes))
  })

  test('that gets no MediaId begins anew once, then fails; nothing was sent', async () => {
    const body = '{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":""}'
    instead = ({ name }) => (name === 'webwxuploadmedia' ? { body } : undefined)
    const error = await failure(send(pdf(9)))
    expect(error.failure).toMatchObject({ code: 'server', heal: 'retry', certain: true })
    expect(desk.file.of('webwxuploadmedia')).toHaveLength(2)
    expect(desk.entry.of('webwxsendappmsg')).toEqual([])
  })

  test('that is refused at any chunk ends there', async () => {
    instead = (recorded) =>
      recorded.body.includes('name="chunk"\r\n\r\n1\r\n')
        ? { body: '{"BaseResponse":{"Ret":1,"ErrMsg":""},"MediaId":""}' }
        : undefined
    const error = await failure(send(pdf(chunk * 3)))
    expect(error.failure).toMatchObject({ code: 'refused', heal: 'never', certain: true })
    expect(desk.file.of('webwxuploadmedia')).toHaveLength(2)
  })

  test('trap 75: that is answered 1205 with a MediaId is not sent with it, at any chunk', async () => {
    instead = (recorded) =>
      recorded.body.includes('name="chunk"\r\n\r\n1\r\n')
        ? { body: '{"BaseResponse":{"Ret":1205,"ErrMsg":""},"MediaId":"@crypt_foreign"}' }
        : undefined
    const error = await failure(send(pdf(chunk + 5)))
    expect(error.failure).toMatchObject({ code: 'rate', heal: 'wait', afterMs: 300_000 })
    expect(desk.file.of('webwxuploadmedia')).toHaveLength(2)
    expect(desk.entry.of('webwxsendappmsg')).toEqual([])
  })

  test('of bytes that change while they are read is not sent', async () => {
    let opened = 0
    const open = async () => opens(pdf(++opened === 1 ? 900 : 901))()
    const job = sendMedia(chat.id, 'file', '')
    const error = await failure(desk.connector.send(job, open, within()))
    expect(error.failure).toMatchObject({ heal: 'retry', certain: true })
    expect(sandbox.control.delivered()).toEqual([])
  })

  test('that is given up midway stops, and lets go of the bytes', async () => {
    let cancelled = false
    let reads = 0
    const open = async () => {
      const first = reads++ === 0
      let left = 40
      return {
        mime: '',
        stream: new ReadableStream<Uint8Array>({
          pull: (each) => (left-- > 0 ? each.enqueue(new Uint8Array(65_536)) : each.close()),
          cancel: () => {
            cancelled = !first
          },
        }),
      }
    }
    const stop = new AbortController()
    instead = ({ name }) => {
      if (name === 'webwxuploadmedia') stop.abort(new DOMException('enough', 'AbortError'))
      return undefined
    }
    const job = sendMedia(chat.id, 'file', '')
    const error = await failure(desk.connector.send(job, open, stop.signal))
    expect(error.failure).toMatchObject({ code: 'timeout', certain: true })
    expect(cancelled).toBe(true)
    expect(desk.entry.of('webwxsendappmsg')).toEqual([])
  })
})

describe('a file above 25 MiB', () => {
  const big = () => pdf(26_214_401 - 9)
  const job = () => sendMedia(chat.id, 'file', 'application/pdf', { name: '盘点.pdf' })

  test('is asked about first, and what that gave goes with the upload and the message', async () => {
    const bytes = big()
    await desk.connector.send(job(), opens(bytes), within())
    const { body: asked } = message('webwxcheckupload')
    expect(asked).toMatchObject({
      FileMd5: createHash('md5').update(bytes).digest('hex'),
      FileName: '盘点.pdf',
      FileSize: bytes.length,
      FileType: 7,
      ToUserName: sandbox.control.userName('lin'),
    })
    const [first] = await forms()
    expect(first?.request.AESKey).toMatch(/^[0-9a-f]+$/)
    expect(first?.request.Signature).toMatch(/^[0-9a-f]+$/)
    expect(message('webwxsendappmsg').body.Msg.Signature).toBe(first?.request.Signature)
    expect(desk.file.of('webwxuploadmedia')).toHaveLength(51)
    expect(sha(sandbox.control.delivered()[0]?.bytes ?? new Uint8Array())).toBe(sha(bytes))
  })

  test('that WeChat has already is not uploaded', async () => {
    instead = ({ name }) => {
      if (name === 'webwxcheckupload') {
        return {
          body: '{"BaseResponse":{"Ret":0},"MediaId":"@crypt_had","AESKey":"","Signature":"5ig"}',
        }
      }
      if (name !== 'webwxsendappmsg') return undefined
      return { body: '{"BaseResponse":{"Ret":0},"MsgID":"830582407297708303"}' }
    }
    const receipt = await desk.connector.send(job(), opens(big()), within())
    expect(receipt.ids).toEqual(['830582407297708303'])
    expect(desk.file.of('webwxuploadmedia')).toEqual([])
    const { Msg } = message('webwxsendappmsg').body
    expect(Msg.Signature).toBe('5ig')
    expect(Msg.Content).toContain('<attachid>@crypt_had</attachid>')
  })

  test('that may not be uploaded is not sent', async () => {
    instead = ({ name }) =>
      name === 'webwxcheckupload' ? { body: '{"BaseResponse":{"Ret":1205}}' } : undefined
    const error = await failure(desk.connector.send(job(), opens(big()), within()))
    expect(error.failure).toMatchObject({ code: 'rate', certain: true })
    expect(desk.file.of('webwxuploadmedia')).toEqual([])
  })
})

test('trap 84: the calls the server is lenient about are still made as the protocol says', async () => {
  await desk.connector.send(sendMedia(chat.id, 'sticker', ''), opens(gif(9)), within())
  await desk.connector.send(sendMedia(chat.id, 'video', ''), opens(mp4(9)), within())
  const sticker = message('webwxsendemoticon')
  expect(sticker.body.Msg.Type).toBe(47)
  expect(sticker.query?.get('fun')).toBe('sys')
  const video = message('webwxsendvideomsg')
  expect(video.query?.get('pass_ticket')).toBe(sticker.query?.get('pass_ticket'))
  expect(video.query?.get('pass_ticket')).not.toBe('pass_ticket')
  expect(video.body.Msg).toMatchObject({ Type: 43, Content: '' })
})
