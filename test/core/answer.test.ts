import { describe, expect, test } from 'vitest'
import { answer, sendKind } from '../../src/core/answer.ts'
import type { Content } from '../../src/core/message.ts'
import type { ConnectorFeatures } from '../../src/core/post.ts'
import { connectorFeatures, lin, message, picture } from './samples.ts'

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

const mib = 1024 * 1024
const wechat = {
  image: { maxBytes: 5 * mib, mimes: ['image/jpeg', 'image/png', 'image/bmp'], caption: 0 },
  sticker: { maxBytes: mib, mimes: ['image/gif'], caption: 0 },
  video: { maxBytes: 20 * mib, mimes: ['video/mp4'], caption: 0 },
  file: { maxBytes: 100 * mib, mimes: [], caption: 0 },
} as const

describe('as what media goes to WeChat', () => {
  test.each([
    ['image', 'image/jpeg', 10, 'image'],
    ['image', 'image/png', undefined, 'image'],
    ['image', 'image/bmp', 10, 'image'],
    ['image', 'image/jpeg', 5 * mib + 1, 'file'],
    ['image', 'image/webp', 10, 'file'],
    ['image', 'image/heic', 10, 'file'],
    ['image', 'image/gif', mib, 'sticker'],
    ['image', 'image/gif', mib + 1, 'file'],
    ['sticker', 'image/gif', 10, 'sticker'],
    ['sticker', 'image/png', 10, 'image'],
    ['sticker', 'image/webp', 10, 'file'],
    ['voice', 'audio/ogg', 10, 'file'],
    ['video', 'video/mp4', 20 * mib, 'video'],
    ['video', 'video/mp4', 20 * mib + 1, 'file'],
    ['video', 'video/webm', 10, 'file'],
    ['file', 'image/png', 10, 'file'],
    ['image', 'application/octet-stream', 10, 'file'],
    ['image', '', 10, 'file'],
  ] as const)('%s %s of %s bytes goes as %s', (kind, mime, bytes, as) => {
    expect(sendKind({ kind, mime, ...(bytes && { bytes }) }, wechat)).toEqual({ as })
  })

  test('what is larger than anything takes is refused with the largest limit', () => {
    const media = { kind: 'video', mime: 'video/mp4', bytes: 100 * mib + 1 } as const
    expect(sendKind(media, wechat)).toEqual({
      refusal: { why: 'tooLarge', bytes: 100 * mib + 1, limit: 100 * mib },
    })
  })

  test('what is not known yet is let pass where nothing else is taken', () => {
    const { image } = wechat
    expect(sendKind({ kind: 'image', mime: '' }, { image })).toEqual({ as: 'image' })
  })

  test('a file of no bytes is refused before it is fetched', () => {
    const content = { kind: 'file', media: { ...picture, kind: 'file', bytes: 0 } } as const
    expect(answer(content, { ...connectorFeatures, media: wechat })).toEqual({
      refusal: { why: 'empty' },
    })
  })
})

describe('a reply, where WeChat cannot point at a message', () => {
  const long: ConnectorFeatures = { ...connectorFeatures, text: 2000 }
  const said = (about: Parameters<typeof answer>[2], language?: 'zh' | 'en', features = long) => {
    const answered = answer({ kind: 'text', text: '同意' }, features, about, language)
    const bodies = 'bodies' in answered ? answered.bodies : []
    return bodies.map((body) => (body.kind === 'text' ? body.text : body.kind)).join('')
  }
  const rule = '- - - - - - - - - - - - - - -'

  test('has the quotation in front, under the name they gave themselves and never our remark', () => {
    const about = message('1', { content: { kind: 'text', text: '明天\n十点 开会' } })
    expect(said(about)).toBe(`「林小满：明天 十点 开会」\n${rule}\n同意`)
    expect(said(about)).not.toContain('满满')
  })

  test('names a group member as the group knows them', () => {
    const group = { type: 'group', contact: lin, nick: '小满队长' } as const
    expect(said(message('1', { sender: group }))).toMatch(/^「小满队长：text 1」/)
    expect(said(message('1', { sender: { ...group, nick: '' } }))).toMatch(/^「林小满：/)
  })

  test('names nobody when one answers oneself', () => {
    expect(said(message('1', { sender: { type: 'myself' } }))).toBe(`「text 1」\n${rule}\n同意`)
  })

  test('quotes media by what it is, in the language asked for', () => {
    const about = message('1', { content: { kind: 'image', media: picture } })
    expect(said(about)).toMatch(/^「林小满：\[图片\]」/)
    expect(said(about, 'en')).toMatch(/^「林小满：\[picture\]」/)
  })

  test('quotes an answer by its own words only', () => {
    const target = { aliases: [], preview: 'old', who: '满满' }
    const about = message('1', { content: { kind: 'quote', text: 'new', target } })
    expect(said(about)).toBe(`「林小满：new」\n${rule}\n同意`)
  })

  test('is short, whatever it quotes, and never cuts a character', () => {
    const family = '👨‍👩‍👧‍👦'
    const about = message('1', { content: { kind: 'text', text: family.repeat(80) } })
    expect(said(about)).toBe(`「林小满：${family.repeat(59)}…」\n${rule}\n同意`)
    const name = { ...lin, name: 'x'.repeat(300) }
    expect(said(message('1', { sender: { type: 'contact', contact: name } })).length).toBeLessThan(
      150,
    )
  })

  test.each<Content>([
    { kind: 'notice', notice: { type: 'help' } },
    { kind: 'note', text: '"满满" 拍了拍我' },
    { kind: 'system', text: '你邀请"满满"加入了群聊', changed: [] },
    { kind: 'pat', text: '"满满" 拍了拍我' },
    { kind: 'recall', text: '"满满" 撤回了一条消息', target: { aliases: [], preview: '' } },
    { kind: 'text', text: '  ' },
  ])('quotes nothing of grey lines, which may hold our private names: %j', (content) => {
    expect(said(message('1', { content }))).toBe('同意')
  })

  test('quotes nothing the bridge says', () => {
    expect(said(message('1', { sender: { type: 'bridge' } }))).toBe('同意')
  })

  test('is left to a connector that can point at messages', () => {
    expect(said(message('1'), 'zh', { ...long, quote: true })).toBe('同意')
  })

  test('of a picture has the quotation in front of its caption, or none without one', () => {
    const content = { kind: 'image', media: picture, caption: '看' } as const
    expect(answer(content, long, message('1'))).toEqual({
      bodies: [
        { kind: 'media', media: picture },
        { kind: 'text', text: `「林小满：text 1」\n${rule}\n看` },
      ],
    })
    expect(answer({ kind: 'image', media: picture }, long, message('1'))).toEqual({
      bodies: [{ kind: 'media', media: picture }],
    })
  })
})

test('a piece of nothing but blanks is not sent: WeChat would refuse it', () => {
  const text = `hello${'\n'.repeat(connectorFeatures.text + 500)}`
  const answered = answer({ kind: 'text', text }, connectorFeatures)
  expect('bodies' in answered && answered.bodies).toHaveLength(1)
})
