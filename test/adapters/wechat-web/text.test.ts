import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { systemText } from '../../../adapters/wechat-web/content/system.ts'
import { mentions } from '../../../adapters/wechat-web/content/text.ts'
import {
  cleanName,
  clip,
  decodeName,
  decodeText,
  foldName,
} from '../../../adapters/wechat-web/text.ts'

const span = (hex: string) => `<span class="emoji emoji${hex}"></span>`

describe('text on the wire', () => {
  test.each([
    ['a typed <br/> stays, a real line break breaks', 'a&lt;br/&gt;b<br/>c', 'a<br/>b\nc'],
    ['all spellings of a break', '1<br>2<br />3<br/>4', '1\n2\n3\n4'],
    ['a typed &lt; is unescaped once only', '&amp;lt;b&amp;gt; &amp;amp;', '&lt;b&gt; &amp;'],
    ['quotes and numeric references', '&quot;it&#39;s&quot; &#x4f60;', '"it\'s" 你'],
    [
      'a reference to nothing is left alone',
      '&#0; &#xd800; &#9999999; &nope;',
      '&#0; &#xd800; &#9999999; &nope;',
    ],
    ['line feeds of its own survive', 'a\nb:<br/>c', 'a\nb:\nc'],
    ['one code point', span('1f602'), '😂'],
    ['a heart in colour', span('2764'), '❤️'],
    ['what is in colour anyway gets nothing added', span('2b50'), '⭐'],
    ['a keycap of six digits', span('3120e3'), '1️⃣'],
    ['a keycap of eight digits', span('002320e3'), '#️⃣'],
    ['a flag', span('1f1e81f1f3'), '🇨🇳'],
    ['a run of another length', span('1f1e81f1f31'), '[emoji]'],
    ['a run that is no character', span('d83d'), '[emoji]'],
    ['a run that is a control character', span('0007'), '[emoji]'],
    ['a joined sequence comes in parts', `${span('1f468')}\u200d${span('1f469')}`, '👨\u200d👩'],
    ['the cat that was a face', span('1f63c') + span('1f64d'), '😁😔'],
    ['an unterminated span', '<span class="emoji emoji1f450"></span', '👐'],
    ['attributes before the class', '<span id="x" class="emoji emoji1f602"></span>', '😂'],
    [
      'a span somebody typed is text',
      `&lt;span class=&quot;emoji emoji1f602&quot;&gt;&lt;/span&gt;`,
      '<span class="emoji emoji1f602"></span>',
    ],
    ['QQ faces stay words', '[微笑][Smile]', '[微笑][Smile]'],
  ])('%s', (_, wire, text) => {
    expect(decodeText(wire)).toBe(text)
  })

  test('a name made of HTML is plain text, on one line', () => {
    expect(cleanName('&lt;b&gt;Tom &amp; "J"&lt;/b&gt;<br/>')).toBe('<b>Tom & "J"</b><br/>')
    expect(cleanName('a\u0000b\u202ec\u2066d\n\te')).toBe('abcd e')
    expect(cleanName('a\t\u0000\tb \u202e c')).toBe('a b c')
  })

  test('a name is at most 200 units, and no emoji is cut in half', () => {
    const long = cleanName('😀'.repeat(500))
    expect(long.length).toBeLessThanOrEqual(200)
    expect(long.isWellFormed()).toBe(true)
    expect(clip('ab', 2)).toBe('ab')
  })

  test('names are compared without U+FE0F', () => {
    expect(foldName('❤️1️⃣')).toBe(foldName('❤1⃣'))
  })

  test('of a grey line only the tags of WeChat go', () => {
    const wire =
      '&lt;a href="weixin://x"&gt;View&lt;/a&gt; &lt;b&gt;Tom&lt;/b&gt; &lt;img src="a.png"/&gt;&lt;_wc_custom_link_ a="b"&gt;x'
    expect(systemText(wire)).toBe('View <b>Tom</b> x')
  })

  test.each([
    ['@阿墨\u2005你好', true],
    ['你好 @阿墨', true],
    ['@阿墨 x', true],
    ['@阿墨\n', true],
    ['@阿墨水 x', false],
    ['阿墨 x', false],
    ['@阿墨水 @阿墨 x', true],
    ['@所有人\u2005集合', false],
    ['@Alliance', false],
    ['@阿墨，你好', false],
    ['@a  b\u3000x', true],
    ['@\u200e阿墨\u00a0x', true],
    ['阿墨@', false],
    ['hi@阿墨', true],
    ['@❤ hi', true],
  ])('mention in %j: %s', (text, expected) => {
    expect(mentions(text, ['阿墨', '❤️', 'a b', ' '])).toBe(expected)
  })

  test('decoding never throws, whatever comes', () => {
    const bits = fc.constantFrom(
      '<span class="emoji emoji',
      '"></span>',
      '1f602',
      '&',
      'amp;',
      '#',
      '<br/>',
      '\ud83d',
    )
    const wild = fc.array(fc.oneof(fc.string({ unit: 'binary' }), bits)).map((all) => all.join(''))
    fc.assert(
      fc.property(wild, (wire) => {
        const all = [decodeText(wire), decodeName(wire), cleanName(wire), systemText(wire)]
        expect(JSON.parse(JSON.stringify(all))).toEqual(all)
        expect(cleanName(wire).length).toBeLessThanOrEqual(200)
      }),
    )
  })

  test('what the wire escapes, decoding gives back', () => {
    const plain = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text))
    fc.assert(
      fc.property(plain, (text) => {
        const wire = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
        expect(decodeText(wire)).toBe(text)
      }),
    )
  })
})
