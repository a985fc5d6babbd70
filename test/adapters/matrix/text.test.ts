import { describe, expect, it } from 'vitest'
import { bodyText, fileName, nameText } from '../../../adapters/matrix/text.ts'

describe('nameText', () => {
  it('keeps a name on one line, without what cannot be shown', () => {
    expect(nameText(' a\u0000b\n\u202ec\t d ', 'x')).toBe('a b c d')
    expect(nameText('<b>王&</b> 😀', 'x')).toBe('<b>王&</b> 😀')
  })
  it('says something else where nothing is left', () => {
    expect(nameText('\u0000 \u202e', 'nobody')).toBe('nobody')
  })
  it('cuts between characters, not within one', () => {
    const cut = nameText('😀'.repeat(200), 'x', 100)
    expect(cut.isWellFormed()).toBe(true)
    expect(cut.length).toBeLessThanOrEqual(100)
    expect(cut.endsWith('😀…')).toBe(true)
  })
})

it('gives only the last part of a path as a file name', () => {
  expect(fileName('../../etc/passwd', 'file')).toBe('passwd')
  expect(fileName('C:\\Users\\x\\a.txt', 'file')).toBe('a.txt')
  expect(fileName('dir/', 'file')).toBe('file')
  expect(fileName(undefined, 'file')).toBe('file')
})

it('keeps lines and tabs of a text', () => {
  expect(bodyText('a\r\nb\rc\td\u0007')).toBe('a\nb\nc\td\ufffd')
})
