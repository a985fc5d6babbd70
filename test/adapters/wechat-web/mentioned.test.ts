import { describe, expect, test } from 'vitest'
import { mentioned, type Nameable } from '../../../adapters/wechat-web/mentioned.ts'
import { contactId } from '../../../src/core/ids.ts'
import { namedIn } from '../../../src/core/mentions.ts'
import type { Mentioned } from '../../../src/core/runs.ts'

const contact = (id: string): Mentioned => ({ type: 'contact', contact: contactId(`wx:1/${id}`) })
const member = (id: string, name: string, nick = ''): Nameable => ({
  shown: nick || name,
  name,
  who: () => contact(id),
})
const group = [
  member('zhang', '张三'),
  member('feng', '张三丰'),
  member('nick', 'Robert', '组长'),
  member('one', '王伟'),
  member('two', '王伟'),
  member('spaced', 'Li  Wei'),
  { ...member('', '阿墨', 'Mo 🌸'), who: (): Mentioned => ({ type: 'me' }) },
]
const of = (text: string, people: readonly Nameable[] = group, rules = false) =>
  mentioned(text, () => people, rules)

describe('whom a text names', () => {
  test('whether its name ends with the blank of phones, another one, or the text', () => {
    for (const text of ['@张三\u2005hi', 'hi @张三 you', '你好@张三', '@张三\nx']) {
      expect(of(text)).toEqual([{ name: '张三', who: contact('zhang') }])
    }
  })

  test('the longest name that is one, never the beginning of another', () => {
    expect(of('@张三丰\u2005')).toEqual([{ name: '张三丰', who: contact('feng') }])
    expect(of('@张三丰你好 @张三,')).toEqual([])
  })

  test('the nickname of the group first, then the own name', () => {
    expect(of('@组长\u2005')).toEqual([{ name: '组长', who: contact('nick') }])
    expect(of('@Robert ')).toEqual([{ name: 'Robert', who: contact('nick') }])
    const other = [...group, member('rob', 'Bob', 'Robert')]
    expect(of('@Robert ', other)).toEqual([{ name: 'Robert', who: contact('rob') }])
  })

  test('nobody, where several are shown by that name', () => {
    expect(of('@王伟\u2005')).toEqual([])
    expect(of('@张三 ', [...group, member('x', 'y', '张三')])).toEqual([])
    expect(of('@王伟 @张三 ')).toEqual([{ name: '张三', who: contact('zhang') }])
  })

  test('oneself', () => {
    expect(of('@Mo 🌸\u2005')).toEqual([{ name: 'Mo 🌸', who: { type: 'me' } }])
  })

  test('everybody, for the owner of the group, or with the blank of phones', () => {
    const all = { name: '所有人', who: { type: 'all' } }
    expect(of('@所有人 hi @all', group, true)).toEqual([all, { name: 'all', who: { type: 'all' } }])
    expect(of('@所有人\u2005hi')).toEqual([all])
    expect(of('no @所有人 but @所有人\u2005')).toEqual([all])
    for (const text of ['@所有人 hi', '@所有人', '@all\nhi', 'hi @All '])
      expect(of(text)).toEqual([])
    expect(of('@所有人\u2005', [...group, member('x', '所有人')])).toEqual([])
  })

  test('names with blanks and without what is unseen in them', () => {
    expect(of('@Li Wei hello')).toEqual([{ name: 'Li Wei', who: contact('spaced') }])
    expect(of('@Li Wei\u2005', [...group, member('li', 'Li')])).toEqual([
      { name: 'Li Wei', who: contact('spaced') },
    ])
    expect(of('@\u200e张三\ufe0f\u2005')).toEqual([
      { name: '\u200e张三\ufe0f', who: contact('zhang') },
    ])
  })

  test('no name that would be found where it is not sure', () => {
    const people = [member('li', 'Li'), member('a', 'Li Wei'), member('b', 'Li Wei')]
    const text = '@Li Wei is not @Li'
    expect(
      namedIn(
        text,
        mentioned(text, () => people),
      ),
    ).toEqual([])
    expect(of('only @Li', people)).toHaveLength(1)
  })

  test('no address, and nothing of a flood', () => {
    expect(of('mail me@all ')).toEqual([])
    expect(of('@'.repeat(100_000))).toEqual([])
    expect(mentioned('none', () => expect.fail('nobody was to be asked'))).toEqual([])
  })
})
