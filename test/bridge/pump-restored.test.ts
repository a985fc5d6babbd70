import { afterEach, expect, test } from 'vitest'
import { flowing } from './pump-flow.ts'
import { minute } from './pump-items.ts'
import { openPumpWorld, type PumpWorld } from './pump-world.ts'

// After a restore nobody knows what went out between the backup and it.

let world: PumpWorld
afterEach(() => world.close())

const parts: { restoredAt?: number } = {}
const ends = () => [...world.entries.values()].map(({ end, arrived }) => end ?? arrived)

/** The lane is offline; then the storage is restored, and it goes on. */
async function restore(): Promise<void> {
  await world.pass(minute)
  parts.restoredAt = world.clock.now()
  await world.pass(minute)
  await world.restart()
  world.setGate(true)
}

async function offline(kind: 'wechat' | 'hub'): Promise<void> {
  delete parts.restoredAt
  world = await openPumpWorld(kind, 1, ['absent'], { parts })
  world.setGate(false)
}

test('what waited for WeChat is not sent: the person is asked; what is written since goes', async () => {
  await offline('wechat')
  await world.enqueue(0, false)
  await world.enqueue(1, false)
  await restore()
  await world.enqueue(0, false)
  await flowing(world, 5 * minute)
  expect(ends()).toEqual(['unknown', 'unknown', 1])
  expect(world.tries).toHaveLength(1)
  const letters = await world.store.unit((unit) => unit.deadLetters(9))
  expect(letters.map(({ failure }) => failure?.reason)).toEqual(['restored', 'restored'])
  // Wanted again, it goes.
  const [letter] = letters
  await world.store.unit((unit) => unit.requeue(letter?.seq as number, world.clock.now()))
  await flowing(world, 5 * minute)
  expect(world.tries).toHaveLength(2)
})

test('what waited for a room is looked for first, and posted only if it is not there', async () => {
  await offline('hub')
  for (const chat of [0, 1, 2]) await world.enqueue(chat, false)
  const [there, absent, perhaps] = [...world.entries.values()]
  Object.assign(there ?? {}, { fate: 'present', arrived: 1 })
  Object.assign(absent ?? {}, { fate: 'absent' })
  Object.assign(perhaps ?? {}, { fate: 'lostUnknown' })
  await restore()
  await flowing(world, 5 * minute)
  expect(world.tries.map(({ portal }) => portal).sort()).toEqual(['p1', 'p2'])
  expect(ends()).toEqual([1, 1, 1])
})

test('a post of what was said before is as doubtful, though it was enqueued after', async () => {
  await offline('hub')
  const before = world.clock.now()
  await restore()
  world.setGate(false)
  await world.enqueue(0, false, before)
  await world.enqueue(1, false)
  for (const entry of world.entries.values()) Object.assign(entry, { fate: 'present' })
  world.setGate(true)
  await flowing(world, 5 * minute)
  expect(world.tries.map(({ portal }) => portal)).toEqual(['p1'])
})

test.each(['absent', 'lostUnknown', 'present'] as const)(
  'of a send that was under way in the backup only proof counts (%s)',
  async (fate) => {
    delete parts.restoredAt
    world = await openPumpWorld('wechat', 1, [fate], { parts })
    await world.enqueue(0, false)
    expect(world.open()).toHaveLength(1)
    await restore()
    await flowing(world, 5 * minute)
    expect(world.tries).toHaveLength(1)
    expect(ends()).toEqual([fate === 'present' ? 1 : 'unknown'])
    const letters = await world.store.unit((unit) => unit.deadLetters(9))
    const reasons = letters.map(({ failure }) => failure?.reason)
    expect(reasons).toEqual(fate === 'present' ? [] : ['restored'])
  },
)

test('once looked for, a post is tried again like any other', async () => {
  await offline('hub')
  await world.enqueue(0, false)
  await restore()
  await flowing(world, minute, { code: 'network', heal: 'retry', certain: true })
  for (const entry of world.entries.values()) entry.fate = 'present'
  await flowing(world, 10 * minute)
  expect(ends()).toEqual([1])
})
