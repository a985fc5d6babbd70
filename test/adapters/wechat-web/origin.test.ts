import { request } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { bytesOf, jpeg, opened, sendPicture, sendText } from '../../contract/connector/jobs.ts'
import { type Outgoing, watchOutgoing } from '../../support/outgoing.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, run } from './lab.ts'

let sandbox: Sandbox
let desk: Desk | undefined
let outgoing: Outgoing | undefined

beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 300 })
})
afterEach(async () => {
  outgoing?.stop()
  await desk?.stop()
  await sandbox.close()
})

test('with only loginBase set, a whole session stays on that origin, and tells no secret to the log', async () => {
  const { control, origin } = sandbox
  outgoing = watchOutgoing()
  const log = memoryLog()
  const vault = memoryVault()
  const connector = connectorTo(origin, vault, log)
  desk = run(connector, sandbox.control)
  await desk.state('online')
  const chat = await desk.chat('林小满🌿')
  const signal = AbortSignal.timeout(20_000)

  await control.say('lin', '收到了吗')
  await control.phoneSay('lin', '手机上说的')
  const id = await control.picture('lin', jpeg(5000))
  await desk.said('收到了吗')
  await desk.said('手机上说的')
  const pictures = () =>
    desk?.messages.flatMap(({ content }) => ('media' in content ? content.media : []))
  const media = await until(() => pictures()?.[0], 'the picture')
  await bytesOf((await connector.download(media, signal)).stream)
  await control.recall(id)
  await until(() => desk?.messages.some((each) => each.content.kind === 'recall'), 'the recall')
  if (!chat.avatar) throw new Error('the friend has a picture')
  expect((await connector.download(chat.avatar, signal)).mime).toMatch(/^image\//)
  const group = await desk.chat('周末爬山队⛰️')
  if (group.avatar) await connector.download(group.avatar, signal)

  const job = sendText(chat.id, '秘密的话')
  const receipt = await connector.send(job, async () => opened(jpeg(1), 'image/jpeg'), signal)
  const big = jpeg(600_000)
  await connector.send(
    sendPicture(chat.id, 'image/jpeg'),
    async () => opened(big, 'image/jpeg'),
    signal,
  )
  const recall = { kind: 'recall', target: job.message, part: 0 } as const
  await connector.send(
    { ...sendText(chat.id, ''), body: recall, recalls: receipt },
    async () => opened(big, ''),
    signal,
  )
  await connector.logout(signal)
  await desk.state('offline')

  const requests = control.requests()
  const called = new Set(requests.map((each) => each.url.split('?')[0]?.split('/').at(-1)))
  for (const name of [
    'jslogin',
    'login',
    'webwxnewloginpage',
    'webwxinit',
    'webwxstatusnotify',
    'webwxgetcontact',
    'webwxbatchgetcontact',
    'synccheck',
    'webwxsync',
    'webwxgetmsgimg',
    'webwxgeticon',
    'webwxgetheadimg',
    'webwxsendmsg',
    'webwxuploadmedia',
    'webwxsendmsgimg',
    'webwxrevokemsg',
    'webwxlogout',
  ]) {
    expect(called).toContain(name)
  }
  expect(new Set(requests.map((each) => each.host))).toEqual(new Set([new URL(origin).host]))
  // What went elsewhere the sandbox cannot have seen: this is where the client connected to, answered or not.
  expect(outgoing.targets).toEqual(new Set([new URL(origin).host]))

  const stored = [...vault.entries.values()].join('\n')
  for (const secret of [
    '@crypt_',
    'pass_ticket',
    'wxsid',
    '秘密的话',
    '收到了吗',
    '林小满',
    '许行舟',
  ]) {
    expect(log.text()).not.toContain(secret)
  }
  expect(stored).not.toContain('@crypt_')
})

test('the credentials page elsewhere is asked only where the redirect said, and nothing else anywhere', async () => {
  const other = await startSandbox({ holdMs: 300 })
  const body = (to: string) =>
    `window.code=200;window.redirect_uri="${to}/cgi-bin/mmwebwx-bin/webwxnewloginpage?ticket=x&uuid=y";`
  sandbox.control.fault({ path: 'login', how: { body: body(other.origin) } })
  other.control.fault({ path: 'webwxnewloginpage', how: 'html', times: 3 })
  desk = run(connectorTo(sandbox.origin), sandbox.control)
  await until(() => other.control.requests().length > 0, 'the ticket request')
  await desk.state('online')
  const paths = other.control.requests().map((each) => each.url.split('?')[0])
  expect(new Set(paths)).toEqual(new Set(['/cgi-bin/mmwebwx-bin/webwxnewloginpage']))
  await other.close()
})

test('an address that must not be followed ends the login with words', async () => {
  const body = 'window.code=200;window.redirect_uri="file:///etc/passwd";'
  sandbox.control.fault({ path: 'login', how: { body } })
  desk = run(connectorTo(sandbox.origin), sandbox.control)
  expect(await desk.state('offline')).toMatchObject({ reason: 'refused', relogin: true })
  expect(sandbox.control.session().logins).toBe(0)
})

test('the watch over connections sees those to elsewhere, plain or encrypted, answered or not', async () => {
  outgoing = watchOutgoing()
  const within = { signal: AbortSignal.timeout(3000) }
  await request('http://127.0.0.1:1/', within).catch(() => undefined)
  await request('https://127.0.0.1:2/', within).catch(() => undefined)
  await fetch('http://localhost:3/', within).catch(() => undefined)
  expect(outgoing.targets).toContain('127.0.0.1:1')
  expect(outgoing.targets).toContain('127.0.0.1:2')
  expect(outgoing.targets).toContain('localhost:3')
})
