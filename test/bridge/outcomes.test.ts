import { afterEach, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import type { Failure } from '../../src/core/errors.ts'
import { type Key, weChatLane } from '../../src/core/ids.ts'
import type { Unit } from '../../src/ports/store.ts'
import { account, groupChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const sleeps: number[] = []
const refused: Failure = { code: 'refused', heal: 'never', certain: true }
const lost: Failure = { code: 'timeout', heal: 'retry', certain: false }
const shown = (words: string) =>
  until(() => world.hub.words().some((w) => w.includes(words)), words)

async function inRoom(): Promise<string> {
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  await shown('text 1')
  // Greeting and login too, or what a test scripts next would meet them.
  await until(async () => (await world.database.archive.depth()).queued === 0, 'an empty line')
  return room
}

test('why WeChat refused a send is said in words for people, with its own beside them', async () => {
  world = await openWorld()
  const room = await inRoom()
  const known = { ...refused, reason: 'notFriend', said: '对方已拒收' } as const
  world.wechat.faults.push({ error: failure(known, 'Ret 1204') })
  await world.hub.says(room, 'hi')
  await shown('not a friend any more')
  expect(world.hub.words().at(-1)).toContain('(WeChat: "对方已拒收")')
  expect(world.hub.words().at(-1)).not.toContain('1204')
})

test('a send that WeChat refuses is announced as a reply, and can be sent again', async () => {
  world = await openWorld()
  const room = await inRoom()
  world.wechat.faults.push({ error: failure(refused, 'Ret 1204: not a friend') })
  const id = await world.hub.says(room, 'hi')
  await shown('Was not sent: it was refused (Ret 1204: not a friend)')
  const notice = world.hub.delivered.at(-1)
  expect(notice?.replyToEvent).toBe(id)
  const seq = /!wx resend (\d+)/.exec(world.hub.words().at(-1) ?? '')?.[1]
  const first = world.wechat.tries[0]?.clientId
  await world.hub.does({
    type: 'command',
    id: world.hub.event(),
    room: notice?.room as never,
    at: Date.now(),
    from: '@owner',
    words: ['resend', seq as string],
  })
  await until(() => world.wechat.delivered.length === 1, 'the second try')
  expect(world.wechat.delivered[0]?.clientId).toBe(first)
})

test('a send that may have gone is not repeated: the person is asked', async () => {
  world = await openWorld()
  const room = await inRoom()
  world.wechat.faults.push({ error: failure(lost), after: true })
  world.wechat.finds.push('unknown')
  await world.hub.says(room, 'once')
  await shown('May not have been sent')
  await world.hub.says(room, 'next')
  await until(() => world.wechat.delivered.length === 2, 'the next send')
  const texts = world.wechat.tries.map(({ body }) => body.kind === 'text' && body.text)
  expect(texts).toEqual(['once', 'next'])
})

test('a doubtful send that comes back later counts as sent', async () => {
  world = await openWorld()
  const room = await inRoom()
  world.wechat.faults.push({ error: failure(lost), after: true })
  world.wechat.finds.push('unknown')
  await world.hub.says(room, 'once')
  await shown('May not have been sent')
  const key = world.wechat.tries[0]?.key as Key
  await world.wechat.sink.echo(key, { ids: ['late-1'], at: 1 })
  const depth = await world.database.archive.depth()
  expect(depth).toEqual({ queued: 0, dead: 0 })
})

test('a lost answer is waited for: proof that comes a little later is in time', async () => {
  world = await openWorld({ echoMs: 20_000 })
  const room = await inRoom()
  world.wechat.faults.push({ error: failure(lost), after: true })
  world.wechat.finds.push('unknown', 'unknown', { ids: ['late-1'], at: 1 })
  await world.hub.says(room, 'once')
  await until(() => world.wechat.finds.length < 3, 'the first look')
  await until(async () => (await world.database.archive.depth()).queued === 0, 'the proof')
  expect((await world.database.archive.depth()).dead).toBe(0)
  expect(world.hub.words().join()).not.toMatch(/sent/)
  expect(world.wechat.tries).toHaveLength(1)
})

test('a send that is found to have gone is not repeated and not announced', async () => {
  world = await openWorld()
  const room = await inRoom()
  world.wechat.faults.push({ error: failure(lost), after: true })
  world.wechat.finds.push({ ids: ['found-1'], at: 1 })
  await world.hub.says(room, 'once')
  await world.hub.says(room, 'next')
  await until(() => world.wechat.delivered.length === 2, 'the next send')
  expect(world.wechat.tries).toHaveLength(2)
  expect(world.hub.words().join()).not.toMatch(/sent/)
})

test('a post whose answer was lost is looked for before it is repeated', async () => {
  world = await openWorld()
  await inRoom()
  world.hub.faults.push({ error: failure(lost), after: true }, { error: failure(lost) })
  world.hub.finds.push({ ids: ['$found'], at: 1 }, 'absent')
  await world.wechat.hear(message('2'))
  await world.wechat.hear(message('3'))
  await until(() => world.hub.words().at(-1) === 'text 3', 'the later message')
  const count = (words: string) => world.hub.words().filter((one) => one === words).length
  expect([count('text 2'), count('text 3')]).toEqual([1, 1])
})

test('what surely was not delivered is tried again without asking whether it was', async () => {
  world = await openWorld()
  await inRoom()
  world.hub.found = { ids: ['$wrong'], at: 1 }
  const down: Failure = { code: 'network', heal: 'retry', certain: true, afterMs: 10 }
  world.hub.faults.push({ error: failure(down) })
  await world.wechat.hear(message('2'))
  await shown('text 2')
})

test('a try that can heal is repeated until it does, in order', async () => {
  world = await openWorld()
  await inRoom()
  const down: Failure = { code: 'network', heal: 'retry', certain: true, afterMs: 20 }
  for (let n = 0; n < 5; n++) world.hub.faults.push({ error: failure(down) })
  await world.wechat.hear(message('2'))
  await world.wechat.hear(message('3'))
  await shown('text 3')
  expect(world.hub.words().filter((words) => /text [23]/.test(words))).toEqual(['text 2', 'text 3'])
})

test('being asked to wait pauses the whole lane for as long as it says', async () => {
  world = await openWorld()
  const room = await inRoom()
  const later: Failure = { code: 'server', heal: 'wait', certain: true, afterMs: 700 }
  world.wechat.faults.push({ error: failure(later) })
  await world.wechat.hear(message('2', { chat: groupChat.id }))
  const other = await roomOf(world, groupChat)
  const paused = performance.now()
  await world.hub.says(room, 'fast')
  await until(() => world.wechat.tries.length === 1, 'the refused try')
  await world.hub.says(other, 'elsewhere')
  await until(() => world.wechat.delivered.length >= 1, 'a send')
  expect(performance.now() - paused).toBeGreaterThan(600)
  await until(() => world.wechat.delivered.length === 2, 'both sends')
})

test('an unforeseen error is tried three times and then announced with its cause', async () => {
  world = await openWorld()
  const room = await inRoom()
  const bug: Failure = { code: 'bug', heal: 'retry', certain: true, afterMs: 10 }
  for (let n = 0; n < 9; n++) world.wechat.faults.push({ error: failure(bug, 'x is undefined') })
  await world.hub.says(room, 'hi')
  await shown('unexpected error (x is undefined)')
  expect(world.wechat.tries).toHaveLength(3)
})

test('while WeChat is offline what is written waits, and goes when there is a login', async () => {
  world = await openWorld()
  const room = await inRoom()
  await world.wechat.sink.login({ state: 'offline', reason: 'kicked', relogin: true })
  await world.hub.says(room, 'patience')
  await shown('WeChat is offline')
  expect(world.wechat.tries).toEqual([])
  await world.wechat.online()
  await until(() => world.wechat.delivered.length === 1, 'the waiting send')
})

test('a session that ends during a send keeps the item for the next login', async () => {
  world = await openWorld()
  const room = await inRoom()
  const ended: Failure = { code: 'session', heal: 'relogin', certain: true }
  world.wechat.faults.push({ error: failure(ended) })
  await world.hub.says(room, 'patience')
  await until(() => world.wechat.tries.length === 1, 'the try')
  await world.wechat.sink.login({ state: 'offline', reason: 'kicked', relogin: true })
  await world.wechat.online()
  await until(() => world.wechat.delivered.length === 1, 'the send after the login')
})

test('what an earlier login could not send does not close the lane of the present one', async () => {
  world = await openWorld()
  const room = await inRoom()
  const ended: Failure = { code: 'session', heal: 'relogin', certain: true }
  const late = Promise.withResolvers<void>()
  world.wechat.faults.push({ error: failure(ended), until: late.promise })
  await world.hub.says(room, 'between two logins')
  await until(() => world.wechat.tries.length === 1, 'the try')
  await world.wechat.sink.login({ state: 'offline', reason: 'kicked', relogin: true })
  await world.wechat.online()
  late.resolve()
  await until(() => world.wechat.delivered.length === 1, 'the send of the new login')
})

test('what a crash left half sent is settled at the next start before anything is repeated', async () => {
  const prepare = ({ wechat }: { wechat: World['wechat'] }) => {
    wechat.found = 'unknown'
  }
  world = await openWorld({ prepare })
  const room = await inRoom()
  await world.wechat.sink.login({ state: 'offline', reason: 'kicked', relogin: true })
  await world.hub.says(room, 'half')
  const lane = weChatLane(account)
  world = await world.restart(async (store) => {
    // The state a crash between `sending` and the receipt leaves behind.
    const lease = await until(() => store.take(lane, 'crashed', 1), 'the lane')
    const [item] = await store.unit((unit) => unit.ready(lease, Date.now(), 1, new Set()))
    await store.unit((unit) => unit.markSending(lease, item?.seq as number, Date.now()))
  })
  await shown('May not have been sent')
  expect(world.wechat.tries).toEqual([])
})

test('a receipt that cannot be written is found again, and the portal goes on', async () => {
  let broken = 1
  const unit = (real: Unit): Unit => ({
    ...real,
    deliver: (...args) => {
      if (broken-- > 0) throw failure({ code: 'bug', heal: 'never', certain: true })
      return real.deliver(...args)
    },
  })
  const prepare = ({ hub }: { hub: World['hub'] }) => {
    hub.found = { ids: ['$found'], at: 1 }
  }
  world = await openWorld({ unit, prepare, online: false })
  await until(() => world.log.text().includes('lane stopped'), 'the lane to begin anew')
  await world.wechat.hear(message('1'))
  await shown('text 1')
  expect(world.hub.words().filter((words) => words.startsWith('Hello'))).toHaveLength(1)
})

test('while the store cannot write, nothing goes out, and nothing spins', async () => {
  let full = true
  let marks = 0
  const unit = (real: Unit): Unit => ({
    ...real,
    markSending: (...args) => {
      marks++
      if (full) throw failure({ code: 'server', heal: 'retry', certain: true }, 'disk full')
      return real.markSending(...args)
    },
  })
  world = await openWorld({ unit, online: false })
  // A second refusal comes only after the first had its effect.
  await until(() => marks >= 2, 'the refused writes')
  const before = marks
  expect(world.hub.tries).toEqual([])
  full = false
  await shown('Hello')
  expect(world.hub.tries).toHaveLength(1)
  expect(before).toBeLessThan(5)
})

test('a lane whose receiving failed begins anew only when its sending has ended', async () => {
  const broken = Promise.withResolvers<void>()
  const prepare = ({ hub }: { hub: World['hub'] }) => {
    hub.breaks = broken.promise
  }
  world = await openWorld({ prepare })
  await inRoom()
  const slow = Promise.withResolvers<void>()
  const before = world.hub.tries.length
  world.hub.faults.push({ until: slow.promise })
  await world.wechat.hear(message('2'))
  await until(() => world.hub.tries.length === before + 1, 'the slow try')
  world.hub.breaks = new Promise(() => undefined)
  broken.reject(new Error('receiving failed'))
  // Longer than the first back-off: a lane that did not wait would have begun anew, and tried again.
  const since = performance.now()
  await until(() => performance.now() - since > 1_500, 'the back-off to pass')
  expect(world.hub.tries).toHaveLength(before + 1)
  slow.resolve()
  await world.wechat.hear(message('3'))
  await shown('text 3')
  expect(world.hub.words().filter((words) => words === 'text 2')).toHaveLength(1)
})

test('while the lane is closed it rests', async () => {
  world = await openWorld({ sleeps })
  await inRoom()
  await world.wechat.sink.login({ state: 'offline', reason: 'kicked', relogin: true })
  await shown('WeChat is offline')
  const asked = sleeps.length
  const rested = performance.now()
  await until(() => performance.now() - rested > 300, 'some time to pass')
  expect(sleeps.length - asked).toBeLessThan(20)
})

test('not being able to look is no proof that a send did not go out', async () => {
  world = await openWorld()
  const room = await inRoom()
  world.wechat.faults.push({ error: failure(lost), after: true })
  world.wechat.finds.push(failure({ code: 'config', heal: 'never', certain: true }, 'vault'))
  await world.hub.says(room, 'once')
  await shown('May not have been sent')
  expect(world.wechat.tries).toHaveLength(1)
})

test('only what nobody foresaw counts as unforeseen', async () => {
  world = await openWorld()
  const room = await inRoom()
  const down: Failure = { code: 'network', heal: 'retry', certain: true, afterMs: 5 }
  const bug: Failure = { code: 'bug', heal: 'retry', certain: true, afterMs: 5 }
  for (const one of [down, down, down, bug, down, bug]) {
    world.wechat.faults.push({ error: failure(one) })
  }
  await world.hub.says(room, 'patience')
  await until(() => world.wechat.delivered.length === 1, 'the send')
})

test('a room that is not there any more is asked for again', async () => {
  world = await openWorld()
  await inRoom()
  const before = world.hub.ensured.length
  await world.wechat.hear(message('2'))
  await shown('text 2')
  expect(world.hub.ensured.length).toBe(before)
  const gone: Failure = { code: 'gone', heal: 'retry', certain: true, afterMs: 5 }
  world.hub.faults.push({ error: failure(gone) })
  await world.wechat.hear(message('3'))
  await shown('text 3')
  expect(world.hub.ensured.length).toBe(before + 1)
})

test('a notice that cannot be shown in its room is said in the management room, and ends there', async () => {
  world = await openWorld()
  await shown('WeChat is online')
  world.hub.faults.push({ error: failure(refused) }, { error: failure(refused) })
  await world.wechat.hear(message('1'))
  await until(async () => (await world.database.archive.depth()).dead === 2, 'both given up')
  await world.wechat.hear(message('2'))
  await shown('text 2')
  const words = world.hub.words()
  expect(words.filter((one) => one.includes('could not be shown'))).toHaveLength(1)
  const home = await roomOf(world, management)
  expect(world.hub.delivered.find((_, n) => words[n]?.includes('could not be'))?.room).toBe(home)
})

test('after WeChat ended the session a restart sends nothing before somebody has logged in', async () => {
  world = await openWorld()
  const room = await inRoom()
  const ended: Failure = { code: 'session', heal: 'relogin', certain: true }
  world.wechat.faults.push({ error: failure(ended, 'Ret 1102') })
  await world.hub.says(room, 'patience')
  await until(() => world.wechat.tries.length === 1, 'the try')
  await until(async () => (await world.database.archive.depth()).queued === 1, 'it to wait again')
  world = await world.restart(undefined, ({ wechat }) => {
    wechat.isOnline = false
  })
  // Whatever is read and written meanwhile: a message goes all the way into its room.
  await world.wechat.hear(message('2'))
  await shown('text 2')
  expect(world.wechat.tries).toEqual([])
  await world.wechat.online()
  await until(() => world.wechat.delivered.length === 1, 'the send after the login')
})
