import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeHtml, formatted } from '../../../adapters/matrix/html.ts'
import { contactId } from '../../../src/core/ids.ts'
import type { Mentioned } from '../../../src/core/runs.ts'

describe('formatted', () => {
  it('gives only plain text where there is nothing to format', () => {
    expect(formatted([{ text: '<b>1 & 2</b>\n' }, { text: 'x' }])).toEqual({
      body: '<b>1 & 2</b>\nx',
    })
  })

  it('turns runs into markup and escapes all of their text', () => {
    const { body, format, formatted_body } = formatted([
      { text: 'A & B', bold: true },
      { text: ' said:\n' },
      { text: '"x" <y>', quote: true, italic: true },
      { text: 'here', href: 'https://example.org/?a=1&b="2"' },
    ])
    expect(format).toBe('org.matrix.custom.html')
    expect(formatted_body).toBe(
      '<strong>A &amp; B</strong> said:<br>' +
        '<blockquote><em>&quot;x&quot; &lt;y&gt;</em></blockquote>' +
        '<a href="https://example.org/?a=1&amp;b=%222%22">here</a>',
    )
    expect(body).toBe('A & B said:\n> "x" <y>\nhere (https://example.org/?a=1&b="2")')
  })

  it('makes one quotation of what is quoted together', () => {
    const { body, formatted_body } = formatted([
      { text: 'recalled:\n' },
      { text: 'Ten hikes', quote: true, bold: true, href: 'https://a.example/' },
      { text: '\nfrom a paper', quote: true },
      { text: 'after' },
    ])
    expect(formatted_body).toBe(
      'recalled:<br><blockquote><strong><a href="https://a.example/">Ten hikes</a></strong>' +
        '<br>from a paper</blockquote>after',
    )
    expect(body).toBe('recalled:\n> Ten hikes (https://a.example/)\n> from a paper\nafter')
  })

  it('writes an address as it was written, and not a second time behind itself', () => {
    const body = (text: string, href: string) => formatted([{ text, href }]).body
    expect(body('路', 'https://example.org/路')).toBe('路 (https://example.org/路)')
    expect(body('https://example.org', 'https://example.org')).toBe('https://example.org')
    expect(body('https://example.org/路', 'https://example.org/路')).toBe('https://example.org/路')
    expect(body('x', 'https://example.org/a\nb c')).toBe('x (https://example.org/ab%20c)')
  })

  it('strikes, and writes in letters of one width, in a line or as a block', () => {
    const { body, formatted_body } = formatted([
      { text: 'gone <i>', strike: true, bold: true },
      { text: ' ' },
      { text: 'a < b', code: true, italic: true },
      { text: 'if (a)\n  b()', code: true, bold: true },
    ])
    expect(formatted_body).toBe(
      '<strong><del>gone &lt;i&gt;</del></strong> <em><code>a &lt; b</code></em>' +
        '<pre><code>if (a)\n  b()</code></pre>',
    )
    expect(body).toBe('gone <i> a < bif (a)\n  b()')
  })

  it('makes a pill of a mention of somebody who is known, and words of others', () => {
    const contact = (id: string) => ({ type: 'contact', contact: contactId(id) }) as const
    const pointing = {
      userOf: (one: Mentioned) =>
        one.type === 'contact' && one.contact === 'lin' ? '@li/n"<:hs:8448' : undefined,
    }
    const runs = [
      { text: '@<Lin>', mention: contact('lin'), bold: true },
      { text: ' @Wu', mention: contact('wu') },
    ] as const
    expect(formatted(runs, pointing)).toEqual({
      body: '@<Lin> @Wu',
      format: 'org.matrix.custom.html',
      formatted_body:
        '<strong><a href="https://matrix.to/#/@li%2Fn%22%3C:hs:8448">@&lt;Lin&gt;</a></strong> @Wu',
    })
    expect(formatted(runs.slice(1), pointing)).toEqual({ body: ' @Wu' })
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'mxc://a/b', '//example.org', 'not a url'])(
    'makes no link of %s',
    (href) => {
      expect(formatted([{ text: 'click', href }])).toEqual({ body: 'click' })
    },
  )

  it('leaves markup out that would not fit into an event', () => {
    const text = '"'.repeat(8000)
    expect(formatted([{ text, bold: true }])).toEqual({ body: text })
  })

  it('shows what cannot be shown as a replacement, and keeps lines', () => {
    expect(formatted([{ text: 'a\u0000b\u001b[31m\r\nc\td\ud800' }]).body).toBe(
      'a\ufffdb\ufffd[31m\nc\td\ufffd',
    )
  })

  it('never lets a text become markup', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const html = formatted([{ text, bold: true }]).formatted_body ?? ''
        const inside = html
          .replace(/^<strong>/, '')
          .replace(/<\/strong>$/, '')
          .replaceAll('<br>', '')
        expect(inside).not.toMatch(/[<>"']/)
        expect(inside.replace(/&(amp|lt|gt|quot|#39);/g, '')).not.toContain('&')
      }),
    )
  })
})

it('escapes what means something in HTML', () => {
  expect(escapeHtml(`<a href="x" b='y'>&`)).toBe('&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;')
})
