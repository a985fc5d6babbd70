import { expect } from 'vitest'
import type { Change } from '../../../src/ports/archive.ts'
import type { StoreCase, StoreHarness } from '../store.ts'
import { noon, picture } from './samples.ts'

export function mediaCases(test: StoreCase): void {
  const wanted = (t: StoreHarness, now: number, limit = 10) =>
    t.store.unit(async (unit) => {
      const all = await unit.wantedMedia(now, limit)
      return all.map(({ media, attempt }) => `${media.id.split('/')[1]} ${attempt}`)
    })
  const kept = { bytes: 3, mime: 'image/png', sha256: 'ab'.repeat(32) }

  test('media is wanted once, oldest first, until it is kept', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.wantMedia(picture('b'), noon + 1)
      await unit.wantMedia(picture('a'), noon + 2)
      await unit.wantMedia(picture('c'), noon)
      await unit.wantMedia(picture('c'), noon + 9)
      expect((await unit.wantedMedia(noon + 5, 1))[0]?.media).toEqual(picture('c'))
    })
    expect(await wanted(t, noon + 5)).toEqual(['c 0', 'b 0', 'a 0'])
    expect(await wanted(t, noon + 5, 2)).toEqual(['c 0', 'b 0'])
    await t.store.unit((unit) => unit.keepMedia(picture('c').id, kept))
    await t.reopen()
    await t.store.unit(async (unit) => {
      await unit.wantMedia(picture('c'), noon)
      await unit.missMedia(picture('c').id, 'too late', undefined)
      expect(await unit.keptMedia(picture('c').id)).toEqual(kept)
      expect(await unit.keptMedia(picture('a').id)).toBeUndefined()
    })
    expect(await wanted(t, noon + 5)).toEqual(['b 0', 'a 0'])
  })

  test('profiles wait behind messages, and being offline is no try', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.wantMedia(picture('a'), noon, 'profile')
      await unit.wantMedia(picture('b'), noon + 9)
      const both = await unit.wantedMedia(noon + 9, 5)
      expect(both.map(({ urgency }) => urgency)).toEqual(['message', 'profile'])
      await unit.missMedia(picture('b').id, 'session', noon + 10, false)
    })
    expect(await wanted(t, noon + 10)).toEqual(['b 0', 'a 0'])
  })

  test('a missed fetch waits for its time, counts, and may be given up', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.wantMedia(picture('a'), noon)
      await unit.missMedia(picture('a').id, 'HTTP 500', noon + 100)
    })
    expect(await wanted(t, noon + 99)).toEqual([])
    expect(await wanted(t, noon + 100)).toEqual(['a 1'])
    await t.store.unit(async (unit) => {
      await unit.missMedia(picture('a').id, 'HTTP 404', undefined)
      await unit.wantMedia(picture('a'), noon + 200)
    })
    expect(await wanted(t, noon + 10_000)).toEqual([])
    await t.store.unit((unit) => unit.keepMedia(picture('a').id, kept))
    expect(await t.store.unit((unit) => unit.keptMedia(picture('a').id))).toEqual(kept)
  })

  test('what was given up can be asked for again, once, and is tried as if it were new', async (t) => {
    const changes: Change[] = []
    await t.store.unit((unit) => unit.wantMedia(picture('a'), noon))
    t.archive.watch((change) => changes.push(change))
    const again = (now: number) => t.store.unit((unit) => unit.wantAgain(picture('a').id, now))
    const miss = (retryAt?: number) =>
      t.store.unit((unit) => unit.missMedia(picture('a').id, 'gone', retryAt))
    await miss(noon)
    expect(await again(noon)).toBe(false)
    expect(changes).toEqual([])
    await miss()
    expect(changes).toEqual([{ type: 'media', media: picture('a').id }])
    expect(await again(noon + 50)).toBe(true)
    expect(await again(noon + 51)).toBe(false)
    expect(changes).toHaveLength(2)
    expect(await wanted(t, noon + 49)).toEqual([])
    expect(await wanted(t, noon + 50)).toEqual(['a 0'])
    await t.store.unit((unit) => unit.keepMedia(picture('a').id, kept))
    expect(await again(noon + 60)).toBe(false)
    expect(await t.store.unit((unit) => unit.wantAgain(picture('never').id, noon))).toBe(false)
  })

  test('bytes that nobody asked for can be kept too', async (t) => {
    await t.store.unit((unit) => unit.keepMedia(picture('x').id, kept))
    expect(await t.store.unit((unit) => unit.keptMedia(picture('x').id))).toEqual(kept)
    expect(await wanted(t, noon * 2)).toEqual([])
  })
}
