import { expect, test } from 'vitest'
import { openSqlite } from '../../adapters/sql/open.ts'
import { holdLane } from '../../src/bridge/leases.ts'
import type { Parts } from '../../src/bridge/parts.ts'
import { lane } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { memoryLog } from '../support/ports.ts'
import { until } from '../support/until.ts'

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
