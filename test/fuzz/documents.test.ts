import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJson, record, records, text } from '../../adapters/wechat-web/raw.ts'
import {
  cleanLine,
  cleanName,
  cleanText,
  decodeName,
  decodeText,
} from '../../adapters/wechat-web/text.ts'
import { child, children, contentXml, parseXml, xmlText } from '../../adapters/wechat-web/xml.ts'
import { hostileText, hostileValue, hostileXml, isPolluted } from './hostile.ts'

const runs = { numRuns: 1500 }

describe('documents made to hurt', () => {
  test('XML never throws, never pollutes, and every path through it is text', () => {
    const paths = fc.array(fc.constantFrom('msg', 'a', '@_a', '__proto__', 'constructor', '#text'))
    fc.assert(
      fc.property(hostileXml, paths, (wire, path) => {
        for (const document of [contentXml(wire), parseXml(wire)]) {
          expect(typeof xmlText(document, ...path)).toBe('string')
          expect(Array.isArray(children(document, ...path))).toBe(true)
          expect(typeof child(document, ...path)).not.toBe('function')
        }
        expect(isPolluted()).toBe(false)
      }),
      runs,
    )
  })

  test('JSON either parses or is a SyntaxError, and never pollutes', () => {
    const names = fc.constantFrom('MsgId', 'NewMsgId', '__proto__', 'constructor', 'x')
    const bodies = fc.oneof(
      hostileText,
      fc.dictionary(names, hostileValue).map((value) => JSON.stringify(value)),
      hostileText.map((value) => `{"__proto__":{"polluted":1},"MsgId":${JSON.stringify(value)}}`),
    )
    fc.assert(
      fc.property(bodies, (body) => {
        try {
          const raw = record(parseJson(body))
          expect(typeof text(raw.MsgId)).toBe('string')
          expect(Array.isArray(records(raw.x))).toBe(true)
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SyntaxError)
        }
        expect(isPolluted()).toBe(false)
      }),
      runs,
    )
  })

  test('quoting long ids changes nothing else', () => {
    const value = fc.oneof(hostileText, fc.integer(), fc.constant('"MsgId":1234567890123456789'))
    const objects = fc.record({
      MsgId: value,
      NewMsgId: fc.bigInt(10n ** 15n, 2n ** 64n),
      x: value,
    })
    fc.assert(
      fc.property(objects, ({ MsgId, NewMsgId, x }) => {
        const rest = JSON.stringify({ MsgId, x }).slice(1)
        expect(parseJson(`{"NewMsgId": ${NewMsgId},${rest}`)).toEqual({
          NewMsgId: String(NewMsgId),
          ...(JSON.parse(`{${rest}`) as object),
        })
      }),
      runs,
    )
  })

  test('emoji spans and escapes decode to something shorter or equal, and clean text stays clean', () => {
    fc.assert(
      fc.property(hostileText, (wire) => {
        expect(decodeText(wire).length).toBeLessThanOrEqual(wire.length)
        expect(decodeName(wire).length).toBeLessThanOrEqual(wire.length)
        for (const clean of [cleanName(wire), cleanLine(wire), cleanText(wire)]) {
          expect(clean.isWellFormed()).toBe(true)
          // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must be gone
          expect(clean).not.toMatch(/[\u0000-\u0008\u202a-\u202e\u2066-\u2069]/)
        }
        expect(cleanLine(wire)).toBe(cleanLine(cleanLine(wire)))
      }),
      runs,
    )
  })

  test('what a person types comes back as typed, whatever it looks like', () => {
    const typed = hostileText.map((each) => each.replace(/\r/g, ''))
    fc.assert(
      fc.property(typed, (plain) => {
        const wire = plain
          .replaceAll('&', '&amp;')
          .replaceAll('<', '&lt;')
          .replaceAll('>', '&gt;')
          .replaceAll('"', '&quot;')
          .replaceAll('\n', '<br/>')
        expect(decodeText(wire)).toBe(plain)
      }),
      runs,
    )
  })
})
