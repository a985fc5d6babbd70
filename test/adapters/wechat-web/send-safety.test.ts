import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Live } from '../../../adapters/wechat-web/live.ts'
import { stillFor } from '../../../adapters/wechat-web/receiver.ts'
import { Sent } from '../../../adapters/wechat-web/sent.ts'
import { type ChatId, chatId } from '../../../src/core/ids.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { failure, opened, sendRecall, sendText } from '../../contract/connector/jobs.ts'
import { memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, online } from './lab.ts'
import { type MediaDesk, mediaDesk, opens, pdf, sendMedia } from './media-lab.ts'

let sandbox: Sandbox
let desk: MediaDesk
beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 300 })
  desk = await mediaDesk(sandbox)
})
afterEach(async () => {
  await desk.stop()
  await sandbox.close()
})

const within = () => AbortSignal.timeout(20_000)
const none = async () => opened(new Uint8Array(), '')
const lin = (at: Desk = desk) => at.chat('林小满🌿')

test.each(['text', 'recall'] as const)(
  'a stop lets a %s that is under way get its answer',
  async (kind) => {
    const { id } = await lin()
    const text = sendText(id, 'on its way')
    let job = text
    if (kind === 'recall') {
      const recalls = await desk.connector.send(text, none, within())
      job = { ...sendRecall(id, text), recalls } as typeof job
    }
    const call = kind === 'text' ? 'webwxsendmsg' : 'webwxrevokemsg'
    sandbox.control.fault({ path: call, how: { delayMs: 300 } })
    const sending = desk.connector.send(job, none, within())
    await until(() => desk.entry.of(call).length > 0, 'the call')
    const [receipt] = await Promise.all([sending, desk.stop()])
    expect(receipt.ids).toHaveLength(1)
  },
)

test('a connection that breaks after the request, however it calls that, may have carried it', async () => {
  const { id } = await lin()
  sandbox.control.fault({ path: 'webwxsendmsg', how: 'hang' })
  const sockets = new Set<Socket>()
  const see = (event: unknown) => void sockets.add((event as { socket: Socket }).socket)
  subscribe('undici:client:sendHeaders', see)
  const failed = failure(desk.connector.send(sendText(id, 'x'), none, within()))
  await until(() => desk.entry.of('webwxsendmsg').length > 0, 'the call')
  unsubscribe('undici:client:sendHeaders', see)
  const broken = { code: 'EHOSTUNREACH', syscall: 'read' }
  for (const socket of sockets) socket.destroy(Object.assign(new Error('read'), broken))
  expect((await failed).failure).toMatchObject({ code: 'network', certain: false })
})

test('a recall that cannot be written down is surely not made', async () => {
  const vault = memoryVault()
  const own = await online(sandbox, connectorTo(sandbox.origin, vault))
  const { id } = await lin(own)
  const job = sendText(id, 'x')
  const recalls = await own.connector.send(job, none, within())
  const { set } = vault
  vault.set = async () => Promise.reject(new Error('the disk is full'))
  const recall = { ...sendRecall(id, job), recalls }
  const error = await failure(own.connector.send(recall, none, within()))
  vault.set = set
  expect(error.failure.certain).toBe(true)
  expect(error.message).toContain('not recalled')
  expect(
    sandbox.control
      .requests()
      .map((each) => each.url)
      .join(),
  ).not.toContain('revokemsg')
  await own.stop()
})

test('what cannot be sent in this login is known before anything is tried', async () => {
  const { id } = await lin()
  const check = (chat: ChatId) => () => desk.connector.check?.(sendText(chat, 'x'))
  expect(check(id)).not.toThrow()
  const account = id.split('/')[0]
  expect(check(chatId(`${account}/nobody`))).toThrow(/not known in the present login/)
  await sandbox.control.kick()
  await desk.state('offline')
  expect(check(id)).toThrow(/not logged in/)
})

test('a mime that breaks lines does not reach the upload', async () => {
  const { id } = await lin()
  const mime = 'text/plain\r\nX-Other: 1\r\n\r\n'
  const job = sendMedia(id, 'file', mime, { name: 'a.xyz' })
  await desk.connector.send(job, opens(Buffer.from('words'), mime), within())
  const form = String(desk.file.of('webwxuploadmedia')[0]?.body)
  expect(form).toContain('name="type"\r\n\r\napplication/octet-stream\r\n')
  expect(form).not.toContain('X-Other')
})

test('a send that outlives its session does not make the next one forget what it sent', async () => {
  const vault = memoryVault()
  const own = await online(sandbox, connectorTo(sandbox.origin, vault))
  const { id } = await lin(own)
  const first = sendText(id, 'slow')
  sandbox.control.fault({ path: 'webwxsendmsg', how: { delayMs: 1500 } })
  const before = own.connector.send(first, none, within()).catch(() => undefined)
  const asked = () => sandbox.control.requests().some(({ url }) => url.includes('webwxsendmsg'))
  await until(asked, 'the call')
  await sandbox.control.kick()
  await own.state('offline')
  own.connector.login({ code: true })
  await own.state('online')
  const second = sendText((await lin(own)).id, 'in the next login')
  await own.connector.send(second, none, within())
  await before
  const uin = own.logins.flatMap((each) => (each.state === 'online' ? [each.account] : []))[0]
  const kept = await Sent.open(vault, uin?.slice(3) ?? '', Date.now())
  expect(kept.outcome(second.clientId, Date.now())).toHaveProperty('msgId')
  await own.stop()
})

describe('an upload takes long', () => {
  test('and ends with its session: nothing of it goes on in the next', async () => {
    const { id } = await lin()
    const bytes = pdf(1_500_000)
    const rest = Promise.withResolvers<void>()
    let reads = 0
    const open = async () => {
      reads += 1
      if (reads === 1) return opened(bytes, 'application/pdf')
      const stream = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(bytes.subarray(0, 600_000))
          await rest.promise
          controller.enqueue(bytes.subarray(600_000))
          controller.close()
        },
      })
      return { stream, mime: 'application/pdf' }
    }
    const job = sendMedia(id, 'file', 'application/pdf', { name: 'a.pdf' })
    const failed = failure(desk.connector.send(job, open, within()))
    await until(() => desk.file.of('webwxuploadmedia').length === 1, 'the first chunk')
    await sandbox.control.kick()
    await desk.state('offline')
    desk.connector.login({ code: true })
    await desk.state('online')
    rest.resolve()
    const expected = { code: 'session', heal: 'relogin', certain: true }
    expect((await failed).failure).toMatchObject(expected)
    expect(desk.file.of('webwxuploadmedia')).toHaveLength(1)
    expect(desk.entry.of('webwxsendappmsg')).toHaveLength(0)
  })

  test('and is not sent to whom it was not for, should the chat turn out to be another', async () => {
    const names = { userName: () => '@now', account: 'wx:1' }
    const live = { online: true, people: names } as unknown as Live
    const job = sendText(chatId('wx:1/c'), 'x')
    expect(() => stillFor(live, job, '@now')).not.toThrow()
    expect(() => stillFor(live, job, '@before')).toThrow(/not sent: WeChat has shown/)
    const over = { ...live, online: false } as unknown as Live
    expect(() => stillFor(over, job, '@now')).toThrow(/not logged in/)
  })
})
