import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDirectory } from '../../../adapters/wechat-web/directory.ts'
import type { Live } from '../../../adapters/wechat-web/live.ts'
import { PeopleCalls } from '../../../adapters/wechat-web/people-calls.ts'
import { Turns } from '../../../adapters/wechat-web/turns.ts'
import { chatId } from '../../../src/core/ids.ts'
import type { WeChatPeople } from '../../../src/ports/wechat.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { failure } from '../../contract/connector/jobs.ts'
import { memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, online } from './lab.ts'

const within = () => AbortSignal.timeout(20_000)

describe('in the sandbox', () => {
  let sandbox: Sandbox
  let desk: Desk
  let people: WeChatPeople

  beforeEach(async () => {
    sandbox = await startSandbox({ holdMs: 300 })
    desk = await online(sandbox, connectorTo(sandbox.origin, memoryVault()))
    if (!desk.connector.people) throw new Error('no people')
    people = desk.connector.people
  })
  afterEach(async () => {
    await desk.stop()
    await sandbox.close()
  })

  async function anew(): Promise<void> {
    await sandbox.control.kick()
    await desk.state('offline')
    desk.connector.login({ code: true })
    await desk.state('online')
    await sandbox.control.settled()
  }

  const asked = (name: string) =>
    sandbox.control.requests().filter(({ url }) => url.includes(name)).length

  test('what the phone says first in a group that only messages tell of is said in the group known before', async () => {
    await sandbox.control.phoneSay('market', 'one')
    const { chat } = await desk.said('one')
    await anew()
    await sandbox.control.phoneSay('market', 'two')
    const again = await desk.said('two')
    expect(again.chat).toBe(chat)
    expect(desk.merges).toEqual([])
  })

  test('a friend request accepted twice at once is accepted once', async () => {
    await sandbox.control.request('newcomer', 'hello', '新来的')
    await until(async () => (await people.requests())[0])
    const first = people.accept('1', within())
    const second = failure(people.accept('1', within()))
    expect((await first).name).toBe('新来的')
    expect((await second).failure).toMatchObject({ code: 'gone', certain: true })
    expect(asked('webwxverifyuser')).toBe(1)
  })
})

describe('what was asked in one login and had to wait', () => {
  const done: string[] = []
  const login = (name: string) => {
    const teller = { tell: async () => void done.push(`${name} told`) }
    const finder = { again: async () => [] }
    const book = {
      doubtful: { isNew: () => done.push(`${name} new`) },
      save: async () => undefined,
      userOf: () => undefined,
    }
    const people = { account: 'wx:1', book, userName: () => `@of-${name}` }
    const api = { timings: { batchGap: 1 } }
    return { online: true, api, finder, people, teller, turns: new Turns() } as unknown as Live
  }

  test('is not done in the next, where its names mean nobody', async () => {
    done.length = 0
    let live = login('first')
    const gate = Promise.withResolvers<void>()
    const calls = new PeopleCalls({ live: () => live, sleep: () => gate.promise, now: () => 0 })
    const act = { what: 'remark', done: 'set' }
    await calls.call(act, async () => ({}), within())
    const user = calls.userName(chatId('wx:1/a'))
    const late = failure(calls.call(act, async () => ({ at: done.push(user) }), within()))
    live = login('second')
    gate.resolve()
    expect((await late).failure.code).toBe('session')
    expect(done).toEqual([])
  })

  test('tells nothing of it any more, and takes no answer: the next login takes it', async () => {
    done.length = 0
    const first = login('first')
    let live = first
    const gate = Promise.withResolvers<void>()
    const held = first.turns.run(() => gate.promise)
    const parts = { live: () => live, sleep: async () => undefined, now: () => 0 }
    const look = failure(new PeopleCalls(parts).look(['@x'], within()))
    const settle = failure(createDirectory(parts).settle(chatId('wx:1/a'), undefined))
    live = login('second')
    gate.resolve()
    await held
    for (const late of [look, settle]) {
      expect((await late).failure).toMatchObject({ code: 'session', heal: 'relogin' })
    }
    expect(done).toEqual([])
    await createDirectory(parts).settle(chatId('wx:1/a'), undefined)
    expect(done).toEqual(['second new', 'second told'])
  })
})
