import { createServer as createTcp } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TelegramApi, TelegramError } from '../../../adapters/telegram/api.ts'
import { createPatient } from '../../../adapters/telegram/patient.ts'
import { realClock } from '../../support/ports.ts'
import { clientOf, failure, never, token, upload } from '../../support/telegram-calls.ts'
import { fails, ok, resets, startWire, type Wire } from '../../support/telegram-wire.ts'
import { until } from '../../support/until.ts'

const delivering = { delivering: true } as const
let wire: Wire
let api: TelegramApi

beforeEach(async () => {
  wire = await startWire()
  api = clientOf(wire.origin)
})
afterEach(() => wire.close())

const say = (text = 'hi', signal = never) =>
  api.call('sendMessage', { chat_id: 1, text }, signal, delivering)

describe('a call', () => {
  it('is one request with its arguments, and resolves with the result', async () => {
    wire.on(ok({ message_id: 7 }))
    expect(await say('你好')).toEqual({ message_id: 7 })
    expect(wire.asked).toHaveLength(1)
    expect(wire.asked[0]?.path).toBe(`/bot${token}/sendMessage`)
    expect(wire.asked[0]?.json).toEqual({ chat_id: 1, text: '你好' })
  })

  it('may be of a method that telegraf does not know', async () => {
    wire.on(ok({ message_thread_id: 5 }))
    const made = await api.call('createForumTopic', { chat_id: 1, name: 'x' }, never)
    expect(made.message_thread_id).toBe(5)
  })

  it.each([
    [400, 'Bad Request: message text is empty', { code: 'format', heal: 'never' }],
    [400, 'Bad Request: chat not found', { code: 'gone', heal: 'never' }],
    [400, 'Bad Request: message thread not found', { code: 'gone', heal: 'never' }],
    [400, 'Bad Request: file is too big', { code: 'tooLarge', heal: 'never' }],
    [400, 'Bad Request: not enough rights to send text', { code: 'refused', heal: 'never' }],
    [401, 'Unauthorized', { code: 'config', heal: 'wait' }],
    [404, 'Not Found', { code: 'config', heal: 'wait' }],
    [404, 'Not Found: method not found', { code: 'refused', heal: 'never' }],
    [403, 'Forbidden: bot was blocked by the user', { code: 'refused', heal: 'retry' }],
    [413, 'Request Entity Too Large', { code: 'tooLarge', heal: 'never' }],
  ])(
    'that Telegram refuses with %i "%s" was surely not delivered',
    async (code, words, expected) => {
      wire.on(fails(code, words))
      const error = await failure(say())
      expect(error.failure).toMatchObject({ ...expected, certain: true })
      expect(error).toBeInstanceOf(TelegramError)
      expect((error as TelegramError).said).toMatchObject({ status: code, description: words })
    },
  )

  it('names what waits when Telegram asks for a slower pace', async () => {
    wire.on(fails(429, 'Too Many Requests: retry after 17', { retry_after: 17 }))
    const error = await failure(say())
    expect(error.failure).toMatchObject({
      code: 'rate',
      heal: 'retry',
      certain: true,
      afterMs: 17_000,
    })
  })

  it('says where a group has gone', async () => {
    const words = 'Bad Request: group chat was upgraded to a supergroup chat'
    wire.on(fails(400, words, { migrate_to_chat_id: -1001234567890 }))
    const error = await failure(say())
    expect((error as TelegramError).said.migratedTo).toBe('-1001234567890')
  })

  it('may have been delivered when Telegram fails or its answer is lost', async () => {
    wire.on(fails(502, 'Bad Gateway'))
    expect((await failure(say())).failure).toMatchObject({ code: 'server', certain: false })
    wire.on(resets)
    expect((await failure(say())).failure).toMatchObject({ code: 'network', certain: false })
    wire.on((response) => void response.end('<html>login to the hotel</html>'))
    expect((await failure(say())).failure).toMatchObject({ code: 'server', certain: false })
    wire.on((response) => void response.end('null'))
    expect((await failure(say())).failure).toMatchObject({ code: 'server', certain: false })
    // Half of an answer.
    wire.on((response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('{"ok":true,')
      response.socket?.end()
    })
    expect((await failure(say())).failure).toMatchObject({ certain: false })
  })

  it('that delivers nothing is certain whatever becomes of it', async () => {
    for (const does of [fails(500, 'x'), resets]) {
      wire.on(does)
      const error = await failure(api.call('getChat', { chat_id: 1 }, never))
      expect(error.failure).toMatchObject({ heal: 'retry', certain: true })
    }
  })

  it.each([302, 400, 408, 451])(
    'of something in between with %i is no refusal of Telegram’s',
    async (status) => {
      wire.on((response) => void response.writeHead(status).end('<html>log in first</html>'))
      const error = await failure(
        api.call('sendDocument', { chat_id: 1, document: upload(Buffer.from('x')) }, never, {
          delivering: true,
        }),
      )
      expect(error.failure).toMatchObject({ code: 'server', heal: 'retry', certain: false })
    },
  )

  it('goes by the status where the words are none of Telegram', async () => {
    wire.on((response) => void response.writeHead(413).end('<html>too large</html>'))
    expect((await failure(say())).failure).toMatchObject({ code: 'tooLarge', certain: true })
  })

  it('was surely not delivered where nobody could be reached', async () => {
    await wire.close()
    expect((await failure(say())).failure).toMatchObject({
      code: 'network',
      heal: 'retry',
      certain: true,
    })
    api = clientOf('http://nowhere.invalid')
    expect((await failure(say())).failure).toMatchObject({ code: 'network', certain: true })
  })

  it('was surely not delivered where no TLS came about', async () => {
    const hangsUp = createTcp((socket) => socket.once('data', () => socket.resetAndDestroy()))
    await new Promise<void>((listening) => hangsUp.listen(0, '127.0.0.1', listening))
    const { port } = hangsUp.address() as { port: number }
    api = clientOf(`https://127.0.0.1:${port}`)
    expect((await failure(say())).failure).toMatchObject({ code: 'network', certain: true })
    await new Promise((closed) => hangsUp.close(closed))
  })

  it('that is not answered in time ends', async () => {
    wire.on(() => undefined)
    const late = api.call('sendMessage', { chat_id: 1, text: 'x' }, never, {
      ...delivering,
      timeoutMs: 80,
    })
    expect((await failure(late)).failure).toMatchObject({ code: 'timeout', certain: false })
    // Also when the answer begins and does not end.
    wire.on((response) => void response.writeHead(200).write('{'))
    const half = api.call('sendMessage', { chat_id: 1, text: 'x' }, never, {
      ...delivering,
      timeoutMs: 80,
    })
    expect((await failure(half)).failure).toMatchObject({ code: 'timeout', certain: false })
  })

  it('ends at once when it is aborted', async () => {
    wire.on(() => undefined)
    const stopping = new AbortController()
    const call = say('x', stopping.signal)
    await until(() => wire.asked.length, 'the request')
    stopping.abort(new Error('stopping'))
    const error = await failure(call)
    expect(error.failure).toMatchObject({ heal: 'retry', certain: false })
    expect(error.message).toContain('the bridge is stopping')
    const before = wire.asked.length
    expect((await failure(say('x', AbortSignal.abort()))).failure.certain).toBe(true)
    expect(wire.asked).toHaveLength(before)
  })

  it('leaves no connection behind where Telegram answers with an error', async () => {
    const sockets = new Set<unknown>()
    wire.early((request) => {
      sockets.add(request.socket)
      request.socket.once('close', () => sockets.delete(request.socket))
      return false
    })
    wire.on((response) => void response.writeHead(502).write('half of an error'))
    for (let i = 0; i < 5; i++) await failure(say())
    await until(() => sockets.size === 0, 'closed connections', 2_000)
  })
})

describe('patience', () => {
  it('waits as long as Telegram says, and calls again', async () => {
    let times = 0
    wire.on((response) => {
      const does =
        ++times < 3 ? fails(429, 'Too Many Requests', { retry_after: 0.05 }) : ok({ title: 'x' })
      does(response)
    })
    const patient = createPatient(api, realClock)
    expect(await patient.call('getChat', { chat_id: 1 }, never)).toEqual({ title: 'x' })
    expect(times).toBe(3)
  })

  it('does not call again with a stream that is used up', async () => {
    wire.on(fails(429, 'Too Many Requests', { retry_after: 0.05 }))
    const patient = createPatient(api, realClock)
    const call = patient.call('sendPhoto', { chat_id: 1, photo: upload(Buffer.from('x')) }, never)
    expect((await failure(call)).failure.code).toBe('rate')
    expect(wire.asked).toHaveLength(1)
  })
})
