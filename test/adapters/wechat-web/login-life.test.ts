import { afterEach, describe, expect, test } from 'vitest'
import type { Sandbox, SandboxOptions } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, online, quick, run } from './lab.ts'
import { tapOn } from './tap.ts'

let sandbox: Sandbox
let desks: Desk[] = []

afterEach(async () => {
  await Promise.all(desks.map((desk) => desk.stop()))
  desks = []
  await sandbox.close()
})

interface How {
  readonly world?: SandboxOptions
  readonly more?: object
  readonly phone?: boolean
  readonly vault?: ReturnType<typeof memoryVault>
}

async function begin({ world, more = {}, phone = true, vault = memoryVault() }: How = {}) {
  sandbox = await startSandbox({ holdMs: 60, ...world })
  const log = memoryLog()
  const again = (withPhone = phone) => {
    const connector = connectorTo(sandbox.origin, vault, log, more)
    const desk = run(connector, withPhone ? sandbox.control : undefined)
    desks.push(desk)
    return desk
  }
  return { desk: again(), again, control: sandbox.control, vault, log }
}

/** Online, then kicked. */
async function kicked(how: How = {}, code: 1100 | 1101 | 1102 = 1101) {
  const made = await begin(how)
  await made.desk.state('online')
  await made.control.settled()
  await made.control.kick(code)
  await made.desk.state('offline')
  return made
}

const states = (desk: Desk) => desk.logins.map((each) => each.state)
const scans = (desk: Desk) => desk.logins.filter((each) => each.state === 'scan')
const asked = (path: string) =>
  sandbox.control.requests().filter((each) => each.url.includes(`/${path}`))
const polls = () => asked('login?')

describe('after a kick', () => {
  test('trap 26: the phone is asked directly, and what it confirms is a new session', async () => {
    const { desk, control } = await kicked()
    const before = control.userName('lin')
    expect(desk.connector.login()).toBe(true)
    await desk.state('scanned')
    expect(scans(desk)).toHaveLength(1)
    await control.confirm()
    await desk.state('online')
    expect(scans(desk)).toHaveLength(1)
    expect(control.session()).toEqual({ online: true, logins: 2 })
    expect(control.userName('lin')).not.toBe(before)
    const url = new URL(asked('webwxpushloginurl')[0]?.url ?? '', sandbox.origin)
    expect(url.searchParams.get('uin')).toMatch(/^\d+$/)
    expect(url.searchParams.get('mod')).toBe('desktop')
    await control.say('lin', 'after')
    await desk.said('after')
  })

  test('the phone of a login before the restart is asked', async () => {
    const { desk, again, control } = await kicked()
    await desk.stop()
    const next = again()
    expect(await next.state('offline')).toMatchObject({ reason: 'kicked', relogin: true })
    expect(next.connector.login()).toBe(true)
    await next.state('scanned')
    await control.confirm()
    await next.state('online')
    expect(scans(next)).toHaveLength(0)
  })

  test.each(['1', 'cancelled', 'html', '500', 'refuse', 'empty', '400', 'too long'] as const)(
    'a phone that cannot confirm (%s) gives way to a code',
    async (how) => {
      const life = how === 'too long' ? { timeouts: { ...quick, codeLife: 300 } } : {}
      const { desk, control } = await kicked({ phone: true, more: life })
      const path = 'webwxpushloginurl'
      if (how === '1') control.fault({ path, how: { ret: 1 } })
      else if (how === 'html' || how === '500' || how === 'refuse' || how === 'empty') {
        control.fault({ path, how })
      }
      desk.connector.login()
      if (how === 'cancelled' || how === '400') {
        await desk.state('scanned')
        await (how === '400' ? control.expireCode() : control.cancel())
      }
      await until(() => scans(desk).length === 2, 'a code')
      await desk.state('online')
    },
  )

  test('a code is shown at once to those who want one', async () => {
    const { desk } = await kicked()
    expect(desk.connector.login({ code: true })).toBe(true)
    await desk.state('online')
    expect(scans(desk)).toHaveLength(2)
    expect(asked('webwxpushloginurl')).toHaveLength(0)
  })

  test('the jar of a push login is the one itchat rebuilds', async () => {
    sandbox = await startSandbox({ holdMs: 60 })
    const tap = await tapOn(sandbox.origin)
    const vault = memoryVault()
    const connect = () => connectorTo(tap.origin, vault, memoryLog(), tap.bases)
    const first = await online(sandbox, connect())
    await sandbox.control.kick()
    await first.state('offline')
    await first.stop()
    const note = JSON.parse(vault.entries.get('device') ?? '{}')
    const kept = ['mm_lang', 'webwx_auth_ticket', 'webwxuvid', 'wxloadtime']
    expect(Object.keys(note.cookies).sort()).toEqual(kept)
    const desk = run(connect())
    desks.push(desk)
    await desk.state('offline')
    desk.connector.login()
    await desk.state('scanned')
    const sent = tap.of('webwxpushloginurl')[0]?.headers.cookie ?? ''
    const jar = Object.fromEntries(sent.split('; ').map((each) => each.split(/=(.*)/s)))
    const loaded = note.cookies.wxloadtime
    expect(jar).toEqual({
      webwxuvid: note.cookies.webwxuvid,
      webwx_auth_ticket: note.cookies.webwx_auth_ticket,
      login_frequency: '2',
      last_wxuin: note.uin,
      wxloadtime: `${loaded}_expired`,
      wxpluginkey: loaded,
      wxuin: note.uin,
      mm_lang: 'zh_CN',
      MM_WX_NOTIFY_STATE: '1',
      MM_WX_SOUND_STATE: '1',
    })
    await sandbox.control.confirm()
    await desk.state('online')
    await desk.stop()
    await tap.close()
  })

  test('a logout here forgets the phone, also when WeChat had ended the session before', async () => {
    const { desk, vault } = await kicked()
    expect(vault.entries.has('device')).toBe(true)
    expect(await desk.connector.logout(AbortSignal.timeout(5000))).toBe(false)
    expect(vault.entries.has('device')).toBe(false)
    desk.connector.login()
    await desk.state('online')
    expect(asked('webwxpushloginurl')).toHaveLength(0)
    expect(vault.entries.has('device')).toBe(true)
    expect(await desk.connector.logout(AbortSignal.timeout(5000))).toBe(true)
    expect(await desk.state('offline')).toMatchObject({ reason: 'loggedOut' })
    expect([...vault.entries.keys()].filter((each) => /device|session/.test(each))).toEqual([])
  })

  test('the device of another login server is not asked', async () => {
    const { desk, vault } = await kicked()
    const note = JSON.parse(vault.entries.get('device') ?? '{}')
    vault.entries.set('device', JSON.stringify({ ...note, loginBase: 'https://other.example' }))
    desk.connector.login()
    await desk.state('online')
    expect(asked('webwxpushloginurl')).toHaveLength(0)
  })

  test.each([1100, 1101, 1102] as const)(
    'trap 28: %i is told once, in the same way, and nothing logs in by itself',
    async (code) => {
      const { desk, control } = await kicked({}, code)
      expect(states(desk)).toEqual(['scan', 'scanned', 'online', 'offline'])
      expect(desk.logins.at(-1)).toMatchObject({ reason: 'kicked', relogin: true })
      const requests = control.requests().length
      expect(control.session()).toEqual({ online: false, logins: 1 })
      // It stands at the gate: only where it waits for a person does this begin anything.
      expect(control.requests().length).toBe(requests)
      expect(desk.connector.login({ code: true })).toBe(true)
      await desk.state('online')
      expect(control.session().logins).toBe(2)
    },
  )

  test('trap 23: an account that is refused (1203) is told so once, and nothing loops', async () => {
    const { desk, control } = await begin()
    await desk.state('online')
    control.fault({ path: 'synccheck', how: { ret: 1203 }, times: 99 })
    control.fault({ path: 'webwxsync', how: { ret: 1203 }, times: 99 })
    expect(await desk.state('offline')).toMatchObject({ reason: 'refused', relogin: false })
    expect(control.session().logins).toBe(1)
    expect(asked('jslogin')).toHaveLength(1)
  })

  test('a kick right after the login says what that means', async () => {
    const { desk } = await kicked()
    expect(desk.logins.at(-1)).toMatchObject({ reason: 'kicked', early: true })
  })

  test('five logins kicked at once are five logins a person began', async () => {
    const { desk, control } = await begin()
    for (let login = 1; login <= 5; login++) {
      await desk.state('online')
      await control.settled()
      await control.kick(1102)
      await desk.state('offline')
      expect(control.session().logins).toBe(login)
      desk.connector.login({ code: true })
    }
    expect(desk.logins.filter((each) => each.state === 'offline')).toHaveLength(5)
  })
})

describe('a scan', () => {
  test('trap 20: polls after the scan keep their distance', async () => {
    const { desk, control } = await begin({ phone: false })
    await until(() => scans(desk).length === 1)
    for (let i = 0; i < 20; i++) control.fault({ path: 'login', how: { body: 'window.code=201;' } })
    await desk.state('scanned')
    const start = Date.now()
    const before = polls().length
    await until(() => polls().length >= before + 10)
    // Ten answers that came at once, each with the pause of this test.
    expect(Date.now() - start).toBeGreaterThanOrEqual(9 * quick.gap - 20)
  })

  test('without a picture is told all the same, once', async () => {
    const { desk, control } = await begin({ phone: false })
    await until(() => scans(desk).length === 1)
    control.fault({ path: 'login', how: { body: 'window.code=201;' }, times: 3 })
    await desk.state('scanned')
    expect(desk.logins.at(-1)).toEqual({ state: 'scanned' })
    await control.confirm()
    await desk.state('online')
    expect(states(desk)).toEqual(['scan', 'scanned', 'online'])
  })

  test('a picture that is none is left out', async () => {
    const { desk, control } = await begin({ phone: false })
    await until(() => scans(desk).length === 1)
    const body = `window.code=201;window.userAvatar = 'javascript:alert(1)';`
    control.fault({ path: 'login', how: { body } })
    expect(await desk.state('scanned')).toEqual({ state: 'scanned' })
  })

  test('trap 21: 408, before and after the scan, keeps the code and what was told', async () => {
    const { desk, control } = await begin({ phone: false })
    await until(() => polls().length > 3, 'polls that ended with 408')
    expect(states(desk)).toEqual(['scan'])
    await control.scan()
    await desk.state('scanned')
    const before = polls().length
    await until(() => polls().length > before + 3, 'polls that ended with 408')
    expect(states(desk)).toEqual(['scan', 'scanned'])
    await control.confirm()
    await desk.state('online')
    expect(asked('jslogin')).toHaveLength(1)
  })

  test('200 without any 201 is a login', async () => {
    const { desk, control } = await begin({ phone: false, world: { holdMs: 500 } })
    await until(() => scans(desk).length === 1)
    await control.confirm()
    await desk.state('online')
  })

  test.each(['window.code=500;', 'window.code=0;', 'what?', ''])(
    'a poll that answers %j brings a new code',
    async (body) => {
      const { desk, control } = await begin({ phone: false })
      await until(() => scans(desk).length === 1)
      control.fault({ path: 'login', how: { body } })
      await until(() => scans(desk).length === 2)
      await control.confirm()
      await desk.state('online')
    },
  )
})
