import { expect, test } from 'vitest'
import { openSqlite } from '../../adapters/sql/open.ts'
import { holdLane } from '../../src/bridge/leases.ts'
import type { Parts } from '../../src/bridge/parts.ts'
import { BridgeError } from '../../src/core/errors.ts'
import { lane } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Store } from '../../src/ports/store.ts'
import { memoryLog } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { settled } from './pump-items.ts'
import { virtualClock } from './virtual.ts'

test('work ends when somebody else has taken the lane', async () => {
  let now = 1_000_000
  const sleeping: (() => void)[] = []
  const clock: Clock = {
    now: () => now,
    steady: () => now,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        sleeping.push(resolve)
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
  }
  const database = await openSqlite({ path: ':memory:', sealKey: new Uint8Array(32), clock })
  const { store } = database
  const parts = { store, clock, random: Math.random, log: memoryLog() } as unknown as Parts
  const stop = new AbortController()
  let ended = false
  const held = holdLane(parts, lane('x'), 'first', stop.signal, async (_lease, signal) => {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    ended = true
  })
  await until(() => sleeping.length === 1, 'the wait before renewing')
  now += 60_000
  expect(await store.take(lane('x'), 'second', 15_000)).toMatchObject({ epoch: 2 })
  sleeping[0]?.()
  await until(() => ended, 'the work to end', 3_000)
  stop.abort(new Error('test over'))
  await held.catch(() => undefined)
  await database.close()
})

test('setting the clock loses no lane, even while the store cannot write', async () => {
  const clock = virtualClock()
  const database = await openSqlite({ path: ':memory:', sealKey: new Uint8Array(32), clock })
  let broken = 0
  const store: Store = {
    ...database.store,
    async renew(lease, ttlMs) {
      if (broken-- > 0) throw new Error('disk full')
      return database.store.renew(lease, ttlMs)
    },
  }
  const log = memoryLog()
  const parts = { store, clock, random: Math.random, log } as unknown as Parts
  const stop = new AbortController()
  let works = 0
  const held = holdLane(parts, lane('x'), 'first', stop.signal, async (_lease, signal) => {
    works++
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  })
  for (const by of [3_600_000, -7_200_000, 31_536_000_000]) {
    clock.set(by)
    broken = 1
    await clock.pass(20_000, settled)
  }
  expect([works, log.lines]).toEqual([1, []])
  // Without being able to renew for that long it is lost, and taken again.
  for (const times of [2, 3]) {
    // The second time it fails from the start.
    broken = 4
    let waited = 0
    for (; works < times && waited < 60; waited++) await clock.pass(1_000, settled)
    expect([works, waited < 60]).toEqual([times, true])
  }
  stop.abort(new Error('test over'))
  await held
  await database.close()
})

test('a database that turns out to be damaged ends the lane for good, with its own words', async () => {
  const clock = virtualClock()
  const database = await openSqlite({ path: ':memory:', sealKey: new Uint8Array(32), clock })
  const store: Store = {
    ...database.store,
    renew: () =>
      Promise.reject(
        new BridgeError('The database is damaged; restore the copy.', {
          code: 'config',
          heal: 'never',
          certain: true,
        }),
      ),
  }
  const parts = { store, clock, random: Math.random, log: memoryLog() } as unknown as Parts
  let works = 0
  let end: unknown
  const stop = new AbortController()
  const held = holdLane(parts, lane('x'), 'first', stop.signal, async (_lease, signal) => {
    works++
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }).catch((error: unknown) => {
    end = error
  })
  await clock.pass(10_000, settled)
  // Not begun again, and not only once its lease has run out.
  expect([works, String(end)]).toEqual([
    1,
    'BridgeError: The database is damaged; restore the copy.',
  ])
  stop.abort(new Error('test over'))
  await held
  await database.close()
})
