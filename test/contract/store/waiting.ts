import { expect } from 'vitest'
import type { StoreCase } from '../store.ts'
import {
  claim,
  event,
  first,
  hikers,
  hub,
  linChat,
  lost,
  message,
  nobody,
  noon,
  own,
  picture,
  portalNamed,
  post,
  readyNames,
  receipt,
  refused,
  send,
  toHub,
  toWeChat,
} from './samples.ts'

const one = portalNamed('one')
const held = { ...refused, certain: true }

export function waitingCases(test: StoreCase): void {
  test('the last of a line is the one that waits behind all others', async (t) => {
    const last = () => t.store.unit((unit) => unit.lastWaiting(toHub, one))
    expect(await last()).toBeUndefined()
    await t.store.unit(async (unit) => {
      for (const name of ['a', 'b']) await unit.enqueue(toHub, post(name), noon)
      await unit.enqueue(toHub, post('c', 'two'), noon)
      await unit.hold(toHub, post('d'), noon, held)
    })
    expect((await last())?.job).toEqual(post('b'))
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease)
    expect((await last())?.job).toEqual(post('b'))
    await t.store.unit((unit) => unit.deliver(lease, seq, receipt('$a')))
    t.clock.set(noon + 1_000)
    await claim(t.store, lease)
    expect(await last()).toBeUndefined()
  })

  test('another takes the place in line of one that waits, and is what is delivered', async (t) => {
    await t.store.unit(async (unit) => {
      for (const name of ['a', 'b', 'c']) await unit.enqueue(toHub, post(name), noon)
    })
    const lease = await own(t.store)
    const supersede = (old: string, job = post('x')) =>
      t.store.unit((unit) => unit.supersede(post(old).key, job))
    const stateOf = (name: string) => t.store.unit((unit) => unit.stateOf(post(name).key))
    expect(await supersede('b')).toBe(true)
    expect([await stateOf('b'), await stateOf('x')]).toEqual([undefined, 'queued'])
    // What was claimed of the old one is claimed anew.
    const claimed = await claim(t.store, lease)
    expect(await supersede('a', post('y'))).toBe(false)
    expect(await stateOf('a')).toBe('sending')
    await t.store.unit((unit) => unit.deliver(lease, claimed.seq, receipt('$a')))
    expect(await stateOf('a')).toBe('sent')
    t.clock.set(noon + 1_000)
    const old = (await t.store.unit((unit) => first(unit, lease)))!
    expect(old.job).toEqual(post('x'))
    expect(await supersede('x', post('z'))).toBe(true)
    const mark = t.store.unit((unit) => unit.markSending(lease, old.seq, noon, old.revision))
    await expect(mark).rejects.toMatchObject({ failure: { code: 'gone' } })
    expect((await claim(t.store, lease)).job).toEqual(post('z'))
    // One that is there already, and one of another line, take nobody's place.
    expect(await supersede('c', post('a'))).toBe(false)
    expect(await supersede('c', post('w', 'two'))).toBe(false)
    expect(await supersede('nobody', post('w'))).toBe(false)
    expect(await stateOf('c')).toBe('queued')
  })

  test('what waits can be put in other words; what was claimed of it before is claimed anew', async (t) => {
    await t.store.unit((unit) => unit.enqueue(toHub, post('a'), noon))
    const lease = await own(t.store)
    const old = await t.store.unit((unit) => first(unit, lease))
    const other = { ...post('b'), key: post('a').key, folded: [message('b').id] }
    const amend = () => t.store.unit((unit) => unit.amend(toHub, old!.seq, other))
    expect(await amend()).toBe(true)
    const mark = (revision?: number) =>
      t.store.unit((unit) => unit.markSending(lease, old!.seq, noon, revision))
    const failure = { code: 'gone', heal: 'never', certain: true }
    await expect(mark(old!.revision)).rejects.toMatchObject({ failure })

    const again = await t.store.unit((unit) => first(unit, lease))
    expect(again).toEqual({ ...old, job: other, revision: old!.revision + 1 })
    await mark(again!.revision)
    expect(await amend()).toBe(false)
    await t.reopen()
    const next = await own(t.store, toHub, 'another')
    await t.store.unit(async (unit) => {
      const [left] = await unit.uncertain(next)
      expect(left?.job).toEqual(other)
      await unit.bury(next, old!.seq, 'dead', refused)
      expect(await unit.deadLetters(9, { message: message('b').id })).toHaveLength(1)
      expect(await unit.deadLetters(9, { message: message('a').id })).toEqual([])
    })
  })

  test('nothing but the words of what waits is put in its place', async (t) => {
    await t.store.unit((unit) => unit.enqueue(toHub, post('a'), noon))
    const lease = await own(t.store)
    const { seq } = (await t.store.unit((unit) => first(unit, lease)))!
    const amend = (job = post('a'), lane = toHub) =>
      t.store.unit((unit) => unit.amend(lane, seq, job))
    expect(await amend(post('b'))).toBe(false)
    expect(await amend({ ...post('a'), portal: portalNamed('two') })).toBe(false)
    expect(await amend(post('a'), toWeChat)).toBe(false)
    await claim(t.store, lease)
    await t.store.unit((unit) => unit.bury(lease, seq, 'dead', refused))
    expect(await amend()).toBe(false)
    expect((await t.store.unit((unit) => unit.deadLetter(seq)))?.job).toEqual(post('a'))
  })

  test('a line that waits for its hour goes on when it is hurried', async (t) => {
    await t.store.unit((unit) => unit.enqueue(toHub, post('a'), noon, noon + 60_000))
    const lease = await own(t.store)
    expect(await readyNames(t.store, lease, noon + 59_999)).toEqual([])
    const woken: string[] = []
    t.store.onWork((lane) => woken.push(lane))
    await t.store.unit((unit) => unit.hurry(toHub, portalNamed('two'), noon))
    await t.store.unit((unit) => unit.hurry(toWeChat, one, noon))
    expect(woken).toEqual([])
    await t.store.unit((unit) => unit.hurry(toHub, one, noon))
    expect(woken).toEqual([toHub])
    expect(await readyNames(t.store, lease, noon)).toEqual(['a'])
    // It never makes anything later.
    await t.store.unit((unit) => unit.hurry(toHub, one, noon + 90_000))
    expect(await readyNames(t.store, lease, noon)).toEqual(['a'])
  })

  test('hurrying ends no back-off, and lets nothing overtake what is in flight', async (t) => {
    await t.store.unit(async (unit) => {
      for (const name of ['a', 'b']) await unit.enqueue(toHub, post(name), noon)
    })
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease)
    const hurry = () => t.store.unit((unit) => unit.hurry(toHub, one, noon + 5_000))
    await hurry()
    expect(await readyNames(t.store, lease, noon + 5_000)).toEqual([])
    await t.store.unit((unit) => unit.retry(lease, seq, noon + 60_000, lost))
    await hurry()
    expect(await readyNames(t.store, lease, noon + 59_999)).toEqual([])
    expect(await readyNames(t.store, lease, noon + 60_000)).toEqual(['a'])
  })

  test('what is due in a time that the clock has gone back from comes now', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.enqueue(toHub, post('far', 'far'), noon, noon + 900_000)
      await unit.enqueue(toHub, post('near', 'near'), noon, noon + 10_000)
      await unit.enqueue(toWeChat, send('other'), noon, noon + 900_000)
      await unit.enqueue(toHub, post('flying', 'flying'), noon)
    })
    const lease = await own(t.store)
    await claim(t.store, lease)
    const woken: string[] = []
    t.store.onWork((lane) => woken.push(lane))
    const hasten = () => t.store.unit((unit) => unit.hasten(toHub, noon + 300_000, noon))
    expect(await hasten()).toBe(1)
    expect(woken).toEqual([toHub])
    expect(await hasten()).toBe(0)
    expect(woken).toEqual([toHub])
    expect(await readyNames(t.store, lease, noon)).toEqual(['far'])
    const due = await t.store.unit(async (unit) =>
      unit.nextDue(lease, new Set([portalNamed('far')])),
    )
    expect(due).toBe(noon + 10_000)
  })

  test('lines are told next first, and counted no further than was asked', async (t) => {
    await t.store.unit(async (unit) => {
      for (const name of ['a', 'b', 'c']) await unit.enqueue(toHub, post(name, 'late'), noon + 9)
      for (const name of ['d', 'e']) await unit.enqueue(toHub, post(name, 'soon'), noon)
      await unit.enqueue(toHub, post('f', 'flying'), noon - 1)
      await unit.enqueue(toWeChat, send('g'), noon)
      await unit.hold(toHub, post('h', 'held'), noon, held)
    })
    await claim(t.store, await own(t.store))
    const lines = (limit: number, upTo: number) =>
      t.store.unit(async (unit) =>
        (await unit.lines(toHub, limit, upTo)).map(({ portal, count }) => `${portal} ${count}`),
      )
    expect(await lines(9, 9)).toEqual(['portal-flying 1', 'portal-soon 2', 'portal-late 3'])
    expect(await lines(2, 1)).toEqual(['portal-flying 1', 'portal-soon 1'])
    await t.store.unit(async (unit) => {
      expect(await unit.waiting(toHub, portalNamed('late'), 9)).toBe(3)
      expect(await unit.waiting(toHub, portalNamed('late'), 2)).toBe(2)
      expect(await unit.waiting(toHub, portalNamed('held'), 9)).toBe(0)
    })
  })

  test('each try to send is counted as spent, posts are not', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.enqueue(toWeChat, send('a'), noon)
      const pictured = send('b', { body: { kind: 'media', media: picture('p') }, chat: hikers.id })
      await unit.enqueue(toWeChat, { ...pictured, portal: portalNamed('two') }, noon)
      await unit.enqueue(toHub, post('c'), noon)
    })
    const lease = await own(t.store, toWeChat)
    const { seq } = await claim(t.store, lease, noon + 10)
    await t.store.unit((unit) => unit.retry(lease, seq, noon, lost))
    await claim(t.store, lease, noon + 20)
    await claim(t.store, lease, noon + 30)
    await claim(t.store, await own(t.store), noon + 40)
    await t.reopen()
    const spent = (since: number, lane = toWeChat) =>
      t.store.unit((unit) => unit.spent(lane, since))
    const text = { chat: linChat.id, media: false }
    expect(await spent(noon)).toEqual([
      { at: noon + 10, ...text },
      { at: noon + 20, ...text },
      { at: noon + 30, chat: hikers.id, media: true },
    ])
    expect(await spent(noon + 20)).toHaveLength(2)
    expect(await spent(noon, toHub)).toEqual([])
  })

  test('what was told in one post is answered where it was told', async (t) => {
    const folded = [message('b').id, message('c').id]
    await t.store.unit(async (unit) => {
      for (const name of ['a', 'b', 'c']) await unit.saveMessage(message(name))
      await unit.enqueue(toHub, { ...post('a'), folded: [message('a').id, ...folded] }, noon)
    })
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease)
    await t.store.unit((unit) => unit.deliver(lease, seq, receipt('$told')))
    await t.store.unit(async (unit) => {
      for (const name of ['a', 'b', 'c']) {
        expect(await unit.eventsOf(message(name).id, hub)).toEqual(['$told'])
      }
      expect(await unit.messageAt(hub, event('$told'))).toEqual(message('a'))
    })
  })

  test('a taking-back in a room is nothing that could be answered', async (t) => {
    const redaction = { kind: 'redaction', target: message('said').id } as const
    await t.store.unit(async (unit) => {
      await unit.saveMessage(message('recall'))
      await unit.enqueue(toHub, { ...post('recall'), body: redaction }, noon)
      await unit.enqueue(toHub, post('recall', 'one', 1), noon)
    })
    const lease = await own(t.store)
    for (const id of ['$redaction', '$notice']) {
      const { seq } = await claim(t.store, lease, t.clock.now() + 1_000)
      await t.store.unit((unit) => unit.deliver(lease, seq, receipt(id)))
    }
    await t.store.unit(async (unit) => {
      expect(await unit.eventsOf(message('recall').id, hub)).toEqual(['$notice'])
      expect(await unit.eventOf(message('recall').id, hub)).toBe('$notice')
      expect(await unit.messageAt(hub, event('$redaction'))).toBeUndefined()
      expect(await unit.nextDue(lease, nobody)).toBeUndefined()
    })
  })

  test('how much waits is known lane by lane, whatever happens', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.enqueue(toHub, post('a'), noon + 1)
      await unit.enqueue(toHub, post('b'), noon + 2)
      await unit.enqueue(toWeChat, send('c'), noon + 3)
      await unit.hold(toWeChat, send('d'), noon, held)
    })
    const lease = await own(t.store)
    const lanes = async () =>
      (await t.archive.lanes()).map(({ lane, queued, since }) => [lane, queued, since - noon])
    expect(await lanes()).toEqual([
      [toHub, 2, 1],
      [toWeChat, 1, 3],
    ])
    const { seq } = await claim(t.store, lease)
    expect((await lanes())[0]).toEqual([toHub, 2, 1])
    await t.store.unit((unit) => unit.bury(lease, seq, 'dead', refused))
    expect((await lanes())[0]).toEqual([toHub, 1, 2])
    await t.store.unit((unit) => unit.withdraw(post('b').key))
    expect(await lanes()).toEqual([[toWeChat, 1, 3]])
    expect(await t.archive.depth()).toEqual({ queued: 1, dead: 2 })
    await t.store.unit((unit) => unit.requeue(seq, noon + 7))
    expect((await lanes())[0]).toEqual([toHub, 1, 7])
    await t.store.unit((unit) => unit.settle(post('a').key, receipt('$a')))
    expect(await t.archive.depth()).toEqual({ queued: 1, dead: 1 })
    await t.reopen()
    expect(await lanes()).toEqual([[toWeChat, 1, 3]])
  })
}
