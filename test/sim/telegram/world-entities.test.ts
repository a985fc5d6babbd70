import { describe, expect, it } from 'vitest'
import { givenEntities, keep } from './entities.ts'
import { parseHtml } from './html.ts'
import { parseMarkdown, parseMarkdownV2 } from './markdown.ts'

const short = ({ text, entities }: ReturnType<typeof keep>) =>
  entities.map(({ type, offset, length }) => `${type} ${text.slice(offset, offset + length)}`)

const kept = (text: string, ...entities: [string, number, number][]) =>
  short(
    keep({
      text,
      entities: entities.map(([type, offset, length]) => ({ type, offset, length })) as never,
    }),
  )

describe('what Telegram finds in a text', () => {
  it.each([
    ['see https://example.com/a?b=c.', ['url https://example.com/a?b=c']],
    ['见https://example.com/路，然后', ['url https://example.com/路']],
    ['example.com and foo.bar', ['url example.com']],
    ['http://127.0.0.1:80/x', ['url http://127.0.0.1:80/x']],
    ['write to a.b@example.com', ['email a.b@example.com']],
    ['@wechat_sim_bot hi @x', ['mention @wechat_sim_bot']],
    ['/start@some_bot now /help, a/b', ['bot_command /start@some_bot', 'bot_command /help']],
    ['#好 #1 $USD', ['hashtag #好', 'cashtag $USD']],
    ['+8613800138000', ['phone_number +8613800138000']],
  ])('%s', (text, found) => expect(kept(text)).toEqual(found))

  it('is nothing within code or links', () => {
    expect(kept('/a /b', ['code', 0, 2])).toEqual(['code /a', 'bot_command /b'])
    expect(kept('https://a.cn/x', ['code', 8, 4])).toEqual(['code a.cn'])
    expect(kept('https://a.cn/x', ['text_link', 8, 4])).toEqual(['text_link a.cn'])
  })
})

describe('entities', () => {
  it('move and shrink with what is trimmed and cleaned away', () => {
    const given = {
      text: ' \n a\r\tb  ',
      entities: [{ type: 'bold', offset: 3, length: 6 }] as never,
    }
    expect(keep(given)).toEqual({ text: 'a b', entities: [{ type: 'bold', offset: 0, length: 3 }] })
  })

  it.each<[string, [string, number, number][], string[]]>([
    [
      'overlapping styles of a kind become one',
      [
        ['bold', 0, 3],
        ['bold', 2, 3],
      ],
      ['bold abcde'],
    ],
    [
      'styles are cut at the border of a link',
      [
        ['bold', 0, 4],
        ['text_link', 2, 4],
      ],
      ['bold ab', 'text_link cdef', 'bold cd'],
    ],
    [
      'styles are not within code',
      [
        ['bold', 0, 6],
        ['code', 2, 2],
      ],
      ['bold ab', 'code cd', 'bold ef'],
    ],
    [
      'of two links the first stays',
      [
        ['text_link', 0, 4],
        ['text_link', 2, 4],
      ],
      ['text_link abcd'],
    ],
    [
      'styles nest',
      [
        ['italic', 1, 2],
        ['bold', 0, 6],
      ],
      ['bold abcdef', 'italic bc'],
    ],
  ])('%s', (_, entities, left) => expect(kept('abcdef', ...entities)).toEqual(left))

  it.each<[string, [string, number, number][], string[]]>([
    [
      'a quote holds links and code',
      [
        ['blockquote', 0, 6],
        ['text_link', 0, 2],
        ['code', 3, 2],
      ],
      ['blockquote abcdef', 'text_link ab', 'code de'],
    ],
    [
      'a link does not cross the end of a quote',
      [
        ['blockquote', 0, 3],
        ['text_link', 2, 3],
      ],
      ['blockquote abc'],
    ],
    [
      'quotes do not nest',
      [
        ['blockquote', 0, 6],
        ['expandable_blockquote', 2, 2],
      ],
      ['blockquote abcdef'],
    ],
    [
      'a style within a link stays whole',
      [
        ['text_link', 0, 6],
        ['bold', 1, 2],
      ],
      ['text_link abcdef', 'bold bc'],
    ],
    [
      'a style around a link stays whole',
      [
        ['bold', 0, 6],
        ['text_link', 1, 2],
      ],
      ['bold abcdef', 'text_link bc'],
    ],
    [
      'a style that ends in code ends before it',
      [
        ['bold', 0, 4],
        ['code', 2, 4],
      ],
      ['bold ab', 'code cdef'],
    ],
  ])('%s', (_, entities, left) => expect(kept('abcdef', ...entities)).toEqual(left))

  it('may lie right beside a character of two units', () => {
    expect(kept('😀a😀', ['bold', 2, 1])).toEqual(['bold a'])
    expect(kept('😀a😀', ['bold', 0, 5])).toEqual(['bold 😀a😀'])
  })

  it('lose what turns text around', () => {
    const entities = [{ type: 'bold', offset: 1, length: 3 }] as never
    expect(keep({ text: 'a\u202eb\u2028c', entities })).toEqual({
      text: 'abc',
      entities: [{ type: 'bold', offset: 1, length: 1 }],
    })
  })

  it('are given with what belongs to them, and what is found anyway is passed over', () => {
    const range = { offset: 0, length: 1 }
    expect(
      givenEntities([
        { type: 'pre', language: 'js', ...range },
        { type: 'pre', ...range },
        { type: 'bold', language: 'js', ...range },
        { type: 'custom_emoji', custom_emoji_id: '5', ...range },
        { type: 'text_link', url: 'A.cn', ...range },
        { type: 'url', ...range },
        { type: 'bold', offset: 0, length: 0 },
      ]),
    ).toEqual([
      { type: 'pre', language: 'js', ...range },
      { type: 'pre', ...range },
      { type: 'bold', ...range },
      { type: 'custom_emoji', custom_emoji_id: '5', ...range },
      { type: 'text_link', url: 'http://a.cn/', ...range },
    ])
  })

  it('of nothing but blanks are none', () => expect(kept('a b', ['bold', 1, 1])).toEqual([]))
})

describe('HTML', () => {
  it.each([
    ['<b>a<i>😀</i></b>', 'a😀', ['italic 😀', 'bold a😀']],
    ['&lt;&amp;&#x4e2d;&#20013&nbsp;', '<&中中&nbsp;', []],
    ['<a href="http://a.cn?x=&quot;">A</a>', 'A', ['text_link A']],
    ['<a href="nothing">A</a>', 'A', []],
    ['<pre><code class="language-js">x</code></pre>', 'x', ['pre x']],
    ['<code class="language-js">x</code>', 'x', ['code x']],
    ['<blockquote expandable>q</blockquote>', 'q', ['expandable_blockquote q']],
    ['<span class="tg-spoiler">s</span><u></u>', 's', ['spoiler s']],
  ])('%s', (source, text, entities) => {
    const parsed = parseHtml(source)
    expect(parsed.text).toBe(text)
    expect(short(parsed)).toEqual(entities)
  })

  it.each([
    ['中<x>', 'Unsupported start tag "x" at byte offset 3'],
    ['a < b', 'Unsupported start tag "" at byte offset 2'],
    ['a <b', 'Unclosed start tag at byte offset 2'],
    ['a <3 b>', 'Unsupported start tag "3" at byte offset 2'],
    ['中</b>', 'Unexpected end tag at byte offset 3'],
    ['<b>中</i>', 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'],
    ['<b>', 'Can\'t find end tag corresponding to start tag "b"'],
    ['<b></b', 'Unclosed end tag at byte offset 3'],
    ['<tg-emoji emoji-id="x">e</tg-emoji>', 'Invalid custom emoji identifier specified'],
    ['<a href', 'Unclosed start tag at byte offset 0'],
    ['<a href=', 'Unclosed start tag at byte offset 0'],
    ['<a href="x"', 'Unclosed start tag at byte offset 0'],
    ['<a href=x', 'Unexpected end of name token at byte offset 8'],
    ['<a =x>', 'Empty attribute name in the tag "a" at byte offset 0'],
    [
      '<a href>',
      'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0',
    ],
    ['<span class="x">', 'Tag "span" must have class "tg-spoiler" at byte offset 0'],
  ])('%s is refused', (source, why) => expect(() => parseHtml(source)).toThrow(why))
})

describe('MarkdownV2', () => {
  it.each([
    ['*a _b_*', 'a b', ['italic b', 'bold a b']],
    ['__u__ ~s~ ||p||', 'u s p', ['underline u', 'strikethrough s', 'spoiler p']],
    ['1\\. a\\_b', '1. a_b', []],
    ['[A](http://a.cn/\\))', 'A', ['text_link A']],
    ['`a*b` ```js\nx\n```', 'a*b x\n', ['code a*b', 'pre x\n']],
    ['>a\n>b\nc', 'a\nb\nc', ['blockquote a\nb\n']],
    ['>a\n**>b||', 'a\nb', ['blockquote a\n', 'expandable_blockquote b']],
    ['>a||b||', 'ab', ['spoiler b', 'blockquote ab']],
  ])('%j', (source, text, entities) => {
    const parsed = parseMarkdownV2(source)
    expect(parsed.text).toBe(text)
    expect(short(parsed)).toEqual(entities)
  })

  it.each([
    ['a.b', "Character '.' is reserved and must be escaped with the preceding '\\'"],
    ['a|b', "Character '|' is reserved"],
    ['a!', "Character '!' is reserved"],
    ['中*b', "Can't find end of Bold entity at byte offset 3"],
    ['中`b', "Can't find end of Code entity at byte offset 3"],
    ['[a](b', "Can't find end of a URL at byte offset 4"],
    ['a>b', "Character '>' is reserved"],
    ['>*a\nb*', "Can't find end of Bold entity at byte offset 1"],
    ['![a](tg://user?id=5)', 'Custom emoji URL must have an emoji identifier'],
    ['![a]b', 'Custom emoji entity must contain a tg://emoji URL'],
  ])('%j is refused', (source, why) => expect(() => parseMarkdownV2(source)).toThrow(why))
})

describe('the first Markdown', () => {
  it('reads what does not nest, and refuses what does not end', () => {
    const parsed = parseMarkdown('*a* _b_ [C](a.cn) \\_ `d`')
    expect(parsed.text).toBe('a b C _ d')
    expect(short(parsed)).toEqual(['bold a', 'italic b', 'text_link C', 'code d'])
    expect(() => parseMarkdown('中_b')).toThrow(
      "Can't find end of the entity starting at byte offset 3",
    )
  })
})
