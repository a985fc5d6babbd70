import { afterEach, expect, test } from 'vitest'
import { flowing } from './pump-flow.ts'
import { hour } from './pump-items.ts'
import { openPumpWorld, type PumpWorld } from './pump-world.ts'

let world: PumpWorld
afterEach(() => world.close())

const ends = () => [...world.entries.values()].map(({ end, arrived }) => end ?? arrived)
const refused = { code: 'refused', heal: 'retry', certain: true, afterMs: hour } as const

test('what is for a room that is shut waits there for days, and arrives when it opens', async () => {
  world = await openPumpWorld('hub', 1, ['absent'], { pollMs: hour })
  await world.enqueue(0, false)
  await flowing(world, 50 * hour, { ...refused, reason: 'shut' })
  expect(ends()).toEqual([0])
  await flowing(world, 2 * hour)
  expect(ends()).toEqual([1])
})

test('what is refused for as long without anybody having shut the room is given up', async () => {
  world = await openPumpWorld('hub', 1, ['absent'], { pollMs: hour })
  await world.enqueue(0, false)
  await flowing(world, 50 * hour, refused)
  expect(ends()).toEqual(['dead'])
})
