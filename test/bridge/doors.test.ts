import { afterEach, expect, test } from 'vitest'
import { createDoors } from '../../src/bridge/doors.ts'
import { downloadAt } from '../../src/bridge/doors-at-work.ts'
import { weChatRoute } from '../../src/bridge/wechat-route.ts'
import { management } from '../../src/core/chat.ts'
import { mediaId, messageId, type PortalId, portalId } from '../../src/core/ids.ts'
import type { MediaRef, Message } from '../../src/core/message.ts'
import type { DoorState } from '../../src/ports/doors.ts'
import type { HubAdapter } from '../../src/ports/hub.ts'
import { friendChat, groupChat, lin, message } from '../core/samples.ts'
import { memoryLog, memoryVault, realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import {
  failure,
  openWorld,
  roomOf,
  secondAccount,
  secondFriend,
  secondLin,
  WeChatSide,
  type World,
  type WorldOptions,
} from './harness.ts'

// Several doors in one bridge: what belongs to which account is never another's.

let world: World
let second: WeChatSide
afterEach(() => world.close())

async function open(options: WorldOptions = {}): Promise<void> {
  taken(await openWorld({ doors: ['second'], ...options }))
  await until(() => second.sink !== undefined, 'the second door running')
  await until(
    () => world.bridge.doors().every((each) => isOnline(each) || isOver(each)),
    'each as it will be',
  )
}
function taken(now: World): void {
  world = now
  second = now.doors.second!
}
const isOnline = ({ login }: DoorState) => login.state === 'online'
const isOver = ({ login }: DoorState) => login.state === 'offline' && login.reason === 'unreachable'
const ofSecond = (id: string, change: Partial<Message> = {}): Message =>
  message(id, {
    id: messageId(`${secondAccount}/${id}`),
    account: secondAccount,
    chat: secondFriend.id,
    sender: { type: 'contact', contact: secondLin },
    ...change,
  })
async function bothHeard(): Promise<readonly [string, string]> {
  await world.wechat.hear(message('1'))
  await second.hear(ofSecond('1'))
  return [await roomOf(world), await roomOf(world, secondFriend)]
}
const sentBy = (side: WeChatSide) =>
  side.delivered.map(({ chat, body }) => `${chat}: ${body.kind === 'text' ? body.text : body.kind}`)
const said = async (part: RegExp) => {
  const home = await roomOf(world, management)
  return world.hub.words(home).filter((each) => part.test(each))
}
const told = (part: RegExp) =>
  until(async () => ((await said(part)).length > 0 ? (await said(part)).at(-1) : false), `${part}`)
const homeSays = async (line: string) => world.hub.commands(await roomOf(world, management), line)
const kicked = { state: 'offline', reason: 'kicked', relogin: true } as const

test('friends of one name in two accounts have rooms of their own, and each answer goes to the right one', async () => {
  await open()
  const [first, other] = await bothHeard()
  expect(first).not.toBe(other)
  await world.hub.says(first, 'to the first')
  await world.hub.says(other, 'to the second')
  await until(() => world.wechat.delivered.length + second.delivered.length === 2, 'both sent')
  expect(sentBy(world.wechat)).toEqual([`${friendChat.id}: to the first`])
  expect(sentBy(second)).toEqual([`${secondFriend.id}: to the second`])
})

test('of one door that is kicked only the sends wait, it is said once, and they go out after the next login', async () => {
  await open()
  const [first, other] = await bothHeard()
  await second.sink.login(kicked)
  await second.sink.login(kicked)
  await world.hub.says(other, 'waits')
  await world.hub.says(first, 'goes')
  await until(() => world.wechat.delivered.length === 1, 'the first goes on')
  expect(second.tries).toEqual([])
  expect(await said(/second.*offline/)).toHaveLength(1)
  expect(await said(/!wx login second/)).toHaveLength(1)
  await second.online()
  await until(() => second.delivered.length === 1, 'sent after the login')
  expect(sentBy(second)).toEqual([`${secondFriend.id}: waits`])
  expect(sentBy(world.wechat)).toEqual([`${friendChat.id}: goes`])
})

test('when both go offline for one reason at the same moment, both are said', async () => {
  const now = realClock.now()
  await open({ clock: { ...realClock, now: () => now } })
  await Promise.all([second.sink.login(kicked), world.wechat.sink.login(kicked)])
  const all = await world.database.archive.messages(management.id, 50)
  const offline = all.flatMap(({ message: { content } }) =>
    content.kind === 'notice' && content.notice.type === 'offline' ? [content.notice.door] : [],
  )
  expect(offline.sort()).toEqual(['main', 'second'])
})

test('what waits for an account that is away goes to nobody else who logs in through its door', async () => {
  await open()
  const [, other] = await bothHeard()
  await second.sink.login(kicked)
  await world.hub.says(other, 'for the one who left')
  const third = { ...second.me, id: `${'wx:777'}/me` as never }
  await second.sink.login({ state: 'online', account: 'wx:777' as never, me: third })
  await world.hub.says(await roomOf(world), 'still here')
  await until(() => world.wechat.delivered.length === 1, 'the first goes on')
  expect(second.tries).toEqual([])
  await second.online()
  await until(() => second.delivered.length === 1, 'back, and sent')
})

test('an account that comes through the other door is sent to through that one', async () => {
  await open()
  const [, other] = await bothHeard()
  await second.sink.login(kicked)
  await world.wechat.sink.login(kicked)
  world.wechat.account = secondAccount
  await world.wechat.online()
  await world.hub.says(other, 'by the other way')
  await until(() => world.wechat.delivered.length === 1, 'sent')
  expect(sentBy(world.wechat)).toEqual([`${secondFriend.id}: by the other way`])
  expect(second.tries).toEqual([])
})

test('a door that did not send something is not asked whether it arrived: the person is', async () => {
  await open()
  const [, other] = await bothHeard()
  const lost = failure({ code: 'timeout', heal: 'retry', certain: false })
  const answer = Promise.withResolvers<void>()
  second.faults.push({ error: lost, after: true, until: answer.promise })
  world.wechat.found = 'absent'
  await world.hub.says(other, 'perhaps')
  await until(() => second.tries.length === 1, 'under way')
  await second.sink.login(kicked)
  await world.wechat.sink.login(kicked)
  world.wechat.account = secondAccount
  await world.wechat.online()
  answer.resolve()
  await until(
    async () => world.hub.words(other).some((each) => /May not have been sent/.test(each)),
    'asked',
  )
  expect(world.wechat.tries).toEqual([])
})

test('whose account is whose is known after a restart, before anybody is online', async () => {
  await open()
  const [, other] = await bothHeard()
  taken(
    await world.restart(undefined, ({ wechat, doors }) => {
      wechat.isOnline = false
      doors.second!.isOnline = false
      doors.second!.features = { ...doors.second!.features, text: 5 }
      doors.second!.media.set('late', new TextEncoder().encode('bytes'))
    }),
  )
  await until(() => second.sink !== undefined, 'running')
  // The second door takes five characters at once: what is split was measured by its measure.
  await world.hub.says(other, 'one two')
  await second.online()
  await until(() => second.delivered.length > 1, 'sent in pieces')
  expect(world.wechat.tries).toEqual([])
})

test('bytes are asked for at the door of their account, and not at another where that one is gone', async () => {
  const late: MediaRef = {
    id: mediaId('late'),
    source: `wechat/${secondAccount}`,
    kind: 'image',
    mime: 'image/jpeg',
    token: '{}',
  }
  await open()
  second.media.set('late', new TextEncoder().encode('bytes'))
  await second.hear(ofSecond('pic', { content: { kind: 'image', media: late } }))
  const other = await roomOf(world, secondFriend)
  await until(() => world.hub.words(other).includes('[image]'), 'shown')
  expect([second.downloads, world.wechat.downloads]).toEqual([1, 0])
})

test('a question about who someone is holds only what it is about, and is answered to its own door', async () => {
  await open()
  const [first, other] = await bothHeard()
  const doubtful = { ...secondFriend, id: `${secondAccount}/new` as never, name: 'new' }
  await second.sink.doubts([{ chat: doubtful, candidates: [secondFriend.id], about: [] }])
  await world.hub.says(other, 'held')
  await world.hub.says(first, 'free')
  await until(() => world.wechat.delivered.length === 1, 'the first goes on')
  const question = await told(/Which chat of before/)
  const code = /same (\w+) 1/.exec(String(question))?.[1]
  expect(second.tries).toEqual([])
  await homeSays(`same ${code} new`)
  await until(
    () => (second.people as unknown as { calls: unknown[][] }).calls.length === 1,
    'its own door is told',
  )
  expect((world.wechat.people as unknown as { calls: unknown[][] }).calls).toEqual([])
  await second.sink.doubts([])
  await until(() => second.delivered.length === 1, 'no longer held')
})

test('a chat read here is marked as read through its own door', async () => {
  await open()
  const [, other] = await bothHeard()
  await world.hub.reads(other)
  await until(() => second.marked.length === 1, 'marked')
  expect(second.marked).toEqual([secondFriend.id])
  expect(world.wechat.marked).toEqual([])
})

test('a search finds in all accounts and says which; what is started is the right one', async () => {
  await open()
  await world.wechat.hear(message('1'))
  await second.hear(ofSecond('1'))
  world.wechat.people = Object.assign(world.wechat.people, {
    found: [{ chat: friendChat, detail: '' }],
  })
  second.people = Object.assign(second.people, { found: [{ chat: secondFriend, detail: '' }] })
  await homeSays('search lin')
  const list = await told(/1\. /)
  expect(list).toMatch(/1\. .*· main/)
  expect(list).toMatch(/2\. .*· second/)
  await homeSays('start 2')
  const other = await roomOf(world, secondFriend)
  await until(
    () => world.hub.words(other).some((each) => /opened|room/i.test(each)),
    'opened there',
  )
})

test('friends of two accounts cannot be made one group, and an address book that fails is named', async () => {
  await open()
  world.wechat.people = Object.assign(world.wechat.people, {
    found: [{ chat: friendChat, detail: '' }],
  })
  second.people = Object.assign(second.people, { found: [{ chat: secondFriend, detail: '' }] })
  await homeSays('search lin')
  await told(/2\. /)
  await homeSays('group 1 2 all of us')
  await told(/different WeChat accounts/)
  const people = second.people as unknown as { faults: Error[] }
  people.faults.push(failure({ code: 'session', heal: 'relogin', certain: true }))
  await homeSays('search lin')
  await told(/did not answer: second/)
})

test('what is done in the room of a group is done by its account', async () => {
  await open()
  const [, other] = await bothHeard()
  await world.hub.commands(other, 'remark Old friend')
  const calls = (side: WeChatSide) => (side.people as unknown as { calls: unknown[][] }).calls
  await until(() => calls(second).length === 1, 'asked')
  expect(calls(second)).toEqual([['remark', secondFriend.id, 'Old friend']])
  expect(calls(world.wechat)).toEqual([])
})

test('a friend request is accepted by the account it came to', async () => {
  await open()
  const request = { request: 'abc', name: 'Qiu', greeting: 'hi', at: 1 }
  second.people = Object.assign(second.people, { open: [request] })
  await homeSays('accept')
  const calls = (side: WeChatSide) => (side.people as unknown as { calls: unknown[][] }).calls
  await until(() => calls(second).length === 1, 'accepted')
  expect(calls(second)).toEqual([['accept', 'abc']])
  // The same word in both: nobody guesses.
  world.wechat.people = Object.assign(world.wechat.people, { open: [{ ...request, name: 'Zhu' }] })
  await homeSays('accept abc')
  await told(/accept abc.*\n?.*accept abc/)
  expect(calls(second)).toHaveLength(1)
  expect(calls(world.wechat)).toEqual([])
})

test('one connector that cannot go on leaves the others alone', async () => {
  await open({
    prepare({ doors }) {
      const side = doors.second!
      const run = side.run.bind(side)
      side.run = async (sink, signal) => {
        await run(sink, AbortSignal.abort())
        signal.throwIfAborted()
        throw failure({ code: 'config', heal: 'never', certain: true }, 'the package is missing')
      }
    },
  })
  await told(/second.*offline.*package is missing/)
  await world.wechat.hear(message('1'))
  await world.hub.says(await roomOf(world), 'goes on')
  await until(() => world.wechat.delivered.length === 1, 'sent')
})

test('members of a group are those its own account knows', async () => {
  await open()
  world.wechat.people = Object.assign(world.wechat.people, { inGroup: [lin] })
  await world.wechat.hear(message('g', { chat: groupChat.id }))
  await world.hub.commands(await roomOf(world, groupChat), 'members')
  const room = await roomOf(world, groupChat)
  await until(() => world.hub.words(room).some((each) => /1\. 林小满/.test(each)), 'listed')
})

test('what waits is told for each door', async () => {
  await open()
  await bothHeard()
  await second.sink.login(kicked)
  await homeSays('queue')
  const queue = await told(/line for WeChat/)
  expect(queue).toMatch(/^main: Sent: /m)
  expect(queue).toMatch(/^second: Paused: /m)
})

test('a logout takes the rooms of its own account alone, whatever a hub gave up', async () => {
  const gone: PortalId[] = []
  const shared: unknown[] = []
  const loggedOut: HubAdapter['loggedOut'] = async (me, _signal, isShared) => {
    shared.push([me.id, isShared])
    return gone
  }
  await open({ prepare: ({ hub }) => void Object.assign(hub, { loggedOut }) })
  const [first, other] = await bothHeard()
  gone.push(...[first, other].map((room) => portalId(room.slice(1))))
  await homeSays('logout second')
  const roomIn = (room: string) =>
    world.database.store.unit(
      async (unit) => (await unit.portal(portalId(room.slice(1))))?.room ?? null,
    )
  await until(async () => (await roomIn(other)) === null, 'its room is gone')
  expect(await roomIn(first)).toBe(first)
  expect(shared).toEqual([[second.me.id, true]])
})

test('nobody is asked for the bytes of an account whose door is not configured any more', async () => {
  const vault = memoryVault()
  const ports = { vault, clock: realClock, log: memoryLog() }
  const away = new WeChatSide('away')
  const before = createDoors(
    ports,
    [
      { id: 'main', connector: new WeChatSide('main') },
      { id: 'away', connector: away },
    ],
    () => undefined,
  )
  await before.recall()
  const login = { state: 'online', account: away.account, me: away.me } as const
  await before.tell(before.named('away')!, login)
  const main = new WeChatSide('main')
  const now = createDoors(ports, [{ id: 'main', connector: main }], () => undefined)
  await now.recall()
  const media: MediaRef = {
    id: mediaId('m'),
    source: `wechat/${away.account}`,
    kind: 'image',
    mime: 'image/jpeg',
    token: '{}',
  }
  main.media.set('m', new Uint8Array(3))
  const ask = () => downloadAt(now, media.source)(media, AbortSignal.any([]))
  await expect(ask()).rejects.toThrow(/not configured/)
  expect(main.downloads).toBe(0)
  await now.tell(now.first, login)
  await ask()
  expect(main.downloads).toBe(1)
})

test('what is kept of doors and makes no sense counts as nothing', async () => {
  for (const text of ['no json', 'null', '[]', '{"wx:1": 7, "wx:2": {"door": 1}}']) {
    const vault = memoryVault()
    await vault.set('doors', text)
    const ports = { vault, clock: realClock, log: memoryLog() }
    const doors = createDoors(
      ports,
      [{ id: 'main', connector: new WeChatSide('main') }],
      () => undefined,
    )
    await doors.recall()
    expect(doors.of(secondAccount).id).toBe('main')
    expect(doors.isHomeless(secondAccount)).toBe(false)
  }
})

test('nothing is sent through a door as whose account somebody else is logged in by now', async () => {
  const main = new WeChatSide('main')
  const ports = { vault: memoryVault(), clock: realClock, log: memoryLog() }
  const doors = createDoors(ports, [{ id: 'main', connector: main }], () => undefined)
  const { me } = main
  await doors.tell(doors.first, { state: 'online', account: secondAccount, me })
  const parts = { store: undefined, vault: undefined } as never
  const route = weChatRoute(parts, secondAccount, doors, () =>
    Promise.reject(new Error('no media')),
  )
  const job = { chat: secondFriend.id, body: { kind: 'text', text: 'x' }, key: 'k' } as never
  const never = AbortSignal.any([])
  await route.outlet.send(job, route.open, never)
  await doors.tell(doors.first, { state: 'online', account: main.account, me })
  await expect(route.outlet.send(job, route.open, never)).rejects.toThrow(/Another account/)
  expect(() => route.check?.(job)).toThrow(/Another account/)
  expect(main.tries).toHaveLength(1)
})
