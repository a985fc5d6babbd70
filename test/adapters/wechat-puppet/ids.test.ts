import { expect, test } from 'vitest'
import { namingOf } from '../../../adapters/wechat-puppet/ids.ts'
import { accountOf } from '../../../src/core/ids.ts'

const nasty = [
  'wxid_a',
  '1@chatroom',
  '@@abc',
  'a/b',
  'a%2Fb',
  '~',
  'x~y',
  '汉字',
  'a b',
  '../..',
  '%',
]

test('ids come back as they were, and no two are one', () => {
  const naming = namingOf('wxid_me', undefined)
  const ids = nasty.map(naming.chat)
  expect(new Set(ids).size).toBe(nasty.length)
  expect(ids.map(naming.own)).toEqual(nasty)
  for (const id of ids) expect(accountOf(id)).toBe(naming.account)
})

test('an account is named by its id, whatever is in it, and without a slash', () => {
  const accounts = nasty.map((self) => namingOf(self, undefined).account)
  expect(new Set(accounts).size).toBe(nasty.length)
  for (const account of accounts) expect(account).not.toContain('/')
})

test('an id of another account is nobody', () => {
  const [mine, yours] = [namingOf('a', undefined), namingOf('ab', undefined)]
  expect(yours.own(mine.chat('x'))).toBeUndefined()
  expect(mine.own(yours.chat('x'))).toBeUndefined()
})

test('where ids are those of one login, an id of another login is nobody, in the same account', () => {
  const [first, second] = [namingOf('@1', 'mine'), namingOf('@2', 'mine')]
  expect(first.account).toBe(second.account)
  expect(second.own(first.chat('@lin'))).toBeUndefined()
  expect(namingOf('@1', 'mine').own(first.chat('@lin'))).toBe('@lin')
  expect(namingOf('@1', undefined).own(first.chat('@lin'))).toBeUndefined()
})
