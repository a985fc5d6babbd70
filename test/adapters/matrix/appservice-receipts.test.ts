import { describe, expect, it } from 'vitest'
import { fleetingOf, readsOf } from '../../../adapters/matrix/ephemeral.ts'

const receipt = (content: object, type = 'm.receipt') => ({
  type,
  room: '!room:localhost',
  content: content as Record<string, unknown>,
})

describe('receipts', () => {
  it('tell who has read, each person once, with the latest', () => {
    const reads = readsOf(
      receipt({
        $old: { 'm.read': { '@alice:x': { ts: 5 } } },
        $new: {
          'm.read': { '@alice:x': { ts: 9, thread_id: 'main' }, '@bob:x': {} },
          'm.read.private': { '@carol:x': { ts: 7 } },
        },
      }),
      100,
    )
    expect(reads.map(({ from, at, room, type }) => [type, room, from, at])).toEqual([
      ['read', '!room:localhost', '@alice:x', 9],
      ['read', '!room:localhost', '@bob:x', 100],
      ['read', '!room:localhost', '@carol:x', 7],
    ])
    expect(new Set(reads.map(({ id }) => id)).size).toBe(3)
  })

  it('say nothing when they are none', () => {
    const junk = [
      { $e: null },
      { $e: { 'm.read': [] } },
      { $e: { 'm.read': { 'no user': { ts: 1 } } } },
      { $e: { 'm.delivered': { '@a:x': { ts: 1 } } } },
      { $e: { 'm.read': 'text' } },
    ]
    for (const content of junk) expect(readsOf(receipt(content), 1)).toEqual([])
    const strange = { $e: { 'm.read': { '@a:x': { ts: -1 } } } }
    expect(readsOf(receipt(strange), 100)).toMatchObject([{ from: '@a:x', at: 100 }])
    expect(readsOf(receipt({ user_ids: ['@a:x'] }, 'm.typing'), 1)).toEqual([])
  })

  it('are looked at up to a bound', () => {
    const users = Object.fromEntries(
      Array.from({ length: 5_000 }, (_, n) => [`@u${n}:x`, { ts: n }]),
    )
    expect(readsOf(receipt({ $e: { 'm.read': users } }), 1)).toHaveLength(1_000)
    const many = Array.from({ length: 5_000 }, () => ({ ...receipt({}), room_id: '!r' }))
    expect(fleetingOf({ ephemeral: many })).toHaveLength(1_000)
  })
})
