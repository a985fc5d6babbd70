import { describe, expect, it } from 'vitest'
import { levelOf, mayLive, type Permissions } from '../../../adapters/matrix/permissions.ts'

const permissions: Permissions = {
  '*': 'relay',
  'example.org': 'user',
  '@alice:example.org': 'admin',
  '@bob:example.org': 'relay',
}

describe('levels', () => {
  it.each([
    ['@alice:example.org', 'admin'],
    ['@bob:example.org', 'relay'],
    ['@carol:example.org', 'user'],
    ['@carol:sub.example.org', 'relay'],
    ['@carol:example.org.evil', 'relay'],
    ['@carol:EXAMPLE.ORG', 'user'],
    ['@x:example.org:8448', 'relay'],
    ['example.org', undefined],
    ['*', undefined],
    ['@alice', undefined],
    ['@a b:example.org', undefined],
    ['@__proto__:constructor', 'relay'],
  ])('gives %s the level of the entry that fits best', (user, level) => {
    expect(levelOf(permissions, user)).toBe(level)
  })

  it('gives nobody a level where nothing is said', () => {
    for (const user of ['@alice:example.org', '@x:constructor', '@x:__proto__']) {
      expect(levelOf({}, user)).toBeUndefined()
    }
  })

  it('lets users and admins have an account', () => {
    expect(['relay', 'user', 'admin', undefined].map((each) => mayLive(each as 'user'))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })
})
