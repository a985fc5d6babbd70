import '../../support/seed.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatted } from '../../../adapters/matrix/html.ts'
import { htmlIn } from '../../../adapters/matrix/html-in.ts'
import { contactId } from '../../../src/core/ids.ts'
import type { Run } from '../../../src/core/runs.ts'

const li = contactId('contact/li')
const read = (html: string) =>
  htmlIn(html, (user, words) => ({
    text: words,
    who: user === '@wechat_li:hs' ? li : undefined,
  }))
const text = (html: string) => read(html)?.text
/** Without what stands between words of one look or two. */
const bare = (html: string) => html.replace(/<\/?(?:code|del|strong|em)>|<br>/g, '')

describe('HTML from a room', () => {
  it.each([
    ['one<br>two<br/>three', 'one\ntwo\nthree'],
    ['<p>one</p>\n<p>two</p>\n', 'one\n\ntwo'],
    ['<p>one<br>\ntwo</p>', 'one\ntwo'],
    ['a <b>bold</b>, <strong>strong</strong> <i>i</i> <u>u</u>', 'a bold, strong i u'],
    ['  much \n  white &nbsp; space ', 'much white space'],
    ['<h1>Title</h1>text', 'Title\n\ntext'],
    ['<div>one</div><div>two</div>', 'one\ntwo'],
    ['<ul><li>one</li><li>two</li></ul>end', '• one\n• two\n\nend'],
    ['<ol start="4"><li>one</li><li><p>two</p></li></ol>', '4. one\n5. two'],
    [
      '<ul>\n<li>one\n<ol>\n<li>in</li>\n</ol>\n</li>\n<li>two</li>\n</ul>',
      '• one\n  1. in\n• two',
    ],
    ['<ul><li>one<br>more</li></ul>', '• one\n  more'],
    ['<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>\n<p>c</p>', '> a\n>\n> b\n\nc'],
    ['<blockquote>a<blockquote>b</blockquote></blockquote>c', '> a\n> > b\nc'],
    [
      'run <code>a  b</code>:<pre><code>if (x)\n\n  y()\n</code></pre>done',
      'run a b:\n\nif (x)\n\n  y()\n\ndone',
    ],
    ['<del>old</del> <s>older</s>', 'old older'],
    ['see <a href="https://a.example/b">this</a>!', 'see this (https://a.example/b)!'],
    ['<a href="https://a.example/">a.example</a>', 'a.example'],
    ['<a href="mailto:a@b.example">a@b.example</a>', 'a@b.example'],
    [
      '<a href="https://evil.example">https://bank.example</a>',
      'https://bank.example (https://evil.example)',
    ],
    ['<a href="javascript:alert(1)">here</a>', 'here'],
    ['<a href="https://a.example"></a>', 'https://a.example'],
    ['<span data-mx-spoiler>s</span> <span data-mx-spoiler="why">t</span>', '||s|| (why) ||t||'],
    ['<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>', 'a | b\n1 | 2'],
    ['a <img src="mxc://hs/x" alt=":wave:"> b <img src=x>', 'a :wave: b'],
    ['<mx-reply><blockquote>old words</blockquote></mx-reply>new', 'new'],
    ['a<script>alert(1)</script><style>x{}</style>b<iframe>c</iframe>', 'ab'],
    ['<custom onclick="x">kept</custom><!-- not -->', 'kept'],
    ['1 &lt; 2 &amp;&amp; &#51; &gt; 2', '1 < 2 && 3 > 2'],
    ['nul&#0; bell\u0007', 'nul\ufffd bell\ufffd'],
    ['a<hr>b', 'a\n———\nb'],
    ['全角　<b>　空格</b>', '全角　　空格'],
  ])('%s', (html, said) => {
    expect(text(html)).toBe(said)
  })

  it('keeps its formatting as runs', () => {
    const html =
      '<b>b</b> <i>i</i> <del>s</del> <code>c</code> <a href="https://a.example/x">l</a><blockquote>q</blockquote>end'
    expect(read(html)?.rich).toEqual([
      { text: 'b', bold: true },
      { text: ' ' },
      { text: 'i', italic: true },
      { text: ' ' },
      { text: 's', strike: true },
      { text: ' ' },
      { text: 'c', code: true },
      { text: ' ' },
      { text: 'l', href: 'https://a.example/x' },
      { text: '\n' },
      { text: 'q\n', quote: true },
      { text: 'end' },
    ])
  })

  it.each([
    'https://matrix.to/#/@wechat_li:hs',
    'https://matrix.to/#/%40wechat_li%3Ahs?via=hs',
    'matrix:u/wechat_li:hs',
    'matrix:u/wechat_li:hs?action=chat',
  ])('points at the contact of a pill: %s', (href) => {
    const said = read(`<p>hi</p> <p>hello <a href="${href}">Li <b>Si</b></a>: yes</p>`)
    expect(said?.text).toBe('hi\n\nhello Li Si: yes')
    expect(said?.points).toEqual([{ start: 10, end: 15, who: li }])
    expect(said?.rich).toContainEqual({ text: 'Li Si', mention: { type: 'contact', contact: li } })
  })

  it('says the name of anybody else, without a link to a place that no one here can see', () => {
    const said = read(
      '<a href="https://matrix.to/#/@bob:hs">Bob</a>, <a href="matrix:u/eve:hs"></a>',
    )
    expect(said).toEqual({ text: 'Bob, @eve:hs', rich: [{ text: 'Bob, @eve:hs' }], points: [] })
  })

  it('is read in no time, however it is nested', () => {
    const nests = ['<b>', '<ul><li>', '<blockquote>x', '<a href="https://a.example">x', '<p>', '<']
    for (const nest of nests) {
      const html = nest.repeat(Math.floor(65_000 / nest.length))
      const before = performance.now()
      const said = read(html)
      expect(performance.now() - before).toBeLessThan(1500)
      expect(said?.text.length).toBeLessThan(500_000)
    }
    expect(read('x'.repeat(200_000))).toBeUndefined()
  })

  it('says without formatting what is too deep, or behind too many tags', () => {
    const deep = `${'<span>'.repeat(80)}<b>deep</b>${'</span>'.repeat(80)}<b>flat</b>`
    expect(read(deep)?.rich).toEqual([{ text: 'deep' }, { text: 'flat', bold: true }])
    const many = `${'<i></i>'.repeat(6000)}<b>late</b><br><mx-reply>old</mx-reply>end`
    expect(read(many)?.rich).toEqual([{ text: 'late\nend' }])
  })

  const piece = fc.oneof(
    fc.constantFrom(
      ...[
        '<b>',
        '</b>',
        '<p>',
        '</p>',
        '<li>',
        '<ul>',
        '<ol start="9">',
        '</ol>',
        '<pre>',
        '</pre>',
      ],
      ...['<blockquote>', '</blockquote>', '<mx-reply>', '</mx-reply>', '<br>', '<td>', '</a>'],
      ...[
        '<a href="https://matrix.to/#/@wechat_li:hs">',
        '<a href="https://a.example">',
        '<script>',
      ],
      ...[
        '</script>',
        '<span data-mx-spoiler>',
        '</span>',
        '<a href="javascript:x">',
        '\n',
        ' ',
        '&#x',
      ],
    ),
    fc.string({ unit: 'binary', maxLength: 8 }),
  )
  it('never throws, never passes a control character on, and points at its words', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const said = read(pieces.join(''))
        expect(said).toBeDefined()
        if (!said) return
        expect(said.text).not.toMatch(/(?![\n\t])\p{Cc}/u)
        expect(said.text.isWellFormed()).toBe(true)
        let last = 0
        for (const { start, end } of said.points) {
          expect(start).toBeGreaterThanOrEqual(last)
          expect(end).toBeGreaterThan(start)
          expect(end).toBeLessThanOrEqual(said.text.length)
          last = end
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('reads what this bridge writes, and says it the same way again', () => {
    const words = fc
      .array(fc.constantFrom('one', '两', '<b>', '&amp;', '"x"', '> q', 'https://a.example'), {
        minLength: 1,
        maxLength: 3,
      })
      .map((all) => all.join(' '))
    const flag = fc.constantFrom(true as const, undefined)
    const run = fc
      .record({ text: words, bold: flag, italic: flag, strike: flag, code: flag, quote: flag })
      .map(({ text, ...flags }): Run => {
        const set = Object.entries(flags).filter(([, on]) => on)
        return { text, ...Object.fromEntries(set) }
      })
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 8 }), (rich) => {
        const out = formatted(rich)
        if (out.formatted_body === undefined) return
        const again = read(out.formatted_body)
        // A quotation is on lines of its own.
        expect(again?.text.replaceAll('\n', '')).toBe(out.body.replaceAll('\n', ''))
        // Runs of one look are one now; then nothing changes any more.
        const once = formatted(again?.rich ?? []).formatted_body ?? ''
        expect(formatted(read(once)?.rich ?? []).formatted_body).toBe(once)
        expect(bare(once)).toBe(bare(out.formatted_body))
      }),
      { numRuns: 300 },
    )
  })
})
