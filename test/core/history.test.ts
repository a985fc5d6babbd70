import { expect, test } from 'vitest'
import { historyWords } from '../../src/core/history.ts'
import type { HistoryLine } from '../../src/core/message.ts'

const line = (text: string, lines?: readonly HistoryLine[]): HistoryLine => ({
  who: 'A',
  at: '9:00',
  text,
  ...(lines && { lines }),
})

test('what is nested is set in, with all its lines', () => {
  const nested = [line('one', [line('two\nlines', [line('three')])]), line('four')]
  expect(historyWords(nested, 'en')).toBe(
    'A 9:00: one\n  A 9:00: two\n  lines\n    A 9:00: three\nA 9:00: four',
  )
})

test('a line without a name or a time begins with its words', () => {
  expect(historyWords([{ who: '', at: '', text: 'x', url: 'https://a.example/' }], 'zh')).toBe(
    'x https://a.example/',
  )
})

test('what is beyond the bounds is counted, never silently left out', () => {
  const many = Array.from({ length: 1500 }, (_, at) => line(String(at)))
  const shown = historyWords(many, 'en').split('\n')
  expect(shown).toHaveLength(1001)
  expect(shown.at(-1)).toBe('…and 500 more: see the phone')
  expect(historyWords(many, 'zh')).toContain('…还有 500 条')
})

test('a history nested without end neither fails nor hangs', () => {
  let deep = line('bottom')
  for (let at = 0; at < 100_000; at++) deep = line('x', [deep])
  const shown = historyWords([deep], 'en').split('\n')
  expect(shown).toHaveLength(10)
  expect(shown.at(-1)).toBe('…and 99992 more: see the phone')
})
