import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TelegramApi } from '../../../adapters/telegram/api.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { realClock } from '../../support/ports.ts'
import { clientOf, failure, never, upload } from '../../support/telegram-calls.ts'
import { fails, ok, startWire, type Wire } from '../../support/telegram-wire.ts'
import { until } from '../../support/until.ts'

const delivering = { delivering: true } as const
let wire: Wire
let api: TelegramApi

beforeEach(async () => {
  wire = await startWire()
  api = clientOf(wire.origin)
})
afterEach(() => wire.close())

describe('an upload', () => {
  it('is a file of a multipart body, with everything else beside it', async () => {
    const entities = [{ type: 'bold' as const, offset: 0, length: 2 }]
    await api.call(
      'sendPhoto',
      {
        chat_id: 1,
        photo: upload(Buffer.from('the picture'), 'p"\r\nX; name="chat_id.jpg'),
        caption: 'hi',
        caption_entities: entities,
        reply_parameters: { message_id: 9 },
      },
      never,
    )
    const form = await formOf(wire)
    expect(await (form.get('photo') as File).text()).toBe('the picture')
    expect((form.get('photo') as File).name).toBe('p_X_ name=_chat_id.jpg')
    expect(form.get('chat_id')).toBe('1')
    expect(JSON.parse(String(form.get('caption_entities')))).toEqual(entities)
    expect(JSON.parse(String(form.get('reply_parameters')))).toEqual({ message_id: 9 })
  })

  it('may be several in an album, with thumbnails', async () => {
    await api.call(
      'sendMediaGroup',
      {
        chat_id: 1,
        media: [
          { type: 'photo', media: upload(Buffer.from('one')) },
          {
            type: 'video',
            media: upload(Buffer.from('two')),
            thumbnail: upload(Buffer.from('small')),
          },
        ],
      },
      never,
    )
    const form = await formOf(wire)
    const media = JSON.parse(String(form.get('media')))
    const bytes = (ref: string) => (form.get(ref.replace('attach://', '')) as File).text()
    expect(await bytes(media[0].media)).toBe('one')
    expect(await bytes(media[1].media)).toBe('two')
    expect(await bytes(media[1].thumbnail)).toBe('small')
  })

  it('is not held in memory: it goes as fast as it is taken', async () => {
    let given = 0
    const chunk = new Uint8Array(64 * 1024)
    async function* many() {
      for (; given < 800; given++) yield chunk
    }
    let go = () => {}
    wire.early((request, response) => {
      request.pause()
      go = () => {
        request.resume()
        request.on('end', () => response.end('{"ok":true,"result":{}}'))
      }
      return true
    })
    const call = api.call('sendDocument', { chat_id: 1, document: upload(many()) }, never)
    let last = -1
    await until(async () => {
      const still = given > 0 && given === last
      last = given
      await realClock.sleep(60, never)
      return still
    }, 'a pause')
    expect(given).toBeLessThan(400)
    go()
    await call
    expect(given).toBe(800)
  })

  it('has as long as it takes; only then the time for the answer runs', async () => {
    async function* slowly() {
      for (let i = 0; i < 8; i++) {
        await realClock.sleep(40, never)
        yield new Uint8Array(10)
      }
    }
    wire.on(ok({ message_id: 1 }))
    const how = { ...delivering, timeoutMs: 150 }
    await api.call('sendDocument', { chat_id: 1, document: upload(slowly()) }, never, how)
    wire.on(() => undefined)
    const late = api.call(
      'sendDocument',
      { chat_id: 1, document: upload(Buffer.from('x')) },
      never,
      how,
    )
    expect((await failure(late)).failure).toMatchObject({ code: 'timeout', certain: false })
  })

  it('whose source fails is void, and says why', async () => {
    async function* broken() {
      yield new Uint8Array(10)
      throw new BridgeError('The picture is gone.', { code: 'gone', heal: 'never', certain: false })
    }
    const call = api.call(
      'sendDocument',
      { chat_id: 1, document: upload(broken()) },
      never,
      delivering,
    )
    const error = await failure(call)
    expect(error.message).toBe('The picture is gone.')
    expect(error.failure).toMatchObject({ code: 'gone', certain: true })
    expect(wire.asked).toEqual([])
  })

  it('that was cut off in its middle was surely not delivered, and its source is let go', async () => {
    let over = false
    async function* endless() {
      try {
        for (;;) yield new Uint8Array(64 * 1024)
      } finally {
        over = true
      }
    }
    wire.early((request) => {
      request.once('data', () => request.socket.resetAndDestroy())
      return true
    })
    const call = api.call(
      'sendDocument',
      { chat_id: 1, document: upload(endless()) },
      never,
      delivering,
    )
    expect((await failure(call)).failure).toMatchObject({ code: 'network', certain: true })
    await until(() => over, 'the end of the source')
  })

  it('that is refused before its end is over at once', async () => {
    let over = false
    async function* endless() {
      try {
        for (;;) yield new Uint8Array(64 * 1024)
      } finally {
        over = true
      }
    }
    wire.early((request, response) => {
      request.once('data', () => fails(400, 'Bad Request: not enough rights')(response))
      return true
    })
    const call = api.call(
      'sendDocument',
      { chat_id: 1, document: upload(endless()) },
      never,
      delivering,
    )
    expect((await failure(call)).failure.certain).toBe(true)
    await until(() => over, 'the end of the source')
  })
})

async function formOf(from: Wire): Promise<FormData> {
  const last = from.asked.at(-1)
  const headers = { 'content-type': last?.type ?? '' }
  return new Response(new Uint8Array(last?.body ?? []), { headers }).formData()
}
