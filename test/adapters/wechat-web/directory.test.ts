import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Chat } from '../../../src/core/chat.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import type { ChatId } from '../../../src/core/ids.ts'
import type { WeChatPeople } from '../../../src/ports/wechat.ts'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, online } from './lab.ts'

const within = () => AbortSignal.timeout(20_000)

async function failure(work: Promise<unknown>): Promise<BridgeError> {
  try {
    await work
  } catch (thrown) {
    if (thrown instanceof BridgeError) return thrown
    throw thrown
  }
  throw new Error('expected a failure')
}

describe('people and groups', () => {
  let sandbox: Sandbox
  let desk: Desk
  let people: WeChatPeople

  beforeEach(async () => {
    sandbox = await startSandbox()
    desk = await online(sandbox, connectorTo(sandbox.origin, memoryVault()))
    if (!desk.connector.people) throw new Error('no people')
    people = desk.connector.people
  })
  afterEach(async () => {
    await desk.stop()
    await sandbox.close()
  })

  const last = (id: ChatId): Chat | undefined => desk.chats.findLast((each) => each.id === id)
  const chat = async (name: string): Promise<Chat> => {
    const [found] = await people.search(name, 1)
    if (!found) throw new Error(`no ${name}`)
    return found.chat
  }
  const calls = (name: string) => sandbox.control.requests().filter(({ url }) => url.includes(name))

  test('search finds by name, remark and pinyin, whatever the case, all words, best first', async () => {
    expect((await people.search('林小满', 5)).map(({ chat }) => chat.name)).toEqual(['林小满🌿'])
    expect((await people.search('老周', 5)).map(({ chat }) => chat.name)).toEqual(['周明远'])
    expect((await people.search('TOM jerry', 5))[0]?.chat.name).toContain('Tom')
    expect(await people.search('林小满 老周', 5)).toEqual([])
    expect(await people.search('  ', 5)).toEqual([])
    expect((await people.search('爬山', 5, 'group'))[0]?.detail).toContain('吴领队')
    expect(await people.search('爬山', 5, 'friend')).toEqual([])
    expect((await people.search('linxiaoman', 5)).map(({ chat }) => chat.name)).toContain(
      '林小满🌿',
    )
  })

  test('a remark is set, told and taken away, and never becomes a name others see', async () => {
    const lin = await chat('林小满')
    await people.remark(lin.id, 'a<b> & c', within())
    expect(sandbox.control.figure('lin').remark).toBe('a<b> & c')
    expect(last(lin.id)).toMatchObject({ name: '林小满🌿', remark: 'a<b> & c' })
    const hikers = await chat('爬山')
    await sandbox.control.say('lin', 'hello', 'hikers')
    const { sender } = await desk.said('hello')
    expect(sender).toMatchObject({ type: 'group', contact: { name: '林小满🌿' } })
    expect(JSON.stringify(await people.members(hikers.id))).not.toContain('"name":"a<b>')
    await people.remark(lin.id, '', within())
    expect(sandbox.control.figure('lin').remark).toBe('')
    await until(() => last(lin.id)?.remark === undefined)
    const error = await failure(people.remark(lin.id, 'x'.repeat(19), within()))
    expect(error.failure).toMatchObject({ code: 'refused', certain: true })
  })

  test('trap 45: pinning repeats the remark, which would be wiped', async () => {
    const zhou = await chat('老周')
    await people.pin(zhou.id, true, within())
    expect(sandbox.control.figure('zhou')).toMatchObject({ pinned: true, remark: '老周（木工）' })
    expect(last(zhou.id)).toMatchObject({ pinned: true, remark: '老周（木工）' })
    await people.pin(zhou.id, false, within())
    await until(() => last(zhou.id)?.pinned === undefined)
    expect(sandbox.control.figure('zhou').remark).toBe('老周（木工）')
  })

  test('trap 38: what is taken away on the phone is seen here: remark, pin, mute', async () => {
    const zhou = await chat('老周')
    await sandbox.control.mute('zhou', true)
    await sandbox.control.pin('zhou', true)
    await until(() => last(zhou.id)?.muted && last(zhou.id)?.pinned)
    await sandbox.control.mute('zhou', false)
    await sandbox.control.pin('zhou', false)
    await sandbox.control.remark('zhou', undefined)
    await until(() => {
      const now = last(zhou.id)
      return now && !now.muted && !now.pinned && now.remark === undefined
    })
    const hikers = await chat('爬山')
    await sandbox.control.mute('hikers', true)
    await until(() => last(hikers.id)?.muted)
    await sandbox.control.mute('hikers', false)
    await until(() => last(hikers.id)?.muted === undefined)
  })

  test('a new picture is a new medium', async () => {
    const lin = await chat('林小满')
    await sandbox.control.setAvatar('lin', 'zhou.jpg')
    await until(() => last(lin.id)?.avatar && last(lin.id)?.avatar?.id !== lin.avatar?.id)
  })

  test('a deleted friend has left, and is back when added again; so has a left group', async () => {
    const lin = await chat('林小满')
    await sandbox.control.unfriend('lin')
    await until(() => last(lin.id)?.left)
    const family = await chat('一家人')
    await sandbox.control.leaveGroup('family', 'me', 'zhou')
    await until(() => last(family.id)?.left)
    await sandbox.control.joinGroup('family', 'me', 'zhou')
    await until(() => last(family.id)?.left === undefined)
  })

  test('trap 46: a request is accepted with its ticket, under a short id that a restart keeps', async () => {
    await sandbox.control.request('newcomer', 'I am <new> & nice', '新来的')
    const request = await until(async () => (await people.requests())[0])
    expect(request).toMatchObject({ request: '1', name: '新来的', greeting: 'I am <new> & nice' })
    const said = desk.messages.find((each) => each.content.kind === 'friendRequest')
    expect(said?.content).toMatchObject({ request: '1' })
    const friend = await people.accept('1', within())
    expect(friend.name).toBe('新来的')
    expect(last(friend.id)).toBeDefined()
    expect(sandbox.control.figure('newcomer').friend).toBe(true)
    expect(await people.requests()).toEqual([])
    const error = await failure(people.accept('1', within()))
    expect(error.failure).toMatchObject({ code: 'gone', certain: true })
  })

  test('someone met in a group is asked to be a friend', async () => {
    const hikers = await chat('爬山')
    const members = await people.members(hikers.id)
    const wu = members.find((each) => each.name === '吴大山')
    if (!wu) throw new Error('no wu')
    await people.add(wu.id, '你好 <wu>', within())
    expect(sandbox.control.asked()).toEqual([{ who: 'wu', greeting: '你好 <wu>' }])
  })

  test('trap 86: a group needs two others, and is an id, not an object', async () => {
    const [lin, zhou] = [await chat('林小满'), await chat('老周')]
    const error = await failure(people.createGroup([lin.id], 'x', within()))
    expect(error.failure).toMatchObject({ code: 'refused', heal: 'never', certain: true })
    expect(calls('webwxcreatechatroom')).toEqual([])
    const group = await people.createGroup([lin.id, zhou.id], '新群', within())
    expect(group).toMatchObject({ kind: 'group', members: 3 })
    expect(last(group.id)).toEqual(group)
  })

  test('a group is renamed, people come and go', async () => {
    const [lin, zhou] = [await chat('林小满'), await chat('老周')]
    const html = await chat('Tom')
    const group = await people.createGroup([lin.id, zhou.id], '新群', within())
    await people.rename(group.id, '十个汉字的名字刚好吧', within())
    expect(last(group.id)?.name).toBe('十个汉字的名字刚好吧')
    const long = await failure(people.rename(group.id, '十一个汉字的名字太长了吧', within()))
    expect(long.failure).toMatchObject({ code: 'tooLarge', certain: true })
    expect(long.message).toContain('was not renamed')
    expect(await people.invite(group.id, [html.id], within())).toBe('added')
    const members = await people.members(group.id)
    expect(members).toHaveLength(3)
    const tom = members.find((each) => each.name.includes('Tom'))
    if (!tom) throw new Error('no tom')
    await people.remove(group.id, [tom.id], within())
    expect(last(group.id)?.members).toBe(3)
    const again = await failure(people.remove(group.id, [tom.id], within()))
    expect(again.failure.code).toBe('refused')
  })

  test('in a large group people are invited and have to accept', async () => {
    const world = await sandbox.control.populate({ friends: 42, groups: 0 })
    await sandbox.control.makeGroup('crowd', 'crowd', ['me', ...world.friends.slice(0, 40)])
    const crowd = await desk.chat('crowd')
    const lin = await chat('林小满')
    await until(async () => (await people.members(crowd.id)).length === 40)
    expect(await people.invite(crowd.id, [lin.id], within())).toBe('invited')
    expect(calls('fun=invitemember')).toHaveLength(1)
  })

  test('what WeChat refuses says that it was not done, and why', async () => {
    const lin = await chat('林小满')
    sandbox.control.fault({ path: 'webwxoplog', how: { ret: 1205 } })
    const rate = await failure(people.remark(lin.id, 'x', within()))
    expect(rate.failure).toMatchObject({ code: 'rate', certain: true })
    expect(rate.message).toContain('remark was not set')
    expect(last(lin.id)?.remark).toBeUndefined()
    sandbox.control.fault({ path: 'webwxoplog', how: 'reset' })
    const cut = await failure(people.remark(lin.id, 'x', within()))
    expect(cut.failure).toMatchObject({ code: 'network', certain: false })
  })

  test('offline nothing is asked, and the error says so', async () => {
    const lin = await chat('林小满')
    await sandbox.control.kick()
    await desk.state('offline')
    const error = await failure(people.remark(lin.id, 'x', within()))
    expect(error.failure).toMatchObject({ code: 'session', heal: 'relogin', certain: true })
  })

  test('calls never overlap', async () => {
    const lin = await chat('林小满')
    await Promise.all(['a', 'b', 'c'].map((each) => people.remark(lin.id, each, within())))
    expect(sandbox.control.figure('lin').remark).toBe('c')
    expect(calls('webwxoplog')).toHaveLength(3)
  })

  test('what is read on the phone is told, and what is read here is told to the phone', async () => {
    const lin = await chat('林小满')
    await sandbox.control.phoneRead('lin')
    await until(() => desk.reads.includes(lin.id))
    await sandbox.control.phoneEnter('hikers')
    const hikers = await chat('爬山')
    await until(() => desk.reads.includes(hikers.id))
    await desk.connector.markRead?.(lin.id, within())
    expect(sandbox.control.readMarks()).toContain('lin')
    sandbox.control.fault({ path: 'webwxstatusnotify', how: '500' })
    await desk.connector.markRead?.(lin.id, within())
  })

  test('trap 48: special accounts are known by their names', async () => {
    const weixin = await chat('微信团队')
    expect(weixin).toMatchObject({ kind: 'mp' })
    expect(weixin.id.endsWith('/weixin')).toBe(true)
  })

  test('trap 42: a group without a name is called by its members', async () => {
    await sandbox.control.say('mei', 'eggs', 'market')
    const { chat: id } = await desk.said('eggs')
    expect(last(id)?.name).toBe('团长, 周明远, 吴大山')
  })
})
