import { expect, test } from 'vitest'
import { nextTime } from '../../src/core/day-time.ts'

const at = (text: string) => Date.parse(text)
const next = (hhmm: string, now: string, timezone: string) =>
  new Date(nextTime(hhmm, at(now), { language: 'en', timezone })).toISOString()

test.each([
  ['later today', '20:00', '2026-03-01T08:00:30Z', 'UTC', '2026-03-01T20:00:00.000Z'],
  ['tomorrow', '08:00', '2026-03-01T08:00:30Z', 'UTC', '2026-03-02T08:00:00.000Z'],
  [
    'where the person lives',
    '20:00',
    '2026-03-01T08:00:00Z',
    'Asia/Shanghai',
    '2026-03-01T12:00:00.000Z',
  ],
  [
    'past midnight there',
    '00:30',
    '2026-03-01T15:00:00Z',
    'Asia/Shanghai',
    '2026-03-01T16:30:00.000Z',
  ],
  [
    'over the night in which clocks go forward',
    '20:00',
    '2026-03-28T20:00:00Z',
    'Europe/Berlin',
    '2026-03-29T18:00:00.000Z',
  ],
  [
    'over the night in which they go back',
    '20:00',
    '2026-10-24T20:00:00Z',
    'Europe/Berlin',
    '2026-10-25T19:00:00.000Z',
  ],
  [
    'at eight in the evening, where it is no time',
    'noon',
    '2026-03-01T08:00:00Z',
    'UTC',
    '2026-03-01T20:00:00.000Z',
  ],
])('the next time is %s', (_, hhmm, now, timezone, expected) => {
  expect(next(hhmm, now, timezone)).toBe(expected)
})
