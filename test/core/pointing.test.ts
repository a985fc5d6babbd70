import { describe, expect, test } from 'vitest'
import { contactId } from '../../src/core/ids.ts'
import { mentionsOf, pointless, spelt } from '../../src/core/pointing.ts'
import type { Rich } from '../../src/core/runs.ts'

const lin = contactId('wx:1/lin')
const wu = contactId('wx:1/wu')
const gone = contactId('wx:1/gone')
const names = new Map<string, string>([
  [lin, '满满组长'],
  [wu, '老吴'],
  ['me', '阿墨'],
])
const nameOf = (who: string) => names.get(who)
const point = (text: string, words: string, who: typeof lin | 'me' | 'all') => {
  const start = text.indexOf(words)
  return { start, end: start + words.length, who }
}
const words = (rich: Rich = []) => rich.map((run) => run.text).join('')

describe('words that point at people', () => {
  test('say the names of WeChat, each ended as its own clients do', () => {
    const text = 'Lin (WeChat): look, Wu, me and everybody!'
    const points = [
      point(text, 'everybody', 'all'),
      point(text, 'Lin (WeChat)', lin),
      point(text, 'Wu', wu),
      point(text, 'me', 'me'),
    ]
    const now = spelt({ text, points }, nameOf)
    expect(now.text).toBe('@满满组长\u2005: look, @老吴\u2005, @阿墨\u2005and @所有人\u2005!')
    expect(mentionsOf(now)).toEqual([
      { name: '满满组长', who: { type: 'contact', contact: lin } },
      { name: '老吴', who: { type: 'contact', contact: wu } },
      { name: '阿墨', who: { type: 'me' } },
      { name: '所有人', who: { type: 'all' } },
    ])
  })

  test('stay as they stand for someone whose name is not known any more', () => {
    const text = 'hi Old One and Lin'
    const now = spelt(
      { text, points: [point(text, 'Old One', gone), point(text, 'Lin', lin)] },
      nameOf,
    )
    expect(now.text).toBe('hi Old One and @满满组长\u2005')
    expect(mentionsOf(now)).toEqual([{ name: '满满组长', who: { type: 'contact', contact: lin } }])
  })

  test('survive points that lie, overlap or are outside', () => {
    const text = 'abcdef'
    const points = [
      { start: 4, end: 99, who: lin },
      { start: -1, end: 2, who: lin },
      { start: 2, end: 2, who: lin },
      { start: 1, end: 3, who: wu },
      { start: 2, end: 4, who: lin },
    ]
    expect(spelt({ text, points }, nameOf).text).toBe('a@老吴\u2005def')
  })

  test('keep their formatting around the names', () => {
    const text = 'see Lin there now'
    const rich: Rich = [
      { text: 'see ' },
      { text: 'Lin', href: 'https://matrix.to/x', bold: true },
      { text: ' there', italic: true },
      { text: ' now' },
    ]
    const now = spelt({ text, rich, points: [point(text, 'Lin', lin)] }, nameOf)
    expect(words(now.rich)).toBe(now.text)
    expect(now.rich).toEqual([
      { text: 'see ' },
      { text: '@满满组长', bold: true, mention: { type: 'contact', contact: lin } },
      { text: '\u2005', bold: true },
      { text: 'there', italic: true },
      { text: ' now' },
    ])
  })

  test('keep it where a name is only part of a run, or spans two', () => {
    const text = 'a Lin b'
    const part = spelt(
      { text, rich: [{ text, strike: true }], points: [point(text, 'Lin', lin)] },
      nameOf,
    )
    expect(words(part.rich)).toBe(part.text)
    expect(part.rich?.every((run) => run.strike)).toBe(true)
    const two: Rich = [{ text: 'a L', bold: true }, { text: 'in b' }]
    const spans = spelt({ text, rich: two, points: [point(text, 'Lin', lin)] }, nameOf)
    expect(words(spans.rich)).toBe('a @满满组长\u2005b')
  })

  test('where the formatting says it in other words, the names it marks are replaced, else it goes', () => {
    const text = '> quoted\nLin: yes'
    const rich: Rich = [
      { text: 'quoted', quote: true },
      { text: 'Lin', mention: { type: 'contact', contact: lin } },
      { text: ': yes' },
    ]
    const points = [point(text, 'Lin', lin)]
    expect(words(spelt({ text, rich, points }, nameOf).rich)).toBe('quoted@满满组长\u2005: yes')
    const unmarked = rich.map(({ mention: _, ...run }) => run)
    expect(spelt({ text, rich: unmarked, points }, nameOf)).not.toHaveProperty('rich')
  })

  test('point at nobody outside groups', () => {
    const rich: Rich = [{ text: 'Lin', mention: { type: 'contact', contact: lin } }]
    expect(pointless({ text: 'Lin', rich, points: [{ start: 0, end: 3, who: lin }] })).toEqual({
      text: 'Lin',
      rich: [{ text: 'Lin' }],
    })
  })

  test('a name written for two people names neither', () => {
    const same = () => '小王'
    const text = 'A and B and A'
    const points = [point(text, 'A', lin), point(text, 'B', wu)]
    expect(mentionsOf(spelt({ text, points }, same))).toEqual([])
    const once = [point(text, 'A', lin), { start: 12, end: 13, who: lin }]
    expect(mentionsOf(spelt({ text, points: once }, same))).toHaveLength(1)
  })
})
