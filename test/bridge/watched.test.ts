import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Failure } from '../../src/core/errors.ts'
import { hubLane, lane, weChatLane } from '../../src/core/ids.ts'
import type { Content } from '../../src/core/message.ts'
import type { Meter } from '../../src/ports/telemetry.ts'
import { account, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, secondAccount, type World } from './harness.ts'

// What machines are told of a bridge: what happens, counted, and how its lanes stand.

let world: World
let counted: string[]
beforeEach(() => {
  counted = []
})
afterEach(() => world.close())

const meter: Meter = {
  accepted: (source, kind) => void counted.push(`accepted ${source} ${kind}`),
  tried: (where, how, ms) => void counted.push(`tried ${where} ${how} ${ms >= 0}`),
  buried: (where, code) => void counted.push(`buried ${where} ${code}`),
  recalled: (isFound) => void counted.push(`recalled ${isFound}`),
}
const times = (what: string) => counted.filter((each) => each === what).length
const counts = (what: string, many: number) => until(() => times(what) === many, what, 60_000)
const shown = (words: string) =>
  until(() => world.hub.words().some((each) => each.includes(words)), words, 60_000)
const recallOf = (...aliases: string[]): Content => ({
  kind: 'recall',
  target: { aliases, preview: '' },
  text: '"林小满" 撤回了一条消息',
})
const away: Failure = { code: 'network', heal: 'retry', certain: true, afterMs: 1 }

test('what WeChat tells is counted once each, by the name of its door, recalls by whether they were found', async () => {
  world = await openWorld({ parts: { meter } })
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('1'))
  await world.wechat.hear(message('2', { content: recallOf('1') }))
  await world.wechat.hear(message('3', { content: recallOf('99') }))
  await shown('has not seen the original')
  expect(times('accepted wechat/main text')).toBe(1)
  expect(times('accepted wechat/main recall')).toBe(2)
  expect(times('recalled true')).toBe(1)
  expect(times('recalled false')).toBe(1)
  expect(times('tried matrix failed true')).toBe(0)
  await until(() => times('tried matrix delivered true') === world.hub.delivered.length, 'posts')
  expect(counted.join('\n')).not.toMatch(/wx:|林小满|满满|text 1/)
})

test('what is written on a hub is counted once each, and what became of it', async () => {
  world = await openWorld({ parts: { meter } })
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const id = await world.hub.says(room, 'hello')
  await world.hub.says(room, 'hello', '@owner', id)
  await world.hub.says(room, 'of a stranger', '@eve')
  await world.hub.commands(room, 'help')
  await counts('accepted matrix text', 1)
  await counts('accepted matrix command', 1)
  await counts('tried wechat/main delivered true', 1)

  world.wechat.faults.push({ error: failure({ code: 'refused', heal: 'never', certain: true }) })
  await world.hub.says(room, 'not wanted')
  await counts('buried wechat/main refused', 1)
  await counts('tried wechat/main failed true', 1)

  world.wechat.faults.push({ error: failure({ code: 'timeout', heal: 'retry', certain: false }) })
  world.wechat.finds.push('unknown')
  await world.hub.says(room, 'lost')
  await counts('buried wechat/main timeout', 1)
  await counts('tried wechat/main unsure true', 1)
  expect(times('accepted matrix text')).toBe(3)
  expect(world.log.text()).toMatch(/warn given up \{.*"key":"send\/.*"code":"timeout"/)
  expect(counted.join('\n')).not.toMatch(/wx:|!|\$/)
})

test('of several doors each lane has the name of its own', async () => {
  world = await openWorld({ doors: ['work'] })
  const { bridge } = world
  const names = () => bridge.lanes().map(({ name }) => name)
  await until(() => names().length === 3, 'all lanes', 60_000)
  expect([...names()].sort()).toEqual(['matrix', 'wechat/main', 'wechat/work'])
  expect(bridge.nameOf(weChatLane(account))).toBe('wechat/main')
  expect(bridge.nameOf(weChatLane(secondAccount))).toBe('wechat/work')
  expect(bridge.nameOf(hubLane(world.hub.id))).toBe('matrix')
  // One that was here once, and is of no door.
  expect(bridge.nameOf(lane('wechat/wx:1'))).toBe('wechat/main')
})

test('each lane tells whose it is, and one whose work fails that it stopped, until it goes on', async () => {
  const broken = Promise.withResolvers<void>()
  broken.promise.catch(() => undefined)
  world = await openWorld({
    hubs: 2,
    online: false,
    prepare({ hub }) {
      hub.breaks = broken.promise
    },
  })
  const { bridge, hub } = world
  const of = (name: string) => bridge.lanes().find((each) => each.name === name)
  // Nobody is logged in: that lane is nobody's, and nothing is wrong with that.
  await until(() => of('matrix')?.state === 'held' && of('web')?.state === 'held', 'held', 60_000)
  expect(bridge.lanes().map(({ name }) => name)).toEqual(['matrix', 'web'])
  expect(of('matrix')).toEqual({
    name: 'matrix',
    state: 'held',
    epoch: 1,
    hub: { isThere: true },
  })
  const seen = new Set<string>()
  const watching = setInterval(() => seen.add(of('matrix')?.state ?? ''), 1)
  try {
    broken.reject(new Error('it broke'))
    hub.breaks = new Promise(() => undefined)
    await until(() => of('matrix')?.state === 'held' && seen.has('stopped'), 'anew', 60_000)
  } finally {
    clearInterval(watching)
  }
  expect(of('matrix')).toMatchObject({ state: 'held', epoch: 2 })
  expect(of('web')).toMatchObject({ state: 'held', epoch: 1 })
})

test('a hub that deliveries do not get to is away, until one does', async () => {
  world = await openWorld()
  const isThere = () => world.bridge.lanes().find(({ name }) => name === 'matrix')?.hub?.isThere
  await world.wechat.hear(message('1'))
  await shown('text 1')
  expect(isThere()).toBe(true)
  const back = Promise.withResolvers<void>()
  for (let tries = 0; tries < 3; tries++) world.hub.faults.push({ error: failure(away) })
  world.hub.faults.push({ until: back.promise })
  await world.wechat.hear(message('2'))
  await until(() => isThere() === false, 'away', 60_000)
  back.resolve()
  await until(() => isThere() === true, 'there again', 60_000)
  await shown('text 2')
})

test('a hub that has to say how it stands is told as silent until it does, and as shut with the reason', async () => {
  world = await openWorld({
    prepare: ({ hub }) => Object.assign(hub, { tellsStanding: true }),
  })
  const now = () => world.bridge.lanes().find(({ name }) => name === 'matrix')?.hub
  expect(now()).toEqual({ shut: 'silent', isThere: true })
  const { sink } = world.hub
  sink.standing?.({ open: false, why: 'refused', detail: 'The token is not taken.', rooms: [] })
  expect(now()).toEqual({ shut: 'refused', isThere: true })
  sink.standing?.({ open: true, rooms: [] })
  expect(now()).toEqual({ isThere: true })
  await world.wechat.hear(message('1'))
  await shown('text 1')
})
