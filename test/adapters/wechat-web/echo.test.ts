import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Chat } from '../../../src/core/chat.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { failure, jpeg, sendText } from '../../contract/connector/jobs.ts'
import { until } from '../../support/until.ts'
import { gif, type MediaDesk, mediaDesk, mp4, opens, pdf, sendMedia } from './media-lab.ts'

let sandbox: Sandbox
let desk: MediaDesk
let chat: Chat

beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 300 })
  desk = await mediaDesk(sandbox)
  chat = await desk.chat('林小满🌿')
})
afterEach(async () => {
  await desk.stop()
  await sandbox.close()
})

const within = () => AbortSignal.timeout(20_000)
const none = opens(new Uint8Array())
const mine = () => desk.messages.filter((each) => each.sender.type === 'myself')

/** Everything said before this has been heard. */
async function heard() {
  await sandbox.control.say('lin', `heard ${Math.random()}`)
  await sandbox.control.settled()
  const count = desk.messages.length
  await sandbox.control.say('lin', 'the end')
  await until(() => desk.messages.length > count, 'what was said last')
}

describe('a text of ours that comes back', () => {
  test('before its answer is no news', async () => {
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'slow' })
    const sending = desk.connector.send(sendText(chat.id, 'quick'), none, within())
    const arrived = await sandbox.control.waitDelivered((each) => each.text === 'quick')
    await sandbox.control.repeat(arrived.id)
    await sending
    await heard()
    expect(mine()).toEqual([])
    expect(desk.echoes).toEqual([])
  })

  test('after its answer was lost proves that it was delivered, and is no news', async () => {
    const job = sendText(chat.id, 'unclear')
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'reset' })
    const error = await failure(desk.connector.send(job, none, within()))
    expect(error.failure.certain).toBe(false)
    expect(await desk.connector.find(job, Date.now(), within())).toBe('unknown')
    const { id } = await sandbox.control.waitDelivered((each) => each.text === 'unclear')
    await sandbox.control.repeat(id)
    await until(() => desk.echoes[0], 'the echo')
    expect(desk.echoes).toMatchObject([{ key: job.key, receipt: { ids: [id] } }])
    expect(await desk.connector.find(job, Date.now(), within())).toMatchObject({ ids: [id] })
    expect(mine()).toEqual([])
  })

  test('is told from what the phone says at the same time', async () => {
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'slow' })
    const sending = desk.connector.send(sendText(chat.id, 'ok'), none, within())
    await sandbox.control.waitDelivered((each) => each.text === 'ok')
    await sandbox.control.phoneSay('lin', 'ok')
    await sandbox.control.phoneSay('lin', 'other')
    await sending
    await desk.said('other')
    expect(mine().map((each) => each.content)).toEqual([
      { kind: 'text', text: 'ok' },
      { kind: 'text', text: 'other' },
    ])
    expect(desk.echoes).toEqual([])
  })
})

describe('while it is not known whether something was sent', () => {
  test('the same words from the phone settle it, once: they are said, and shown, one time', async () => {
    const job = sendText(chat.id, 'ok')
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'refuse' })
    await failure(desk.connector.send(job, none, within()))
    await sandbox.control.phoneSay('lin', 'ok')
    await until(() => desk.echoes[0], 'the echo')
    await sandbox.control.phoneSay('lin', 'ok')
    await until(() => mine()[0], 'what the phone said again')
    expect(desk.echoes).toHaveLength(1)
  })

  test('other words, and the same ones elsewhere, are the phone’s', async () => {
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'refuse' })
    await failure(desk.connector.send(sendText(chat.id, 'ok'), none, within()))
    await sandbox.control.phoneSay('lin', 'ok!')
    await sandbox.control.phoneSay('hikers', 'ok')
    await desk.said('ok')
    expect(mine()).toHaveLength(2)
    expect(desk.echoes).toEqual([])
  })

  test('another picture from the phone is shown, and does not settle a picture', async () => {
    const bytes = jpeg(900)
    const job = sendMedia(chat.id, 'image', 'image/jpeg')
    sandbox.control.fault({ path: 'webwxsendmsgimg', how: 'reset' })
    await failure(desk.connector.send(job, opens(bytes), within()))
    await sandbox.control.phonePicture('lin', jpeg(901))
    const shown = await until(() => mine()[0], 'the phone’s picture')
    expect(shown.content.kind).toBe('image')
    expect(desk.echoes).toEqual([])
    // Its own echo names the MD5 of its bytes.
    const { id } = sandbox.control.delivered()[0] ?? { id: '' }
    const md5 = createHash('md5').update(bytes).digest('hex')
    await sandbox.control.inject({
      MsgId: id,
      MsgType: 3,
      FromUserName: '<me>',
      ToUserName: '<lin>',
      CreateTime: Math.floor(Date.now() / 1000),
      Content: `&lt;msg&gt;&lt;img length="${bytes.length}" md5="${md5}"/&gt;&lt;/msg&gt;`,
    })
    await until(() => desk.echoes[0], 'the echo')
    expect(desk.echoes).toMatchObject([{ key: job.key, receipt: { ids: [id] } }])
    expect(mine()).toHaveLength(1)
  })
})

describe('where WeChat gives back everything that is sent', () => {
  let echoing: Sandbox
  let other: MediaDesk
  let lin: Chat
  beforeEach(async () => {
    echoing = await startSandbox({ holdMs: 300, echoOwnSends: true })
    other = await mediaDesk(echoing)
    lin = await other.chat('林小满🌿')
  })
  afterEach(async () => {
    await other.stop()
    await echoing.close()
  })

  const kinds = [
    ['text', 'webwxsendmsg', () => sendText(lin.id, 'x <y> & 🙂\n[微笑]'), new Uint8Array()],
    ['image', 'webwxsendmsgimg', () => sendMedia(lin.id, 'image', ''), jpeg(900)],
    ['sticker', 'webwxsendemoticon', () => sendMedia(lin.id, 'image', ''), gif(900)],
    ['video', 'webwxsendvideomsg', () => sendMedia(lin.id, 'video', ''), mp4(900)],
    [
      'file',
      'webwxsendappmsg',
      () => sendMedia(lin.id, 'file', '', { name: '季度 "报告" &<v2>.pdf' }),
      pdf(900),
    ],
  ] as const

  test.each(kinds)('a %s is never shown a second time', async (_kind, _call, job, bytes) => {
    await other.connector.send(job(), opens(bytes), within())
    await echoing.control.say('lin', 'seen')
    await other.said('seen')
    expect(other.messages.filter((each) => each.sender.type === 'myself')).toEqual([])
    expect(other.echoes).toEqual([])
  })

  test.each(kinds)(
    'a %s whose answer was lost is settled, and not shown a second time',
    async (_kind, call, job, bytes) => {
      const send = job()
      echoing.control.fault({ path: call, how: 'reset' })
      const error = await failure(other.connector.send(send, opens(bytes), within()))
      expect(error.failure).toMatchObject({ heal: 'retry', certain: false })
      await until(() => other.echoes[0], 'the echo')
      const [delivered] = echoing.control.delivered()
      expect(other.echoes).toMatchObject([{ key: send.key, receipt: { ids: [delivered?.id] } }])
      await echoing.control.say('lin', 'seen')
      await other.said('seen')
      expect(other.messages.filter((each) => each.sender.type === 'myself')).toEqual([])
    },
  )
})
