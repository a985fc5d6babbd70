import { expect } from 'vitest'
import { hubId } from '../../../src/core/ids.ts'
import type { StoreCase } from '../store.ts'
import {
  account,
  claim,
  event,
  first,
  hub,
  linChat,
  lost,
  message,
  mine,
  nobody,
  noon,
  own,
  portalNamed,
  post,
  readyNames,
  receipt,
  refused,
  send,
  toHub,
  toWeChat,
} from './samples.ts'

export function outboxCases(test: StoreCase): void {
  test('a key is enqueued once, whatever became of it', async (t) => {
    const enqueue = () => t.store.unit((unit) => unit.enqueue(toHub, post('a'), noon))
    expect(await enqueue()).toBe(true)
    expect(await enqueue()).toBe(false)
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease)
    await t.store.unit((unit) => unit.deliver(lease, seq, receipt('$a')))
    expect(await enqueue()).toBe(false)
    await t.reopen()
    expect(await enqueue()).toBe(false)
    expect(await t.archive.depth()).toEqual({ queued: 0, dead: 0 })
  })

  test('an item carries its job, its age and its attempts', async (t) => {
    await t.store.unit((unit) => unit.enqueue(toHub, post('a'), noon))
    const lease = await own(t.store)
    const fresh = await t.store.unit((unit) => first(unit, lease))
    expect(fresh).toEqual({
      seq: expect.any(Number),
      lane: toHub,
      portal: post('a').portal,
      job: post('a'),
      attempt: 0,
      since: noon,
      revision: 0,
    })
    const { seq } = await claim(t.store, lease, noon + 7)
    await t.store.unit((unit) => unit.retry(lease, seq, noon + 9, lost))
    const again = await t.store.unit((unit) => first(unit, lease))
    expect(again).toEqual({ ...fresh, attempt: 1, doubtful: true, sendingSince: noon + 7 })
  })

  test('portals take turns, earliest due first, each with its oldest item', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.enqueue(toHub, post('a', 'one'), noon + 2)
      await unit.enqueue(toHub, post('b', 'one'), noon + 3)
      await unit.enqueue(toHub, post('c', 'two'), noon + 1)
      await unit.enqueue(toHub, post('d', 'three'), noon + 9)
      await unit.enqueue(toWeChat, send('e'), noon)
    })
    const lease = await own(t.store)
    expect(await readyNames(t.store, lease, noon + 5)).toEqual(['c', 'a'])
    expect(await readyNames(t.store, lease, noon)).toEqual([])
    const ask = (limit: number, ...busy: string[]) =>
      t.store.unit(async (unit) => {
        const set = new Set(busy.map(portalNamed))
        const items = await unit.ready(lease, noon + 9, limit, set)
        return {
          names: items.map((item) => item.job.message.at(-1)),
          due: await unit.nextDue(lease, set),
        }
      })
    expect(await ask(1)).toEqual({ names: ['c'], due: noon + 1 })
    expect(await ask(1, 'two')).toEqual({ names: ['a'], due: noon + 2 })
    expect(await ask(9, 'one', 'two')).toEqual({ names: ['d'], due: noon + 9 })
    expect(await ask(9, 'one', 'two', 'three')).toEqual({ names: [], due: undefined })
  })

  test('a portal has one item in flight, also after a crash', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.enqueue(toHub, post('a'), noon)
      await unit.enqueue(toHub, post('b'), noon)
    })
    const item = await claim(t.store, await own(t.store))
    await t.reopen()
    const lease = await own(t.store)
    await t.store.unit((unit) => unit.enqueue(toHub, post('c'), noon))
    expect(await readyNames(t.store, lease)).toEqual([])
    const left = await t.store.unit((unit) => unit.uncertain(lease))
    expect(left).toEqual([{ ...item, attempt: 1, sendingSince: noon + 1_000 }])
    await t.store.unit(async (unit) => {
      expect(await unit.nextDue(lease, nobody)).toBeUndefined()
      await unit.deliver(lease, item.seq, receipt('$a'))
      expect(await unit.uncertain(lease)).toEqual([])
    })
    expect(await readyNames(t.store, lease, t.clock.now())).toEqual(['b'])
  })

  test('sending out of turn, or what is no longer waiting, is refused', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.enqueue(toHub, post('a'), noon)
      await unit.enqueue(toHub, post('b'), noon)
    })
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease)
    const mark = (which: number) => t.store.unit((unit) => unit.markSending(lease, which, noon))
    await expect(mark(seq + 1)).rejects.toMatchObject({ failure: { code: 'bug' } })
    await expect(mark(seq)).rejects.toMatchObject({ failure: { code: 'bug' } })
    await t.store.unit((unit) => unit.settle(post('a').key, receipt('$a')))
    await expect(mark(seq)).rejects.toMatchObject({ failure: { code: 'gone', heal: 'never' } })
    expect(await readyNames(t.store, lease, t.clock.now())).toEqual(['b'])
  })

  test('a delivered post is joined to its event and passes the turn on at once', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveMessage(message('a'))
      for (const job of [post('a'), post('a', 'one', 1)]) await unit.enqueue(toHub, job, noon)
    })
    const lease = await own(t.store)
    const woken: string[] = []
    t.store.onWork((lane) => woken.push(lane))
    t.clock.set(noon + 2_000)
    const item = await claim(t.store, lease)
    await t.store.unit((unit) => unit.deliver(lease, item.seq, receipt('$a', '$a2')))
    await t.store.unit((unit) => unit.deliver(lease, item.seq, receipt('$other')))
    expect(woken).toEqual([toHub])
    await t.store.unit(async (unit) => {
      expect(await unit.nextDue(lease, nobody)).toBe(noon + 2_000)
      expect(await unit.eventOf(message('a').id, hub)).toBe('$a')
      expect(await unit.messageAt(hub, event('$a2'))).toEqual(message('a'))
      expect(await unit.messageAt(hub, event('$other'))).toBeUndefined()
      expect(await unit.eventOf(message('a').id, hubId('web'))).toBeUndefined()
      expect(await unit.sentReceipt(message('a').id, 0)).toBeUndefined()
    })
  })

  test('a delivered send gives its message the names WeChat has for it', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveMessage(mine('a'))
      await unit.enqueue(toWeChat, send('a'), noon)
      await unit.enqueue(toWeChat, send('a', { part: 1 }), noon)
    })
    const lease = await own(t.store, toWeChat)
    for (const ids of [['msg-1', 'new-1'], ['msg-2']]) {
      const { seq } = await claim(t.store, lease, t.clock.now() + 1_000)
      await t.store.unit((unit) => unit.deliver(lease, seq, receipt(...ids)))
    }
    await t.reopen()
    await t.store.unit(async (unit) => {
      expect(await unit.sentReceipt(mine('a').id, 0)).toEqual(receipt('msg-1', 'new-1'))
      expect(await unit.sentReceipt(mine('a').id, 1)).toEqual(receipt('msg-2'))
      expect(await unit.sentReceipt(mine('a').id, 2)).toBeUndefined()
      const names = ['msg-1', 'new-1', 'msg-2', 'client-a-0', 'client-a-1']
      for (const name of names) {
        expect((await unit.messageBy(account, [name], linChat.id))?.id).toBe(mine('a').id)
      }
      expect((await unit.message(mine('a').id))?.aliases.toSorted()).toEqual(names.toSorted())
    })
  })

  test('WeChat may know a send by its clientId as soon as sending begins', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveMessage(mine('a'))
      await unit.enqueue(toWeChat, send('a'), noon)
    })
    await claim(t.store, await own(t.store, toWeChat))
    const found = await t.store.unit((unit) => unit.messageBy(account, ['client-a-0'], linChat.id))
    expect(found?.id).toBe(mine('a').id)
  })

  test('taking a message back leaves the receipt and the names of its send alone', async (t) => {
    const back = send('a', {
      key: send('back').key,
      clientId: 'client-back',
      body: { kind: 'recall', target: mine('a').id, part: 0 },
    })
    await t.store.unit(async (unit) => {
      await unit.saveMessage(mine('a'))
      await unit.enqueue(toWeChat, send('a'), noon)
      await unit.enqueue(toWeChat, back, noon)
    })
    const lease = await own(t.store, toWeChat)
    for (const id of ['msg-1', 'msg-2']) {
      const { seq } = await claim(t.store, lease, t.clock.now() + 1_000)
      await t.store.unit((unit) => unit.deliver(lease, seq, receipt(id)))
    }
    await t.store.unit(async (unit) => {
      expect(await unit.sentReceipt(mine('a').id, 0)).toEqual(receipt('msg-1'))
      expect((await unit.message(mine('a').id))?.aliases).toEqual(['client-a-0', 'msg-1'])
      expect(await unit.messageBy(account, ['msg-2', 'client-back'], linChat.id)).toBeUndefined()
    })
  })

  test('a retry waits for its time and holds up its own portal only', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.enqueue(toHub, post('a', 'one'), noon)
      await unit.enqueue(toHub, post('b', 'one'), noon)
      await unit.enqueue(toHub, post('c', 'two'), noon + 5)
    })
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease, noon)
    await t.store.unit((unit) => unit.retry(lease, seq, noon + 60_000, lost))
    expect(await readyNames(t.store, lease, noon + 59_999)).toEqual(['c'])
    expect(await readyNames(t.store, lease, noon + 60_000)).toEqual(['c', 'a'])
  })

  test('a try that failed before sending began waits and counts like any other', async (t) => {
    await t.store.unit((unit) => unit.enqueue(toHub, post('a'), noon))
    const lease = await own(t.store)
    const item = await t.store.unit((unit) => first(unit, lease))
    await t.store.unit((unit) => unit.retry(lease, item!.seq, noon + 60_000, lost))
    expect(await readyNames(t.store, lease, noon + 59_999)).toEqual([])
    const again = await t.store.unit((unit) => first(unit, lease, noon + 60_000))
    expect(again).toEqual({ ...item, attempt: 1, doubtful: true })
    await t.store.unit((unit) => unit.bury(lease, item!.seq, 'dead', refused))
    expect(await t.archive.depth()).toEqual({ queued: 0, dead: 1 })
  })

  test('a failed try of one item frees nothing while another of its portal is in flight', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.enqueue(toHub, post('a'), noon)
      await unit.enqueue(toHub, post('b'), noon)
    })
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease)
    await t.store.unit((unit) => unit.retry(lease, seq + 1, noon, lost))
    expect(await readyNames(t.store, lease)).toEqual([])
    await t.store.unit((unit) => unit.retry(lease, seq, noon, lost))
    expect(await readyNames(t.store, lease)).toEqual(['a'])
  })

  test('what was settled meanwhile is neither retried nor buried', async (t) => {
    await t.store.unit((unit) => unit.enqueue(toHub, post('a'), noon))
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease)
    await t.store.unit(async (unit) => {
      await unit.settle(post('a').key, receipt('$a'))
      await unit.retry(lease, seq, noon, lost)
      await unit.bury(lease, seq, 'dead', refused)
    })
    expect(await readyNames(t.store, lease, t.clock.now())).toEqual([])
    expect(await t.archive.depth()).toEqual({ queued: 0, dead: 0 })
  })

  test('burying passes the turn on; a requeued item goes to the end of the line as a new one', async (t) => {
    await t.store.unit(async (unit) => {
      for (const name of ['a', 'b', 'c']) await unit.enqueue(toWeChat, send(name), noon)
    })
    const lease = await own(t.store, toWeChat)
    const now = t.clock.now() + 1_000
    const dead = await claim(t.store, lease, now)
    await t.store.unit((unit) => unit.bury(lease, dead.seq, 'dead', refused))
    const unknown = await claim(t.store, lease, now)
    await t.store.unit((unit) => unit.bury(lease, unknown.seq, 'unknown', lost))
    expect(await t.archive.depth()).toEqual({ queued: 1, dead: 2 })
    expect(await readyNames(t.store, lease, now)).toEqual(['c'])

    await t.store.unit(async (unit) => {
      expect(await unit.requeue(unknown.seq, noon + 500)).toBe(true)
      expect(await unit.requeue(dead.seq, noon + 600)).toBe(true)
      expect(await unit.requeue(dead.seq, noon + 600)).toBe(false)
      expect(await unit.requeue(987_654, noon)).toBe(false)
    })
    const sent = []
    for (let i = 0; i < 3; i++) {
      const item = await claim(t.store, lease, now)
      await t.store.unit((unit) => unit.deliver(lease, item.seq, receipt(`id-${i}`)))
      sent.push(item)
    }
    expect(sent.map(({ job }) => job)).toEqual([send('c'), send('b'), send('a')])
    expect(sent[2]).toMatchObject({ attempt: 0, since: noon + 600 })
    expect(sent[2]!.seq).toBeGreaterThan(sent[0]!.seq)
    expect(await t.archive.depth()).toEqual({ queued: 0, dead: 0 })
  })

  test('what has not gone out can be withdrawn, and the line goes on; what may have gone cannot', async (t) => {
    await t.store.unit(async (unit) => {
      for (const name of ['a', 'b', 'c', 'd']) await unit.enqueue(toWeChat, send(name), noon)
    })
    const withdraw = (name: string) => t.store.unit((unit) => unit.withdraw(send(name).key))
    const lease = await own(t.store, toWeChat)
    const now = t.clock.now() + 1_000
    const sending = await claim(t.store, lease, now)
    expect(await withdraw('a')).toBe(false)
    expect(await withdraw('b')).toBe(true)
    expect(await withdraw('b')).toBe(false)
    await t.store.unit((unit) => unit.deliver(lease, sending.seq, receipt('id-a')))
    expect(await withdraw('a')).toBe(false)
    expect(await readyNames(t.store, lease, now)).toEqual(['c'])
    const dead = await claim(t.store, lease, now)
    await t.store.unit((unit) => unit.bury(lease, dead.seq, 'dead', refused))
    expect(await withdraw('c')).toBe(true)
    const doubtful = await claim(t.store, lease, now)
    await t.store.unit((unit) => unit.bury(lease, doubtful.seq, 'unknown', lost))
    expect(await withdraw('d')).toBe(false)
    const knows = (name: string) => t.store.unit((unit) => unit.knows(send(name).key))
    expect(await Promise.all(['a', 'b', 'c', 'd'].map(knows))).toEqual([true, false, false, true])
    expect(await t.archive.depth()).toEqual({ queued: 0, dead: 1 })
  })

  test('a withdrawn head of the line lets the next one go at once', async (t) => {
    await t.store.unit(async (unit) => {
      for (const name of ['a', 'b']) await unit.enqueue(toWeChat, send(name), noon)
    })
    const lease = await own(t.store, toWeChat)
    const { seq } = await claim(t.store, lease)
    await t.store.unit((unit) => unit.retry(lease, seq, t.clock.now() + 60_000, lost))
    await t.store.unit((unit) => unit.withdraw(send('a').key))
    expect(await readyNames(t.store, lease, t.clock.now())).toEqual(['b'])
  })

  test('a requeued item wakes a lane that had nothing left to do', async (t) => {
    await t.store.unit((unit) => unit.enqueue(toHub, post('a'), noon))
    const lease = await own(t.store)
    const { seq } = await claim(t.store, lease)
    await t.store.unit((unit) => unit.bury(lease, seq, 'dead', refused))
    const woken: string[] = []
    t.store.onWork((lane) => woken.push(lane))
    await t.store.unit((unit) => unit.requeue(seq, noon + 9))
    expect(woken).toEqual([toHub])
    expect(await readyNames(t.store, lease, noon + 9)).toEqual(['a'])
  })
}
