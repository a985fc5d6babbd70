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

  it('knows a domain in whatever case it was written, and a user only in their own', () => {
    const said = { 'Evil.Org': 'relay', '@Bob:Example.org': 'admin', '*': 'user' } as const
    expect(levelOf(said, '@eve:evil.org')).toBe('relay')
    expect(levelOf(said, '@eve:EVIL.org')).toBe('relay')
    expect(levelOf(said, '@Bob:example.org')).toBe('admin')
    expect(levelOf(said, '@bob:example.org')).toBe('user')
    const ports = {
      'example.org:8448': 'admin',
      '[::1]:8448': 'relay',
      '[2001:DB8::1]': 'user',
    } as const
    expect(levelOf(ports, '@a:example.org')).toBeUndefined()
    expect(levelOf(ports, '@a:example.org:8448')).toBe('admin')
    expect(levelOf(ports, '@a:[::1]:8448')).toBe('relay')
    expect(levelOf(ports, '@a:[2001:db8::1]')).toBe('user')
    expect(levelOf(ports, '@a:[::1]')).toBeUndefined()
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
