import { afterEach, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import { mediaId, roomId } from '../../src/core/ids.ts'
import { account, lin, message, picture } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const shown = (words: string) =>
  until(() => world.hub.words().some((w) => w.includes(words)), words)

async function command(...words: string[]): Promise<void> {
  await world.hub.does({
    type: 'command',
    id: world.hub.event(),
    room: roomId(await roomOf(world, management)),
    at: Date.now(),
    from: '@owner',
    words,
  })
}

test('the face of the account is fetched when it comes online', async () => {
  world = await openWorld({ online: false })
  const face = { ...picture, id: mediaId('wechat/face') }
  world.wechat.media.set(face.id, new Uint8Array([1, 2, 3]))
  await world.wechat.sink.login({ state: 'online', account, me: { ...lin, avatar: face } })
  const kept = () => world.database.store.unit((unit) => unit.keptMedia(face.id))
  await until(async () => (await kept()) !== undefined, 'the face')
})

test('the management room exists from the start and says what it is, once for all starts', async () => {
  world = await openWorld({ online: false })
  await shown('Hello, this is the WeChat bridge')
  world = await world.restart()
  await world.wechat.hear(message('1'))
  await shown('text 1')
  expect(world.hub.words().join()).not.toContain('Hello')
})

test('help, status and wrong words are answered', async () => {
  world = await openWorld()
  await shown('WeChat is online as 阿墨')
  await command('help')
  await shown('!wx login')
  await command('status')
  await shown('WeChat: online (阿墨)')
  await command('toString')
  await shown('There is no command "toString"')
  await command('resend', '12; drop table')
  await shown('no undelivered message with this number')
})

test('plain words in the management room are taken as a command', async () => {
  world = await openWorld()
  await world.hub.says(await roomOf(world, management), 'status')
  await shown('WeChat: online')
  expect(world.wechat.tries).toEqual([])
})

test('a command that the hub delivers twice is run once', async () => {
  world = await openWorld()
  const room = roomId(await roomOf(world, management))
  const id = world.hub.event()
  const event = { type: 'command', id, room, at: 1, from: '@owner', words: ['logout'] } as const
  await world.hub.does(event)
  await world.hub.does(event)
  await shown('Logging out')
  expect(world.wechat.calls).toEqual(['logout'])
})

test('login and logout reach the connector only when there is something to do', async () => {
  world = await openWorld()
  await shown('online')
  await command('login')
  await shown('Nothing to begin')
  await command('logout')
  await until(() => world.wechat.calls.includes('logout'), 'the logout')
  await world.wechat.sink.login({ state: 'offline', reason: 'loggedOut', relogin: true })
  await command('logout')
  await shown('Nobody is logged in')
  await command('login')
  await until(() => world.wechat.calls.includes('login'), 'the login')
  expect(world.wechat.calls).toEqual(['logout', 'login'])
})

test('a kick right after the login says what that means', async () => {
  world = await openWorld()
  await shown('online')
  const kicked = { state: 'offline', reason: 'kicked', relogin: true } as const
  await world.wechat.sink.login({ ...kicked, early: true })
  await shown('right after the login')
})

test('each change of the login is shown, the latest wins, and a failing hub is asked again', async () => {
  world = await openWorld({
    online: false,
    prepare: ({ hub }) => {
      hub.loginFaults.push(failure({ code: 'network', heal: 'retry', certain: true }))
    },
  })
  await world.wechat.sink.login({ state: 'scan', qr: 'https://login.example/1', attempt: 1 })
  await world.wechat.sink.login({ state: 'scan', qr: 'https://login.example/2', attempt: 2 })
  await until(() => world.hub.logins.some((one) => one.state === 'scan' && one.attempt === 2))
  await world.wechat.online()
  await until(() => world.hub.logins.at(-1)?.state === 'online', 'online shown')
})

test('a restart of the same session is not worth a word', async () => {
  world = await openWorld()
  await shown('WeChat is online as')
  world = await world.restart()
  await world.wechat.hear(message('1'))
  await shown('text 1')
  expect(world.hub.words().join()).not.toContain('WeChat is online')
})
