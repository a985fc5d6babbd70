import { expect } from 'vitest'
import type { Lease, Unit } from '../../../src/ports/store.ts'
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
  refused,
  toHub,
  toWeChat,
} from './samples.ts'

export function leaseCases(test: StoreCase): void {
  test('a lane has one owner until its time is over', async (t) => {
    t.clock.set(noon)
    const lease = await t.store.take(toHub, 'a', 1_000)
    expect(lease).toEqual({ lane: toHub, owner: 'a', epoch: 1 })
    expect(await t.store.take(toHub, 'b', 1_000)).toBeUndefined()
    expect(await t.store.take(toWeChat, 'b', 1_000)).toBeDefined()
    t.clock.set(noon + 900)
    expect(await t.store.renew(lease!, 1_000)).toBe(true)
    t.clock.set(noon + 1_899)
    expect(await t.store.take(toHub, 'b', 1_000)).toBeUndefined()
    t.clock.set(noon + 1_900)
    expect(await t.store.take(toHub, 'b', 1_000)).toEqual({ lane: toHub, owner: 'b', epoch: 2 })
    expect(await t.store.renew(lease!, 1_000)).toBe(false)
  })

  test('its owner keeps a lane by taking it again', async (t) => {
    const lease = await own(t.store)
    expect(await own(t.store)).toEqual(lease)
  })

  test('a released lane can be taken at once, with a new epoch', async (t) => {
    const lease = await own(t.store)
    await t.store.release(lease)
    expect(await t.store.renew(lease, 1_000)).toBe(false)
    const next = await own(t.store, toHub, 'other')
    expect(next.epoch).toBe(lease.epoch + 1)
    await t.store.release(lease)
    expect(await t.store.renew(next, 1_000)).toBe(true)
  })

  test('after a restart a lane can be taken at once, with a new epoch', async (t) => {
    const lease = await own(t.store)
    await t.reopen()
    expect(await t.store.renew(lease, 1_000)).toBe(false)
    expect((await own(t.store, toHub, 'other')).epoch).toBe(lease.epoch + 1)
  })

  const writes: Record<string, (unit: Unit, lease: Lease, seq: number) => Promise<unknown>> = {
    markSending: (unit, lease, seq) => unit.markSending(lease, seq, noon),
    deliver: (unit, lease, seq) => unit.deliver(lease, seq, receipt('$a')),
    retry: (unit, lease, seq) => unit.retry(lease, seq, noon, lost),
    bury: async (unit, lease, seq) => void (await unit.bury(lease, seq, 'dead', refused)),
  }
  for (const [name, write] of Object.entries(writes)) {
    test(`a lost lease writes nothing: ${name}`, async (t) => {
      await t.store.unit(async (unit) => {
        await unit.saveMessage(message('a'))
        await unit.enqueue(toHub, post('a'), noon)
        await unit.enqueue(toHub, post('b'), noon)
      })
      const stale = await own(t.store)
      const { seq } = await claim(t.store, stale)
      t.clock.set(t.clock.now() + 15_000)
      const lease = await own(t.store, toHub, 'other')

      const look = () => t.store.unit((unit) => unit.uncertain(lease))
      const before = await look()
      const failure = { code: 'gone', heal: 'never', certain: false }
      const tried = t.store.unit((unit) => write(unit, stale, seq))
      await expect(tried).rejects.toMatchObject({ failure })
      // Nor when the loser goes on regardless.
      await t.store.unit((unit) => write(unit, stale, seq).catch(() => {}))
      expect(await look()).toEqual(before)
      expect(await readyNames(t.store, lease, t.clock.now())).toEqual([])
      expect(await t.store.unit((unit) => unit.messageAt(hub, event('$a')))).toBeUndefined()
    })
  }

  test('a lease of one lane writes nothing in another', async (t) => {
    await t.store.unit((unit) => unit.enqueue(toHub, post('a'), noon))
    const lease = await own(t.store, toWeChat)
    const { seq } = await claim(t.store, await own(t.store))
    const tried = t.store.unit((unit) => unit.bury(lease, seq, 'dead', refused))
    await expect(tried).rejects.toMatchObject({ failure: { code: 'bug' } })
    expect(await t.archive.depth()).toEqual({ queued: 1, dead: 0 })
  })
}
