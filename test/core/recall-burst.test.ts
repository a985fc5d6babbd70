import { expect, test } from 'vitest'
import type { Message } from '../../src/core/message.ts'
import type { HubFeatures } from '../../src/core/post.ts'
import { recallQuote } from '../../src/core/recall.ts'
import { oneMore, type Recalled, type Told } from '../../src/core/recall-burst.ts'
import type { Voice } from '../../src/core/words.ts'
import { plainOf } from '../support/plain.ts'
import { hubFeatures, lin, message } from './samples.ts'

const en: Voice = { language: 'en', timezone: 'UTC' }
const zh: Voice = { language: 'zh', timezone: 'UTC' }
const html: HubFeatures = { ...hubFeatures, text: { limit: 400, format: 'html' } }
const plain: HubFeatures = { ...hubFeatures, text: { limit: 400, format: 'plain' } }

const target = { aliases: ['1'], preview: '' }
const recalled = (n: number, change: Partial<Message> = {}, text = `word ${n}`): Recalled => {
  const original = message(`${n}`, { content: { kind: 'text', text }, ...change })
  const at = original.at + 60_000
  const content = { kind: 'recall', target, text: '' } as const
  return {
    recall: message(`r${n}`, { at: at + n * 1000, content }),
    original: { ...original, at: original.at + n * 1000 },
  }
}
const alone = (first: Recalled, voice = en): Told => ({
  body: { kind: 'notice', text: recallQuote(first.recall, first.original, voice) },
  count: 1,
  first,
})
const more = (told: Told, next: Recalled, features = html, voice = en): Told | undefined => {
  const body = oneMore(told, next, features, voice)
  return body && { ...told, body, count: told.count + 1 }
}
const words = (told: Told | undefined) => told && plainOf(told.body)

test('several recalls are one notice: how many, and each original behind its time', () => {
  const two = more(alone(recalled(1)), recalled(2))
  const three = two && more(two, recalled(3))
  expect(words(two)).toBe('林小满 recalled 2 messages\n22:13:21 word 1\n22:13:22 word 2')
  expect(words(three)).toBe(
    '林小满 recalled 3 messages\n22:13:21 word 1\n22:13:22 word 2\n22:13:23 word 3',
  )
  const [head, ...lines] = three?.body.text ?? []
  expect(head).not.toHaveProperty('quote')
  expect(lines.every(({ quote }) => quote)).toBe(true)
  const chinese = more(alone(recalled(1), zh), recalled(2), html, zh)
  expect(words(chinese)).toBe('林小满撤回了 2 条消息\n22:13:21 word 1\n22:13:22 word 2')
})

test('where there is no markup every line of an original is marked', () => {
  const told = more(alone(recalled(1, {}, 'one\ntwo')), recalled(2), plain)
  expect(words(told)).toBe('林小满 recalled 2 messages\n> 22:13:21 one\n> two\n> 22:13:22 word 2')
})

test('whose it was is said where somebody else took it back', () => {
  const sender = { type: 'contact', contact: { ...lin, id: 'x' as never, name: 'Ada' } } as const
  const told = more(alone(recalled(1)), recalled(2, { sender }))
  expect(words(told)).toContain('\n22:13:21 word 1\n22:13:22 Ada: word 2')
})

test('an original that nobody saw, or that is not kept any more, is said to be that', () => {
  const { recall } = recalled(2)
  const told = more(alone(recalled(1)), { recall, original: undefined })
  expect(words(told)).toMatch(
    /word 1\n\(recalled 22:14:22\. The bridge has not seen the original\.\)$/,
  )
  const content = { kind: 'recall', target, text: '', forgotten: true } as const
  const pruned = { recall: { ...recall, content }, original: undefined }
  const chinese = more(alone(recalled(1), zh), pruned, html, zh)
  expect(words(chinese)).toContain('（撤回 22:14:22，原文收到过，但已不再保留）')
  const later = told && more(told, recalled(3))
  expect(words(later)).toContain('has not seen the original.)\n22:13:23 word 3')
})

test('a notice takes up only what the hub can still show', () => {
  let told = alone(recalled(1))
  let count = 1
  for (let n = 2; ; n++) {
    const next = more(told, recalled(n))
    if (!next) break
    told = next
    count = n
  }
  expect(count).toBeGreaterThan(5)
  expect(words(told)?.length).toBeLessThanOrEqual(400)
  expect((words(told)?.length ?? 0) + 17).toBeGreaterThan(400)
  expect(words(told)).toContain(`recalled ${count} messages`)
  // An address counts as well.
  const url = `https://example.org/${'a'.repeat(380)}`
  const content = { kind: 'link', title: 'short', url } as const
  expect(more(alone(recalled(1)), recalled(2, { content }))).toBeUndefined()
})
