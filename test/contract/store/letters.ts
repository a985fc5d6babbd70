import { expect } from 'vitest'
import { portalId, sendLine } from '../../../src/core/ids.ts'
import type { Change } from '../../../src/ports/archive.ts'
import type { DeadLetter } from '../../../src/ports/store.ts'
import type { StoreCase, StoreHarness } from '../store.ts'
import {
  chatOf,
  claim,
  hikers,
  hub,
  linChat,
  lost,
  message,
  mine,
  nobody,
  noon,
  own,
  post,
  readyNames,
  receipt,
  refused,
  send,
  toHub,
  toWeChat,
} from './samples.ts'

const nameOf = ({ job }: DeadLetter) => job.message.split('/').at(-1)
const names = (letters: readonly DeadLetter[]) => letters.map(nameOf)

/** Buries the next of a lane. */
async function bury(t: StoreHarness, state: 'dead' | 'unknown', lane = toWeChat): Promise<number> {
  const lease = await own(t.store, lane)
  const { seq } = await claim(t.store, lease, t.clock.now() + 1_000)
  await t.store.unit((unit) => unit.bury(lease, seq, state, lost))
  return seq
}

export function letterCases(test: StoreCase): void {
  test('what is held waits outside its line until a person lets it go', async (t) => {
    const hold = () =>
      t.store.unit((unit) =>
        unit.hold(toWeChat, send('a'), noon, { ...refused, reason: 'tooOften' }),
      )
    const changes: Change[] = []
    await t.store.unit((unit) => unit.saveMessage(mine('a')))
    t.archive.watch((change) => changes.push(change))
    expect(await hold()).toBe(true)
    expect(await hold()).toBe(false)
    expect(changes).toHaveLength(1)
    expect(await t.store.unit((unit) => unit.enqueue(toWeChat, send('a'), noon))).toBe(false)
    await t.store.unit((unit) => unit.enqueue(toWeChat, send('b'), noon))
    const lease = await own(t.store, toWeChat)
    expect(await readyNames(t.store, lease)).toEqual(['b'])
    expect(await t.archive.depth()).toEqual({ queued: 1, dead: 1 })

    const [letter] = await t.archive.deadLetters(9)
    expect(letter).toEqual({
      seq: expect.any(Number),
      lane: toWeChat,
      state: 'held',
      since: noon,
      failure: { ...refused, reason: 'tooOften' },
      job: send('a'),
      message: mine('a'),
    })
    expect(await t.archive.message(mine('a').id)).toMatchObject({
      delivery: 'held',
      resend: letter?.seq,
    })
    await t.reopen()
    const next = await own(t.store, toWeChat, 'next')
    expect(await t.store.unit((unit) => unit.requeue(letter!.seq, noon + 50))).toBe(true)
    for (const name of ['b', 'a']) {
      const item = await claim(t.store, next, t.clock.now() + 1_000)
      expect(item.job).toEqual(send(name))
      if (name === 'a') expect(item).toMatchObject({ since: noon + 50, attempt: 0 })
      await t.store.unit((unit) => unit.deliver(next, item.seq, receipt(`id-${name}`)))
    }
    expect(await t.archive.deadLetters(9)).toEqual([])
  })

  test('what is held can be taken back, or dropped', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.enqueue(toWeChat, send('first'), noon)
      for (const name of ['a', 'b']) await unit.hold(toWeChat, send(name), noon, refused)
    })
    const lease = await own(t.store, toWeChat)
    await claim(t.store, lease)
    await t.store.unit(async (unit) => {
      expect(await unit.withdraw(send('a').key)).toBe(true)
      const [left] = await unit.deadLetters(9)
      expect(await unit.drop(left!.seq)).toBe(true)
      expect(await unit.drop(left!.seq)).toBe(false)
      expect(await unit.deadLetters(9)).toEqual([])
      // Who is under way stays so.
      expect(await unit.nextDue(lease, nobody)).toBeUndefined()
      expect(await unit.uncertain(lease)).toHaveLength(1)
      expect(await unit.depth()).toEqual({ queued: 1, dead: 0 })
    })
  })

  test('what was given up is listed latest first, page by page, with what it was', async (t) => {
    await t.store.unit(async (unit) => {
      for (const name of ['a', 'b', 'c']) await unit.saveMessage(mine(name))
      for (const name of ['a', 'b', 'c', 'waiting']) await unit.enqueue(toWeChat, send(name), noon)
      await unit.hold(toWeChat, send('held'), noon, refused)
    })
    const dead = await bury(t, 'dead')
    await bury(t, 'unknown')
    await bury(t, 'dead')
    await t.reopen()
    const all = await t.archive.deadLetters(9)
    expect(names(all)).toEqual(['held', 'c', 'b', 'a'])
    expect(all.map(({ state }) => state)).toEqual(['held', 'dead', 'unknown', 'dead'])
    expect(all[3]).toEqual({
      seq: dead,
      lane: toWeChat,
      state: 'dead',
      since: noon,
      failure: lost,
      job: send('a'),
      message: { ...mine('a'), aliases: [send('a').clientId] },
    })
    expect(all[0]).not.toHaveProperty('message')
    expect(names(await t.archive.deadLetters(2))).toEqual(['held', 'c'])
    expect(names(await t.archive.deadLetters(2, all[1]!.seq))).toEqual(['b', 'a'])
    await t.store.unit(async (unit) => {
      expect(names(await unit.deadLetters(2, { oldest: true }))).toEqual(['a', 'b'])
      expect(names(await unit.deadLetters(9, { message: mine('b').id }))).toEqual(['b'])
      expect(await unit.deadLetters(9, { message: mine('waiting').id })).toEqual([])
      expect(await unit.deadLetter(dead)).toEqual(all[3])
      expect(await unit.deadLetter(987_654)).toBeUndefined()
      const waiting = await unit.lastWaiting(toWeChat, send('waiting').portal)
      expect(await unit.deadLetter(waiting!.seq)).toBeUndefined()
      expect(await unit.drop(waiting!.seq)).toBe(false)
    })
  })

  test('a text that was given up in many parts is in memory once for all of them', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveMessage(mine('long'))
      for (const part of [0, 1, 2]) {
        await unit.hold(toWeChat, send('long', { part }), noon, refused)
      }
    })
    const [first, ...rest] = await t.archive.deadLetters(9)
    expect(first?.message).toEqual(mine('long'))
    expect(rest.map((letter) => letter.message === first?.message)).toEqual([true, true])
  })

  test('a taking-back that was given up names what it was to take back', async (t) => {
    const body = { kind: 'recall', target: mine('said').id, part: 0 } as const
    await t.store.unit(async (unit) => {
      await unit.saveMessage(mine('said'))
      await unit.saveMessage(mine('redaction'))
      await unit.enqueue(toWeChat, send('redaction', { body }), noon)
    })
    await bury(t, 'dead')
    expect((await t.archive.deadLetters(1))[0]?.message).toEqual(mine('said'))
  })

  test('dropping forgets it, and tells whoever shows it', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveMessage(mine('a'))
      await unit.enqueue(toWeChat, send('a'), noon)
    })
    const seq = await bury(t, 'dead')
    const changes: Change[] = []
    t.archive.watch((change) => changes.push(change))
    expect(await t.store.unit((unit) => unit.drop(seq))).toBe(true)
    expect(changes).toEqual([{ type: 'message', chat: linChat.id, message: mine('a').id }])
    expect(await t.archive.message(mine('a').id)).not.toHaveProperty('resend')
    await t.store.unit(async (unit) => {
      expect(await unit.knows(send('a').key)).toBe(false)
      expect(await unit.requeue(seq, noon)).toBe(false)
    })
  })

  const line = (name: string, chat: string) => {
    const { id } = chatOf(chat)
    return send(name, { chat: id, portal: sendLine(id) })
  }

  test('of one chat it is what goes to WeChat there, and what comes to its rooms', async (t) => {
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, hikers])
      await unit.portalOf(linChat.id, hub, () => portalId('lin-room'))
      await unit.portalOf(hikers.id, hub, () => portalId('hikers-room'))
      await unit.hold(toWeChat, line('sent', 'lin'), noon, refused)
      await unit.hold(toHub, { ...post('posted'), portal: portalId('lin-room') }, noon, refused)
      await unit.hold(toWeChat, line('other', 'hikers'), noon, refused)
      await unit.hold(toHub, { ...post('others'), portal: portalId('hikers-room') }, noon, refused)
      const of = async (more = {}) =>
        names(await unit.deadLetters(9, { chat: linChat.id, ...more }))
      expect(await of()).toEqual(['posted', 'sent'])
      expect(await of({ oldest: true })).toEqual(['sent', 'posted'])
      expect(await of({ message: message('sent').id })).toEqual(['sent'])
      expect(await of({ message: message('other').id })).toEqual([])
      const [latest] = await unit.deadLetters(1, { chat: linChat.id })
      expect(await of({ before: latest!.seq })).toEqual(['sent'])
    })
  })

  test('of a merged chat everything is its successor’s: held, given up, chosen and spent', async (t) => {
    const old = chatOf('old')
    await t.store.unit(async (unit) => {
      await unit.saveChats([linChat, old])
      await unit.portalOf(old.id, hub, () => portalId('old-room'))
      await unit.portalOf(linChat.id, hub, () => portalId('lin-room'))
      await unit.hold(toHub, { ...post('posted'), portal: portalId('old-room') }, noon, refused)
      for (const name of ['flying', 'next']) await unit.enqueue(toWeChat, line(name, 'old'), noon)
      await unit.hold(toWeChat, line('held', 'old'), noon, refused)
    })
    const lease = await own(t.store, toWeChat)
    const flying = await claim(t.store, lease)
    await t.store.unit((unit) => unit.mergeChats(old.id, linChat.id))
    await t.store.unit((unit) => unit.bury(lease, flying.seq, 'unknown', lost))
    for (const chat of [old.id, linChat.id]) {
      const all = await t.store.unit((unit) => unit.deadLetters(9, { chat }))
      expect(names(all)).toEqual(['held', 'flying', 'posted'])
      const here = { chat: linChat.id, portal: sendLine(linChat.id) }
      expect(all.map(({ job }) => job)).toMatchObject([here, here, {}])
    }
    await t.store.unit(async (unit) => {
      const spent = [{ at: noon + 1_000, chat: linChat.id, media: false }]
      expect(await unit.spent(toWeChat, noon)).toEqual(spent)
      const [held] = await unit.deadLetters(1)
      expect(await unit.requeue(held!.seq, noon)).toBe(true)
      expect(await unit.waiting(toWeChat, sendLine(linChat.id), 9)).toBe(2)
      expect(await unit.lines(toWeChat, 9, 9)).toEqual([{ portal: sendLine(linChat.id), count: 2 }])
    })
  })
}
