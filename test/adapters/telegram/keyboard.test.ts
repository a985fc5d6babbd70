import { describe, expect, it } from 'vitest'
import { wordsOf } from '../../../adapters/telegram/ingress-command.ts'
import { keyboardOf, withoutAddresses } from '../../../adapters/telegram/keyboard.ts'

describe('keyboardOf', () => {
  it('gives buttons that say the words of a command', () => {
    const { markup, left } = keyboardOf([
      [
        { label: '王五', words: ['open', 'abcdefghijkm'] },
        { label: 'Page', url: 'https://a.example/x' },
      ],
      [{ label: '→', words: ['chats', 'page', '2'] }],
    ])
    expect(left).toEqual([])
    expect(markup?.inline_keyboard).toEqual([
      [
        { text: '王五', callback_data: 'open abcdefghijkm' },
        { text: 'Page', url: 'https://a.example/x' },
      ],
      [{ text: '→', callback_data: 'chats page 2' }],
    ])
    expect(wordsOf('chats page 2')).toEqual(['chats', 'page', '2'])
  })

  it('gives no keyboard where there are no buttons', () => {
    expect(keyboardOf(undefined)).toEqual({ left: [] })
    expect(keyboardOf([[]])).toEqual({ left: [] })
  })

  it('leaves out what Telegram cannot have, in bytes and not in letters', () => {
    const { markup, left } = keyboardOf([
      [
        { label: 'fits', words: ['a'.repeat(64)] },
        { label: 'too long', words: ['王'.repeat(22)] },
        { label: 'two in one', words: ['chats x', 'y'] },
        { label: 'nothing', words: [] },
        { label: 'script', url: 'javascript:alert(1)' },
        { label: '\u202e', words: ['nameless'] },
      ],
    ])
    expect(markup?.inline_keyboard).toEqual([[{ text: 'fits', callback_data: 'a'.repeat(64) }]])
    expect(left).toEqual(['too long', 'two in one', 'nothing', 'script', '\u202e'])
  })

  it('has at most a hundred buttons, and no empty rows', () => {
    const rows = Array.from({ length: 120 }, (_, at) => [{ label: `${at}`, words: ['x', `${at}`] }])
    const { markup, left } = keyboardOf(rows)
    expect(markup?.inline_keyboard).toHaveLength(100)
    expect(left).toHaveLength(20)
  })

  it('does without buttons that lead to addresses', () => {
    const url = 'http://localhost:1/'
    const { markup } = keyboardOf([[{ label: 'a', url }], [{ label: 'b', words: ['b'] }]])
    expect(withoutAddresses(markup!)?.inline_keyboard).toEqual([
      [{ text: 'b', callback_data: 'b' }],
    ])
    expect(withoutAddresses(keyboardOf([[{ label: 'a', url }]]).markup!)).toBeUndefined()
  })
})
