import { describe, expect, it } from 'vitest'
import { createOffers } from '../../../adapters/matrix/offers.ts'

describe('a secret that was written in a room', () => {
  const at = (now: { ms: number }) => {
    const clock = { now: () => now.ms, steady: () => now.ms, sleep: async () => {} }
    return createOffers({ clock, random: Math.random })
  }

  it('is had by its name, once, and only for a while', () => {
    const now = { ms: 5 }
    const offers = at(now)
    const [one, two] = [offers.keep('hidden'), offers.keep('also hidden')]
    expect(one).not.toContain('hidden')
    expect(one).not.toBe(two)
    expect(offers.take(one)).toBe('hidden')
    expect(offers.take(one)).toBeUndefined()
    now.ms += 11 * 60_000
    expect(offers.take(two)).toBeUndefined()
    expect(offers.take('hidden')).toBeUndefined()
  })

  it('is forgotten when too many are written', () => {
    const offers = at({ ms: 5 })
    const names = Array.from({ length: 25 }, (_, n) => offers.keep(`secret ${n}`))
    expect(offers.take(names[0] ?? '')).toBeUndefined()
    expect(offers.take(names[24] ?? '')).toBe('secret 24')
  })
})
