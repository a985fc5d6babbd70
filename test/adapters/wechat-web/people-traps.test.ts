import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, online, run } from './lab.ts'
import { login } from './worlds.ts'

describe('traps of people and groups', () => {
  let sandbox: Sandbox
  let desk: Desk

  beforeEach(async () => {
    sandbox = await startSandbox()
  })
  afterEach(async () => {
    await desk?.stop()
    await sandbox.close()
  })
  const begin = async (vault = memoryVault()) => {
    desk = await online(sandbox, connectorTo(sandbox.origin, vault))
  }

  test('trap 26: asking the phone is a new session with new UserNames; the ids are the old ones', async () => {
    await begin()
    const lin = await desk.chat('林小满🌿')
    const name = sandbox.control.userName('lin')
    await sandbox.control.kick()
    await desk.state('offline')
    const from = desk.chats.length
    desk.connector.login()
    await desk.state('scanned')
    await sandbox.control.confirm()
    await desk.state('online')
    expect(sandbox.control.userName('lin')).not.toBe(name)
    const again = desk.chats.slice(from).filter((each) => each.name === '林小满🌿')
    expect(again.map((each) => each.id)).toEqual([lin.id])
  })

  test('trap 36: who is told of beside a message is known before it', async () => {
    await begin()
    sandbox.control.fault({ path: 'webwxsync', how: '500', times: 2 })
    await sandbox.control.addFriend('newcomer', '新友')
    await sandbox.control.say('newcomer', 'first words')
    const { chat, sender } = await desk.said('first words')
    expect(sender).toMatchObject({ type: 'contact', contact: { name: '新友' } })
    expect(desk.chats.find((each) => each.id === chat)).toMatchObject({ name: '新友' })
  })

  test('trap 37: lists that are null are empty', async () => {
    await begin()
    const nothing = {
      BaseResponse: { Ret: 0, ErrMsg: '' },
      AddMsgList: null,
      ModContactList: null,
      DelContactList: null,
      ModChatRoomMemberList: null,
      Profile: null,
      SyncKey: { Count: 0, List: null },
    }
    sandbox.control.fault({ path: 'webwxsync', how: { body: JSON.stringify(nothing) } })
    sandbox.control.fault({
      path: 'webwxbatchgetcontact',
      how: { body: '{"BaseResponse":{"Ret":0},"Count":0,"ContactList":null}' },
    })
    await sandbox.control.say('mei', 'eggs', 'market')
    await desk.said('eggs')
    expect(desk.logins.at(-1)?.state).toBe('online')
  })

  test('trap 40: more than 50 groups are asked for in several lists, none of them refused', async () => {
    await sandbox.control.populate({ friends: 60, groups: 130 })
    await begin()
    const calls = sandbox.control
      .requests()
      .filter(({ url }) => url.includes('webwxbatchgetcontact'))
    const groups = desk.chats.filter((each) => each.kind === 'group' && each.members)
    expect(new Set(groups.map((each) => each.id)).size).toBeGreaterThan(60)
    expect(calls.length).toBeLessThanOrEqual(6)
  })

  test('trap 41: rooms are asked for by an EncryChatRoomId that is empty', async () => {
    await begin()
    const hikers = await desk.chat('周末爬山队⛰️')
    expect(hikers.members).toBe(5)
  })

  test('an answer to a doubt survives a restart in the same session', async () => {
    const vault = memoryVault()
    const { twins } = await sandbox.control.populate({ friends: 2, groups: 0, twins: 2 })
    await begin(vault)
    await sandbox.control.kick()
    await desk.state('offline')
    desk.connector.login({ code: true })
    await desk.state('online')
    const [one, two] = desk.doubts
    if (!one || !two) throw new Error('no doubts')
    expect(one.candidates).toEqual(two.candidates)
    await desk.connector.people?.settle(one.chat.id, undefined)
    await desk.connector.people?.settle(two.chat.id, two.candidates[0])
    await desk.stop()
    desk = run(connectorTo(sandbox.origin, vault))
    await desk.state('online')
    expect(desk.doubts).toEqual([])
    await Promise.all(twins.map((who) => sandbox.control.say(who, `words of ${who}`)))
    const heard = await Promise.all(twins.map((who) => desk.said(`words of ${who}`)))
    const chats = heard.map(({ chat }) => chat).sort()
    expect(chats).toEqual([one.chat.id, two.candidates[0] ?? ''].sort())
  })

  test('requests survive a restart, and keep their short ids', async () => {
    const vault = memoryVault()
    await begin(vault)
    await sandbox.control.request('newcomer', 'hello', '新来的')
    await until(async () => (await desk.connector.people?.requests())?.length === 1)
    await desk.stop()
    desk = run(connectorTo(sandbox.origin, vault))
    await desk.state('online')
    const chat = await desk.connector.people?.accept('1', AbortSignal.timeout(20_000))
    expect(chat?.name).toBe('新来的')
  })
})

describe('what the wire calls things', () => {
  test('trap 25: a UserName of another session is nobody here', async () => {
    const vault = memoryVault()
    const first = await login(vault, 's1')
    first.meet([{ truth: 'a', name: 'A', seq: 1 }])
    await first.book.save()
    const second = await login(vault, 's2')
    expect(second.book.idOf(first.user('a'))).toBeUndefined()
    expect(second.book.userOf(first.id('a') ?? '')).toBeUndefined()
    const resumed = await login(vault, 's1')
    expect(resumed.book.userOf(first.id('a') ?? '')).toBe(first.user('a'))
  })

  test('trap 43: a room is muted where its Statues, so spelt, is 0', async () => {
    const now = await login(memoryVault(), 's1')
    const room = now.room({ truth: 'g1', topic: 't', members: [] }, [])
    now.people.learn([{ ...room, Statues: 0 }])
    expect(now.people.chat(room.UserName).muted).toBe(true)
    now.people.learn([{ ...room, Statues: 1 }])
    expect(now.people.chat(room.UserName).muted).toBeUndefined()
    // A sparse object says nothing by its zeros.
    now.people.learn([{ UserName: room.UserName, NickName: '', Statues: 0 }])
    expect(now.people.chat(room.UserName).muted).toBeUndefined()
  })
})
