import { describe, expect, test } from 'vitest'
import { fit, speakerOf } from '../../src/core/fit.ts'
import type { Content, Kind, MediaKind } from '../../src/core/message.ts'
import type { Body, HubFeatures } from '../../src/core/post.ts'
import type { Voice } from '../../src/core/words.ts'
import { plainOf } from '../support/plain.ts'
import { everyKind, ref } from './every-kind.ts'
import { groupChat, hubFeatures, lin, message } from './samples.ts'

const en: Voice = { language: 'en', timezone: 'UTC' }
const zh: Voice = { language: 'zh', timezone: 'UTC' }
const any = { maxBytes: 1e9, mimes: [], caption: 1000 }
const media: HubFeatures['media'] = { image: any, voice: any, video: any, file: any, sticker: any }
const ghost: HubFeatures = { ...hubFeatures, text: { limit: 500, format: 'html' }, media }
const noPlaces = { location: false, reply: false } as const
const hubs: readonly (readonly [string, HubFeatures])[] = [
  ['ghosts and html', ghost],
  ['ghosts and html, without places and replies', { ...ghost, ...noPlaces }],
  ['ghosts and plain text', { ...ghost, text: { limit: 500, format: 'plain' } }],
  ['a name in front and html', { ...ghost, speakers: 'prefix' }],
  [
    'a name in front, plain text, nothing else',
    {
      ...ghost,
      ...noPlaces,
      speakers: 'prefix',
      text: { limit: 60, format: 'plain' },
      media: {},
    },
  ],
]
const grey: readonly Kind[] = ['system', 'note', 'pat', 'notice']
const asMedia: readonly MediaKind[] = ['image', 'voice', 'video', 'file', 'sticker']
const inGroup = { type: 'group', contact: lin, nick: '小满' } as const
const said = (content: Content) => message('1', { content, chat: groupChat.id, sender: inGroup })
const all = (bodies: readonly Body[]) => bodies.map(plainOf).join('')

describe.each(hubs)('on a hub with %s', (_, features) => {
  test.each(Object.values(everyKind))('$content.kind fits, in both languages', ({ content }) => {
    for (const voice of [en, zh]) {
      const bodies = fit(said(content), undefined, features, voice)
      expect(bodies.length).toBeGreaterThan(0)
      for (const body of bodies) {
        const text = plainOf(body)
        expect(text.length).toBeLessThanOrEqual(features.text.limit)
        if (body.kind === 'text' || body.kind === 'notice') expect(text).not.toBe('')
        if (features.text.format === 'plain' && 'text' in body) {
          for (const run of body.text) expect(Object.keys(run)).toEqual(['text'])
        }
      }
      const isQuiet = grey.includes(content.kind) || content.kind === 'recall'
      const quiet = bodies.every((body) => body.kind === 'notice')
      expect(quiet).toBe(isQuiet)
      const isMedia = asMedia.includes(content.kind as MediaKind) && features.media.file
      expect(bodies.some((body) => body.kind === 'media')).toBe(Boolean(isMedia))
      const isPlace = content.kind === 'location' && features.location
      expect(bodies[0]?.kind === 'location').toBe(isPlace)
      const isNamed = features.speakers === 'prefix' && !isQuiet
      expect(all(bodies).startsWith('小满: ')).toBe(isNamed)
    }
  })

  test.each(Object.values(everyKind))('the private remark is in no $content.kind', (sample) => {
    const owner = { type: 'myself' } as const
    for (const voice of [en, zh]) {
      for (const about of [undefined, said({ kind: 'text', text: 'before' })]) {
        for (const sender of [inGroup, owner, { type: 'contact', contact: lin } as const]) {
          const post = { ...said(sample.content), sender }
          const seen = [fit(post, about, features, voice), speakerOf(post, voice)]
          expect(JSON.stringify(seen)).not.toContain(lin.remark)
        }
      }
    }
  })

  test.each(Object.values(everyKind))(
    'a recalled $content.kind shows its words again',
    (sample) => {
      const recall = said(everyKind.recall.content)
      const bodies = fit(recall, said(sample.content), features, en)
      expect(bodies.every((body) => body.kind === 'notice' || body.kind === 'media')).toBe(true)
      expect(all(bodies)).toContain('小满 recalled a message')
      const plain = all(bodies).replaceAll('\n> ', '\n')
      for (const words of wordsIn(sample.content)) expect(plain).toContain(words)
      const named = [...new Set(JSON.stringify(sample.content).match(/"token":"\w+"/g))]
      if (!features.media.file) return
      for (const token of named) expect(JSON.stringify(bodies)).toContain(token)
      expect(bodies.filter((body) => body.kind === 'media')).toHaveLength(named.length)
    },
  )
})

test('a place is one where the hub has places, and words with a map where it has none', () => {
  const place = said(everyKind.location.content)
  // What WeChat says is of Chinese maps, some hundred metres off elsewhere: the map it links to is one of them.
  expect(fit(place, undefined, ghost, zh)).toEqual([
    {
      kind: 'location',
      latitude: expect.closeTo(30.24601, 4),
      longitude: expect.closeTo(120.14548, 4),
      label: '[位置] 断桥残雪，浙江省杭州市西湖区北山街',
    },
  ])
  const [words] = fit(place, undefined, { ...ghost, location: false }, zh)
  expect(words).toMatchObject({
    text: [{ href: 'https://apis.map.qq.com/uri/v1/geocoder?coord=30.2437,120.1502' }],
  })
  const nowhere = { ...everyKind.location.content, latitude: Number.NaN }
  expect(fit(said(nowhere), undefined, ghost, zh)[0]?.kind).toBe('text')
})

test('a video brings its still picture', () => {
  const [body] = fit(said(everyKind.video.content), undefined, ghost, en)
  expect(body).toMatchObject({ kind: 'media', poster: { token: 'poster' } })
})

test('a quote of a known message answers it; of an unknown one it brings the quotation', () => {
  const quote = said(everyKind.quote.content)
  const about = message('2', { content: { kind: 'text', text: '明天十点开会' } })
  const quoting = [{ text: '林小满: 明天十点开会', quote: true }, { text: '同意' }]
  expect(fit(quote, about, ghost, en)).toEqual([
    { kind: 'text', text: [{ text: '同意' }], unquoted: quoting },
  ])
  expect(fit(quote, undefined, ghost, en)).toEqual([
    { kind: 'text', text: [{ text: '默契: 明天十点开会', quote: true }, { text: '同意' }] },
  ])
  expect(fit(quote, about, { ...ghost, reply: false }, zh)).toEqual([
    { kind: 'text', text: [{ text: '林小满：明天十点开会', quote: true }, { text: '同意' }] },
  ])
})

test('a text that has no room for its quotation goes without one rather than in pieces', () => {
  const text = '好'.repeat(95)
  const quote = said({ ...everyKind.quote.content, text } as Content)
  const about = message('2', { content: { kind: 'text', text: '明天十点开会' } })
  const features = { ...ghost, text: { limit: 100, format: 'html' } } as const
  expect(fit(quote, about, features, en)).toEqual([{ kind: 'text', text: [{ text }] }])
})

test('an answer written elsewhere brings the quotation where the hub cannot answer', () => {
  const about = message('2', { content: { kind: 'image', media: ref('image', 'x') } })
  const answer = message('3', { content: { kind: 'text', text: 'lovely' } })
  const features = { ...ghost, reply: false, text: { limit: 500, format: 'plain' } } as const
  expect(all(fit(answer, about, features, en))).toBe('> 林小满: [picture]\nlovely')
})

test('whom one’s own phone quotes by a private remark is not named', () => {
  const target = { aliases: [], preview: '明天见', who: '满满' }
  const quote = {
    ...said({ kind: 'quote', text: '好', target }),
    sender: { type: 'myself' } as const,
  }
  expect(fit(quote, undefined, ghost, zh)).toEqual([
    { kind: 'text', text: [{ text: '明天见', quote: true }, { text: '好' }] },
  ])
})

test('a long history is split within the limit, and gives all of it', () => {
  const lines = Array.from({ length: 300 }, (_, at) => ({
    who: 'A',
    at: '9:00',
    text: `line ${at};`,
  }))
  const bodies = fit(said({ kind: 'history', title: 'Long', lines }), undefined, ghost, en)
  expect(bodies.length).toBeGreaterThan(5)
  const text = all(bodies)
  for (const { text: each } of lines) expect(text).toContain(each)
})

test('the name in front counts against the limit, however long it is', () => {
  const features = { ...ghost, speakers: 'prefix', text: { limit: 100, format: 'html' } } as const
  const contact = { ...lin, name: 'x'.repeat(5000) }
  const long = message('1', {
    content: { kind: 'text', text: 'a'.repeat(250) },
    sender: { type: 'contact', contact },
  })
  const bodies = fit(long, undefined, features, en)
  for (const body of bodies) expect(plainOf(body).length).toBeLessThanOrEqual(100)
  expect(all(bodies)).toContain('a'.repeat(250))
})

test('whose a picture is stands before it where the hub has no room below', () => {
  const small = { ...any, caption: 0 }
  const features = { ...ghost, speakers: 'prefix', media: { image: small } } as const
  const bodies = fit(said(everyKind.image.content), undefined, features, en)
  expect(bodies.map((body) => body.kind)).toEqual(['text', 'media'])
  expect(all(bodies)).toBe('小满: [picture]')
})

test('hostile words stay words: no link but an address of the web, none longer than can be sent', () => {
  const evil = '<img src=x onerror=alert(1)> &amp; \u202e[x](javascript:1)'
  const long = `https://a.example/${'x'.repeat(5000)}`
  const link: Content = { kind: 'link', title: evil, url: long, description: evil }
  const bodies = fit(said(link), undefined, ghost, en)
  expect(all(bodies)).toContain(long)
  expect(all(bodies)).toContain(evil)
  expect(JSON.stringify(bodies)).not.toContain('href')
  for (const body of bodies) expect(plainOf(body).length).toBeLessThanOrEqual(500)
})

test('articles are links of their own, each with its digest', () => {
  const [body] = fit(said(everyKind.articles.content), undefined, ghost, en)
  expect(body).toEqual({
    kind: 'text',
    text: [
      { text: '今日天气：多云转晴', bold: true, href: 'https://example.org/1' },
      { text: '\n山里有雾。' },
      { text: '\n' },
      { text: '古道修好了', bold: true, href: 'https://example.org/2' },
      { text: '\n' },
      { text: '读者来信', bold: true },
    ],
  })
})

/** The words of a content that no rendering may lose. */
function wordsIn(content: Content): readonly string[] {
  if (content.kind === 'link') return [content.title, content.description ?? '']
  if (content.kind === 'articles') return content.articles.map((one) => one.title)
  if (content.kind === 'history') return content.lines.map((line) => line.text)
  if (content.kind === 'quote') return [content.text, content.target.preview]
  return 'text' in content ? content.text.split('\n') : []
}
