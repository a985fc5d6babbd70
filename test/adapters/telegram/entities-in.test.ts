import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainText } from '../../../adapters/telegram/entities-in.ts'

const entity = (type: string, offset: number, length: number, more: object = {}) => ({
  type,
  offset,
  length,
  ...more,
})
const marked = (text: string, part: string, type: string, more: object = {}) =>
  plainText(text, [entity(type, text.indexOf(part), part.length, more)])

describe('a text of Telegram’s as plain words', () => {
  it('puts an address behind the words that lead to it', () => {
    const url = 'https://example.org/a'
    expect(marked('see this here', 'this', 'text_link', { url })).toBe(`see this (${url}) here`)
  })

  it('says an address once where the words are the address', () => {
    const url = 'https://example.org/'
    expect(marked('go example.org now', 'example.org', 'text_link', { url })).toBe(
      'go example.org now',
    )
  })

  it('puts the address before the blanks that a link ends with', () => {
    const text = 'read this\n\nbye'
    const url = 'https://example.org/x'
    expect(plainText(text, [entity('text_link', 5, 6, { url })])).toBe(`read this (${url})\n\nbye`)
  })

  it.each(['javascript:alert(1)', 'https://a b', 'x', `https://${'a'.repeat(3000)}`])(
    'leaves out an address that leads nowhere: %.30s',
    (url) => {
      expect(marked('see this', 'this', 'text_link', { url })).toBe('see this')
    },
  )

  it('counts in UTF-16 units', () => {
    const text = '👨‍👩‍👧 hi 😀 there'
    const url = 'https://e.org/'
    expect(marked(text, 'there', 'text_link', { url })).toBe(`${text} (${url})`)
  })

  it('never writes into the middle of a character', () => {
    const url = 'https://e.org/'
    expect(plainText('a😀b', [entity('text_link', 0, 2, { url })])).toBe(`a😀 (${url})b`)
  })

  it('marks each line of a quotation, and gives it lines of its own', () => {
    const text = 'he said one\ntwo and left'
    const quoted = marked(text, 'one\ntwo', 'blockquote')
    expect(quoted).toBe('he said \n> one\n> two\n and left')
  })

  it('keeps two quotations that touch apart, with one line break', () => {
    const quoted = plainText('ab', [
      entity('blockquote', 0, 1),
      entity('expandable_blockquote', 1, 1),
    ])
    expect(quoted).toBe('> a\n> b')
  })

  it('marks no line behind a quotation that ends with a line break', () => {
    expect(marked('one\ntwo', 'one\n', 'blockquote')).toBe('> one\ntwo')
  })

  it('keeps code with its lines, on lines of its own', () => {
    const text = 'try if (a) {\n  b\n} ok'
    const code = 'if (a) {\n  b\n}'
    expect(marked(text, code, 'pre', { language: 'c' })).toBe(`try \n${code}\n ok`)
    expect(marked('run `x` now', '`x`', 'code')).toBe('run `x` now')
  })

  it('shows what is only decorated as it is', () => {
    const text = 'bold italic spoiler #tag @bob Bob 😀'
    const types = [
      'bold',
      'italic',
      'spoiler',
      'hashtag',
      'mention',
      'text_mention',
      'custom_emoji',
    ]
    const entities = types.map((type, at) => entity(type, at * 2, 4, { user: { id: 1 } }))
    expect(plainText(text, entities)).toBe(text)
  })

  it('leaves marks of direction and of no width alone', () => {
    const text = 'a\u200f\u202e\u200db'
    expect(plainText(text, [])).toBe(text)
  })

  it('nests a link in a quotation', () => {
    const url = 'https://e.org/'
    const entities = [entity('blockquote', 2, 4), entity('text_link', 2, 4, { url })]
    expect(plainText('a\nlink', entities)).toBe(`a\n> link (${url})`)
  })

  it('survives whatever stands in for entities, and keeps every word', () => {
    const hostile = fc.array(
      fc.oneof(
        fc.anything(),
        fc.record({
          type: fc.constantFrom('text_link', 'blockquote', 'pre', 'constructor', 'bold'),
          offset: fc.oneof(fc.integer({ min: -5, max: 60 }), fc.anything()),
          length: fc.oneof(fc.integer({ min: -5, max: 60 }), fc.anything()),
          url: fc.oneof(fc.constant('https://e.org/'), fc.anything()),
        }),
      ),
    )
    const text = fc.string({ unit: 'binary', maxLength: 40 })
    fc.assert(
      fc.property(text, fc.oneof(hostile, fc.anything()), (said, entities) => {
        const plain = plainText(said, entities)
        expect(plain.isWellFormed()).toBe(true)
        // What is put in between is all there is more: every character is there, in order.
        let at = 0
        for (const character of said.toWellFormed()) {
          at = plain.indexOf(character, at) + character.length
          expect(at).toBeGreaterThanOrEqual(character.length)
        }
      }),
    )
  })
})
