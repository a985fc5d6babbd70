import { expect, test } from 'vitest'
import { calling } from '../../src/core/calling.ts'
import { contactId, mediaId } from '../../src/core/ids.ts'
import type { Mention } from '../../src/core/message.ts'

const lin: Mention = { name: 'Lin', who: { type: 'contact', contact: contactId('a/lin') } }
const linda: Mention = { name: 'Linda', who: { type: 'contact', contact: contactId('a/linda') } }
const all: Mention = { name: 'all', who: { type: 'all' } }

test('a text calls those whom its own words name, each once', () => {
  const text = '@Lin\u2005and @Lin\u2005and @all\u2005'
  expect(calling({ kind: 'text', text }, [lin, linda, all])).toEqual({
    kind: 'text',
    text,
    mentions: ['a/lin'],
  })
})

test('the beginning of a longer name calls nobody', () => {
  const text = 'ask @Linda\u2005'
  expect(calling({ kind: 'text', text }, [lin, linda])).toMatchObject({ mentions: ['a/linda'] })
})

test('at the end of the text no blank is needed', () => {
  expect(calling({ kind: 'text', text: 'over to @Lin' }, [lin])).toMatchObject({
    mentions: ['a/lin'],
  })
})

test('parts that name nobody, media and recalls stay as they are', () => {
  const text = { kind: 'text', text: 'hello' } as const
  expect(calling(text, [lin])).toBe(text)
  expect(calling(text)).toBe(text)
  const media = {
    kind: 'media',
    media: { id: mediaId('m'), source: 's', kind: 'image', mime: 'image/png', token: 't' },
  } as const
  expect(calling(media, [lin])).toBe(media)
})
