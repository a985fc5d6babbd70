import { describe, expect, test } from 'vitest'
import { richOf } from '../../src/core/rich.ts'
import type { Rich } from '../../src/core/runs.ts'
import { splitRuns } from '../../src/core/split-runs.ts'
import { led } from '../../src/core/spoken.ts'

const words = (rich: Rich) => rich.map((run) => run.text).join('')

describe('a text with formatting', () => {
  const rich: Rich = [{ text: 'a ' }, { text: 'bold', bold: true }, { text: ' b' }]

  test('wears it as long as that says the same', () => {
    expect(richOf({ kind: 'text', text: 'a bold b', rich }, 'en')).toEqual(rich)
    expect(richOf({ kind: 'text', text: 'another', rich }, 'en')).toEqual([{ text: 'another' }])
    expect(richOf({ kind: 'text', text: 'a bold b', rich: [] }, 'en')).toEqual([
      { text: 'a bold b' },
    ])
  })

  test('quotes and links say the same in the form plain text has for them', () => {
    const quoted: Rich = [
      { text: 'one\ntwo', quote: true },
      { text: 'yes ' },
      { text: 'x', href: 'https://e.org' },
    ]
    const content = {
      kind: 'text',
      text: '> one\n> two\nyes x https://e.org',
      rich: quoted,
    } as const
    expect(richOf(content, 'en')).toEqual(quoted)
    const text = '> one\n> two\nyes x (https://e.org)'
    expect(richOf({ ...content, text }, 'en')).toEqual(quoted)
    const other = '> one\n> two\nyes x (https://evil.org)'
    expect(richOf({ ...content, text: other }, 'en')).toEqual([{ text: other }])
  })

  test('keeps it behind a name', () => {
    const content = led({ kind: 'text', text: 'a bold b', rich }, 'Eve: ')
    expect(richOf(content, 'en')).toEqual([{ text: 'Eve: ' }, ...rich])
  })
})

describe('runs in parts', () => {
  test('each part has its formatting, and no word is lost', () => {
    const rich: Rich = [
      { text: 'x'.repeat(70) },
      { text: 'bold '.repeat(60), bold: true },
      { text: 'link', href: 'https://example.org/' },
      { text: 'tail' },
    ]
    const parts = splitRuns(rich, 100)
    expect(parts.map(words).join('')).toBe(words(rich))
    for (const part of parts) expect(words(part).length).toBeLessThanOrEqual(100)
    expect(
      parts
        .flat()
        .filter((run) => run.bold)
        .map((run) => run.text)
        .join(''),
    ).toBe('bold '.repeat(60))
    expect(parts.length).toBeLessThanOrEqual(5)
  })

  test('an address counts, and a link is not cut for a part that is nearly full', () => {
    const link = { text: 'a title of some length', href: `https://example.org/${'p'.repeat(40)}` }
    const parts = splitRuns([{ text: 'y'.repeat(60) }, link], 100)
    expect(parts).toEqual([[{ text: 'y'.repeat(60) }], [link]])
  })

  test('a name is whole as long as it fits into a part of its own', () => {
    const name = { text: '@a long name', mention: { type: 'me' } } as const
    expect(splitRuns([{ text: 'x'.repeat(10) }, name], 20)).toEqual([
      [{ text: 'x'.repeat(10) }],
      [name],
    ])
  })

  test('comes to an end for any limit', () => {
    expect(
      splitRuns([{ text: '👩‍👩‍👧'.repeat(5), mention: { type: 'all' } }], 1).length,
    ).toBeGreaterThan(1)
    expect(splitRuns([{ text: '' }], 10)).toEqual([])
  })
})
