import { expect, test } from 'vitest'
import { buttonsOf } from '../../src/core/buttons.ts'
import { portalId } from '../../src/core/ids.ts'
import type { Notice } from '../../src/core/notice.ts'
import { noticeWords } from '../../src/core/notice-words.ts'
import type { Button } from '../../src/core/post.ts'
import { all, notices, sent } from './notices.ts'

const portal = portalId('abcdefghijkm')
const flat = (notice: Notice, language: 'zh' | 'en' = 'en'): readonly Button[] =>
  (buttonsOf(notice, language) ?? []).flat()
const words = (notice: Notice) =>
  flat(notice).map((each) => ('words' in each ? each.words.join(' ') : each.url))

test.each(notices)('the buttons under a notice of $type can be pressed and read', (notice) => {
  for (const language of ['zh', 'en'] as const) {
    const rows = buttonsOf(notice, language)
    if (rows === undefined) continue
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) {
      expect(row.length).toBeGreaterThan(0)
      for (const button of row) {
        expect(button.label).not.toBe('')
        expect([...button.label].length).toBeLessThanOrEqual(40)
        if ('url' in button) expect(button.url).toMatch(/^https?:/)
        else expect(Buffer.byteLength(button.words.join(' '))).toBeLessThanOrEqual(64)
      }
    }
  }
})

test('what was not sent is sent again or dropped by its number', () => {
  expect(words(sent)).toEqual(['resend 7', 'drop 7'])
  expect(words(all.heldBack[0] as Notice)).toEqual(['resend 9', 'drop 9'])
  expect(flat(sent, 'zh').map(({ label }) => label)).toEqual(['再发一次', '不发了'])
})

test('of a long list only the first few have buttons, and one for all that surely was not sent', () => {
  const [letter] = all.letters.flatMap(({ letters }) => letters)
  const letters = Array.from({ length: 9 }, (_, at) => ({ ...letter!, seq: String(at) }))
  const notice: Notice = { type: 'letters', letters, more: { count: 0 } }
  expect(words(notice)).toEqual([
    ...[0, 1, 2, 3, 4].flatMap((seq) => [`resend ${seq}`, `drop ${seq}`]),
    'resend all',
  ])
})

test('a question has one for each answer', () => {
  expect(words(all.doubt[0] as Notice)).toEqual(['same 3 1', 'same 3 2', 'same 3 new'])
})

test('hostile names neither break a row nor a label', () => {
  const name = `\u202e${'長'.repeat(500)}\n\u0000`
  const chats = [{ portal, kind: 'friend', name } as const]
  const [button] = flat({ type: 'chats', todo: 'open', page: 1, chats })
  expect(button).toEqual({
    label: expect.stringMatching(/^長{39}…$/),
    words: ['open', 'abcdefghijkm'],
  })
  const users = [{ id: '2', name: '\u0000\n', role: 'user' } as const]
  expect(flat({ type: 'users', users })[0]?.label).toBe('Remove')
})

test('what would be too long to press is left to be typed', () => {
  const long = '长'.repeat(30)
  const list = { type: 'chats', todo: 'open', words: long, page: 1, chats: [], more: true } as const
  expect(buttonsOf({ ...list, chats: [] }, 'en')).toBeUndefined()
  const users = [{ id: `@${'x'.repeat(80)}:example`, name: 'x', role: 'user' } as const]
  expect(words({ type: 'users', users })).toEqual(['users add', 'users add relay'])
})

test('an address is only a button where it is one', () => {
  const by = { type: 'userBy', role: 'user' } as const
  expect(buttonsOf({ type: 'linkBy', name: 'x', url: 'javascript:alert(1)' }, 'en')).toBeUndefined()
  expect(buttonsOf({ ...by, link: 'a word' }, 'en')).toBeUndefined()
})

test('where a chat may go is asked without what it is already', () => {
  expect(words({ type: 'place', name: 'x', portal, where: { kind: 'forum' } })).toEqual([
    'place abcdefghijkm auto',
    'place abcdefghijkm private',
    'place abcdefghijkm flat',
  ])
})

test.each(notices)('commands in a notice of $type begin as they do on the hub', (notice) => {
  for (const language of ['zh', 'en'] as const) {
    const usual = noticeWords(notice, language)
    const slashed = noticeWords(notice, language, '/')
    expect(slashed).toBe(usual.replaceAll('!wx ', '/'))
  }
})

test('what people wrote keeps the prefix they wrote', () => {
  const preview = 'say !wx help'
  expect(noticeWords({ type: 'noChat', preview }, 'en', '/')).toContain('"say !wx help"')
  const line = { name: '!wx !wx ', waiting: { count: 2 } }
  const queue = { ...all.queue[0], longest: [line] } as Notice
  expect(noticeWords(queue, 'en', '/')).toContain('· !wx !wx : 2')
})
