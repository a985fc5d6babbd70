import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fault, Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { failure, jpeg, opened, sendPicture, sendText, sha } from '../../contract/connector/jobs.ts'
import { memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, online, quick, run } from './lab.ts'

let sandbox: Sandbox
let desk: Desk
const vault = () => memory
let memory = memoryVault()

beforeEach(async () => {
  memory = memoryVault()
  sandbox = await startSandbox({ holdMs: 300 })
  desk = await online(sandbox, connectorTo(sandbox.origin, vault()))
})
afterEach(async () => {
  await desk.stop()
  await sandbox.close()
})

const within = () => AbortSignal.timeout(20_000)
const none = async () => opened(new Uint8Array(), '')
const states = () => desk.logins.map((each) => each.state)

type How = Fault['how']

describe('sending, whatever the server answers', () => {
  test.each<[How, object]>([
    ['empty', { code: 'server', heal: 'retry', certain: false }],
    ['truncated', { code: 'server', heal: 'retry', certain: false }],
    ['html', { code: 'server', heal: 'retry', certain: false }],
    ['500', { code: 'server', heal: 'retry', certain: false }],
    ['502', { code: 'server', heal: 'retry', certain: false }],
    ['reset', { code: 'network', heal: 'retry', certain: false }],
    [{ ret: 1 }, { code: 'refused', heal: 'never', certain: true }],
    [{ ret: 1204 }, { code: 'refused', heal: 'never', certain: true }],
    [{ ret: 4711 }, { code: 'refused', heal: 'never', certain: true }],
    [{ body: '{"BaseResponse":{"Ret":0},"MsgID":""}' }, { code: 'server', certain: false }],
  ])('a text answered with %j', async (how, expected) => {
    const chat = await desk.chat('林小满🌿')
    sandbox.control.fault({ path: 'webwxsendmsg', how })
    const error = await failure(desk.connector.send(sendText(chat.id, 'secret'), none, within()))
    expect(error.failure).toMatchObject(expected)
    expect(error.message).toMatch(/not.* sent/)
    expect(error.message).not.toContain('secret')
    await desk.connector.send(sendText(chat.id, 'next'), none, within())
    expect(sandbox.control.delivered().at(-1)).toMatchObject({ text: 'next' })
  })

  test('a server that never answers may have taken it', async () => {
    const chat = await desk.chat('林小满🌿')
    await desk.stop()
    const timeouts = { ...quick, call: 300 }
    desk = run(connectorTo(sandbox.origin, vault(), undefined, { timeouts }), sandbox.control)
    await desk.state('online')
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'hang' })
    const error = await failure(desk.connector.send(sendText(chat.id, 'x'), none, within()))
    expect(error.failure).toMatchObject({ code: 'timeout', heal: 'retry', certain: false })
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'hang' })
    const short = AbortSignal.timeout(100)
    const given = await failure(desk.connector.send(sendText(chat.id, 'y'), none, short))
    expect(given.failure).toMatchObject({ code: 'timeout', certain: false })
  })

  test('what a crash kept from being sent is known to be absent', async () => {
    const chat = await desk.chat('林小满🌿')
    const since = Date.now()
    await desk.stop()
    const again = connectorTo(sandbox.origin, vault())
    expect(await again.find(sendText(chat.id, 'x'), since, within())).toBe('absent')
    expect(await again.find(sendText(chat.id, 'x'), 1000, within())).toBe('unknown')
  })

  test('too often is worth another try after some minutes, however often it is said', async () => {
    const chat = await desk.chat('林小满🌿')
    for (const n of [1, 2, 3]) {
      sandbox.control.fault({ path: 'webwxsendmsg', how: { ret: 1205 } })
      const error = await failure(desk.connector.send(sendText(chat.id, `${n}`), none, within()))
      const expected = { code: 'rate', heal: 'wait', certain: true, afterMs: 300_000 }
      expect(error.failure).toMatchObject(expected)
    }
  })

  test.each([1100, 1101, 1102, -14])('Ret %i ends the session; it was not sent', async (ret) => {
    const chat = await desk.chat('林小满🌿')
    sandbox.control.fault({ path: 'webwxsendmsg', how: { ret } })
    const error = await failure(desk.connector.send(sendText(chat.id, 'x'), none, within()))
    expect(error.failure).toMatchObject({ code: 'session', heal: 'relogin', certain: true })
    expect(await desk.state('offline')).toMatchObject({ reason: 'kicked' })
  })

  test('a server that is gone certainly did not take it', async () => {
    const chat = await desk.chat('林小满🌿')
    await sandbox.close()
    // A kept connection may break under the first one, which is then honest about not knowing.
    const error = await until(async () => {
      const each = await failure(desk.connector.send(sendText(chat.id, 'x'), none, within()))
      return each.failure.certain && each
    })
    expect(error.failure).toMatchObject({ code: 'network', heal: 'retry' })
    expect(await desk.connector.find(sendText(chat.id, 'y'), Date.now(), within())).toBe('absent')
  })

  test('a retry carries the same ClientMsgId, so the receiver has it once', async () => {
    const chat = await desk.chat('林小满🌿')
    const job = sendText(chat.id, 'once')
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'reset' })
    await failure(desk.connector.send(job, none, within()))
    const receipt = await desk.connector.send(job, none, within())
    const [delivered, ...more] = sandbox.control.delivered()
    expect(delivered).toMatchObject({ clientId: job.clientId, id: receipt.ids[0] })
    expect(more).toEqual([])
  })

  test('a lone surrogate is replaced, a text of blanks is refused', async () => {
    const chat = await desk.chat('林小满🌿')
    await desk.connector.send(sendText(chat.id, 'a\ud83db'), none, within())
    expect(sandbox.control.delivered()[0]?.text).toBe('a\ufffdb')
    const error = await failure(desk.connector.send(sendText(chat.id, ' \n'), none, within()))
    expect(error.failure).toMatchObject({ heal: 'never', certain: true })
  })

  test.each<How>(['empty', 'html', 'truncated', '500', '502', 'reset', 'refuse'])(
    'an upload that once answers %s still arrives whole',
    async (how) => {
      const chat = await desk.chat('林小满🌿')
      const bytes = jpeg(1_100_000)
      sandbox.control.fault({ path: 'webwxuploadmedia', how })
      const open = async () => opened(bytes, 'image/jpeg')
      await desk.connector.send(sendPicture(chat.id, 'image/jpeg'), open, within())
      expect(sha(sandbox.control.delivered()[0]?.bytes ?? new Uint8Array())).toBe(sha(bytes))
    },
  )

  test('an upload that goes on failing certainly sent nothing', async () => {
    const chat = await desk.chat('林小满🌿')
    sandbox.control.fault({ path: 'webwxuploadmedia', how: '502', times: 99 })
    const tiny = jpeg(9)
    const open = async () => opened(tiny, 'image/jpeg')
    const error = await failure(
      desk.connector.send(sendPicture(chat.id, 'image/jpeg'), open, within()),
    )
    expect(error.failure).toMatchObject({ code: 'server', heal: 'retry', certain: true })
    expect(sandbox.control.delivered()).toEqual([])
  })

  test('trap 75: a MediaId given with 1205 is somebody else’s picture and is not sent', async () => {
    const chat = await desk.chat('林小满🌿')
    const body = '{"BaseResponse":{"Ret":1205,"ErrMsg":""},"MediaId":"@crypt_foreign"}'
    sandbox.control.fault({ path: 'webwxuploadmedia', how: { body } })
    const tiny = jpeg(9)
    const open = async () => opened(tiny, 'image/jpeg')
    const error = await failure(
      desk.connector.send(sendPicture(chat.id, 'image/jpeg'), open, within()),
    )
    expect(error.failure).toMatchObject({ code: 'rate', certain: true })
    expect(sandbox.control.requests().some((each) => each.url.includes('sendmsgimg'))).toBe(false)
  })

  test.each([1100, 1101])(
    'an upload refused with %i is checked before the session is given up',
    async (ret) => {
      const chat = await desk.chat('林小满🌿')
      sandbox.control.fault({ path: 'webwxuploadmedia', how: { ret } })
      const tiny = jpeg(9)
      const open = async () => opened(tiny, 'image/jpeg')
      const error = await failure(
        desk.connector.send(sendPicture(chat.id, 'image/jpeg'), open, within()),
      )
      expect(error.failure).toMatchObject({ code: 'server', heal: 'retry', certain: true })
      await desk.connector.send(sendPicture(chat.id, 'image/jpeg'), open, within())
      expect(states()).not.toContain('offline')
    },
  )

  test('a picture that is too large is never uploaded, however long it is', async () => {
    const chat = await desk.chat('林小满🌿')
    const endless = async () => ({
      mime: 'image/jpeg',
      stream: new ReadableStream<Uint8Array>({
        pull: (each) => each.enqueue(new Uint8Array(65_536)),
      }),
    })
    const error = await failure(
      desk.connector.send(sendPicture(chat.id, 'image/jpeg'), endless, within()),
    )
    expect(error.failure).toMatchObject({ code: 'tooLarge', heal: 'never', certain: true })
    expect(sandbox.control.requests().some((each) => each.url.includes('upload'))).toBe(false)
  })

  test('chunks are 512 KiB, one after another', async () => {
    const chat = await desk.chat('林小满🌿')
    const bytes = jpeg(524_288 * 3)
    const open = async () => opened(bytes, 'image/jpeg')
    await desk.connector.send(sendPicture(chat.id, 'image/jpeg'), open, within())
    const uploads = sandbox.control.requests().filter((each) => each.url.includes('upload'))
    expect(uploads).toHaveLength(4)
  })

  test('a recall that comes too late is refused in words', async () => {
    const chat = await desk.chat('林小满🌿')
    const job = sendText(chat.id, 'x')
    const receipt = await desk.connector.send(job, none, within())
    const body = { kind: 'recall', target: job.message, part: 0 } as const
    sandbox.control.fault({
      path: 'webwxrevokemsg',
      how: { body: '{"BaseResponse":{"Ret":1,"ErrMsg":"发送时间超过2分钟的消息，不能被撤回。"}}' },
    })
    const late = { ...sendText(chat.id, ''), body, recalls: receipt }
    const error = await failure(desk.connector.send(late, none, within()))
    expect(error.failure).toMatchObject({ code: 'refused', heal: 'never', certain: true })
    expect(error.message).toContain('不能被撤回')
    const lost = await failure(
      desk.connector.send({ ...sendText(chat.id, ''), body }, none, within()),
    )
    expect(lost.failure).toMatchObject({ code: 'gone', heal: 'never' })
  })
})
