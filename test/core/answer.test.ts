import { expect, test } from 'vitest'
import { answer } from '../../src/core/answer.ts'
import { connectorFeatures, picture } from './samples.ts'

test('a text goes as it is', () => {
  expect(answer({ kind: 'text', text: '好的 <b>' }, connectorFeatures)).toEqual({
    bodies: [{ kind: 'text', text: '好的 <b>' }],
  })
})

test('a text of 20 000 characters goes in several sends that give it again', () => {
  const text = 'ab cd\n'.repeat(3333)
  const answered = answer({ kind: 'text', text }, connectorFeatures)
  const bodies = 'bodies' in answered ? answered.bodies : []
  const pieces = bodies.map((body) => (body.kind === 'text' ? body.text : ''))
  expect(pieces.join('')).toBe(text)
  expect(pieces.every((piece) => piece.length <= 50)).toBe(true)
})

test('an empty text is refused with words, not sent and not lost silently', () => {
  expect(answer({ kind: 'text', text: ' \n' }, connectorFeatures)).toEqual({
    refusal: { why: 'empty' },
  })
})

test('a picture goes with its caption after it', () => {
  const content = { kind: 'image', media: picture, caption: '看' } as const
  expect(answer(content, connectorFeatures)).toEqual({
    bodies: [
      { kind: 'media', media: picture },
      { kind: 'text', text: '看' },
    ],
  })
})

test('a picture over the limit is refused with both sizes', () => {
  const content = { kind: 'image', media: { ...picture, bytes: 2000 } } as const
  expect(answer(content, connectorFeatures)).toEqual({
    refusal: { why: 'tooLarge', bytes: 2000, limit: 1000 },
  })
})

test('a picture of a format WeChat does not take is refused by name', () => {
  const content = { kind: 'image', media: { ...picture, mime: 'image/heic' } } as const
  expect(answer(content, connectorFeatures)).toEqual({
    refusal: { why: 'format', mime: 'image/heic' },
  })
})

test('a kind the connector cannot send is refused by name', () => {
  const content = { kind: 'file', media: { ...picture, kind: 'file' } } as const
  expect(answer(content, connectorFeatures)).toEqual({ refusal: { why: 'kind', kind: 'file' } })
})
