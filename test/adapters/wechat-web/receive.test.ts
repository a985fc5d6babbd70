import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fault, Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { failure, opened, sendText } from '../../contract/connector/jobs.ts'
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

const batches = () =>
  sandbox.control.requests().filter((each) => each.url.includes('webwxbatchgetcontact')).length

type How = Fault['how']

describe('receiving, whatever the server answers', () => {
  const bad: readonly How[] = [
    'empty',
    'truncated',
    'html',
    '500',
    '502',
    'reset',
    'refuse',
    'slow',
  ]

  test.each(bad)('synccheck and webwxsync that answer %s lose nothing', async (how) => {
    for (const path of ['synccheck', 'webwxsync']) sandbox.control.fault({ path, how, times: 2 })
    await sandbox.control.say('lin', 'one')
    await sandbox.control.say('wu', 'two', 'hikers')
    await desk.said('one')
    await desk.said('two')
    expect(desk.messages).toHaveLength(2)
    expect(states()).not.toContain('kicked')
  })

  test('a server that hangs is asked again', async () => {
    await desk.stop()
    const timeouts = { ...quick, call: 300 }
    desk = run(connectorTo(sandbox.origin, vault(), undefined, { timeouts }), sandbox.control)
    await desk.state('online')
    sandbox.control.fault({ path: 'webwxsync', how: 'hang' })
    await sandbox.control.say('lin', 'patience')
    await desk.said('patience')
  })

  test.each([1100, 1101, 1102, 1203])('retcode %i ends the session, said once', async (ret) => {
    sandbox.control.fault({ path: 'synccheck', how: { ret } })
    const reason = ret === 1203 ? 'refused' : 'kicked'
    expect(await desk.state('offline')).toMatchObject({ reason, relogin: ret !== 1203 })
    expect(states().filter((each) => each === 'offline')).toHaveLength(1)
  })

  test.each([1100, 1101, 1102])('Ret %i of webwxsync ends the session', async (ret) => {
    sandbox.control.fault({ path: 'webwxsync', how: { ret } })
    await sandbox.control.say('lin', 'x')
    expect(await desk.state('offline')).toMatchObject({ reason: 'kicked' })
  })

  test.each([-1, 1, 1205, 4711])('Ret %i of webwxsync is outlived', async (ret) => {
    sandbox.control.fault({ path: 'webwxsync', how: { ret }, times: 2 })
    await sandbox.control.say('lin', 'x')
    await desk.said('x')
    expect(states()).not.toContain('offline')
  })

  test.each([1205, 4711])('retcode %i of synccheck is outlived', async (ret) => {
    sandbox.control.fault({ path: 'synccheck', how: { ret } })
    await sandbox.control.say('lin', 'x')
    await desk.said('x')
    expect(states()).not.toContain('offline')
  })

  test('nonsense without end is given up, once, and a person may log in again', async () => {
    sandbox.control.fault({ path: 'synccheck', how: 'html', times: 99 })
    sandbox.control.fault({ path: 'webwxsync', how: 'html', times: 10 })
    const offline = await until(() =>
      desk.logins.find((each) => 'reason' in each && each.reason === 'kicked'),
    )
    expect(offline).toMatchObject({ relogin: true, detail: expect.stringContaining('no sense') })
  })

  test('a server away is said once, and so is its return', async () => {
    sandbox.control.fault({ path: 'synccheck', how: '502', times: 9 })
    sandbox.control.fault({ path: 'webwxsync', how: '502', times: 9 })
    await sandbox.control.say('lin', 'back')
    await desk.said('back')
    await desk.state('online')
    const tail = desk.logins.slice(-2)
    expect(tail).toMatchObject([{ state: 'offline', reason: 'unreachable' }, { state: 'online' }])
    expect(states().filter((each) => each === 'offline')).toHaveLength(1)
  })

  test('null lists and elements that are no messages do no harm', async () => {
    const before = desk.messages.length
    const key = '{"Count":0,"List":[]}'
    const body = `{"BaseResponse":{"Ret":0},"AddMsgList":[null,1,"x",[],{},{"CreateTime":{"toString":false},"MsgType":{"valueOf":1}}],"ModContactList":null,"DelContactList":[{}],"ModChatRoomMemberList":null,"Profile":null,"SyncKey":${key},"SyncCheckKey":${key}}`
    sandbox.control.fault({ path: 'webwxsync', how: { body } })
    await sandbox.control.say('lin', 'fine')
    await desk.said('fine')
    expect(desk.messages.length - before).toBe(1)
  })

  test('many messages in several answers keep their order', async () => {
    const texts = Array.from({ length: 70 }, (_, index) => `m${index}`)
    for (const text of texts) await sandbox.control.say('lin', text)
    await desk.said('m69')
    expect(desk.messages.map((each) => 'text' in each.content && each.content.text)).toEqual(texts)
  })

  test('a group met through a message is known before it, unnamed ones by their members', async () => {
    await sandbox.control.say('mei', 'fresh eggs', 'market')
    const message = await desk.said('fresh eggs')
    const chat = desk.chats.find((each) => each.id === message.chat)
    expect(chat).toMatchObject({ kind: 'group', name: '团长, 周明远, 吴大山', members: 4 })
    expect(message.sender).toMatchObject({
      type: 'group',
      contact: { name: 'Mei Chen' },
      nick: '团长',
    })
  })

  test.each(bad.slice(0, 7))(
    'a group that cannot be fetched (%s) delays its message, no more',
    async (how) => {
      sandbox.control.fault({ path: 'webwxbatchgetcontact', how })
      await sandbox.control.say('mei', 'eggs', 'market')
      const message = await desk.said('eggs')
      expect(desk.chats.find((each) => each.id === message.chat)?.members).toBe(4)
      await sandbox.control.say('lin', 'next')
      await desk.said('next')
    },
  )

  test('trap 40: a refused list is asked for in smaller ones', async () => {
    sandbox.control.fault({ path: 'webwxbatchgetcontact', how: { ret: 1 }, times: 2 })
    await sandbox.control.say('mei', 'eggs', 'market')
    const message = await desk.said('eggs')
    expect(desk.chats.find((each) => each.id === message.chat)?.members).toBe(4)
  })

  test('a limit on details is no end, and holds nothing up for ever', async () => {
    sandbox.control.fault({ path: 'webwxbatchgetcontact', how: { ret: 1205 }, times: 99 })
    await sandbox.control.say('mei', 'eggs', 'market')
    await desk.said('eggs')
    expect(desk.logins.every((each) => each.state !== 'offline' || !each.relogin)).toBe(true)
  })

  test('names that change are told, and the account’s own too', async () => {
    const chat = await desk.chat('林小满🌿')
    await sandbox.control.rename('lin', '<script>林')
    expect((await desk.chat('<script>林')).id).toBe(chat.id)
    await sandbox.control.rename('me', '新名')
    await until(() => {
      const last = desk.logins.at(-1)
      return last?.state === 'online' && last.me.name === '新名'
    })
  })

  test('a membership line looks at the room again', async () => {
    const before = batches()
    await sandbox.control.system('hikers', '"吴领队"邀请"甲"加入了群聊')
    await until(() => desk.messages.find((each) => each.content.kind === 'system'))
    expect(batches()).toBe(before + 1)
  })

  test('an echo that overtakes its own answer is no news', async () => {
    const chat = await desk.chat('林小满🌿')
    const job = sendText(chat.id, 'quick')
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'slow' })
    const sending = desk.connector.send(job, none, within())
    const delivered = await sandbox.control.waitDelivered((each) => each.text === 'quick')
    await sandbox.control.repeat(delivered.id)
    await sending
    await sandbox.control.say('lin', 'yes')
    await desk.said('yes')
    expect(desk.messages).toHaveLength(1)
  })

  test('a send whose answer was lost is found by its echo, and is no news', async () => {
    const chat = await desk.chat('林小满🌿')
    const job = sendText(chat.id, 'lost & found')
    const since = Date.now()
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'reset' })
    const error = await failure(desk.connector.send(job, none, within()))
    expect(error.failure).toMatchObject({ code: 'network', certain: false })
    expect(await desk.connector.find(job, since, within())).toBe('unknown')
    const delivered = await sandbox.control.waitDelivered((each) => each.text === 'lost & found')
    await sandbox.control.repeat(delivered.id)
    await sandbox.control.say('lin', 'thanks')
    await desk.said('thanks')
    expect(desk.messages).toHaveLength(1)
    expect(await desk.connector.find(job, since, within())).toMatchObject({ ids: [delivered.id] })
    const receipt = { ids: [delivered.id], at: expect.any(Number) }
    expect(desk.echoes).toEqual([{ key: job.key, receipt }])
  })

  test('a group met again after a new login is the same chat, known by its members', async () => {
    await sandbox.control.say('mei', 'eggs', 'market')
    const before = await desk.said('eggs')
    await sandbox.control.kick()
    await desk.state('offline')
    desk.connector.login({ code: true })
    await desk.state('online')
    await sandbox.control.say('mei', 'more eggs', 'market')
    const after = await desk.said('more eggs')
    expect(after.chat).toBe(before.chat)
    expect(after.sender).toEqual(before.sender)
  })

  test('trap 29: a repeat is not told again, not even after a new login', async () => {
    const id = await sandbox.control.say('lin', 'once')
    await desk.said('once')
    await sandbox.control.repeat(id)
    await sandbox.control.say('lin', 'then')
    await desk.said('then')
    await sandbox.control.kick()
    await desk.state('offline')
    desk.connector.login({ code: true })
    await desk.state('online')
    await sandbox.control.repeat(id)
    await sandbox.control.say('lin', 'last')
    await desk.said('last')
    expect(desk.messages).toHaveLength(3)
  })

  test('a stranger who writes is asked for until the server tells who it is', async () => {
    const before = batches()
    sandbox.control.fault({ path: 'webwxbatchgetcontact', how: '500', times: 3 })
    await sandbox.control.say('wu', 'hello neighbour')
    const message = await desk.said('hello neighbour')
    expect(message.sender).toMatchObject({ type: 'contact', contact: { name: '吴大山' } })
    expect(batches() - before).toBeGreaterThanOrEqual(4)
  })

  test('two people of one name and look after a new login are not guessed between', async () => {
    await sandbox.control.addFriend('wei1', '王伟')
    const first = await desk.chat('王伟')
    await sandbox.control.kick()
    await desk.state('offline')
    await sandbox.control.addFriend('wei2', '王伟')
    desk.connector.login({ code: true })
    await desk.state('online')
    await sandbox.control.say('wei2', 'who am I')
    const message = await desk.said('who am I')
    expect(message.chat).not.toBe(first.id)
    const error = await failure(desk.connector.send(sendText(first.id, 'x'), none, within()))
    expect(error.failure).toMatchObject({ code: 'gone', heal: 'retry', certain: true })
    expect(sandbox.control.delivered()).toEqual([])
  })
})
