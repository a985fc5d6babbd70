import { afterEach, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import type { HubStanding, ShutWhy } from '../../src/core/hub.ts'
import { portalId } from '../../src/core/ids.ts'
import { message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World } from './harness.ts'
import { commandIn } from './said.ts'

let world: World
afterEach(() => world.close())

const open: HubStanding = { open: true, rooms: [] }
const shut = (why: ShutWhy): HubStanding => ({
  open: false,
  why,
  detail: 'The owner has blocked the bot.',
  rooms: [],
})
const tell = (standing: HubStanding) => world.hub.sink.standing?.(standing)
const others = (words: string) => world.other.words().filter((each) => each.includes(words)).length
const shown = (text: string) => world.hub.words().filter((each) => each === text).length

test('while a hub is shut what goes there waits, and arrives in order once it is open', async () => {
  world = await openWorld({ hubs: 2 })
  await world.wechat.hear(message('1'))
  await until(() => shown('text 1') === 1, 'the first')
  tell(shut('blocked'))
  for (const id of ['2', '3']) await world.wechat.hear(message(id))
  await until(() => world.other.words().includes('text 3'), 'all of it on the other hub')
  expect(world.hub.words()).not.toContain('text 2')
  tell({ ...shut('blocked'), rooms: [] })
  tell(open)
  await until(() => shown('text 3') === 1, 'what waited')
  expect(world.hub.words().filter((words) => words.startsWith('text'))).toEqual([
    'text 1',
    'text 2',
    'text 3',
  ])
})

test('a hub that tells how it stands is given nothing before it has told', async () => {
  world = await openWorld({
    hubs: 2,
    prepare: ({ hub }) => Object.assign(hub, { tellsStanding: true }),
  })
  await world.wechat.hear(message('1'))
  await until(() => world.other.words().includes('text 1'), 'all of it on the other hub')
  expect(world.hub.tries).toEqual([])
  expect(world.hub.logins).toEqual([])
  tell(open)
  await until(() => shown('text 1') === 1, 'what waited')
  await until(() => world.hub.logins.length > 0, 'the login')
})

test('what was refused while a hub, or one of its rooms, was shut comes as soon as it is open', async () => {
  world = await openWorld({ hubs: 2 })
  await world.wechat.hear(message('1'))
  await until(() => shown('text 1') === 1, 'the first')
  const refused = { code: 'refused', heal: 'retry', certain: true, afterMs: 3_600_000 } as const
  const portal = portalId((await roomOf(world)).slice(1))
  const ways: readonly HubStanding[] = [
    { open: true, rooms: [{ portal, detail: 'The bot was removed from the group.' }] },
    shut('blocked'),
    // It says so again when it was away in between.
    open,
  ]
  for (const [at, way] of ways.entries()) {
    world.hub.faults.push({ error: failure(refused) })
    await world.wechat.hear(message(`late ${at}`))
    await until(() => world.hub.faults.length === 0, 'the refusal')
    // The refusal may not be written down yet.
    await until(() => {
      tell(way)
      tell(open)
      return shown(`text late ${at}`) === 1
    }, 'what waited')
  }
})

test('the other hubs are told once that one is shut, also over a restart, and once that it is open', async () => {
  world = await openWorld({ hubs: 2 })
  tell(open)
  tell(shut('blocked'))
  await until(() => others('matrix takes nothing any more') === 1, 'the word')
  tell(shut('refused'))
  world = await world.restart()
  tell(shut('blocked'))
  await world.wechat.hear(message('1'))
  await until(() => world.other.words().includes('text 1'), 'what came after')
  expect(others('matrix takes nothing any more')).toBe(0)
  tell(open)
  await until(() => others('matrix works again') === 1, 'the good word')
  // Who was shut out need not be told of it where they were.
  await until(() => shown('text 1') === 1, 'what waited')
  expect(world.hub.words().join()).not.toContain('matrix')
  tell(shut('blocked'))
  await until(() => others('matrix takes nothing any more') === 1, 'the word, once more')
})

test('a hub that nobody has made theirs yet is no news, neither then nor after', async () => {
  world = await openWorld({
    hubs: 2,
    prepare: ({ hub }) => {
      const run = hub.run.bind(hub)
      hub.run = (sink, signal) => {
        sink.standing?.(shut('unclaimed'))
        return run(sink, signal)
      }
    },
  })
  await world.wechat.hear(message('1'))
  await until(() => world.other.words().includes('text 1'), 'the other hub')
  expect(world.hub.ensured).toEqual([])
  expect(world.hub.logins).toEqual([])
  tell(open)
  await until(() => world.hub.logins.at(-1)?.state === 'online', 'the login')
  await until(() => shown('text 1') === 1, 'what waited')
  await world.wechat.hear(message('2'))
  await until(() => world.other.words().includes('text 2'), 'what came after')
  expect(others('matrix')).toBe(0)
})

test('status and the page are told which hub is shut, and why, and which rooms', async () => {
  world = await openWorld({ hubs: 2 })
  expect(await world.bridge.hubs()).toEqual([])
  await world.wechat.hear(message('1'))
  const portal = portalId((await roomOf(world)).slice(1))
  const rooms = [
    { portal, detail: 'The bot was removed from the group.' },
    { portal: portalId('unheardof'), detail: 'x' },
  ]
  tell({ open: true, rooms })
  expect(await world.bridge.hubs()).toEqual([
    {
      hub: 'matrix',
      rooms: [
        { name: '满满', detail: 'The bot was removed from the group.' },
        { name: 'unheardof', detail: 'x' },
      ],
    },
  ])
  expect(await commandIn(world, management, 'status')).toMatchObject({
    hubs: [{ hub: 'matrix', rooms: 2 }],
  })
  tell({ ...shut('blocked'), rooms: [] })
  expect(await world.bridge.hubs()).toMatchObject([{ hub: 'matrix', why: 'blocked', rooms: [] }])
  expect(await commandIn(world, management, 'status')).toMatchObject({
    hubs: [{ hub: 'matrix', why: 'blocked', detail: 'The owner has blocked the bot.' }],
  })
  tell(open)
  expect(await world.bridge.hubs()).toEqual([])
  expect(await commandIn(world, management, 'status')).not.toHaveProperty('hubs')
})
