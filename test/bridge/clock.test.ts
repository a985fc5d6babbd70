import { afterEach, expect, test } from 'vitest'
import type { PaceRules } from '../../src/core/pace.ts'
import { flowing } from './pump-flow.ts'
import { hour, minute, rules } from './pump-items.ts'
import { openPumpWorld, type PumpWorld } from './pump-world.ts'

const year = 8_760 * hour
const down = { code: 'network', heal: 'retry', certain: true } as const
const rate = { code: 'rate', heal: 'wait', certain: true, afterMs: 300_000 } as const
const jumps = [-year, -3 * hour, -20 * minute, 20 * minute, 3 * hour, year]
const pace: PaceRules = { ...rules, newcomer: { forMs: 0, share: 1 } }

let world: PumpWorld
afterEach(() => world.close())

const open = (kind: 'wechat' | 'hub') =>
  openPumpWorld(kind, 1, ['absent'], { parts: { pace }, pollMs: 2_000 })
const ends = () => [...world.entries.values()].map(({ end, arrived }) => end ?? arrived)

test.each(jumps)('setting the clock by %i ms makes nothing late and nothing early', async (by) => {
  world = await open('wechat')
  for (let n = 0; n < 12; n++) await world.enqueue(n % 3, false)
  await flowing(world, 5 * minute)
  expect(world.tries).toHaveLength(10)
  world.clock.set(by)
  expect(await flowing(world, 50 * minute)).toBe(0)
  expect(await flowing(world, 10 * minute)).toBe(2)
})

test.each(jumps)('it lets no allowance be spent twice, even by a restart (%i ms)', async (by) => {
  world = await open('wechat')
  for (let n = 0; n < 30; n++) await world.enqueue(n % 3, false)
  await flowing(world, 5 * minute)
  world.clock.set(by)
  await world.pass(4_000)
  await world.restart()
  expect(await flowing(world, 50 * minute)).toBe(0)
  expect(await flowing(world, 20 * minute)).toBeGreaterThan(0)
})

test.each(jumps)('a back-off is neither shortened nor stretched by it (%i ms)', async (by) => {
  world = await open('wechat')
  await world.enqueue(0, false)
  await flowing(world, 1_000, rate)
  world.clock.set(by)
  await world.pass(4_000)
  await world.restart()
  expect(await flowing(world, 4 * minute)).toBe(0)
  expect(await flowing(world, 2 * minute)).toBe(1)
})

test.each(jumps)(
  'what failed once is tried again soon, and not given up for it (%i ms)',
  async (by) => {
    world = await open('hub')
    await world.enqueue(0, false)
    await world.enqueue(1, false)
    await flowing(world, minute, down)
    world.clock.set(by)
    await flowing(world, 10 * minute, down)
    expect(ends()).toEqual([0, 0])
    await flowing(world, 6 * minute)
    expect(ends()).toEqual([1, 1])
  },
)

test('a clock that was set back while the bridge was off delays nothing for long', async () => {
  world = await open('hub')
  await world.enqueue(0, false)
  await flowing(world, minute, down)
  world.clock.set(-year)
  await world.restart()
  await flowing(world, 10 * minute)
  expect(ends()).toEqual([1])
})

test('a clock that was set forward while the bridge was off gives up nothing at once', async () => {
  world = await open('hub')
  await world.enqueue(0, false)
  await flowing(world, minute, down)
  world.clock.set(year)
  await world.restart()
  await flowing(world, 5 * minute, down)
  expect(ends()).toEqual([0])
})

test('chats go on taking turns when the clock is set back', async () => {
  world = await openPumpWorld('wechat', 1, ['absent'], {
    parts: { pace: { ...pace, perMinute: 15, perHour: 900, perDay: 20_000 } },
    pollMs: 2_000,
  })
  for (let n = 0; n < 100; n++) await world.enqueue(0, false)
  await flowing(world, minute)
  for (let chat = 1; chat <= 10; chat++) await world.enqueue(chat, false)
  world.clock.set(-10 * minute)
  await flowing(world, 3 * minute)
  expect(ends().slice(100)).toEqual(Array.from({ length: 10 }, () => 1))
})

test('what was spent in a future that is none counts as spent now, once', async () => {
  world = await open('wechat')
  for (let n = 0; n < 12; n++) await world.enqueue(n % 3, false)
  await flowing(world, 5 * minute)
  expect(world.tries).toHaveLength(10)
  world.clock.set(-year)
  await world.restart()
  expect(await flowing(world, 30 * minute)).toBe(0)
  await world.restart()
  expect(await flowing(world, 29 * minute)).toBe(0)
  expect(await flowing(world, 3 * minute)).toBe(2)
})
