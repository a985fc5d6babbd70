import { expect, test } from 'vitest'
import { fit, whoOf } from '../../src/core/fit.ts'
import type { Message } from '../../src/core/message.ts'
import type { HubFeatures } from '../../src/core/post.ts'
import { leadRoom } from '../../src/core/post.ts'
import { hubFeatures, lin, message, picture } from './samples.ts'

const voice = { language: 'en', timezone: 'UTC' } as const
const leading: HubFeatures = {
  ...hubFeatures,
  speakers: 'lead',
  text: { limit: 400, format: 'html' },
  media: {
    image: { maxBytes: 1000, mimes: ['image/jpeg'], caption: 200 },
    file: { maxBytes: 2000, mimes: [], caption: 200 },
  },
}
const shown = (of: Message, features = leading) => fit(of, undefined, features, voice)
const text = (words: string) => message('1', { content: { kind: 'text', text: words } })
const image = (bytes: number, caption?: string) =>
  message('1', {
    content: { kind: 'image', media: { ...picture, bytes }, ...(caption && { caption }) },
  })

test('room is left for the name, and the name is not put in front', () => {
  const fits = 'a'.repeat(400 - leadRoom)
  expect(shown(text(fits))).toEqual([{ kind: 'text', text: [{ text: fits }] }])
  expect(shown(text(`${fits}b`))).toHaveLength(2)
  const caption = 'a'.repeat(200 - leadRoom)
  expect(shown(image(10, caption))).toMatchObject([{ caption: [{ text: caption }] }])
  expect(shown(image(10, `${caption}b`)).map(({ kind }) => kind)).toEqual(['media', 'text'])
  // Nobody is named where nobody said it.
  const note = message('1', {
    sender: { type: 'system' },
    content: { kind: 'note', text: `${fits}b` },
  })
  expect(shown(note)).toHaveLength(1)
  expect(whoOf(note, leading, voice)).toBeUndefined()
  expect(whoOf(text('a'), leading, voice)).toBe(lin.name)
  expect(whoOf(text('a'), hubFeatures, voice)).toBeUndefined()
})

test('a picture too large to be one goes as a file, and only what is too large for that is not shown', () => {
  expect(shown(image(1000))).toMatchObject([{ media: { kind: 'image' } }])
  expect(shown(image(1500))).toMatchObject([{ kind: 'media', media: { kind: 'file' } }])
  expect(shown(image(2500))).toMatchObject([{ kind: 'text' }])
  const { file: _, ...noFiles } = leading.media
  expect(shown(image(1500), { ...leading, media: noFiles })).toMatchObject([{ kind: 'text' }])
})

test('what can be pressed stands under the last words of a notice, where the hub has buttons', () => {
  const notice = { type: 'heldBack', why: 'restored', seq: '7' } as const
  const said = message('1', { sender: { type: 'bridge' }, content: { kind: 'notice', notice } })
  expect(shown(said)[0]).not.toHaveProperty('buttons')
  const bodies = shown(said, { ...leading, buttons: true, text: { limit: 40, format: 'plain' } })
  expect(bodies.length).toBeGreaterThan(1)
  expect(bodies.filter((each) => 'buttons' in each)).toEqual([bodies.at(-1)])
  expect(bodies.at(-1)).toMatchObject({ buttons: [[{ words: ['resend', '7'] }, {}]] })
})

test('commands are named as they are said on that hub', () => {
  const notice = { type: 'heldBack', why: 'restored', seq: '7' } as const
  const said = message('1', { sender: { type: 'bridge' }, content: { kind: 'notice', notice } })
  const words = JSON.stringify(shown(said, { ...leading, commandPrefix: '/' }))
  expect(words).toContain('/resend 7')
  expect(words).not.toContain('!wx')
})
