import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Api } from '../../../adapters/wechat-web/api.ts'
import { Wire } from '../../../adapters/wechat-web/http.ts'
import { markRead } from '../../../adapters/wechat-web/read-mark.ts'
import { defaultTimings } from '../../../adapters/wechat-web/timings.ts'
import type { Chat } from '../../../src/core/chat.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { failure, sendRecall, sendText } from '../../contract/connector/jobs.ts'
import { memoryLog, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { type MediaDesk, mediaDesk, opens } from './media-lab.ts'
import { type Instead, type Recorded, startRecorder } from './recorder.ts'

let sandbox: Sandbox
let desk: MediaDesk
let chat: Chat
let instead: (recorded: Recorded) => Instead | undefined = () => undefined

beforeEach(async () => {
  instead = () => undefined
  sandbox = await startSandbox({ holdMs: 300 })
  desk = await mediaDesk(sandbox, (recorded) => instead(recorded))
  chat = await desk.chat('林小满🌿')
})
afterEach(async () => {
  await desk.stop()
  await sandbox.close()
})

const within = () => AbortSignal.timeout(20_000)
const none = opens(new Uint8Array())
const send = (text: string, to = chat) => desk.connector.send(sendText(to.id, text), none, within())
const bodies = (call = 'webwxsendmsg') =>
  desk.entry.of(call).map((each) => JSON.parse(each.body.toString()))

describe('a text on the wire', () => {
  test('trap 4: ids of 17 digits are strings, and are not rounded', async () => {
    const job = { ...sendText(chat.id, 'x'), clientId: '17000002000000123' }
    const receipt = await desk.connector.send(job, none, within())
    const raw = desk.entry.of('webwxsendmsg')[0]?.body.toString() ?? ''
    expect(raw).toContain('"LocalID":"17000002000000123"')
    expect(raw).toContain('"ClientMsgId":"17000002000000123"')
    expect(sandbox.control.delivered()[0]?.clientId).toBe('17000002000000123')
    await desk.connector.send({ ...sendRecall(chat.id, job), recalls: receipt }, none, within())
    const recall = desk.entry.of('webwxrevokemsg')[0]?.body.toString() ?? ''
    expect(recall).toContain(`"SvrMsgId":"${receipt.ids[0]}"`)
    expect(recall).toContain('"ClientMsgId":"17000002000000123"')
  })

  test('trap 13: is literal UTF-8, so that nobody reads escapes', async () => {
    const text = '你好 / https://a.example/b \\u4e2d <b>&amp; 🙂\u2005"\n\\/'
    await send(text)
    const [recorded] = desk.entry.of('webwxsendmsg')
    const raw = recorded?.body.toString() ?? ''
    expect(raw).toContain('你好 / https://a.example/b')
    expect(raw).not.toMatch(/\\u(?!4e2d)|\\\/(?=\/)/)
    expect(recorded?.headers['content-type']).toBe('application/json; charset=UTF-8')
    expect(sandbox.control.delivered()[0]?.text).toBe(text)
    await send('half \ud83d here')
    expect(sandbox.control.delivered()[1]?.text).toBe('half \ufffd here')
  })

  test('trap 82: always says its Scene', async () => {
    await send('x')
    expect(bodies()[0].Scene).toBe(0)
  })

  test.each(['@fil@/etc/passwd', '@img@/etc/passwd', '@msg@x', '@vid@x', '!wx logout', '/quit'])(
    'trap 85: %s is words and nothing else',
    async (text) => {
      await send(text)
      expect(sandbox.control.delivered()).toMatchObject([{ type: 'text', text }])
      expect(desk.file.all).toEqual([])
    },
  )

  test('trap 81: to oneself goes to the file helper', async () => {
    const self = desk.chats.find((each) => each.kind === 'self')
    if (!self) throw new Error('there is always a chat with oneself')
    await send('note', self)
    expect(bodies()[0].Msg.ToUserName).toBe('filehelper')
    expect(sandbox.control.delivered()).toMatchObject([{ to: 'filehelper', text: 'note' }])
  })

  test('trap 83: that was taken and then refused keeps its receipt; the refusal is a line in the chat', async () => {
    const receipt = await send('are you there')
    await sandbox.control.system('lin', '消息已发出，但被对方拒收了。')
    const line = await until(
      () => desk.messages.find((each) => each.content.kind === 'note'),
      'the grey line',
    )
    expect(line).toMatchObject({
      chat: chat.id,
      sender: { type: 'system' },
      content: { text: '消息已发出，但被对方拒收了。' },
    })
    expect(receipt.ids).toEqual([sandbox.control.delivered()[0]?.id])
    expect(sandbox.control.delivered()).toHaveLength(1)
  })
})

describe('a refusal', () => {
  test.each([3, -3])(
    'trap 30: %i waits for the phone and says so, while receiving goes on',
    async (ret) => {
      sandbox.control.fault({ path: 'webwxsendmsg', how: { ret } })
      const error = await failure(send('x'))
      expect(error.failure).toMatchObject({ heal: 'wait', certain: true, afterMs: 300_000 })
      expect(error.message).toContain('Open WeChat on the phone')
      await sandbox.control.say('lin', 'still here')
      await desk.said('still here')
    },
  )

  test('of -1 is answered by looking the receiver up once, and sending once more under the same id', async () => {
    sandbox.control.fault({ path: 'webwxsendmsg', how: { ret: -1 } })
    const before = desk.entry.of('webwxbatchgetcontact').length
    await send('x')
    const [first, second, ...more] = bodies().map((each) => each.Msg.ClientMsgId)
    expect([second, more]).toEqual([first, []])
    const asked = bodies('webwxbatchgetcontact').slice(before)
    expect(asked.map((each) => each.List)).toEqual([
      [{ UserName: sandbox.control.userName('lin'), EncryChatRoomId: '' }],
    ])
    expect(sandbox.control.delivered()).toHaveLength(1)
  })

  test('of -1 that stays is told; so is what the second try meets', async () => {
    sandbox.control.fault({ path: 'webwxsendmsg', how: { ret: -1 }, times: 2 })
    const stays = await failure(send('x'))
    expect(stays.failure).toMatchObject({ code: 'server', heal: 'retry', certain: true })
    sandbox.control.fault({ path: 'webwxsendmsg', how: { ret: -1 } })
    sandbox.control.fault({ path: 'webwxbatchgetcontact', how: '500', times: 9 })
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'reset' })
    const unclear = await failure(send('y'))
    expect(unclear.failure).toMatchObject({ code: 'network', certain: false })
    expect(bodies()).toHaveLength(4)
  })

  test('of a login that is abnormal ends it, without a login of its own', async () => {
    sandbox.control.fault({ path: 'webwxsendmsg', how: { ret: 1203 } })
    const error = await failure(send('x'))
    expect(error.failure).toMatchObject({ code: 'refused', heal: 'never', certain: true })
    expect(await desk.state('offline')).toMatchObject({ reason: 'refused', relogin: false })
    expect(sandbox.control.session().logins).toBe(1)
  })

  test('of a recall says that it was not recalled, whatever the code', async () => {
    const job = sendText(chat.id, 'oops')
    const recalls = await desk.connector.send(job, none, within())
    for (const ret of [1, -1, 3, 1204, 1205, 4711]) {
      sandbox.control.fault({ path: 'webwxrevokemsg', how: { ret } })
      const recall = { ...sendRecall(chat.id, job), recalls }
      const error = await failure(desk.connector.send(recall, none, within()))
      expect(error.failure.certain).toBe(true)
      expect(error.message).toMatch(/^The message was not recalled/)
    }
    await sandbox.control.recall(recalls.ids[0] ?? '', 'phone')
    const told = await until(() => desk.messages.find((each) => each.content.kind === 'recall'))
    expect(told.sender.type).toBe('myself')
  })
})

test('a chat is marked as read by a status of code 1', async () => {
  const body = '{"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"1"}'
  const server = await startRecorder('', () => ({ body }))
  const { origin } = server
  const wire = new Wire('test', realClock, memoryLog())
  wire.allow([origin])
  const session = {
    uin: '2718281828',
    sid: 's',
    skey: '@crypt_1',
    passTicket: 'p+/=',
    hosts: { entry: origin, file: origin, push: origin },
    cookies: {},
    syncKey: { Count: 0, List: [] },
    checkKey: { Count: 0, List: [] },
    self: { UserName: '@me' },
  }
  const api = new Api(session, wire, defaultTimings, realClock, Math.random)
  await markRead(api, '@lin', within())
  const [asked] = server.of('webwxstatusnotify')
  expect(JSON.parse(asked?.body.toString() ?? '{}')).toMatchObject({
    BaseRequest: { Uin: 2718281828, Skey: '@crypt_1' },
    Code: 1,
    FromUserName: '@me',
    ToUserName: '@lin',
    ClientMsgId: expect.any(Number),
  })
  await wire.close()
  await server.close()
})
