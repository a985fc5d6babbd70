import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chatId } from '../../src/core/ids.ts'
import type { PaceRules, Spent } from '../../src/core/pace.ts'
import { earliest, estimate, memoryMs, usedOf } from '../../src/core/pace.ts'

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
const never = Number.NEGATIVE_INFINITY
const a = chatId('a')
const b = chatId('b')

const rules: PaceRules = {
  sameChat: { ms: 2_000, jitterMs: 1_500 },
  otherChat: { ms: 3_000, jitterMs: 3_000 },
  media: { ms: 2_000, jitterMs: 2_000 },
  perMinute: 15,
  perHour: 200,
  perDay: 800,
  newcomer: { forMs: 7 * day, share: 0.5 },
}
const text = (chat = a) => ({ chat, media: false })
const spent = (at: number, chat = a): Spent => ({ at, chat, media: false })
const at = (past: readonly Spent[], next = text(), now = 10_000, random = 0) =>
  earliest(rules, past, next, now, never, random)

test('the first send goes at once', () => {
  expect(at([])).toBe(10_000)
})

test('the same chat waits its gap, another chat a longer one, and media longer still', () => {
  const past = [spent(10_000)]
  expect(at(past)).toBe(12_000)
  expect(at(past, text(), 10_000, 0.999)).toBe(13_499)
  expect(at(past, text(b))).toBe(13_000)
  expect(at(past, { chat: b, media: true })).toBe(15_000)
  expect(at(past, { chat: a, media: true }, 10_000, 0.5)).toBe(10_000 + 2_750 + 3_000)
})

test('a gap that has passed holds up nothing', () => {
  expect(at([spent(10_000)], text(b), 60_000)).toBe(60_000)
})

test('where the gap within a chat is the longer one, a send in between does not shorten it', () => {
  const slow = { ...rules, sameChat: { ms: 20_000, jitterMs: 0 } }
  const past = [spent(10_000, a), spent(14_000, b)]
  expect(earliest(slow, past, text(a), 14_000, never, 0)).toBe(30_000)
})

test('for the first days the caps are halved, but never to nothing; afterwards they are whole', () => {
  const past = Array.from({ length: 7 }, (_, n) => spent(n * 4_000))
  const now = 24_001
  expect(earliest(rules, past, text(), now, now + day, 0)).toBe(minute)
  expect(earliest(rules, past, text(), now, never, 0)).toBe(26_000)
  // The first days end before a half cap would let it go.
  expect(earliest(rules, past, text(), now, 40_000, 0)).toBe(40_000)
  const one = { ...rules, perMinute: 1, newcomer: { forMs: day, share: 0.01 } }
  expect(earliest(one, [spent(0)], text(), 5_000, day, 0)).toBe(minute)
})

const gap = fc.record({ ms: fc.nat({ max: 5_000 }), jitterMs: fc.nat({ max: 3_000 }) })
const anyRules: fc.Arbitrary<PaceRules> = fc.record({
  sameChat: gap,
  otherChat: gap,
  media: gap,
  perMinute: fc.integer({ min: 1, max: 20 }),
  perHour: fc.integer({ min: 1, max: 60 }),
  perDay: fc.integer({ min: 1, max: 120 }),
  newcomer: fc.record({
    forMs: fc.constantFrom(0, 90 * minute, day),
    share: fc.double({ min: 0.01, max: 1, noNaN: true }),
  }),
})

test('in no window there is ever more than its cap, and every send is let go in the end', () => {
  const asks = fc.array(
    fc.record({
      chat: fc.constantFrom('a', 'b', 'c'),
      media: fc.boolean(),
      idle: fc.oneof(fc.constant(0), fc.nat({ max: 2 * hour })),
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
    { minLength: 20, maxLength: 150 },
  )
  fc.assert(
    fc.property(anyRules, asks, (any, list) => {
      const newUntil = any.newcomer.forMs
      const all: Spent[] = []
      let now = 0
      for (const { chat, media, idle, random } of list) {
        now += idle
        // What is forgotten must not be missed.
        const known = all.filter((one) => one.at > now - memoryMs(any))
        const next = { chat: chatId(chat), media }
        const when = earliest(any, known, next, now, newUntil, random)
        expect(when).toBeGreaterThanOrEqual(now)
        expect(earliest(any, all, next, now, newUntil, random)).toBe(when)
        now = when
        all.push({ at: now, ...next })
        const share = now < newUntil ? any.newcomer.share : 1
        for (const [ms, cap] of [
          [minute, any.perMinute],
          [hour, any.perHour],
          [day, any.perDay],
        ] as const) {
          const count = all.filter((one) => one.at > now - ms).length
          expect(count).toBeLessThanOrEqual(Math.max(1, Math.floor(cap * share)))
        }
      }
    }),
    { numRuns: 300 },
  )
})

test('nothing is waited for that no rule asks for', () => {
  fc.assert(
    fc.property(anyRules, fc.array(fc.nat({ max: day }), { maxLength: 100 }), (any, times) => {
      const past = times.sort((x, y) => x - y).map((one) => spent(one))
      const now = day
      const when = earliest(any, past, text(b), now, never, 0)
      if (when === now) return
      // A moment earlier, some rule says no.
      const early = when - 1
      const isFull = [
        [minute, any.perMinute],
        [hour, any.perHour],
        [day, any.perDay],
      ].some(([ms = 0, cap]) => past.filter((one) => one.at > early - ms).length >= (cap ?? 0))
      const last = past.at(-1)?.at ?? never
      expect(isFull || early < last + any.otherChat.ms).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('an estimate is what really comes, but for the jitter', () => {
  for (const [place, chats] of [
    [1, 1],
    [10, 1],
    [10, 3],
    [40, 2],
    [250, 5],
  ] as const) {
    const past: Spent[] = [spent(0)]
    let now = 1_000
    for (let n = 0; n < place; n++) {
      now = earliest(rules, past, text(chatId(`c${n % chats}`)), now, never, Math.random())
      past.push(spent(now, chatId(`c${n % chats}`)))
    }
    const told = estimate(rules, [spent(0)], place, chats, 1_000, never)
    expect(Math.abs(told - (now - 1_000)), `${place} of ${chats}`).toBeLessThan(8_000 + 0.05 * now)
  }
  const million = estimate(rules, [], 1_000_000, 2, 0, never) / day
  expect(million).toBeGreaterThan(1_000)
  expect(million).toBeLessThan(1_500)
})

test('what was used is counted by window', () => {
  const past = [spent(0), spent(5 * hour), spent(5 * hour + 59 * minute), spent(6 * hour)]
  const now = 6 * hour + 1
  expect(usedOf(rules, past, now, false)).toEqual({
    minute: { used: 1, of: 15 },
    hour: { used: 2, of: 200 },
    day: { used: 4, of: 800 },
  })
  expect(usedOf(rules, past, now, true).day.of).toBe(400)
})

test('a window that the shorter ones never fill is not remembered', () => {
  expect(memoryMs(rules)).toBe(day)
  expect(memoryMs({ ...rules, perHour: 900, perDay: 21_600 })).toBe(minute)
  // Halved, but at least one a minute: then the hour binds.
  expect(memoryMs({ ...rules, perMinute: 1, perHour: 60, perDay: 1_440 })).toBe(hour)
})
