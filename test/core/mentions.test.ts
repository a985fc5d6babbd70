import { describe, expect, test } from 'vitest'
import { fit, speakerOf, whoOf } from '../../src/core/fit.ts'
import { contactId } from '../../src/core/ids.ts'
import { callsOf, mentioning, namedIn } from '../../src/core/mentions.ts'
import type { Content, Mention } from '../../src/core/message.ts'
import type { HubFeatures } from '../../src/core/post.ts'
import type { Mentioned, Rich } from '../../src/core/runs.ts'
import { groupChat, hubFeatures, lin, message, picture } from './samples.ts'

const voice = { language: 'en', timezone: 'UTC' } as const
const zhang: Mentioned = { type: 'contact', contact: contactId('wx:1/zhang') }
const feng: Mentioned = { type: 'contact', contact: contactId('wx:1/feng') }
const both: readonly Mention[] = [
  { name: '张三', who: zhang },
  { name: '张三丰', who: feng },
]
const words = (rich: Rich) => rich.map((run) => run.text).join('')
const marked = (rich: Rich) => rich.filter((run) => run.mention)

describe('where a text names someone', () => {
  test('a name ends with a blank or the text, and the longest that fits counts', () => {
    const text = '@张三丰\u2005和@张三 你好@张三'
    expect(namedIn(text, both).map(({ start, end, who }) => [text.slice(start, end), who])).toEqual(
      [
        ['@张三丰', feng],
        ['@张三', zhang],
        ['@张三', zhang],
      ],
    )
  })

  test('a name with a blank in it is not the shorter one before the blank', () => {
    const names = [
      { name: 'Li', who: zhang },
      { name: 'Li Wei', who: feng },
    ]
    const found = namedIn('@Li Wei and @Li too', names)
    expect(found.map(({ end, who }) => [end, who])).toEqual([
      [7, feng],
      [15, zhang],
    ])
  })

  test('a name that goes on is not that name, and an address is none', () => {
    expect(namedIn('@张三你好 mail@张三 @张', both)).toEqual([])
    expect(namedIn('see@张三\u2005', both)).toHaveLength(1)
  })

  test('a name of two people is nobody, also in part', () => {
    const twice = [
      { name: 'Li Wei', who: zhang },
      { name: 'Li Wei', who: feng },
      { name: 'Li', who: feng },
    ]
    const found = namedIn('@Li Wei hello @Li', twice)
    expect(found.map(({ start }) => start)).toEqual([14])
  })

  test('what is quoted, linked or pointed at already stays as it is', () => {
    const rich: Rich = [
      { text: '@张三 a', quote: true },
      { text: '@张三', href: 'https://example.org' },
      { text: '@张三', mention: feng },
      { text: ' @张三 b', bold: true },
    ]
    expect(mentioning(rich, both)).toEqual([
      ...rich.slice(0, 3),
      { text: ' ', bold: true },
      { text: '@张三', bold: true, mention: zhang },
      { text: ' b', bold: true },
    ])
  })
})

describe('a message that names someone, in a room', () => {
  const said = (content: Content, mentions = both, features: HubFeatures = hubFeatures) =>
    fit(message('1', { chat: groupChat.id, mentions, content }), undefined, features, voice)
  const rich = (content: Content, features?: HubFeatures) => {
    const [body] = said(content, both, features)
    return body?.kind === 'text' ? body.text : []
  }

  test('has runs for the names, in texts, answers and announcements', () => {
    const text = 'hi @张三\u2005!'
    const target = { aliases: [], preview: '@张三 x', who: 'a' }
    for (const content of [
      { kind: 'text', text },
      { kind: 'quote', text, target },
      { kind: 'announcement', text },
      { kind: 'solitaire', text },
    ] as const) {
      const runs = rich(content)
      expect(marked(runs)).toEqual([{ text: '@张三', mention: zhang }])
      expect(words(runs)).toContain(text)
    }
  })

  test('says the same words with and without them, and where there is no markup', () => {
    const text = 'hi @张三\u2005and @张三丰'
    expect(words(rich({ kind: 'text', text }))).toBe(text)
    const plain = { ...hubFeatures, text: { limit: 100, format: 'plain' } } as const
    expect(rich({ kind: 'text', text }, plain)).toEqual([{ text }])
  })

  test('keeps names whole and every word when it is split', () => {
    const text = `${'x'.repeat(98)} @张三丰\u2005${'long words '.repeat(30)}@张三`
    const bodies = said({ kind: 'text', text })
    const texts = bodies.map((body) => (body.kind === 'text' ? body.text : []))
    expect(texts.map(words).join('')).toBe(text)
    expect(Math.max(...texts.map((each) => words(each).length))).toBeLessThanOrEqual(100)
    expect(texts.flatMap(marked)).toEqual([
      { text: '@张三丰', mention: feng },
      { text: '@张三', mention: zhang },
    ])
    // Parts are full, whatever stands in them.
    expect(texts.length).toBeLessThanOrEqual(6)
  })

  test('an answer is said with its quotation where the room has nothing to point at', () => {
    const target = { aliases: ['1'], preview: 'hello @张三 x', who: '林' }
    const content: Content = { kind: 'quote', text: '@张三 yes', target }
    const about = message('0', { content: { kind: 'text', text: 'hello @张三 x' } })
    const [body] = fit(message('1', { mentions: both, content }), about, hubFeatures, voice)
    if (body?.kind !== 'text') throw new Error('no text')
    expect(marked(body.text)).toHaveLength(1)
    // What is quoted calls nobody.
    expect(body.unquoted?.[0]).toMatchObject({ quote: true })
    expect(marked(body.unquoted ?? [])).toEqual([{ text: '@张三', mention: zhang }])
  })

  test('a caption names them too', () => {
    const [body] = said({ kind: 'image', media: picture, caption: '@张三 x' })
    expect(body).toMatchObject({ caption: [{ text: '@张三', mention: zhang }, { text: ' x' }] })
  })

  test('with a name in front, the words are the same as ever', () => {
    const prefix = { ...hubFeatures, speakers: 'prefix' } as const
    expect(words(rich({ kind: 'text', text: '@张三 x' }, prefix))).toBe('林小满: @张三 x')
  })

  test('calls the owner and everybody, and nobody when it is the owner who says it', () => {
    const all = [{ name: '所有人', who: { type: 'all' } as const }]
    expect(callsOf(message('1'))).toEqual([])
    expect(callsOf(message('1', { mentionsMe: true }))).toEqual([{ type: 'me' }])
    expect(callsOf(message('1', { mentionsMe: true, mentions: all }))).toEqual([
      { type: 'me' },
      { type: 'all' },
    ])
    expect(callsOf(message('1', { mentions: all, sender: { type: 'myself' } }))).toEqual([])
  })

  test('a speaker is told with the nickname of the group, and keeps the own name', () => {
    const by = (nick: string) =>
      speakerOf(message('1', { sender: { type: 'group', contact: lin, nick } }), voice)
    expect(by('组长')).toEqual({ type: 'contact', contact: lin.id, name: '林小满', nick: '组长' })
    expect(by('林小满')).toEqual({ type: 'contact', contact: lin.id, name: '林小满' })
    expect(by('')).not.toHaveProperty('nick')
    expect(whoOf(message('1'), hubFeatures, voice)).toBeUndefined()
  })
})
