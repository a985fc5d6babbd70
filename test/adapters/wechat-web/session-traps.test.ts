import { type AddressInfo, createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Api } from '../../../adapters/wechat-web/api.ts'
import { readTicketPage } from '../../../adapters/wechat-web/credentials.ts'
import { SessionEnd } from '../../../adapters/wechat-web/fault.ts'
import { followRedirect } from '../../../adapters/wechat-web/hosts.ts'
import { Wire } from '../../../adapters/wechat-web/http.ts'
import { record } from '../../../adapters/wechat-web/raw.ts'
import { formatKey } from '../../../adapters/wechat-web/session.ts'
import { defaultTimings } from '../../../adapters/wechat-web/timings.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, online, quick, run } from './lab.ts'
import { type Tap, tapOn } from './tap.ts'

let sandbox: Sandbox
let tap: Tap
let desk: Desk

/** Online through the tap. */
async function enter(more: object = {}): Promise<void> {
  const connector = connectorTo(tap.origin, memoryVault(), memoryLog(), { ...tap.bases, ...more })
  desk = await online(sandbox, connector)
}

beforeEach(async () => {
  sandbox = await startSandbox({ holdMs: 100 })
  tap = await tapOn(sandbox.origin)
})
afterEach(async () => {
  await desk?.stop()
  await tap.close()
  await sandbox.close()
})

const key = (value: unknown) => formatKey(value as Parameters<typeof formatKey>[0])
const json = (text: string) => record(JSON.parse(text))

/** The calls of a session nobody talks to. */
function api(random: () => number, passTicket = 'x'): Api {
  const origin = 'http://127.0.0.1:1'
  const none = { Count: 1, List: [{ Key: 1, Val: 1 }] }
  const session = {
    uin: '4294967295',
    sid: 's+/=',
    skey: '@crypt_1_2',
    passTicket,
    hosts: { entry: origin, file: origin, push: origin },
    cookies: {},
    syncKey: none,
    checkKey: none,
    self: { UserName: '@me' },
  }
  const wire = new Wire('agent', realClock, memoryLog())
  return new Api(session, wire, defaultTimings, realClock, random)
}

describe('what is sent', () => {
  test('trap 3: a Uin above 2^31 is sent as the unsigned number it is', async () => {
    expect(api(Math.random).baseRequest().Uin).toBe(4_294_967_295)
    await enter()
    const request = record(json(tap.of('webwxinit')[0]?.body ?? '').BaseRequest)
    const uin = Number(request.Uin)
    expect(uin).toBeGreaterThan(2 ** 31)
    expect(new URL(tap.of('synccheck')[0]?.url ?? '').searchParams.get('uin')).toBe(String(uin))
  })

  test.each([0, 1e-12, 0.123456789, 0.999999999999999])(
    'trap 5: a device id is e and 15 digits, whatever the dice say (%d)',
    (dice) => {
      expect(api(() => dice).deviceId()).toMatch(/^e\d{15}$/)
    },
  )

  test('trap 5: each synccheck has a fresh device id', async () => {
    await enter()
    await until(() => tap.of('synccheck').length >= 4)
    const ids = tap.of('synccheck').map((each) => each.url.searchParams.get('deviceid'))
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^e\d{15}$/)
  })

  test('trap 6: the inverted time is a 32-bit integer', async () => {
    await enter()
    await sandbox.control.say('lin', 'x')
    await desk.said('x')
    const found = [
      ...[...tap.of('login'), ...tap.of('webwxinit')].map(({ url }) =>
        Number(url.searchParams.get('r')),
      ),
      ...tap.of('webwxsync').map((each) => Number(json(each.body).rr)),
    ]
    expect(found.length).toBeGreaterThan(2)
    for (const each of found) expect(each | 0).toBe(each)
  })

  test('trap 7: the ticket is decoded once at login, and encoded exactly once in addresses', async () => {
    const page =
      '<error><ret>0</ret><skey>k</skey><wxsid>s</wxsid><wxuin>1</wxuin><pass_ticket>Zk3w%2BQ7b%252F%3D</pass_ticket></error>'
    const ticket = readTicketPage(page, {})
    expect(ticket?.passTicket).toBe('Zk3w+Q7b%2F=')
    const { search } = api(Math.random, 'Zk3w+Q/b=').url('x', { pass_ticket: 'Zk3w+Q/b=' })
    expect(search).toBe('?pass_ticket=Zk3w%2BQ%2Fb%3D')
    await enter()
    const told = /<pass_ticket>(.*)<\/pass_ticket>/.exec(
      tap.of('webwxnewloginpage')[0]?.answer ?? '',
    )?.[1]
    expect(tap.of('webwxinit')[0]?.url.search).toContain(`pass_ticket=${told}`)
  })

  test('trap 8: a credentials page that is a 301 without Location is read, not followed', async () => {
    let pages = 0
    tap.change('webwxnewloginpage', (body) => (pages++ < 1 ? { status: 301, body } : undefined))
    await enter()
    expect(tap.of('webwxnewloginpage')).toHaveLength(1)
    expect(tap.of('webwxnewloginpage')[0]?.url.searchParams.get('version')).toBe('v2')
  })

  test('trap 22: both headers come from the configuration, and only the credentials page gets them', async () => {
    await enter({ desktop: { clientVersion: '9.9.9', extspam: 'another' } })
    const page = tap.of('webwxnewloginpage')[0]
    expect(page?.headers).toMatchObject({ 'client-version': '9.9.9', extspam: 'another' })
    const others = tap.seen.filter((each) => each.path !== 'webwxnewloginpage')
    expect(others.filter((each) => 'extspam' in each.headers)).toEqual([])
  })
})

describe('what is read', () => {
  test('trap 9: ret is looked at before anything else', () => {
    const refused = '<error><ret>1203</ret><message>不能登录</message>'
    for (const rest of ['</error>', '<skey>k</skey><wxsid>s</wxsid><wxuin>1</wxuin></error>']) {
      expect(() => readTicketPage(refused + rest, {})).toThrow(SessionEnd)
    }
    expect(readTicketPage('<error><wxsid>s</wxsid><wxuin>1</wxuin></error>', {})).toBeUndefined()
  })

  test.each([
    'http://127.0.0.1:8080',
    'http://localhost:3',
    'https://example.org',
    'https://qq.com.example',
  ])('trap 11: from the unknown host %s nothing leads to a host of Tencent’s', (origin) => {
    const followed = followRedirect(`${origin}/x?ticket=1`, { loginBase: 'http://127.0.0.1:1' })
    expect(Object.values(followed?.hosts ?? {})).toEqual([origin, origin, origin])
  })

  test('trap 15: a malformed status line of the push host means one sync', async () => {
    const push = createServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        socket.end('HTTP/1.1 0 -\r\n\r\n')
      })
    })
    await new Promise<void>((resolve) => push.listen(0, '127.0.0.1', resolve))
    const pushBase = `http://127.0.0.1:${(push.address() as AddressInfo).port}`
    const connector = connectorTo(tap.origin, memoryVault(), memoryLog(), {
      ...tap.bases,
      pushBase,
    })
    desk = run(connector, sandbox.control)
    await desk.state('online')
    await sandbox.control.say('lin', 'in spite of it')
    await desk.said('in spite of it')
    expect(tap.of('synccheck')).toEqual([])
    expect(desk.logins.at(-1)?.state).toBe('online')
    await desk.stop()
    await new Promise((resolve) => push.close(resolve))
  })

  test('trap 31: synccheck uses SyncCheckKey, webwxsync uses SyncKey', async () => {
    await enter()
    for (const text of ['one', 'two']) {
      await sandbox.control.say('lin', text)
      await desk.said(text)
    }
    const [first, second] = tap.of('webwxsync').slice(-2)
    const answer = json(first?.answer ?? '')
    expect(key(answer.SyncKey)).not.toBe(key(answer.SyncCheckKey))
    expect(key(json(second?.body ?? '').SyncKey)).toBe(key(answer.SyncKey))
    const between = tap.seen.slice(
      tap.seen.indexOf(first as never),
      tap.seen.indexOf(second as never),
    )
    const check = between.find((each) => each.path === 'synccheck')
    expect(check?.url.searchParams.get('synckey')).toBe(key(answer.SyncCheckKey))
  })

  test.each([0, -1])('trap 32: keys of Count 0 (Ret %i) are never stored', async (ret) => {
    await enter()
    const none = { Count: 0, List: [] }
    const body = JSON.stringify({
      BaseResponse: { Ret: ret, ErrMsg: '' },
      AddMsgList: [],
      SyncKey: none,
      SyncCheckKey: none,
    })
    sandbox.control.fault({ path: 'webwxsync', how: { body } })
    await sandbox.control.say('lin', 'after')
    await desk.said('after')
    const keys = tap.of('webwxsync').map((each) => json(each.body).SyncKey)
    expect(keys.length).toBeGreaterThan(1)
    for (const each of keys) expect(record(each).Count).toBeGreaterThan(0)
    expect(key(keys.at(-1))).toBe(key(keys.at(-2)))
    for (const each of tap.of('synccheck'))
      expect(each.url.searchParams.get('synckey')).not.toBe('')
  })

  test.each(['1', '3', '4', '6', '7', '99'])(
    'trap 33: selector %s is followed by a sync',
    async (selector) => {
      await enter()
      const before = tap.of('webwxsync').length
      const body = `window.synccheck={retcode:"0",selector:"${selector}"}`
      sandbox.control.fault({ path: 'synccheck', how: { body } })
      await until(() => tap.of('webwxsync').length > before)
      expect(desk.logins.at(-1)?.state).toBe('online')
    },
  )

  test('trap 34: news without content is fetched slower and slower', async () => {
    await enter({ timeouts: { ...quick, gap: 40 } })
    const before = tap.of('webwxsync').length
    const body = 'window.synccheck={retcode:"0",selector:"2"}'
    sandbox.control.fault({ path: 'synccheck', how: { body }, times: 4 })
    await until(() => tap.of('webwxsync').length >= before + 4)
    const at = tap
      .of('webwxsync')
      .slice(before, before + 4)
      .map((each) => each.at)
    const gaps = at.slice(1).map((each, index) => each - (at[index] ?? 0))
    for (const [index, gap] of gaps.entries())
      expect(gap).toBeGreaterThanOrEqual(40 * (index + 1) - 5)
  })

  test('trap 35: ContinueFlag means more at once, without asking whether there is', async () => {
    await enter()
    await until(() => tap.of('synccheck').length > 1)
    let changed = false
    tap.change('webwxsync', (body) => {
      if (changed) return undefined
      changed = true
      return { body: JSON.stringify({ ...json(body), ContinueFlag: 1 }) }
    })
    const before = tap.seen.length
    await sandbox.control.say('lin', 'more')
    await desk.said('more')
    await until(() => tap.seen.slice(before).filter((each) => each.path === 'webwxsync').length > 1)
    const paths = tap.seen.slice(before).map((each) => each.path)
    const first = paths.indexOf('webwxsync')
    expect(paths[first + 1]).toBe('webwxsync')
  })

  test('trap 36: a contact and a message of it in one answer: the contact is known first', async () => {
    await enter()
    const user = `@${'b'.repeat(64)}`
    let told = false
    tap.change('webwxsync', (body) => {
      if (told) return undefined
      told = true
      const raw = {
        MsgId: '8800',
        MsgType: 1,
        FromUserName: user,
        ToUserName: sandbox.control.userName('me'),
      }
      return {
        body: JSON.stringify({
          ...json(body),
          AddMsgList: [{ ...raw, Content: 'first words', CreateTime: 1_700_000_000 }],
          ModContactList: [{ UserName: user, NickName: '新朋友', ContactFlag: 3 }],
        }),
      }
    })
    await sandbox.control.say('lin', 'so that there is something')
    const { chat } = await desk.said('first words')
    expect(desk.chats.find((each) => each.id === chat)?.name).toBe('新朋友')
  })

  test('trap 37: lists that are null are empty', async () => {
    await enter()
    tap.change('webwxsync', (body) => ({
      body: JSON.stringify({
        ...json(body),
        AddMsgList: json(body).AddMsgList,
        ModContactList: null,
        DelContactList: null,
        ModChatRoomMemberList: [{ UserName: sandbox.control.userName('hikers'), MemberList: null }],
      }),
    }))
    await sandbox.control.say('lin', 'null around me')
    await desk.said('null around me')
    const body = '{"BaseResponse":{"Ret":0},"AddMsgList":null,"ModContactList":null}'
    sandbox.control.fault({ path: 'webwxsync', how: { body } })
    await sandbox.control.say('lin', 'null for me')
    await desk.said('null for me')
  })
})
