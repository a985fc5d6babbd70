import { expect } from 'vitest'
import type { StoreCase } from '../store.ts'
import {
  claim,
  event,
  hub,
  lost,
  message,
  noon,
  own,
  post,
  readyNames,
  receipt,
  toHub,
} from './samples.ts'

export function settleCases(test: StoreCase): void {
  for (const state of ['queued', 'sending', 'unknown', 'dead'] as const) {
    test(`our own post seen coming back settles an item that is ${state}`, async (t) => {
      await t.store.unit(async (unit) => {
        await unit.saveMessage(message('a'))
        await unit.enqueue(toHub, post('a'), noon)
        await unit.enqueue(toHub, post('b'), noon)
      })
      const lease = await own(t.store)
      if (state !== 'queued') {
        const { seq } = await claim(t.store, lease)
        if (state !== 'sending') await t.store.unit((unit) => unit.bury(lease, seq, state, lost))
      }
      await t.store.unit(async (unit) => {
        await unit.settle(post('a').key, receipt('$a'))
        await unit.settle(post('a').key, receipt('$again'))
        await unit.settle(post('never').key, receipt('$b'))
        expect(await unit.messageAt(hub, event('$a'))).toEqual(message('a'))
        expect(await unit.messageAt(hub, event('$again'))).toBeUndefined()
        expect(await unit.uncertain(lease)).toEqual([])
      })
      expect(await readyNames(t.store, lease, t.clock.now())).toEqual(['b'])
      expect(await t.archive.depth()).toEqual({ queued: 1, dead: 0 })
    })
  }

  test('settling an item in the middle of the line moves nobody forward', async (t) => {
    await t.store.unit(async (unit) => {
      for (const name of ['a', 'b', 'c']) await unit.enqueue(toHub, post(name), noon)
    })
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease)
    await t.store.unit((unit) => unit.settle(post('b').key, receipt('$b')))
    expect(await readyNames(t.store, lease, t.clock.now())).toEqual([])
    await t.store.unit((unit) => unit.retry(lease, seq, noon + 60_000, lost))
    await t.store.unit((unit) => unit.settle(post('c').key, receipt('$c')))
    expect(await readyNames(t.store, lease, noon + 59_999)).toEqual([])
    expect(await readyNames(t.store, lease, noon + 60_000)).toEqual(['a'])
  })
}
