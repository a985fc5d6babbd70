import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { path } from '../../../adapters/matrix/homeserver.ts'
import { escapeId, names, transactionId } from '../../../adapters/matrix/ids.ts'
import { contactId, key, portalId } from '../../../src/core/ids.ts'

const ours = names('wechat_', 'wechat_bot', 'example.org')

describe('names', () => {
  it('give contacts legal user ids', () => {
    const ghost = ours.ghost(contactId('wx:2718281828/aB12'))
    expect(ghost).toMatch(/^@wechat_[0-9a-f]{24}:example\.org$/)
    expect(ours.ghost(contactId('wx:2718281828/aB12'))).toBe(ghost)
    expect(ours.ghost(contactId('wx:2718281828/ab12'))).not.toBe(ghost)
  })

  it('tell nobody in a room the number of the account', () => {
    expect(ours.ghost(contactId('wx:2718281828/aB12'))).not.toContain('2718281828')
  })

  it('keep contacts apart from the users of the bridge itself', () => {
    expect(ours.ghost(contactId('me'))).not.toBe(ours.me)
    expect(ours.ghost(contactId('bot'))).not.toBe(ours.bot)
  })

  it('know their own users from those of others', () => {
    expect(ours.owns(ours.bot)).toBe(true)
    expect(ours.owns(ours.ghost(contactId('x')))).toBe(true)
    expect(ours.owns('@alice:example.org')).toBe(false)
    expect(ours.owns('@wechat_x:evil.example')).toBe(false)
  })

  it('give portals aliases', () => {
    expect(ours.alias(portalId('abc234'))).toBe('#wechat_abc234:example.org')
    expect(ours.aliasLocalpart(portalId('abc234'))).toBe('wechat_abc234')
  })
})

it('escapes different ids differently, in legal letters and bounded length', () => {
  const id = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ minLength: 100, maxLength: 400 }),
  )
  fc.assert(
    fc.property(id, id, (one, other) => {
      const escaped = escapeId(one)
      expect(escaped).toMatch(/^[a-z0-9._=-]*$/)
      expect(escaped.length).toBeLessThanOrEqual(150)
      if (one.isWellFormed() && other.isWellFormed()) {
        expect(escaped === escapeId(other)).toBe(one === other)
      }
    }),
  )
})

it('makes a transaction id of a key that needs no escaping and names no other key', () => {
  const keys = [
    'post/a/b/0',
    'post/a/b%2F0',
    'post/a/b/0 ',
    `post/${'x'.repeat(900)}/1`,
    `post/${'x'.repeat(900)}/2`,
  ]
  const ids = keys.map((one) => transactionId(key(one)))
  expect(new Set(ids).size).toBe(keys.length)
  for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_.-]{1,400}$/)
})

it('lets no id reach another endpoint', () => {
  const where = path`/rooms/${'../../admin?x=1#y'}/send`
  expect(new URL(where, 'http://host').pathname).toBe('/rooms/..%2F..%2Fadmin%3Fx%3D1%23y/send')
  for (const id of ['', '.', '..']) expect(() => path`/rooms/${id}/send`).toThrow('cannot be an id')
})
