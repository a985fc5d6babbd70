import { expect, test } from 'vitest'
import { fit } from '../../src/core/fit.ts'
import { recallLines, recallOperator } from '../../src/core/recall.ts'
import { oneMore } from '../../src/core/recall-burst.ts'
import { hubFeatures, message } from './samples.ts'

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

test('a time that no calendar has keeps no recall from being told', () => {
  for (const at of [9e15, -9e15, Number.NaN]) {
    const recall = message('2', { at, content: recallOf })
    const [body] = fit(recall, message('1', { at }), hubFeatures, {
      language: 'en',
      timezone: 'UTC',
    })
    expect(JSON.stringify(body)).toContain('text 1')
  }
})

test('a private name that our own phone quoted somebody by is told by no notice and no quotation', () => {
  const voice = { language: 'en', timezone: 'UTC' } as const
  const target = { aliases: ['0'], preview: 'lunch?', who: '满满' }
  const content = { kind: 'quote', text: 'yes', target } as const
  const original = message('1', { sender: { type: 'myself' }, content })
  const recall = message('2', { sender: { type: 'myself' }, content: recallOf })
  const alone = fit(recall, original, hubFeatures, voice)
  const reply = fit(message('3'), original, { ...hubFeatures, reply: false }, voice)
  const [body] = alone
  if (body?.kind !== 'notice') throw new Error('a recall is told by a notice')
  const two = oneMore(
    { body, count: 1, first: { recall, original } },
    { recall, original },
    hubFeatures,
    voice,
  )
  const words = JSON.stringify([alone, two, reply])
  expect(words.split('lunch?')).toHaveLength(5)
  expect(words).not.toContain('满满')
  // WeChat's own words about a recall have private names too.
  const named = message('4', { content: { ...recallOf, text: '“满满” recalled a message' } })
  const about = fit(message('5'), named, { ...hubFeatures, reply: false }, voice)
  expect(JSON.stringify(about)).toContain('recalled a message')
  expect(JSON.stringify(about)).not.toContain('满满')
})
