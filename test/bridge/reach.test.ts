import { expect, test } from 'vitest'
import { createReach } from '../../src/bridge/reach.ts'
import type { Code, Failure } from '../../src/core/errors.ts'

let now = 0
const clock = { steady: () => now }
const failed = (code: Code, more: Partial<Failure> = {}): Failure => ({
  code,
  heal: 'retry',
  certain: true,
  ...more,
})

test('of one that nothing was sent to for ten minutes nobody knows', () => {
  const reach = createReach(clock)
  for (let tries = 0; tries < 3; tries++) reach.ended(failed('network'))
  now += 600_000
  expect(reach.isThere()).toBe(false)
  now += 1
  expect(reach.isThere()).toBe(true)
  reach.ended(failed('network'))
  expect(reach.isThere()).toBe(false)
})

test('only what says that nobody is there counts, three times with nothing in between', () => {
  for (const code of ['network', 'timeout', 'server'] as const) {
    const reach = createReach(clock)
    reach.ended(failed(code))
    reach.ended(failed(code))
    expect(reach.isThere()).toBe(true)
    reach.ended(failed(code))
    expect(reach.isThere()).toBe(false)
    reach.ended(failed('refused'))
    expect(reach.isThere()).toBe(true)
  }
  const reach = createReach(clock)
  for (let round = 0; round < 5; round++) {
    reach.ended(failed('network'))
    reach.ended(failed('network'))
    reach.ended()
  }
  // What a process before this one was stopped over.
  for (let tries = 0; tries < 5; tries++) reach.ended(failed('timeout', { reason: 'stopped' }))
  expect(reach.isThere()).toBe(true)
})
