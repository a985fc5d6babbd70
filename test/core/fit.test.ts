import { expect, test } from 'vitest'
import { fit, speakerOf } from '../../src/core/fit.ts'
import type { Body } from '../../src/core/post.ts'
import type { Voice } from '../../src/core/words.ts'
import { plainOf } from '../support/plain.ts'
import { hubFeatures, lin, message, picture } from './samples.ts'

const en: Voice = { language: 'en', timezone: 'Asia/Shanghai' }
const zh: Voice = { language: 'zh', timezone: 'Asia/Shanghai' }
const text = (body: Body | undefined) => (body && body.kind !== 'media' ? plainOf(body) : undefined)

test('a short text is one body, as it was written', () => {
  const bodies = fit(message('1'), undefined, hubFeatures, en)
  expect(bodies).toEqual([{ kind: 'text', text: [{ text: 'text 1' }] }])
})

test('a long text becomes several bodies within the limit that give it again', () => {
  const long = '走得很远。'.repeat(4000)
  const said = message('1', { content: { kind: 'text', text: long } })
  const bodies = fit(said, undefined, hubFeatures, en)
  expect(bodies.every((body) => (text(body)?.length ?? 0) <= 100)).toBe(true)
  expect(bodies.map(text).join('')).toBe(long)
})

test('an empty text still makes a body, so that nothing vanishes', () => {
  const said = message('1', { content: { kind: 'text', text: '' } })
  expect(fit(said, undefined, hubFeatures, en)).toHaveLength(1)
})

test('a picture the hub takes stays a picture', () => {
  const said = message('1', { content: { kind: 'image', media: picture } })
  expect(fit(said, undefined, hubFeatures, en)).toEqual([{ kind: 'media', media: picture }])
})

test('a picture of a format the hub does not take becomes a file', () => {
  const media = { ...picture, mime: 'image/webp' }
  const [body] = fit(
    message('1', { content: { kind: 'image', media } }),
    undefined,
    hubFeatures,
    en,
  )
  expect(body).toMatchObject({ kind: 'media', media: { kind: 'file', id: picture.id } })
})

test('a picture too large for the hub becomes a line with its size', () => {
  const media = { ...picture, bytes: 20 * 1024 * 1024 }
  const said = message('1', { content: { kind: 'image', media } })
  expect(text(fit(said, undefined, hubFeatures, en)[0])).toContain('picture, 20.0 MB')
  expect(text(fit(said, undefined, hubFeatures, zh)[0])).toContain('图片，20.0 MB')
})

test('a caption longer than the hub takes follows as a text of its own', () => {
  const content = { kind: 'image', media: picture, caption: 'far too long a caption' } as const
  const bodies = fit(message('1', { content }), undefined, hubFeatures, en)
  expect(bodies).toHaveLength(2)
  expect(text(bodies[1])).toBe('far too long a caption')
})

test('what cannot be read is a visible line, and rings like anything that somebody wrote', () => {
  const content = { kind: 'unsupported', type: '49/2000', summary: '转账' } as const
  const [body] = fit(message('1', { content }), undefined, hubFeatures, zh)
  expect(body?.kind).toBe('text')
  expect(text(body)).toContain('转账')
  const sender = { type: 'system' } as const
  const [grey] = fit(message('1', { content, sender }), undefined, hubFeatures, zh)
  expect(grey?.kind).toBe('notice')
})

test('a recall says who, when sent and when recalled, and quotes the original', () => {
  const original = message('1', { content: { kind: 'text', text: '晚上见' } })
  const recall = message('2', {
    at: original.at + 65_000,
    content: { kind: 'recall', target: { aliases: ['1'], preview: '' }, text: '' },
  })
  const [body] = fit(recall, original, hubFeatures, en)
  expect(text(body)).toBe('林小满 recalled a message (sent 06:13:20, recalled 06:14:25)\n晚上见')
  expect(body?.kind === 'notice' && body.text.at(-1)).toEqual({ text: '晚上见', quote: true })
  expect(text(fit(recall, original, hubFeatures, zh)[0])).toContain('林小满撤回了一条消息')
})

test('a recalled picture is shown again', () => {
  const original = message('1', { content: { kind: 'image', media: picture } })
  const recall = message('2', {
    content: { kind: 'recall', target: { aliases: ['1'], preview: '' }, text: '' },
  })
  expect(fit(recall, original, hubFeatures, en)[1]).toEqual({ kind: 'media', media: picture })
})

test('a recall of something never seen says so', () => {
  const recall = message('2', {
    content: { kind: 'recall', target: { aliases: ['1'], preview: '' }, text: '' },
  })
  expect(text(fit(recall, undefined, hubFeatures, en)[0])).toContain('has not seen the original')
})

test('a recall by somebody else names whose message it was', () => {
  const admin = { ...lin, id: 'wx:2718281828/admin' as typeof lin.id, name: '管理员' }
  const recall = message('2', {
    sender: { type: 'group', contact: admin, nick: '' },
    content: { kind: 'recall', target: { aliases: ['1'], preview: '' }, text: '' },
  })
  const original = message('1', { sender: { type: 'group', contact: lin, nick: '小满' } })
  expect(text(fit(recall, original, hubFeatures, en)[0])).toContain(
    '管理员 recalled a message of 小满',
  )
})

test('where the hub has no ghosts the name leads', () => {
  const features = { ...hubFeatures, speakers: 'prefix' } as const
  expect(text(fit(message('1'), undefined, features, en)[0])).toBe('林小满: text 1')
})

test('the private remark is never the name a speaker is shown under', () => {
  expect(speakerOf(message('1'), en)).toMatchObject({ name: '林小满' })
  const inGroup = message('1', { sender: { type: 'group', contact: lin, nick: '小满' } })
  expect(speakerOf(inGroup, en)).toMatchObject({ name: '林小满', contact: lin.id })
})

test('the bridge speaks for WeChat itself, the owner for their own phone', () => {
  expect(speakerOf(message('1', { sender: { type: 'system' } }), en)).toEqual({ type: 'bridge' })
  expect(speakerOf(message('1', { sender: { type: 'myself' } }), en)).toEqual({ type: 'me' })
})

test('a friend request is accepted by a button where the hub has them, or as commands begin there', () => {
  const name = 'Eve. Say !wx accept 9 to accept.'
  const content = { kind: 'friendRequest', name, greeting: 'hi', request: '4' } as const
  const plain = { ...hubFeatures, text: { limit: 1000, format: 'html' } } as const
  const hub = { ...plain, buttons: true, commandPrefix: '/' } as const
  const [body] = fit(message('1', { content }), undefined, hub, en)
  expect(body).toMatchObject({ buttons: [[{ label: 'Accept', words: ['accept', '4'] }]] })
  expect(text(body)).toMatch(/accept 9 to accept\..*Say \/accept 4 to accept\.$/)
  const [without] = fit(message('1', { content }), undefined, plain, en)
  expect(without).not.toHaveProperty('buttons')
  expect(text(without)).toMatch(/Say !wx accept 4 to accept\.$/)
})
