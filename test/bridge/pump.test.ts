import { afterEach, expect, test } from 'vitest'
import type { Pause } from '../../src/bridge/queue-view.ts'
import { key, sendLine } from '../../src/core/ids.ts'
import type { PaceRules } from '../../src/core/pace.ts'
import type { Job } from '../../src/core/post.ts'
import { flowing } from './pump-flow.ts'
import { bodyOf, chatOf, failed, hour, minute, receiptOf, settled } from './pump-items.ts'
import { openPumpWorld, type PumpWorld } from './pump-world.ts'

const day = 24 * hour
const rate = { code: 'rate', heal: 'wait', certain: true, afterMs: 300_000 } as const
const down = { code: 'network', heal: 'retry', certain: true } as const
const gap = { ms: 2_000, jitterMs: 1_500 }
const usual: PaceRules = {
  sameChat: gap,
  otherChat: { ms: 3_000, jitterMs: 3_000 },
  media: gap,
  perMinute: 15,
  perHour: 200,
  perDay: 800,
  newcomer: { forMs: 0, share: 1 },
}

let world: PumpWorld
afterEach(() => world.close())

const flow = (ms: number, how?: Parameters<typeof flowing>[2]) => flowing(world, ms, how)
const begun = () => world.tries.map((each) => each.key)
const depth = () => world.store.unit((unit) => unit.depth())

test('a backlog in one chat leaves its turn to the others', async () => {
  world = await openPumpWorld('wechat', 1, ['absent'], { parts: { pace: usual } })
  for (let n = 0; n < 1_000; n++) await world.enqueue(0, false)
  await flow(10 * minute)
  const before = world.tries.length
  expect(before).toBeGreaterThan(100)
  await world.enqueue(1, false)
  await world.enqueue(2, true)
  await world.enqueue(2, false)
  await flow(minute)
  const late = world.tries.slice(before).map((each) => each.portal)
  const others = late.flatMap((portal, n) => (portal === world.tries[0]?.portal ? [] : [n]))
  // One of the backlog may have its place already; then they take turns.
  expect(others).toHaveLength(3)
  expect(others[0]).toBeLessThanOrEqual(1)
  expect(others[2]).toBeLessThanOrEqual(5)
}, 60_000)

test('a restart refills nothing', async () => {
  world = await openPumpWorld('wechat', 1, ['absent'], {
    parts: { pace: { ...usual, perHour: 20 } },
  })
  for (let n = 0; n < 50; n++) await world.enqueue(n % 5, false)
  await flow(10 * minute)
  expect(world.tries).toHaveLength(20)
  for (let n = 0; n < 5; n++) {
    await world.restart()
    expect(await flow(5 * minute)).toBe(0)
  }
  expect(world.view().allowance().hour).toEqual({ used: 20, of: 20 })
  expect(await flow(35 * minute)).toBeGreaterThan(10)
})

test('what waits for its allowance can be taken back and written anew', async () => {
  world = await openPumpWorld('wechat', 1, ['absent'], {
    parts: { pace: { ...usual, perDay: 1 } },
  })
  await world.enqueue(0, false)
  await flow(minute)
  for (const chat of [0, 1, 2]) await world.enqueue(chat, false)
  await flow(hour)
  const [, gone, changed, last] = [...world.entries]
  await world.store.unit(async (unit) => {
    expect(await unit.withdraw(key(gone?.[0] ?? ''))).toBe(true)
    const item = await unit.lastWaiting(world.lane, changed?.[1].portal as never)
    const job = { ...item?.job, body: bodyOf(true, 'anew') } as Job
    expect(await unit.amend(world.lane, item?.seq as number, job)).toBe(true)
  })
  await flow(3 * day)
  expect(begun()).toEqual([begun()[0], last?.[0], changed?.[0]])
  expect(world.tries.at(-1)?.body).toContain('anew')
  expect((await depth()).queued).toBe(0)
})

test('too often: 5, 15, then 60 minutes, over restarts; a success lowers it; people are told', async () => {
  const told: Pause[] = []
  world = await openPumpWorld('wechat', 1, ['absent'], {
    parts: { pace: usual },
    told: async (pause) => void told.push(pause),
  })
  await world.enqueue(0, false)
  const waits: number[] = []
  for (let n = 0; n < 4; n++) {
    await flow(10_000, rate)
    expect(world.view().closed()).toBe('rate')
    const since = world.clock.passed
    await world.restart()
    expect(world.view().closed()).toBe('rate')
    while (world.open().length === 0) await world.pass(10_000)
    waits.push(Math.round((world.clock.passed - since) / minute))
  }
  expect(waits).toEqual([5, 15, 60, 60])
  expect(told.map(({ ms }) => ms / minute)).toEqual([5, 15, 60, 60])
  expect(told[0]?.refused.job.key).toBe(begun()[0])
  await flow(10_000)
  await world.enqueue(0, false)
  await flow(10_000, rate)
  expect(told.at(-1)?.ms).toBe(60 * minute)
  await flow(2 * hour)
  for (let n = 0; n < 3; n++) await world.enqueue(0, false)
  await flow(minute)
  await world.enqueue(0, false)
  await flow(10_000, rate)
  expect(told.at(-1)?.ms).toBe(5 * minute)
  expect([...world.entries.values()].filter(({ end }) => end)).toEqual([])
})

test('being told to wait costs no message for a day, and then it is announced', async () => {
  world = await openPumpWorld('wechat', 1, ['absent'], { parts: { pace: usual } })
  await world.enqueue(0, false)
  await flow(23 * hour, rate)
  const [entry] = world.entries.values()
  expect(entry?.end).toBeUndefined()
  await flow(3 * hour, rate)
  expect(entry?.end).toBe('dead')
})

test('an hour of failing ends a send; hours of waiting for its turn do not', async () => {
  world = await openPumpWorld('wechat', 1, ['absent'], {
    parts: { pace: { ...usual, perHour: 4 } },
  })
  for (let n = 0; n < 30; n++) await world.enqueue(n, false)
  await flow(5 * hour)
  const waiting = [...world.entries.values()].filter((each) => each.arrived === 0)
  expect(waiting.length).toBeGreaterThan(5)
  // The network is away for a moment, hours after they were written.
  await flow(20 * minute, down)
  expect(waiting.filter(({ end }) => end)).toEqual([])
  await flow(30 * hour)
  expect(waiting.filter(({ end, arrived }) => end || arrived === 0)).toEqual([])
  await world.enqueue(0, false)
  const last = [...world.entries.values()].at(-1)
  await flow(50 * minute, down)
  expect(last?.end).toBeUndefined()
  await flow(6 * hour, down)
  expect(last?.end).toBe('dead')
})

test('a new account has half; a login after a kick is not new, one after a month away is', async () => {
  const pace = { ...usual, newcomer: { forMs: 7 * day, share: 0.5 } }
  world = await openPumpWorld('wechat', 1, ['absent'], {
    parts: { pace },
    pollMs: 6 * hour,
  })
  expect(world.view().allowance()).toMatchObject({ minute: { of: 7 }, newcomer: true })
  await flow(6 * day)
  world.setGate(false)
  await flow(hour)
  world.setGate(true)
  await world.restart()
  await flow(day)
  expect(world.view().allowance().minute.of).toBe(15)
  // Online for long counts as known, however long ago the login was.
  await flow(40 * day)
  await world.restart()
  expect(world.view().allowance().minute.of).toBe(15)
  world.setGate(false)
  await flow(31 * day)
  world.setGate(true)
  await settled()
  expect(world.view().allowance().minute.of).toBe(7)
})

test('a lane keeps few items in memory, however many wait', async () => {
  world = await openPumpWorld('hub', 1, ['absent'])
  const limits: number[] = []
  const { unit } = world.store
  world.store.unit = (work) =>
    unit((each) =>
      work({
        ...each,
        ready: (lease, now, limit, busy) => {
          limits.push(limit)
          return each.ready(lease, now, limit, busy)
        },
      }),
    )
  await world.restart()
  for (let n = 0; n < 200; n++) await world.enqueue(n, false)
  await flow(minute)
  expect(world.tries).toHaveLength(200)
  expect(Math.max(...limits)).toBeLessThanOrEqual(8)
})

test('one estimates what will come, back-off included', async () => {
  world = await openPumpWorld('wechat', 1, ['absent'], { parts: { pace: usual } })
  await world.enqueue(0, false)
  await flow(10_000)
  expect(world.view().estimate(1)).toBeLessThan(5_000)
  expect(world.view().estimate(15)).toBeGreaterThan(45_000)
  await world.enqueue(0, false)
  await flow(10_000, rate)
  expect(world.view().estimate(1)).toBeGreaterThan(4 * minute)
  expect(world.view().allowance().pausedUntil).toBeGreaterThan(world.clock.now() + 4 * minute)
})

test('a session that ends closes the lane, though the send had waited since an earlier login', async () => {
  world = await openPumpWorld('wechat', 1, ['absent'], {
    parts: { pace: { ...usual, perHour: 1 } },
  })
  await world.enqueue(0, false)
  await world.enqueue(1, false)
  await flow(minute)
  world.setGate(true)
  while (world.open().length === 0) await world.pass(minute)
  await world.answer({ code: 'session', heal: 'relogin', certain: true })
  expect(world.view().closed()).toBe('offline')
  expect(await flow(3 * hour)).toBe(0)
  world.setGate(true)
  expect(await flow(2 * hour)).toBe(1)
})

test('what surely cannot go out now uses up no allowance, and others do not wait for it', async () => {
  const failure = { code: 'gone', heal: 'retry', certain: true } as const
  const check = (job: Job) => {
    if (job.portal !== sendLine(chatOf(0))) throw failed(failure)
  }
  world = await openPumpWorld('wechat', 1, ['absent'], {
    parts: { pace: { ...usual, perHour: 100 } },
    route: { check },
  })
  for (let n = 0; n < 60; n++) await world.enqueue(1 + (n % 6), false)
  for (let n = 0; n < 12; n++) {
    await world.enqueue(0, false)
    await flow(10 * minute)
    expect(world.tries).toHaveLength(n + 1)
    expect(world.view().allowance().hour.used).toBeLessThanOrEqual(6)
  }
  expect([...world.entries.values()].filter(({ end }) => end === 'dead')).toHaveLength(60)
})

test('rooms of which nobody can tell for hours what arrived hold up no other', async () => {
  world = await openPumpWorld('hub', 1, ['absent'], { pollMs: 2_000 })
  const unclear = failed({ code: 'server', heal: 'retry', certain: false })
  const sent: string[] = []
  const breakRooms = () => {
    const { outlet } = world.route()
    outlet.find = async (job) => {
      if (job.portal !== 'p0') throw unclear
      return 'absent'
    }
    outlet.send = async (job) => {
      if (job.portal !== 'p0') throw unclear
      sent.push(job.key)
      return receiptOf(job.key)
    }
  }
  breakRooms()
  for (let n = 1; n <= 12; n++) await world.enqueue(n, false)
  await world.pass(minute)
  await world.enqueue(0, false)
  await world.pass(minute)
  expect(sent).toHaveLength(1)
  await world.restart()
  breakRooms()
  await world.enqueue(0, false)
  await world.pass(minute)
  expect(sent).toHaveLength(2)
  expect((await depth()).queued).toBe(12)
})
