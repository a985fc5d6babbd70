import { describe, expect, test } from 'vitest'
import { child, contentXml, parseXml, xmlText } from '../../../adapters/wechat-web/xml.ts'

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

describe('XML from WeChat', () => {
  test('an emoji span inside an attribute does not break the document (trap 53)', () => {
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

  test('one item, several items, attributes with text: read the same way (trap 59)', () => {
    expect(xmlText(parseXml('<a><item>1</item></a>'), 'a', 'item')).toBe('1')
    expect(xmlText(parseXml('<a><item>1</item><item>2</item></a>'), 'a', 'item')).toBe('1')
    expect(xmlText(parseXml('<a><b c="d">e</b></a>'), 'a', 'b')).toBe('e')
    expect(xmlText(parseXml('<a><b/></a>'), 'a', 'b')).toBe('')
    expect(xmlText(parseXml('<a/>'), 'a', 'b', 'c')).toBe('')
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
