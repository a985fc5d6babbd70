import { afterEach, describe, expect, test } from 'vitest'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, quick, run } from './lab.ts'

let sandbox: Sandbox
let desks: Desk[] = []

afterEach(async () => {
  await Promise.all(desks.map((desk) => desk.stop()))
  desks = []
  await sandbox.close()
})

/** Begins a login; with a phone that confirms it, or without. */
async function begin(who: 'phone' | 'nobody' = 'nobody', more = {}, vault = memoryVault()) {
  sandbox = await startSandbox({ holdMs: 60 })
  const desk = run(
    connectorTo(sandbox.origin, vault, memoryLog(), more),
    who === 'phone' ? sandbox.control : undefined,
  )
  desks.push(desk)
  return { desk, control: sandbox.control, vault }
}

const scans = (desk: Desk) => desk.logins.filter((each) => each.state === 'scan')

describe('login codes', () => {
  test('a new code comes when one is over, with the number of the try', async () => {
    const { desk, control } = await begin()
    await until(() => scans(desk).length === 1)
    await control.expireCode()
    await until(() => scans(desk).length === 2)
    await control.cancel()
    await until(() => scans(desk).length === 3)
    expect(scans(desk)).toMatchObject([{ attempt: 1 }, { attempt: 2 }, { attempt: 3 }])
    expect(new Set(scans(desk).map((each) => 'qr' in each && each.qr)).size).toBe(3)
    await control.scan()
    await control.confirm()
    await desk.state('online')
  })

  test('a scan is told once per code, with the picture as a data: address', async () => {
    const { desk, control } = await begin()
    await until(() => scans(desk).length === 1)
    await control.scan()
    await desk.state('scanned')
    const polls = () => control.requests().filter((each) => /\/login\?/.test(each.url)).length
    const before = polls()
    await until(() => polls() > before + 4, 'more polls')
    expect(desk.logins.map((each) => each.state)).toEqual(['scan', 'scanned'])
    expect(desk.logins[1]).toMatchObject({
      avatar: expect.stringMatching(/^data:image\/jpeg;base64,[\w+/=]+$/),
    })
  })

  test('five codes nobody scans end it; a person begins again', async () => {
    const { desk, control } = await begin()
    for (let code = 1; code <= 5; code++) {
      await until(() => scans(desk).length === code)
      await control.expireCode()
    }
    expect(await desk.state('offline')).toMatchObject({ reason: 'expired', relogin: true })
    expect(desk.connector.login()).toBe(true)
    expect(desk.connector.login()).toBe(false)
    await until(() => scans(desk).length === 6)
  })

  test('a code the server forgot to end is renewed after its life', async () => {
    const { desk } = await begin('nobody', { timeouts: { ...quick, codeLife: 100 } })
    await until(() => scans(desk).length === 2)
  })

  test.each(['empty', 'html', 'truncated', '500', 'reset', 'refuse'] as const)(
    'a login goes on although everything answers %s at first',
    async (how) => {
      sandbox = await startSandbox({ holdMs: 60 })
      for (const path of ['jslogin', 'webwxinit', 'webwxstatusnotify', 'webwxgetcontact']) {
        sandbox.control.fault({ path, how })
      }
      sandbox.control.fault({ path: 'webwxbatchgetcontact', how })
      const desk = run(connectorTo(sandbox.origin), sandbox.control)
      desks.push(desk)
      await desk.state('online')
      await desk.chat('周末爬山队⛰️')
      expect(desk.chats.filter((each) => each.kind === 'friend').length).toBeGreaterThanOrEqual(3)
      await sandbox.control.settled()
    },
  )

  test.each(['500', 'reset', 'refuse', 'truncated'] as const)(
    'a poll or a credentials page that answers %s does not end the login',
    async (how) => {
      sandbox = await startSandbox({ holdMs: 60 })
      sandbox.control.fault({ path: 'login', how })
      sandbox.control.fault({ path: 'webwxnewloginpage', how })
      const desk = run(connectorTo(sandbox.origin), sandbox.control)
      desks.push(desk)
      await desk.state('online')
    },
  )

  test('says that the server cannot be reached, and goes on trying', async () => {
    sandbox = await startSandbox({ holdMs: 60 })
    sandbox.control.fault({ path: 'jslogin', how: '502', times: 4 })
    const desk = run(connectorTo(sandbox.origin), sandbox.control)
    desks.push(desk)
    await desk.state('online')
    expect(desk.logins.map((each) => each.state)).toEqual(['offline', 'scan', 'scanned', 'online'])
    expect(desk.logins[0]).toMatchObject({ reason: 'unreachable', relogin: false })
  })
})

describe('refusals', () => {
  test('an account that may not use the web is told so, once, in the server’s words', async () => {
    sandbox = await startSandbox({ holdMs: 60 })
    const sentence = '为了你的帐号安全，此微信号不能登录网页微信。'
    const body = `<error><ret>1203</ret><message><![CDATA[${sentence}<a href="https://x">]]></message></error>`
    sandbox.control.fault({ path: 'webwxnewloginpage', how: { body } })
    const desk = run(connectorTo(sandbox.origin), sandbox.control)
    desks.push(desk)
    const offline = await desk.state('offline')
    expect(offline).toMatchObject({ reason: 'refused', detail: sentence, relogin: false })
    expect(sandbox.control.requests().filter((each) => each.url.includes('jslogin'))).toHaveLength(
      1,
    )
  })

  test('without the UOS headers the sandbox refuses as WeChat does', async () => {
    sandbox = await startSandbox({ holdMs: 60, uos: true })
    const desk = run(
      connectorTo(sandbox.origin, memoryVault(), memoryLog(), {
        desktop: { clientVersion: '', extspam: '' },
      }),
      sandbox.control,
    )
    desks.push(desk)
    expect(await desk.state('offline')).toMatchObject({ reason: 'refused', relogin: false })
  })

  test.each([
    ['-1', '<error><ret>-1</ret><message></message></error>'],
    ['a number nobody knows', '<error><ret>77</ret></error>'],
  ])('ret %s is temporary', async (_, body) => {
    sandbox = await startSandbox({ holdMs: 60 })
    sandbox.control.fault({ path: 'webwxnewloginpage', how: { body } })
    const desk = run(connectorTo(sandbox.origin), sandbox.control)
    desks.push(desk)
    const offline = await desk.state('offline')
    expect(offline).toMatchObject({ reason: 'refused', relogin: true, detail: expect.any(String) })
  })

  test.each([
    ['HTML', '<!DOCTYPE html><html><head></head></html>'],
    ['an entity bomb', '<!DOCTYPE x [<!ENTITY a "b">]><error><ret>&a;</ret></error>'],
    ['no credentials', '<error><ret>0</ret></error>'],
    ['a redirect', '<error><redirecturl>https://evil.example/</redirecturl></error>'],
    ['nothing', ''],
  ])('a credentials page of %s begins again with a new code', async (_, body) => {
    sandbox = await startSandbox({ holdMs: 60 })
    sandbox.control.fault({ path: 'webwxnewloginpage', how: { body }, times: 3 })
    const desk = run(connectorTo(sandbox.origin), sandbox.control)
    desks.push(desk)
    await desk.state('online')
    expect(scans(desk).length).toBe(2)
  })

  test('webwxinit that says the session is none ends the login', async () => {
    sandbox = await startSandbox({ holdMs: 60 })
    sandbox.control.fault({ path: 'webwxinit', how: { ret: 1101 } })
    const desk = run(connectorTo(sandbox.origin), sandbox.control)
    desks.push(desk)
    expect(await desk.state('offline')).toMatchObject({ reason: 'kicked', relogin: true })
  })

  test('webwxinit that says too often is said in words', async () => {
    sandbox = await startSandbox({ holdMs: 60 })
    sandbox.control.fault({ path: 'webwxinit', how: { ret: 1205 } })
    const desk = run(connectorTo(sandbox.origin), sandbox.control)
    desks.push(desk)
    expect(await desk.state('offline')).toMatchObject({ reason: 'refused', relogin: true })
  })
})

describe('a stored session', () => {
  test('that WeChat ended meanwhile is over once, and no code is shown unasked', async () => {
    const { desk, control, vault } = await begin('phone')
    await desk.state('online')
    await control.settled()
    await desk.stop()
    await control.kick(1100)
    const again = run(connectorTo(sandbox.origin, vault), sandbox.control)
    desks.push(again)
    expect(await again.state('offline')).toMatchObject({ reason: 'kicked', relogin: true })
    expect(again.logins).toHaveLength(1)
    expect(again.connector.login({ code: true })).toBe(true)
    await again.state('online')
  })

  test('is taken up when the server comes back, and says meanwhile that it is away', async () => {
    const { desk, control, vault } = await begin('phone')
    await desk.state('online')
    await control.settled()
    await desk.stop()
    control.fault({ path: 'webwxsync', how: '502', times: 6 })
    await control.say('lin', 'patience')
    const again = run(connectorTo(sandbox.origin, vault), sandbox.control)
    desks.push(again)
    await again.said('patience')
    expect(again.logins.map((each) => each.state)).toEqual(['offline', 'online'])
    expect(again.logins[0]).toMatchObject({ reason: 'unreachable', relogin: false })
  })

  test.each(['', '{', '[]', '{"uin":"1","hosts":{"entry":"javascript:x"}}'])(
    'that cannot be read (%j) is none',
    async (stored) => {
      const vault = memoryVault()
      vault.entries.set('session', stored)
      const { desk } = await begin('phone', {}, vault)
      await desk.state('online')
    },
  )

  test('goes on without the address book, with the chats it had', async () => {
    const { desk, control, vault } = await begin('phone')
    await desk.state('online')
    const chat = await desk.chat('林小满🌿')
    await control.settled()
    await desk.stop()
    control.fault({ path: 'webwxgetcontact', how: '500', times: 99 })
    await control.say('lin', 'hello')
    const again = run(connectorTo(sandbox.origin, vault), sandbox.control)
    desks.push(again)
    expect((await again.said('hello')).chat).toBe(chat.id)
  })
})
