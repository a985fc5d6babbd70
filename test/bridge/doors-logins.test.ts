import { afterEach, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import { messageId } from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import type { Login } from '../../src/ports/wechat.ts'
import { account, friendChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import {
  openWorld,
  roomOf,
  secondAccount,
  secondFriend,
  secondLin,
  type WeChatSide,
  type World,
  type WorldOptions,
} from './harness.ts'

// The logins of several doors: one code at a time, and one door for each account.

let world: World
let second: WeChatSide
afterEach(() => world.close())

async function open(options: WorldOptions = {}): Promise<void> {
  taken(await openWorld({ doors: ['second'], ...options }))
  await until(() => second.sink !== undefined, 'the second door running')
}
function taken(now: World): void {
  world = now
  second = now.doors.second!
}
const scan = (qr: string): Login => ({ state: 'scan', qr, attempt: 1 })
const kicked: Login = { state: 'offline', reason: 'kicked', relogin: true }
const stateOf = (id: string) => world.bridge.doors().find((each) => each.id === id)?.login
const shown = () => world.hub.logins.at(-1)
const homeSays = async (line: string) => world.hub.commands(await roomOf(world, management), line)
const homeWords = async () => world.hub.words(await roomOf(world, management))
const told = (part: RegExp) =>
  until(async () => (await homeWords()).findLast((each) => part.test(each)), String(part))
const online = () => until(() => world.bridge.doors().every(isOnline), 'both online')
const isOnline = ({ login }: { login: Login }) => login.state === 'online'
const ofSecond = (id: string): Message =>
  message(id, {
    id: messageId(`${secondAccount}/${id}`),
    account: secondAccount,
    chat: secondFriend.id,
    sender: { type: 'contact', contact: secondLin },
  })

const bothOff = ({ wechat, doors }: Parameters<NonNullable<WorldOptions['prepare']>>[0]): void => {
  wechat.isOnline = false
  doors.second!.isOnline = false
}

test('of two codes the first is shown, then the one that a person asked for, and the other when that is over', async () => {
  await open({ prepare: bothOff })
  await world.wechat.sink.login(scan('one'))
  await second.sink.login(scan('two'))
  await until(() => shown()?.state === 'scan', 'a code')
  expect(shown()).toMatchObject({ qr: 'one', door: 'main' })
  await second.sink.login(kicked)
  await homeSays('login second')
  await until(() => second.calls.includes('login'), 'asked for')
  await second.sink.login(scan('three'))
  await until(() => (shown() as { qr?: string }).qr === 'three', 'the one asked for')
  expect(shown()).toMatchObject({ door: 'second' })
  await second.online()
  await until(() => (shown() as { qr?: string }).qr === 'one', 'the one that waited')
})

test('with one door nothing names it', async () => {
  world = await openWorld()
  await until(() => shown()?.state === 'online', 'shown')
  expect(shown()).not.toHaveProperty('door')
  await told(/^WeChat is online as 阿墨$/)
  await homeSays('status')
  expect(await told(/^WeChat: online/)).not.toMatch(/main/)
  await homeSays('logout')
  await until(() => world.wechat.calls.includes('logout'), 'logged out')
})

test('login and logout name a door only where it is not clear', async () => {
  await open()
  await online()
  await homeSays('logout')
  await told(/Which door\? Say its name: !wx logout main, !wx logout second/)
  await homeSays('logout nobody')
  await told(/There is no door "nobody"\. The doors are: main, second/)
  await homeSays('logout second')
  await until(() => second.calls.includes('logout'), 'logged out')
  expect(world.wechat.calls).toEqual([])
  await second.sink.login({ state: 'offline', reason: 'loggedOut', relogin: true })
  await homeSays('login')
  await until(() => second.calls.includes('login'), 'the only one it can mean')
  expect(world.wechat.calls).toEqual([])
  await homeSays('logout')
  await until(() => world.wechat.calls.includes('logout'), 'the only one that is in')
})

test('a number that the phone shows is asked for, and given to the door that waits for it', async () => {
  await open({ prepare: bothOff })
  await world.wechat.sink.login({ state: 'scanned' })
  await second.sink.login({ state: 'scanned', verify: true })
  await told(/number \(second\).*!wx code second/)
  await homeSays('code 1234')
  await until(() => second.options.length === 1, 'given')
  expect(second.options).toEqual([{ verify: '1234' }])
  expect(world.wechat.options).toEqual([])
  await homeSays('code main 1234')
  await told(/No login waits for a code \(main\)/)
})

test('status and doors tell how each door stands', async () => {
  await open()
  await online()
  await world.wechat.hear(message('1'))
  await second.hear(ofSecond('1'))
  await homeSays('status')
  const status = await told(/^WeChat: online/)
  expect(status).toMatch(/main: online \(阿墨\), 2 chats/)
  expect(status).toMatch(/second: online \(小号\), 1 chats/)
  await second.sink.login(kicked)
  await homeSays('doors')
  await told(/second: offline/)
})

test('an account that is online already stays with its door; the other is told, and takes over only when it is free', async () => {
  await open({
    prepare({ doors }) {
      doors.second!.isOnline = false
    },
  })
  await until(() => stateOf('main')?.state === 'online', 'the first online')
  second.account = account
  second.me = world.wechat.me
  second.chats = [friendChat]
  await second.online()
  expect(stateOf('second')).toMatchObject({ state: 'offline', reason: 'refused' })
  await told(/online through main already.*!wx logout second/)
  await expect(second.hear(message('twice'))).rejects.toThrow(/Another door/)
  await world.wechat.hear(message('1'))
  await world.hub.says(await roomOf(world), 'hello')
  await until(() => world.wechat.delivered.length === 1, 'sent by the first')
  expect(second.tries).toEqual([])
  await homeSays('doors')
  await told(/second: its account is online through main/)

  await world.wechat.sink.login(kicked)
  await until(() => stateOf('second')?.state === 'online', 'free now')
  await told(/WeChat \(second\) is online/)
  await second.hear(message('twice'))
  await world.hub.says(await roomOf(world), 'again')
  await until(() => second.delivered.length === 1, 'sent by the second')
  expect(world.wechat.delivered).toHaveLength(1)
})

test('after a restart an account goes on through the door it had, whichever is faster', async () => {
  await open()
  await online()
  taken(await world.restart(undefined, bothOff))
  await until(() => world.wechat.sink !== undefined && second.sink !== undefined, 'running')
  second.account = account
  await second.online()
  expect(stateOf('second')).toMatchObject({ state: 'offline', reason: 'starting' })
  await world.wechat.online()
  expect(stateOf('main')?.state).toBe('online')
  expect(stateOf('second')).toMatchObject({ reason: 'refused' })
})

test('an account whose old door says that nobody is there goes on through the new one', async () => {
  await open()
  await online()
  taken(await world.restart(undefined, bothOff))
  await until(() => world.wechat.sink !== undefined && second.sink !== undefined, 'running')
  second.account = account
  await second.online()
  await world.wechat.sink.login(kicked)
  await until(() => stateOf('second')?.state === 'online', 'taken over')
})

test('what was said of a login is not said again after a restart, for any door', async () => {
  await open()
  await online()
  await told(/\(main\) is online/)
  await told(/\(second\) is online/)
  taken(await world.restart())
  await online()
  await homeSays('doors')
  await told(/main: online/)
  expect((await homeWords()).filter((each) => /is online as/.test(each))).toEqual([])
})

test('a door that cannot be remembered is not sent through', async () => {
  let isFull = false
  await open({
    prepare: bothOff,
    parts: {
      vault: brokenVault(() => isFull),
    },
  })
  isFull = true
  await expect(second.online()).rejects.toThrow('full')
  expect(stateOf('second')?.state).toBe('offline')
  isFull = false
  await second.online()
  expect(stateOf('second')?.state).toBe('online')
})

test('what is left of an account that was at a door before says nothing of who is logged in there', async () => {
  await open()
  await online()
  await world.wechat.hear(message('known'))
  await second.sink.login({ state: 'offline', reason: 'loggedOut', relogin: true })
  await expect(second.hear(message('left'))).rejects.toThrow('Another door')
  expect(stateOf('second')).toMatchObject({ reason: 'loggedOut', relogin: true })
  await homeSays('login second')
  await until(() => second.calls.includes('login'), 'asked for')
  await second.online()
  // Somebody else is online there by now, and stays so.
  await second.hear(message('left'))
  expect(stateOf('second')).toMatchObject({ state: 'online', account: secondAccount })
  await second.hear(ofSecond('own'))
  await world.hub.says(await roomOf(world, secondFriend), 'an answer')
  await until(() => second.delivered.length === 1, 'sent')
})

test('the rooms of an account that goes on through another door stay at a logout', async () => {
  const cleared: string[] = []
  const loggedOut = async (me: { readonly name: string }) => {
    cleared.push(me.name)
    return []
  }
  await open({
    prepare: ({ wechat, hub, doors }) => {
      Object.assign(hub, { loggedOut })
      doors.second!.chats = wechat.chats
      doors.second!.account = account
      doors.second!.isOnline = false
    },
  })
  await until(() => stateOf('main')?.state === 'online', 'the first online')
  await second.online()
  expect(stateOf('second')).toMatchObject({ reason: 'refused' })
  await homeSays('logout main')
  await until(() => world.wechat.calls.includes('logout'), 'logged out')
  await world.wechat.sink.login({ state: 'offline', reason: 'loggedOut', relogin: true })
  await until(() => stateOf('second')?.state === 'online', 'it going on')
  await second.hear(message('on'))
  await roomOf(world)
  expect(cleared).toEqual([])
})

function brokenVault(isFull: () => boolean) {
  const kept = new Map<string, string>()
  return {
    get: async (name: string) => kept.get(name),
    async set(name: string, text: string) {
      if (isFull()) throw new Error('full')
      kept.set(name, text)
    },
    drop: async (name: string) => void kept.delete(name),
  }
}

test('a program works with the first door, unless it names another', async () => {
  await open()
  await online()
  const its = world.bridge.provisioning(world.hub.id)!
  expect(its.doors?.().map(({ id }) => id)).toEqual(['main', 'second'])
  expect(its.login()).toMatchObject({ account })
  expect(its.login('second')).toMatchObject({ account: secondAccount })
  expect(() => its.login('nobody')).toThrow(/no such way/)
  const next = its.nextLogin(its.login('second'), AbortSignal.any([]), 'second')
  await second.sink.login(kicked)
  expect(await next).toEqual(kicked)
  expect(its.begin()).toBe(false)
  expect(its.begin({ code: true }, 'second')).toBe(true)
  expect(second.options).toEqual([{ code: true }])
  expect(world.wechat.calls).toEqual([])
  await its.logout(AbortSignal.any([]))
  expect(world.wechat.calls).toEqual(['logout'])
  expect(second.calls).toEqual(['login'])
})
