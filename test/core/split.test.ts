import fc from 'fast-check'
import { expect, test } from 'vitest'
import { split } from '../../src/core/split.ts'

test('pieces give the text again, are within the limit, and never cut a surrogate pair', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme', maxLength: 400 }),
      fc.integer({ min: 2, max: 60 }),
      (text, limit) => {
        const pieces = split(text, limit)
        expect(pieces.join('')).toBe(text)
        for (const piece of pieces) {
          expect(piece.length).toBeLessThanOrEqual(limit)
          expect(piece.isWellFormed()).toBe(true)
        }
      },
    ),
  )
})

test('a cut is made at a line end where one is near', () => {
  expect(split(`${'a'.repeat(80)}\n${'b'.repeat(80)}`, 100)).toEqual([
    `${'a'.repeat(80)}\n`,
    'b'.repeat(80),
  ])
})
