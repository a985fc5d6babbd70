import { expect, test } from 'vitest'
import { recallLines, recallOperator } from '../../src/core/recall.ts'
import { message } from './samples.ts'

const recallOf = { kind: 'recall', target: { aliases: ['1'], preview: '' }, text: '' } as const

test('one of our own in a private chat can only have been recalled by us', () => {
  const original = message('1', { sender: { type: 'myself' } })
  const recall = message('2', { content: recallOf })
  expect(recallOperator(recall, original)).toEqual({ type: 'myself' })
})

test('a friend who recalls their own stays the operator', () => {
  const recall = message('2', { content: recallOf })
  expect(recallOperator(recall, message('1'))).toEqual(recall.sender)
})

test('a message sent on another day shows its date', () => {
  const original = message('1')
  const recall = message('2', { at: original.at + 86_400_000, content: recallOf })
  const words = recallLines(recall, original, { language: 'en', timezone: 'UTC' })
  expect(words).toContain('sent 2023-11-14 22:13:20, recalled 22:13:20')
})
