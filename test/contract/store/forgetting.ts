import { expect } from 'vitest'
import type { Forgettable, Place } from '../../../src/ports/forgetting.ts'
import type { Unit } from '../../../src/ports/store.ts'
import type { StoreCase, StoreHarness } from '../store.ts'
import {
  account,
  claim,
  event,
  hub,
  linChat,
  lost,
  message,
  mine,
  noon,
  own,
  picture,
  post,
  receipt,
  send,
  toHub,
  toWeChat,
} from './samples.ts'

const day = 86_400_000
const kept = { bytes: 3, mime: 'image/png', sha256: 'ab'.repeat(32) }

/** Forgets one sort from its beginning to its end. */
export async function forgetAll(
  { store }: StoreHarness,
  what: Forgettable,
  before: number,
  limit = 2,
): Promise<number> {
  let gone = 0
  for (let after: Place | undefined; ; ) {
    const done = await store.unit((unit) => unit.forget(what, before, limit, after))
    gone += done.gone
    if (!done.next) return gone
    after = done.next
  }
}

/** All kept media that may go. */
async function old({ store }: StoreHarness, before: number, urgency?: 'profile', limit = 2) {
  const names: (string | undefined)[] = []
  for (let after: Place | undefined; ; ) {
    const found = await store.unit((unit) =>
      unit.oldMedia(before, urgency ?? 'message', limit, after),
    )
    names.push(...found.media.map(({ id }) => id.split('/').at(-1)))
    if (!found.next) return names
    after = found.next
  }
}

export function forgettingCases(test: StoreCase): void {
  const told = (t: StoreHarness, names: string, work?: (unit: Unit) => Promise<unknown>) =>
    t.store.unit(async (unit) => {
      await unit.saveChats([linChat])
      for (const name of names) await unit.saveMessage(message(name))
      await work?.(unit)
    })
  const left = (t: StoreHarness, names: string) =>
    t.store.unit(async (unit) => {
      const found = await Promise.all([...names].map((name) => unit.message(message(name).id)))
      return [...names].filter((_, i) => found[i]).join('')
    })

  test('messages go by their arrival, whatever time their senders give', async (t) => {
    await told(t, 'abc')
    t.clock.set(noon + day)
    await told(t, 'd')
    await t.store.unit((unit) => unit.saveMessage(message('e', { at: noon - 9 * day })))
    expect(await forgetAll(t, 'messages', noon)).toBe(0)
    expect(await forgetAll(t, 'messages', noon + 1)).toBe(3)
    expect(await left(t, 'abcde')).toBe('de')
  })

  test('a forgotten message takes its names and receipts along', async (t) => {
    await told(t, 'a', (unit) => unit.joinEvent(message('a').id, 0, hub, event('$a')))
    await forgetAll(t, 'messages', noon + 1)
    await t.store.unit(async (unit) => {
      expect(await unit.messageBy(account, ['a'], linChat.id)).toBeUndefined()
      expect(await unit.messageAt(hub, event('$a'))).toBeUndefined()
      expect(await unit.eventsOf(message('a').id, hub)).toEqual([])
      // Its names are free again.
      await unit.saveMessage(message('b', { aliases: ['a'] }))
      expect((await unit.messageBy(account, ['a'], linChat.id))?.id).toBe(message('b').id)
    })
  })

  test('what an unfinished delivery needs stays, and is passed over', async (t) => {
    const names = 'abcdefgh'
    await told(t, names, async (unit) => {
      for (const name of 'abcdg') await unit.enqueue(toHub, post(name, `p-${name}`), noon)
      await unit.hold(toWeChat, send('e'), noon, lost)
    })
    const lease = await own(t.store)
    // a: sending, b: unknown, c: dead, d: queued, e: held, g: sent.
    for (const name of 'abcg') {
      const item = await claim(t.store, lease)
      expect(item.job.message).toBe(message(name).id)
      await t.store.unit(async (unit) => {
        if (name === 'b') await unit.bury(lease, item.seq, 'unknown', lost)
        if (name === 'c') await unit.bury(lease, item.seq, 'dead', lost)
        if (name === 'g') await unit.deliver(lease, item.seq, receipt('$g'))
      })
      if (name === 'c') await claim(t.store, lease)
    }
    expect(await forgetAll(t, 'messages', noon + 1)).toBe(3)
    expect(await left(t, names)).toBe('abcde')
    expect(await forgetAll(t, 'messages', noon + 1)).toBe(0)
    expect(await forgetAll(t, 'sent', noon + day)).toBe(1)
    const { queued, dead } = await t.archive.depth()
    expect([queued, dead]).toEqual([2, 3])
  })

  test('a step looks at no more than it was told to, and goes on where it was', async (t) => {
    await told(t, 'abcde', async (unit) => {
      for (const name of 'abc') await unit.hold(toWeChat, send(name), noon, lost)
    })
    await t.store.unit(async (unit) => {
      const one = await unit.forget('messages', noon + 1, 2)
      expect(one).toMatchObject({ gone: 0, next: {} })
      const two = await unit.forget('messages', noon + 1, 2, one.next)
      expect(two).toMatchObject({ gone: 1, next: {} })
      expect(await unit.forget('messages', noon + 1, 2, two.next)).toEqual({ gone: 1 })
    })
    expect(await left(t, 'abcde')).toBe('abc')
  })

  test('the text of events goes before the memory that they came', async (t) => {
    const accept = (id: string, at: number) =>
      t.store.unit((unit) => unit.accept('s', id, `raw of ${id}`, at))
    for (const [i, id] of [...'abcd'].entries()) await accept(id, noon + i)
    expect(await forgetAll(t, 'raws', noon + 3)).toBe(3)
    expect(await forgetAll(t, 'raws', noon + 3)).toBe(0)
    expect(await accept('a', noon + 9)).toBe(false)
    expect(await forgetAll(t, 'inbox', noon + 1)).toBe(1)
    expect(await accept('a', noon + 9)).toBe(true)
    expect(await accept('b', noon + 9)).toBe(false)
    expect(await forgetAll(t, 'raws', noon + 10)).toBe(2)
  })

  test('what waited for weeks and arrived just now is not old', async (t) => {
    await told(t, 'a', (unit) => unit.enqueue(toHub, post('a'), noon - 40 * day))
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease, noon)
    await t.store.unit((unit) => unit.deliver(lease, seq, receipt('$a')))
    expect(await forgetAll(t, 'sent', noon)).toBe(0)
    expect(await t.store.unit((unit) => unit.knows(post('a').key))).toBe(true)
    expect(await forgetAll(t, 'sent', noon + 1)).toBe(1)
    expect(await t.store.unit((unit) => unit.knows(post('a').key))).toBe(false)
  })

  test('spent allowances go when they count no more', async (t) => {
    await told(t, 'ab', async (unit) => {
      for (const name of 'ab') await unit.enqueue(toWeChat, send(name), noon)
    })
    const lease = await own(t.store, toWeChat)
    for (const at of [noon, noon + 10]) {
      const { seq } = await claim(t.store, lease, at)
      await t.store.unit((unit) => unit.deliver(lease, seq, receipt(`${at}`)))
    }
    await forgetAll(t, 'spent', noon + 5)
    const spent = await t.store.unit((unit) => unit.spent(toWeChat, 0))
    expect(spent.map(({ at }) => at)).toEqual([noon + 10])
  })

  test('old media is told by when it was kept; what a delivery carries is not among it', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat])
      for (const name of 'abcd') await unit.wantMedia(picture(name), noon - 9 * day)
      await unit.wantMedia(picture('p'), noon, 'profile')
      await unit.wantMedia(picture('w'), noon - 9 * day)
      for (const name of 'abcdp') await unit.keepMedia(picture(name).id, kept)
      const body = { kind: 'media', media: picture('b') } as const
      await unit.enqueue(toHub, { ...post('b'), body }, noon)
    })
    expect(await old(t, noon)).toEqual([])
    expect(await old(t, noon + 1)).toEqual(['a', 'c', 'd'])
    expect(await old(t, noon + 1, 'profile')).toEqual(['p'])
    t.clock.set(noon + day)
    await t.store.unit((unit) => unit.keepMedia(picture('a').id, kept))
    expect(await old(t, noon + 1)).toEqual(['c', 'd'])
  })

  test('forgotten media can be asked for again; a profile as if it had never been', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat])
      const content = { kind: 'image', media: picture('a') } as const
      await unit.saveMessage(message('a', { content }))
      await unit.wantMedia(picture('a'), noon)
      await unit.wantMedia(picture('p'), noon, 'profile')
      for (const name of 'ap') await unit.keepMedia(picture(name).id, kept)
      await unit.forgetMedia([picture('a').id, picture('p').id, picture('never').id])
      expect(await unit.keptMedia(picture('a').id)).toBeUndefined()
    })
    expect((await t.archive.message(message('a').id))?.missing).toBe('pruned')
    await t.store.unit(async (unit) => {
      expect(await unit.wantedMedia(noon, 9)).toEqual([])
      expect(await unit.wantAgain(picture('a').id, noon)).toBe(true)
      await unit.wantMedia(picture('p'), noon, 'profile')
      expect(await unit.wantedMedia(noon, 9)).toHaveLength(2)
      // Wanted again meanwhile: it stays so.
      await unit.forgetMedia([picture('a').id, picture('p').id])
      expect(await unit.wantedMedia(noon, 9)).toHaveLength(2)
    })
  })

  test('that media was given up is forgotten in the end', async (t) => {
    await t.store.unit(async (unit) => {
      for (const [i, name] of [...'abc'].entries()) {
        await unit.wantMedia(picture(name), noon + i, name === 'b' ? 'profile' : 'message')
        await unit.missMedia(picture(name).id, 'gone', undefined)
      }
    })
    expect(await forgetAll(t, 'missed', noon + 2, 9)).toBe(2)
    await t.store.unit(async (unit) => {
      expect(await unit.wantAgain(picture('a').id, noon)).toBe(false)
      expect(await unit.wantAgain(picture('c').id, noon)).toBe(true)
    })
  })

  test('the newest is what others said, by their clock', async (t) => {
    expect(await t.store.unit((unit) => unit.newest())).toBeUndefined()
    await told(t, 'a', async (unit) => {
      await unit.saveMessage(message('b', { at: noon + 5 }))
      await unit.saveMessage({ ...mine('m'), at: noon + 100 * day })
      const sender = { type: 'bridge' } as const
      const content = { kind: 'notice', notice: { type: 'welcome' } } as const
      await unit.saveMessage(message('n', { at: noon + 200 * day, sender, content }))
    })
    expect(await t.store.unit((unit) => unit.newest())).toBe(noon + 5)
  })

  test('what a wrong clock dated is dated anew', async (t) => {
    const far = noon + 5_000 * day
    t.clock.set(far)
    await told(t, 'a', async (unit) => {
      await unit.accept('s', 'x', 'raw', far)
      await unit.enqueue(toHub, post('a'), far)
      await unit.wantMedia(picture('k'), far)
      await unit.keepMedia(picture('k').id, kept)
      await unit.wantMedia(picture('w'), far)
    })
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease, far)
    await t.store.unit((unit) => unit.deliver(lease, seq, receipt('$a')))
    t.clock.set(noon)
    await told(t, 'b')
    await t.store.unit(async (unit) => {
      expect(await unit.wantedMedia(noon, 9)).toEqual([])
      expect(await unit.redate(noon + day, noon, 9)).toBe(5)
      expect(await unit.redate(noon + day, noon, 9)).toBe(0)
      expect(await unit.wantedMedia(noon, 9)).toHaveLength(1)
    })
    expect(await old(t, noon + 1)).toEqual(['k'])
    for (const what of ['sent', 'raws', 'inbox'] as const) {
      expect(await forgetAll(t, what, noon + 1)).toBe(1)
    }
    expect(await forgetAll(t, 'messages', noon + 1)).toBe(2)
  })
}
