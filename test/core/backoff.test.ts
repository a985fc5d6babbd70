import { expect, test } from 'vitest'
import { backoff } from '../../src/core/backoff.ts'

test('waits grow from a second to five minutes, jittered over the whole span', () => {
  expect(backoff(1, 0.999)).toBe(999)
  expect(backoff(4, 0.5)).toBe(4000)
  expect(backoff(50, 0.999)).toBe(299_700)
  expect(backoff(9, 0)).toBe(250)
})
