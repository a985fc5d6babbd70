import { describe, expect, test } from 'vitest'
import { attribute, field } from '../../adapters/wechat-puppet/xml.ts'
import { contentXml, parseXml, type Xml, xmlText } from '../../adapters/wechat-web/xml.ts'

// What WeChat brings as XML was written by anybody. Time is measured nowhere: what takes long is much, and there is never
// more than was there.

/** How many characters a document came to: its names and its texts. */
function sizeOf(node: Xml): number {
  const open: unknown[] = [node]
  let size = 0
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === 'string') size += next.length
    else if (Array.isArray(next)) open.push(...next)
    else if (typeof next === 'object' && next !== null) {
      for (const [name, inner] of Object.entries(next)) {
        size += name.length
        open.push(inner)
      }
    }
  }
  return size
}

const lol = Array.from({ length: 9 }, (_, n) => {
  return `<!ENTITY lol${n + 1} "${`&lol${n};`.repeat(10)}">`
})

describe('a document is never more than was written:', () => {
  test.each([
    ['a bomb of entities', `<!DOCTYPE a [<!ENTITY lol0 "lol">${lol.join('')}]><a>&lol9;</a>`],
    ['the same behind a first element', `<a/><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`],
    ['one in small letters', '<!doctype a [<!entity b "c">]><a>&b;</a>'],
    ['an entity from a file', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'],
    ['a schema from elsewhere', '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a>b</a>'],
    ['parameters', '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:1/">%b;]><a>c</a>'],
  ])('%s is not read', (_, document) => {
    expect(parseXml(document)).toBeUndefined()
    expect(contentXml(document)).toBeUndefined()
  })

  test.each([
    ['references to characters', `<a>${'&#x41;'.repeat(50_000)}</a>`],
    ['names of characters', `<a>${'&lt;&hearts;&nbsp;'.repeat(20_000)}</a>`],
    ['ampersands of ampersands', `<a>&${'amp;'.repeat(100_000)}</a>`],
    ['attributes', `<a ${Array.from({ length: 20_000 }, (_, n) => `b${n}="&amp;"`).join(' ')}/>`],
    ['siblings', `<a>${'<item>x</item>'.repeat(20_000)}</a>`],
    ['what is never closed', '<a>'.repeat(100_000)],
    ['sections', `<a>${'<![CDATA[x]]>'.repeat(20_000)}</a>`],
  ])('of %s', (_, document) => {
    for (const read of [parseXml(document), contentXml(document)]) {
      // What has no name of its own is called #text, and a list comes apart.
      expect(sizeOf(read ?? '')).toBeLessThanOrEqual(document.length + 20)
    }
    expect(field(document, 'a').length).toBeLessThanOrEqual(document.length)
    expect(attribute(document, 'b0').length).toBeLessThanOrEqual(document.length)
  })
})

test('names that nobody declared stay what was written', () => {
  expect(xmlText(parseXml('<a>&xxe;&lol9;</a>'), 'a')).toBe('&xxe;&lol9;')
})

test('a document nested a hundred thousand times is read or refused, and ends nothing', () => {
  const deep = `${'<a>'.repeat(100_000)}x${'</a>'.repeat(100_000)}`
  expect(() => parseXml(deep)).not.toThrow()
  expect(() => contentXml(deep)).not.toThrow()
})

test('a document that is longer than any message is not read', () => {
  expect(parseXml(`<a>${'x'.repeat(2_000_000)}</a>`)).toBeUndefined()
  expect(contentXml(`<a>${'x'.repeat(2_000_000)}</a>`)).toBeUndefined()
})
