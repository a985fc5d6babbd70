import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { puppet } from '../../adapters/wechat-puppet/kind.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { defaults, fast, ports } from '../adapters/wechat-puppet/lab.ts'
import { Facts, type Running, runConnector } from '../contract/connector/bench.ts'
import {
  bytesOf,
  failure,
  jpeg,
  opened,
  sendPicture,
  sendRecall,
  sendText,
  sha,
} from '../contract/connector/jobs.ts'
import { memoryLog, memoryVault } from '../support/ports.ts'
import { until } from '../support/until.ts'

// wechaty-puppet-wechat4u as npm has it, in its thread, with a WeChat of our own at the other end.

const hook = fileURLToPath(new URL('../sim/puppet/reroute.ts', import.meta.url))
const friend = '林小满🌿'
const group = '周末爬山队⛰'

let sandbox: Sandbox
let running: Running[]
const vault = memoryVault()
const log = memoryLog()

beforeEach(async () => {
  running = []
  vault.entries.clear()
  sandbox = await startSandbox({ holdMs: 400, pushLogin: false })
  process.env.SANDBOX_ORIGIN = sandbox.origin
})

afterEach(async () => {
  delete process.env.SANDBOX_ORIGIN
  await Promise.all(running.map((each) => each.stop()))
  await sandbox.close()
})

async function started(): Promise<Running> {
  const section = {
    ...defaults,
    package: 'wechaty-puppet-wechat4u',
    ids: 'session' as const,
    account: 'mine',
    timings: fast,
    execArgv: ['--import', hook],
  }
  const one = runConnector(await puppet.create(section, ports(vault, log)), new Facts())
  running.push(one)
  return one
}

/** Scans each code that is shown, as people do: after a logout this puppet may begin twice, and shows two. */
async function confirmed(one: Running): Promise<Running> {
  let scanned: string | undefined
  await until(
    async () => {
      const shown = one.facts.last()
      if (shown?.state === 'scan' && shown.qr !== scanned) {
        await sandbox.control.scan()
        await sandbox.control.confirm()
        scanned = shown.qr
      }
      return shown?.state === 'online'
    },
    () => `being online, of which it told ${JSON.stringify(one.facts.logins)}`,
  )
  return one
}

const online = async () => confirmed(await started())

const chatOf = (one: Running, kind: 'friend' | 'group', name: string) =>
  until(() => one.facts.chat(kind, name), `the chat ${name}`)

const lastDelivered = () => until(() => sandbox.control.delivered().at(-1), 'a delivery')

test('texts go both ways, to a friend and to a group, character by character', async () => {
  const one = await online()
  const words = 'a "b" 第二行 🙂'
  await sandbox.control.say('lin', words)
  const said = await one.facts.said(words)
  expect(said.sender).toMatchObject({ type: 'contact', contact: { name: friend } })
  await sandbox.control.say('wu', 'in the group', 'hikers')
  const there = await one.facts.said('in the group')
  expect(there.sender).toMatchObject({ type: 'group' })
  expect(there.chat).toBe((await chatOf(one, 'group', group)).id)

  await one.send(sendText(said.chat, 'to the friend'))
  expect(await lastDelivered()).toMatchObject({ to: 'lin', text: 'to the friend' })
  await one.send(sendText(there.chat, 'to the group'))
  expect(await lastDelivered()).toMatchObject({ to: 'hikers', text: 'to the group' })
  await sandbox.control.phoneSay('lin', 'from the phone')
  const phone = await one.facts.said('from the phone')
  expect(phone).toMatchObject({ sender: { type: 'myself' }, chat: said.chat })
  expect(one.facts.texts()).toEqual([words, 'in the group', 'from the phone'])
})

test('pictures go both ways with equal bytes', async () => {
  const one = await online()
  const received = jpeg(200_000)
  await sandbox.control.picture('lin', received)
  const media = await until(() => one.facts.pictures()[0], 'the picture')
  const got = await one.connector.download(media, AbortSignal.timeout(20_000))
  expect(sha(await bytesOf(got.stream))).toBe(sha(received))
  expect(got.mime).toBe('image/jpeg')

  const chat = await chatOf(one, 'friend', friend)
  const sent = jpeg(300_000)
  await one.send(sendPicture(chat.id, 'image/jpeg'), async () => opened(sent, 'image/jpeg'))
  const arrived = await lastDelivered()
  expect(arrived.to).toBe('lin')
  expect(sha(arrived.bytes ?? new Uint8Array())).toBe(sha(sent))
})

test('what a friend takes back is told; what this puppet sent cannot be, and the reason is said', async () => {
  const one = await online()
  const id = await sandbox.control.say('lin', 'hasty')
  const said = await one.facts.said('hasty')
  // As protocol §5.7 shows it; that of the sandbox has its quotes as entities, which this puppet cannot read.
  await sandbox.control.inject({
    MsgType: 10002,
    FromUserName: '<lin>',
    Content:
      '&lt;sysmsg type="revokemsg"&gt;&lt;revokemsg&gt;&lt;session&gt;wxid_lin&lt;/session&gt;' +
      `&lt;oldmsgid&gt;1072643834&lt;/oldmsgid&gt;&lt;msgid&gt;${id}&lt;/msgid&gt;&lt;replacemsg&gt;` +
      '&lt;![CDATA["林小满" 撤回了一条消息]]&gt;&lt;/replacemsg&gt;&lt;/revokemsg&gt;&lt;/sysmsg&gt;',
  })
  const recall = await until(
    () => one.facts.messages.find((each) => each.content.kind === 'recall'),
    'the recall',
  )
  expect(recall.content).toMatchObject({
    target: { aliases: expect.arrayContaining([...said.aliases]) },
  })
  const job = sendText(said.chat, 'oops')
  const receipt = await one.send(job)
  const error = await failure(one.send({ ...sendRecall(said.chat, job), recalls: receipt }))
  expect(error.failure).toMatchObject({ reason: 'noId', certain: true })
  expect(sandbox.control.delivered().at(-1)).toMatchObject({ text: 'oops', recalled: false })
})

test('a restart goes on with the same login and the same chats, without a code', async () => {
  const one = await online()
  await sandbox.control.say('lin', 'before')
  const before = await one.facts.said('before')
  await one.stop()
  const again = await started()
  await until(() => again.facts.last()?.state === 'online', 'being online again')
  expect(again.facts.logins.map((each) => each.state)).toEqual(['online'])
  await sandbox.control.say('lin', 'after')
  expect((await again.facts.said('after')).chat).toBe(before.chat)
})

test('after a new login an id of the one before reaches nobody', async () => {
  const one = await online()
  await sandbox.control.say('lin', 'before')
  const before = await one.facts.said('before')
  await sandbox.control.kick()
  await until(() => one.facts.last()?.state === 'offline', 'going offline')
  expect(one.facts.last()).toMatchObject({ reason: 'kicked', relogin: true })
  expect(one.connector.login()).toBe(true)
  await confirmed(one)
  await sandbox.control.say('lin', 'after')
  const after = await one.facts.said('after')
  expect(after.chat).not.toBe(before.chat)
  expect(after.account).toBe(before.account)
  const error = await failure(one.send(sendText(before.chat, 'to whom?')))
  expect(error.failure).toMatchObject({ code: 'gone', certain: true })
  expect(sandbox.control.delivered()).toEqual([])
})

test('nothing that was said, and no token, is in the log', async () => {
  const one = await online()
  await sandbox.control.say('lin', 'a very secret word')
  await one.facts.said('a very secret word')
  expect(log.text()).not.toContain('secret word')
})
