import { expect, test } from 'vitest'
import { portalId } from '../../src/core/ids.ts'
import { oneLine } from '../../src/core/one-line.ts'
import { placeOf } from '../../src/core/queue.ts'
import { words } from '../../src/core/render.ts'
import { minute, span } from '../../src/core/words.ts'

const line = (name: string, count: number) => ({ portal: portalId(name), count })

/** What really happens: the lines take turns, and each gives its oldest. */
function played(lines: readonly { portal: string; count: number }[], name: string, nth: number) {
  const left = lines.map((each) => ({ ...each }))
  let place = 0
  for (let mine = 0; mine < nth; ) {
    for (const each of left) {
      if (each.count === 0) continue
      each.count--
      place++
      if (each.portal === name && ++mine === nth) break
    }
  }
  return place
}

const table: readonly (readonly [string, readonly [string, number][], string, number, number])[] = [
  ['alone', [['a', 1]], 'a', 1, 1],
  ['alone, the last of five', [['a', 5]], 'a', 5, 5],
  [
    'next, though others have more',
    [
      ['a', 1],
      ['b', 900],
    ],
    'a',
    1,
    1,
  ],
  [
    'behind one of many',
    [
      ['b', 900],
      ['a', 1],
    ],
    'a',
    1,
    2,
  ],
  [
    'a long backlog elsewhere costs one place per round',
    [
      ['b', 900],
      ['a', 3],
    ],
    'a',
    3,
    6,
  ],
  [
    'those behind come in between',
    [
      ['a', 3],
      ['b', 2],
      ['c', 1],
    ],
    'a',
    3,
    6,
  ],
  [
    'what has run empty costs nothing more',
    [
      ['b', 1],
      ['a', 4],
    ],
    'a',
    4,
    5,
  ],
]

test.each(table)('the place of one that is %s', (_, lines, name, nth, place) => {
  const all = lines.map(([each, count]) => line(each, count))
  expect(placeOf(all, portalId(name), nth)).toBe(place)
  expect(played(all, name, nth)).toBe(place)
})

test('the place is what taking turns gives, for lines of all lengths', () => {
  const counts = [1, 2, 3, 7]
  for (const a of counts) {
    for (const b of counts) {
      for (const c of counts) {
        const lines = [line('a', a), line('b', b), line('c', c)]
        for (const { portal, count } of lines) {
          for (let nth = 1; nth <= count; nth++) {
            expect(placeOf(lines, portal, nth)).toBe(played(lines, portal, nth))
          }
        }
      }
    }
  }
})

test('who has no line yet comes behind all that have one', () => {
  expect(placeOf([line('a', 9), line('b', 9)], portalId('new'), 1)).toBe(3)
})

test.each([
  [400, '10 秒', '10 seconds'],
  [31_000, '30 秒', '30 seconds'],
  [58_000, '1 分钟', '1 minute'],
  [170_000, '3 分钟', '3 minutes'],
  [3_600_000, '1 小时', '1 hour'],
  [4_900_000, '1 小时 20 分钟', '1 hour 20 minutes'],
  [7_190_000, '2 小时', '2 hours'],
  [86_400_000 * 3, '3 天', '3 days'],
])('%i ms are said as %s', (ms, zh, en) => {
  expect(span(ms)).toEqual({ zh, en })
})

test('a minute is given in the time zone of whoever reads it, with the day if that is another', () => {
  const voice = { language: 'zh', timezone: 'Asia/Shanghai' } as const
  const at = Date.UTC(2026, 10, 21, 15, 59, 31)
  expect(minute(at, at, voice)).toBe('23:59')
  expect(minute(at + 60_000, at, voice)).toBe('2026-11-22 00:00')
})

test('hostile text is one line, and cannot turn around what stands behind it', () => {
  expect(oneLine('a\r\n\u2028b\u0000c\u001b[31m\u202ed', 40)).toBe('a b c [31md')
  expect(oneLine('👨‍👩‍👧'.repeat(50), 10)).toBe(`${'👨‍👩‍👧'.repeat(9)}…`)
  expect(oneLine('\ud800x', 10)).toBe('\ufffdx')
})

test('a wait says the place, about when, and why, in both languages', () => {
  const when = { inMs: 130_000, at: '14:05' }
  const notice = { type: 'waiting', place: { count: 7 }, wait: { why: 'pace', when } } as const
  expect(words({ kind: 'notice', notice }, 'zh')).toMatch(/第 7 位.*封号.*大约 2 分钟后（14:05）/)
  expect(words({ kind: 'notice', notice }, 'en')).toMatch(
    /place 7\).*too fast.*in about 2 minutes \(14:05\)/,
  )
  const rate = { ...notice, wait: { why: 'rate', when } } as const
  expect(words({ kind: 'notice', notice: rate }, 'zh')).toMatch(/太频繁，桥等到 14:05/)
  expect(words({ kind: 'notice', notice: rate }, 'en')).toMatch(/"too often".*until 14:05/)
})
