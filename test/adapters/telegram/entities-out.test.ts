import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Marking, marked } from '../../../adapters/telegram/entities-out.ts'
import type { Run } from '../../../src/core/runs.ts'

/** What each entity covers. */
const covered = (runs: readonly Run[], how: Marking = {}) => {
  const { text, entities } = marked(runs, how)
  return entities.map(({ type, offset, length }) => [type, text.slice(offset, offset + length)])
}

describe('marked', () => {
  it('leaves markup of any kind as the text it is', () => {
    const text = '<b>a</b> *b* _c_ `d` [e](http://f.example) ~g~ ||h|| &lt; \\'
    expect(marked([{ text }])).toEqual({ text, entities: [] })
  })

  it('marks runs by offsets in UTF-16 units', () => {
    const runs: readonly Run[] = [
      { text: '👨‍👩‍👧 ' },
      { text: '王五: ', bold: true },
      { text: '看', italic: true },
      { text: '这里', href: 'https://a.example/?x=1&y="2"' },
    ]
    expect(marked(runs)).toEqual({
      text: '👨‍👩‍👧 王五: 看这里',
      entities: [
        { type: 'bold', offset: 9, length: 3 },
        { type: 'italic', offset: 13, length: 1 },
        { type: 'text_link', offset: 14, length: 2, url: 'https://a.example/?x=1&y=%222%22' },
      ],
    })
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'tg://user?id=1', '//a.example', 'no'])(
    'makes no link of %s',
    (href) => {
      expect(marked([{ text: 'touch', href }])).toEqual({ text: 'touch', entities: [] })
    },
  )

  it('shows the address of a link that has no words', () => {
    const href = 'https://a.example/'
    expect(marked([{ text: ' ', href }]).text).toBe(href)
    expect(covered([{ text: '', href }])).toEqual([['text_link', href]])
  })

  it.each(['http://localhost:8080/x', 'http://[::1]/', 'http://nas./'])(
    'shows %s, which Telegram takes for no address',
    (href) => {
      expect(marked([{ text: 'page', href }, { text: '.' }])).toEqual({
        text: `page (${href}).`,
        entities: [],
      })
      expect(marked([{ text: href, href }]).text).toBe(href)
    },
  )

  it('shows all addresses in words where it is to', () => {
    const href = 'https://a.example/'
    expect(marked([{ text: 'page', href, bold: true }], { bare: true })).toEqual({
      text: `page (${href})`,
      entities: [{ type: 'bold', offset: 0, length: 25 }],
    })
  })

  it('makes one quotation of what is quoted together, on lines of its own', () => {
    const runs: readonly Run[] = [
      { text: 'recalled:' },
      { text: '王五: ', quote: true, bold: true },
      { text: 'ten\nhikes\n', quote: true },
      { text: 'after' },
    ]
    expect(marked(runs).text).toBe('recalled:\n王五: ten\nhikes\nafter')
    expect(covered(runs)).toEqual([
      ['blockquote', '王五: ten\nhikes'],
      ['bold', '王五:'],
    ])
  })

  it('keeps two quotations apart that something stands between', () => {
    const quote = true
    expect(covered([{ text: 'a', quote }, { text: 'b' }, { text: 'c', quote }])).toEqual([
      ['blockquote', 'a'],
      ['blockquote', 'c'],
    ])
  })

  it('folds a long quotation', () => {
    expect(covered([{ text: 'x'.repeat(401), quote: true }])[0]?.[0]).toBe('expandable_blockquote')
    expect(covered([{ text: 'x\n'.repeat(7), quote: true }])[0]?.[0]).toBe('expandable_blockquote')
    expect(covered([{ text: 'x\n'.repeat(6), quote: true }])[0]?.[0]).toBe('blockquote')
  })

  it('lets no command be touched that somebody wrote in WeChat', () => {
    const text = '/unlink or see /mute@some_bot, not /etc/passwd, 3/4 or http://a.example/login'
    expect(covered([{ text }])).toEqual([
      ['code', '/unlink'],
      ['code', '/mute@some_bot'],
    ])
    expect(covered([{ text: '/unlink', bold: true }, { text: ': /x' }])).toEqual([
      ['code', '/unlink'],
      ['code', '/x'],
    ])
    expect(covered([{ text: 'a /logout b', bold: true }])).toEqual([
      ['bold', 'a'],
      ['code', '/logout'],
      ['bold', 'b'],
    ])
    expect(covered([{ text: '/un' }, { text: 'link', italic: true }])).toEqual([
      ['code', '/unlink'],
    ])
    expect(covered([{ text: '/login', href: 'https://a.example/' }])).toEqual([
      ['text_link', '/login'],
    ])
  })

  it('lets commands of its own be touched, but not those it quotes', () => {
    const runs: readonly Run[] = [{ text: 'Say /login. ' }, { text: '王五: /unlink', quote: true }]
    expect(covered(runs, { ours: true })).toEqual([
      ['blockquote', '王五: /unlink'],
      ['code', '/unlink'],
    ])
  })

  it('shows what cannot be shown as a replacement, and keeps lines', () => {
    expect(marked([{ text: 'a\u0000b\u001b[31m\r\nc\td\ud800\u2028e\rf' }]).text).toBe(
      'a\ufffdb\ufffd[31m\nc\td\ufffd\ne\nf',
    )
  })

  it('lets no text turn round how its line is read', () => {
    expect(marked([{ text: 'exe.\u202egnp.\u2066x\u2069' }]).text).toBe('exe.gnp.x')
    expect(marked([{ text: 'שלום\u200f, مرحبا' }]).text).toBe('שלום\u200f, مرحبا')
  })

  it('keeps the links where there are more marks than Telegram takes', () => {
    const bold = Array.from(
      { length: 120 },
      () => [{ text: 'b', bold: true }, { text: ' ' }] as const,
    )
    const link = { text: 'x', href: 'https://a.example/' }
    const { entities } = marked([...bold.flat(), link])
    expect(entities).toHaveLength(100)
    expect(entities.at(-1)?.type).toBe('text_link')
  })

  const flag = fc.constantFrom(true as const, undefined)
  const run = fc
    .record({
      text: fc.oneof(
        fc.string({ unit: 'binary', maxLength: 30 }),
        fc.string({
          unit: fc.constantFrom('/', 'a', ' ', '\n', '\r', '😀', '@', '\ud83d', '\u202e'),
        }),
      ),
      bold: flag,
      italic: flag,
      quote: flag,
      href: fc.constantFrom('https://a.example/', 'x', undefined),
    })
    .map((each) => JSON.parse(JSON.stringify(each)) as Run)

  it('gives entities within the text that split no character, whatever is said', () => {
    fc.assert(
      fc.property(
        fc.array(run, { maxLength: 8 }),
        fc.boolean(),
        fc.boolean(),
        (runs, ours, bare) => {
          const { text, entities } = marked(runs, { ours, bare })
          expect(text.isWellFormed()).toBe(true)
          for (const { offset, length, type } of entities) {
            const said = text.slice(offset, offset + length)
            expect([type, said.length]).toEqual([type, length])
            expect(said.isWellFormed()).toBe(true)
            expect(said.trim()).toBe(said)
            expect(length).toBeGreaterThan(0)
          }
          const quotes = entities.filter(({ type }) => type.endsWith('blockquote'))
          quotes.slice(1).forEach((quote, at) => {
            const before = quotes[at]!
            expect(quote.offset).toBeGreaterThanOrEqual(before.offset + before.length)
          })
          const codes = entities.filter(({ type }) => type === 'code')
          for (const code of codes) {
            for (const other of entities) {
              if (other === code || other.type.endsWith('blockquote')) continue
              const apart =
                other.offset >= code.offset + code.length ||
                code.offset >= other.offset + other.length
              expect(apart).toBe(true)
            }
          }
        },
      ),
    )
  })

  it('says all of what is said, and nothing else but line ends beside quotations', () => {
    const harmless = fc.string({ unit: fc.constantFrom('a', '王', '😀', ' ', '<', '*', '/') })
    const plain = fc
      .record({ text: harmless, bold: flag, quote: flag })
      .map((each) => JSON.parse(JSON.stringify(each)) as Run)
    fc.assert(
      fc.property(fc.array(plain, { maxLength: 8 }), (runs) => {
        const { text } = marked(runs)
        expect(text.replaceAll('\n', '')).toBe(runs.map((each) => each.text).join(''))
        if (!runs.some((each) => each.quote)) expect(text).not.toContain('\n')
      }),
    )
  })
})
