import { describe, expect, test } from 'vitest'
import { child, children, contentXml, parseXml, xmlText } from '../../../adapters/wechat-web/xml.ts'

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

describe('XML from WeChat', () => {
  test('an emoji span inside an attribute does not break the document', () => {
    const wire = `&lt;msg nick="icy<span class="emoji emoji1f37a"></span>" a = "1"/&gt;`
    expect(xmlText(contentXml(wire), 'msg', '@_nick')).toBe('icy🍺')
    expect(xmlText(contentXml(wire), 'msg', '@_a')).toBe('1')
  })

  test('ids stay text, references of both levels are decoded, CDATA is text', () => {
    const wire = escaped(
      '<m><id>5136685017736235886</id><u>?a=1&amp;b=2</u><c><![CDATA[x<y]]></c></m>',
    )
    const document = contentXml(wire)
    expect(xmlText(document, 'm', 'id')).toBe('5136685017736235886')
    expect(xmlText(document, 'm', 'u')).toBe('?a=1&b=2')
    expect(xmlText(document, 'm', 'c')).toBe('x<y')
  })

  test('one item, several items, attributes with text: read the same way', () => {
    expect(xmlText(parseXml('<a><item>1</item></a>'), 'a', 'item')).toBe('1')
    expect(xmlText(parseXml('<a><item>1</item><item>2</item></a>'), 'a', 'item')).toBe('1')
    expect(xmlText(parseXml('<a><b c="d">e</b></a>'), 'a', 'b')).toBe('e')
    expect(xmlText(parseXml('<a><b/></a>'), 'a', 'b')).toBe('')
    expect(xmlText(parseXml('<a/>'), 'a', 'b', 'c')).toBe('')
  })

  test('thousands of ordinary references are no bomb', () => {
    const many = '&amp;&#39;&#x4f60;'.repeat(5000)
    expect(xmlText(parseXml(`<a b="${many}">${many}</a>`), 'a')).toBe("&'你".repeat(5000))
    expect(xmlText(parseXml(`<a b="${many}"/>`), 'a', '@_b')).toBe("&'你".repeat(5000))
  })

  test('a document that was never escaped is taken as it stands', () => {
    expect(xmlText(contentXml(' <a b="1 &lt; 2"/>'), 'a', '@_b')).toBe('1 < 2')
    expect(xmlText(contentXml('&lt;a b="1 &amp;lt; 2"/&gt;'), 'a', '@_b')).toBe('1 < 2')
  })

  test('all elements of a name, however many', () => {
    const three = parseXml('<a><x>1</x><x>2</x><x>3</x></a>')
    expect(children(three, 'a', 'x')).toEqual(['1', '2', '3'])
    expect(children(parseXml('<a><x>1</x></a>'), 'a', 'x')).toEqual(['1'])
    expect(children(three, 'a', 'y')).toEqual([])
    expect(children(three, '__proto__', 'x')).toEqual([])
    expect(children(three)).toEqual([])
  })

  test.each([
    ['an entity bomb', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'],
    ['a lower-case doctype', '<?xml version="1.0"?><!doctype x SYSTEM "file:///etc/passwd"><x/>'],
    ['a stray entity declaration', '<x><!ENTITY a "b"></x>'],
    ['plain text', 'This type of message is not supported'],
    ['nothing', ''],
    ['a document of many megabytes', `<x>${'a'.repeat(3_000_000)}</x>`],
    ['nesting without end', '<a>'.repeat(50_000)],
  ])('%s is refused', (_, document) => {
    expect(parseXml(document)).toBeUndefined()
    expect(contentXml(document)).toBeUndefined()
  })

  test.each([
    ['<__proto__ polluted="yes"/>'],
    ['<a><__proto__><polluted>yes</polluted></__proto__></a>'],
    ['<constructor><prototype><polluted>yes</polluted></prototype></constructor>'],
    ['<a b="c" "d">'],
    ['<a b="<">'],
    ['<a'],
    ['<a><b></a></b>'],
    ['<![CDATA['],
  ])('%s neither throws nor pollutes', (document) => {
    expect(() => contentXml(document)).not.toThrow()
    expect(({} as { polluted?: string }).polluted).toBeUndefined()
    expect(child(contentXml(document), '__proto__', 'polluted')).not.toBe('never')
  })
})
