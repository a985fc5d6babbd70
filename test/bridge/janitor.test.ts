import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { hubId, hubLane, portalId, postKey } from '../../src/core/ids.ts'
import type { MediaRef, Message } from '../../src/core/message.ts'
import type { Job } from '../../src/core/post.ts'
import type { Store } from '../../src/ports/store.ts'
import { message as sample } from '../core/samples.ts'
import { until } from '../support/until.ts'
import {
  day,
  hour,
  type JanitorOptions,
  janitorWorld,
  minute,
  picture,
  sha256,
} from './janitor-world.ts'

type World = Awaited<ReturnType<typeof janitorWorld>>
let t: World
const open = async (options?: JanitorOptions) => {
  t = await janitorWorld(options)
  return t
}
afterEach(() => t.close())

const lane = hubLane(hubId('matrix'))

function postOf(message: Message, media?: MediaRef): Job {
  const portal = portalId(`portal-${message.id}`)
  return {
    type: 'post',
    key: postKey(message.id, portal, 0),
    portal,
    message: message.id,
    part: 0,
    at: message.at,
    speaker: { type: 'bridge' },
    body: media ? { kind: 'media', media } : { kind: 'text', text: [{ text: 'x' }] },
  }
}

const left = async (...names: string[]) => {
  const found = await t.database.store.unit((unit) =>
    Promise.all(names.map((name) => unit.message(sample(name).id))),
  )
  return names.filter((_, i) => found[i])
}

test('messages are kept as long as they are to be, and so is the memory of what came', async () => {
  await open({ retention: { messagesMs: 9 * day } })
  await t.hear('a')
  t.clock.pass(8 * day)
  await t.hear('b')
  expect(await t.round()).toMatchObject({ messages: 0, raws: 1, inbox: 0 })
  expect(await left('a', 'b')).toEqual(['a', 'b'])
  t.clock.pass(1 * day + minute)
  await t.hear('c')
  expect(await t.round()).toMatchObject({ messages: 1, raws: 0 })
  expect(await left('a', 'b', 'c')).toEqual(['b', 'c'])
  const again = (name: string) =>
    t.database.store.unit((unit) => unit.accept('wechat', name, 'raw', t.clock.now()))
  expect(await again('a')).toBe(false)
  t.clock.pass(52 * day)
  await t.hear('d')
  expect(await t.round()).toMatchObject({ inbox: 1 })
  expect(await again('b')).toBe(false)
  expect(await again('a')).toBe(true)
})

test('without limits messages and media stay for good', async () => {
  await open()
  await t.hear('a')
  await t.keep('one')
  t.clock.pass(4_000 * day)
  await t.hear('b')
  await t.round()
  expect(await left('a', 'b')).toEqual(['a', 'b'])
  expect(await t.has('one')).toEqual([true, true])
})

test('what a delivery still needs stays, however old it is', async () => {
  await open({ retention: { messagesMs: day, mediaMs: hour } })
  const { store } = t.database
  const media = await t.keep('carried')
  await t.keep('free')
  for (const name of ['queued', 'dead', 'sent', 'none']) {
    const message = await t.hear(name)
    if (name === 'none') continue
    const carried = name === 'dead' ? media : undefined
    await store.unit((unit) => unit.enqueue(lane, postOf(message, carried), t.clock.now()))
  }
  const lease = await store.take(lane, 'me', 15_000)
  if (!lease) throw new Error('no lease')
  for (const item of await store.unit((u) => u.ready(lease, t.clock.now(), 9, new Set()))) {
    if (item.job.message.endsWith('queued')) continue
    await store.unit(async (unit) => {
      await unit.markSending(lease, item.seq, t.clock.now())
      if (item.job.message.endsWith('sent')) {
        await unit.deliver(lease, item.seq, { ids: ['$x'], at: t.clock.now() })
      } else {
        const failure = { code: 'refused', heal: 'never', certain: true } as const
        await unit.bury(lease, item.seq, 'dead', failure)
      }
    })
  }
  t.clock.pass(29 * day)
  await t.hear('now')
  expect(await t.round()).toMatchObject({ messages: 2, media: 1, sent: 0 })
  expect(await left('queued', 'dead', 'sent', 'none', 'now')).toEqual(['queued', 'dead', 'now'])
  expect(await t.has('carried')).toEqual([true, true])
  expect(await t.has('free')).toEqual([false, false])
  t.clock.pass(2 * day)
  await t.hear('later')
  expect(await t.round()).toMatchObject({ sent: 1 })
  expect(await t.database.archive.depth()).toMatchObject({ queued: 1, dead: 1 })
})

test('nothing younger than ten minutes goes, whatever the limits say', async () => {
  await open({ retention: { messagesMs: 0, mediaMs: 0, mediaBytes: 0 } })
  await t.hear('a')
  await t.keep('one')
  for (const wait of [0, 5 * minute, 5 * minute]) {
    t.clock.pass(wait)
    await t.round()
    expect(await left('a')).toEqual(['a'])
    expect(await t.has('one')).toEqual([true, true])
  }
  await t.hear('b')
  t.clock.pass(1)
  await t.hear('c')
  await t.round()
  expect(await left('a', 'b', 'c')).toEqual(['b', 'c'])
  expect(await t.has('one')).toEqual([false, false])
})

test('a clock that jumps to 2038 makes nothing old, and what it dated ages when it is back', async () => {
  await open({ retention: { messagesMs: 7 * day, mediaMs: day } })
  const now = t.clock.now()
  const far = Date.UTC(2038, 0, 19)
  await t.hear('before')
  await t.keep('before')
  t.clock.set(far)
  // Senders' clocks are right.
  await t.hear('during', { at: now })
  await t.keep('during')
  await t.round()
  await t.crash()
  await t.round()
  t.clock.pass(hour)
  await t.round()
  expect(await left('before', 'during')).toEqual(['before', 'during'])
  expect(await t.has('before')).toEqual([true, true])

  t.clock.set(now + hour)
  await t.hear('after')
  await t.round()
  expect(await left('before', 'during', 'after')).toEqual(['before', 'during', 'after'])
  t.clock.pass(8 * day)
  await t.hear('last')
  await t.round()
  expect(await left('before', 'during', 'after', 'last')).toEqual(['last'])
  expect(await t.has('during')).toEqual([false, false])
})

test('a clock that was behind and is set right makes nothing old', async () => {
  await open({ retention: { messagesMs: hour, mediaMs: hour, mediaBytes: 1 } })
  const real = t.clock.now()
  t.clock.set(real - 3 * hour)
  await t.crash()
  await t.hear('a', { at: real })
  await t.keep('one')
  t.clock.pass(minute)
  t.clock.set(real + minute)
  await t.hear('b')
  await t.round()
  expect(await left('a', 'b')).toEqual(['a', 'b'])
  expect(await t.has('one')).toEqual([true, true])
  t.clock.pass(2 * hour)
  await t.hear('c')
  await t.round()
  expect(await left('a', 'b', 'c')).toEqual(['c'])
  expect(await t.has('one')).toEqual([false, false])
})

test('beyond the limit the oldest media goes, pictures of people last', async () => {
  await open({ retention: { mediaBytes: 2_500 } })
  const bytes = (fill: string) => Buffer.alloc(1_000, fill)
  const face = picture('face')
  t.source.set(face.id, bytes('f'))
  await t.database.store.unit((unit) => unit.wantMedia(face, t.clock.now(), 'profile'))
  await (await t.media.open(face)).stream.cancel()
  for (const name of ['a', 'b']) {
    t.clock.pass(minute)
    await t.keep(name, bytes(name))
  }
  // The same bytes under another id take no more room.
  await t.keep('b2', bytes('b'))
  t.clock.pass(11 * minute)
  await t.hear('x')
  expect(await t.round()).toMatchObject({ media: 1 })
  const all = async () => {
    const names = ['face', 'a', 'b', 'b2']
    const has = await Promise.all(names.map((name) => t.has(name)))
    return names.filter((_, i) => has[i]?.[0] && has[i]?.[1])
  }
  expect(await all()).toEqual(['face', 'b', 'b2'])
  expect(t.mediaStore.size()).toBe(2_000)
})

test('the oldest go on going until there is little enough, also where others have the same bytes', async () => {
  await open({ retention: { mediaBytes: 2_500 } })
  const bytes = (fill: string) => Buffer.alloc(1_000, fill)
  for (const [i, fill] of [...'aabcd'].entries()) {
    t.clock.pass(minute)
    await t.keep(`f${i}`, bytes(fill))
  }
  t.clock.pass(11 * minute)
  await t.hear('x')
  expect(await t.round()).toMatchObject({ media: 3 })
  expect(t.mediaStore.size()).toBe(2_000)
  expect(await t.has('f3')).toEqual([true, true])
})

test('when nothing may go, what is large is relayed without being kept, and that is counted', async () => {
  await open({ retention: { mediaBytes: 10_000, keepUnder: 100 } })
  const big = (fill: string) => Buffer.alloc(6_000, fill)
  await t.round()
  await t.keep('one', big('1'))
  // There is too much from here on, but that nothing can be done about it is not known yet.
  await t.keep('two', big('2'))
  await t.round()
  expect(t.space.state()).toEqual({ passed: 0, full: true, failing: false })

  const three = picture('three')
  t.source.set(three.id, big('3'))
  for (let i = 0; i < 2; i++) expect(await t.read(three)).toBe(sha256(big('3')))
  expect(await t.has('three')).toEqual([false, false])
  expect(t.space.state()).toEqual({ passed: 1, full: true, failing: false })
  expect(t.log.text()).toContain('media was relayed without being kept')
  await t.keep('small')
  expect(await t.has('small')).toEqual([true, true])

  t.clock.pass(11 * minute)
  await t.hear('x')
  await t.round()
  expect(t.space.state().full).toBe(false)
  expect(await t.read(three)).toBe(sha256(big('3')))
  expect(await t.has('three')).toEqual([true, true])
})

test('what was pruned is fetched again for a delivery that wants it, and can be asked for', async () => {
  await open({ retention: { mediaMs: hour } })
  const media = await t.keep('one')
  t.clock.pass(2 * hour)
  await t.hear('x')
  await t.round()
  expect(await t.has('one')).toEqual([false, false])
  t.asked.length = 0
  expect(await t.read(media)).toBe(sha256(Buffer.from('one')))
  expect(t.asked).toEqual([media.id])
  expect(await t.has('one')).toEqual([true, true])
  t.clock.pass(2 * hour)
  await t.hear('y')
  await t.round()
  const { store } = t.database
  expect(await store.unit((unit) => unit.wantAgain(media.id, t.clock.now()))).toBe(true)
})

test('a crash between a file and its row loses track of neither', async () => {
  let crash = true
  await open({
    retention: { mediaMs: hour },
    trace(point) {
      if (point === 'forgetting' && crash) throw new Error('crash')
    },
  })
  await t.keep('one')
  t.clock.pass(2 * hour)
  await t.hear('x')
  await expect(t.round()).rejects.toThrow('crash')
  expect(await t.has('one')).toEqual([true, false])
  crash = false
  await t.crash()
  await t.round()
  expect(await t.has('one')).toEqual([false, false])
})

test('bytes that a crash kept the store from knowing are known again, without being fetched', async () => {
  let crash = true
  await open({
    retention: { mediaMs: hour },
    trace(point) {
      if (point === 'afterMedia' && crash) throw new Error('crash')
    },
  })
  await expect(t.keep('wanted')).rejects.toThrow('crash')
  await expect(t.media.open({ ...picture('unasked') })).rejects.toThrow()
  t.source.set(picture('unasked').id, Buffer.from('unasked'))
  await expect(t.media.open(picture('unasked'))).rejects.toThrow('crash')
  for (const name of ['wanted', 'unasked']) expect(await t.has(name)).toEqual([false, true])
  crash = false
  await t.crash()
  t.asked.length = 0
  void t.media.run(t.signal)
  await until(async () => (await t.has('wanted'))[0], 'what was wanted is known')
  // Nobody asks for the other: the janitor finds it.
  await t.round()
  expect(await t.has('unasked')).toEqual([true, true])
  expect(t.asked).toEqual([])
  t.clock.pass(2 * hour)
  await t.hear('x')
  await t.round()
  expect(await t.has('unasked')).toEqual([false, false])
  expect(t.mediaStore.size()).toBe(0)
})

test('it works in small slices, and lets others go first after each', async () => {
  const order: string[] = []
  let events: string[] | undefined
  await open({
    retention: { messagesMs: hour, mediaMs: hour },
    store: (store): Store => ({
      ...store,
      unit(work) {
        events?.push('unit')
        return store.unit(work)
      },
    }),
  })
  for (let i = 0; i < 250; i++) await t.hear(`m${i}`)
  for (let i = 0; i < 45; i++) await t.keep(`f${i}`)
  t.clock.pass(8 * day)
  await t.hear('now')
  events = order
  const sleep = t.clock.sleep
  t.clock.sleep = async (ms, signal) => {
    expect(ms).toBeGreaterThanOrEqual(50)
    order.push('pause')
    await sleep(ms, signal)
  }
  expect(await t.round()).toMatchObject({ messages: 250, raws: 250, media: 45 })
  const units = order.filter((event) => event === 'unit').length
  expect(units).toBeGreaterThan(10)
  // Never two of them without a pause between.
  const pairs = order.filter((event, i) => event === 'unit' && order[i + 1] === 'unit').length
  expect(pairs).toBe(0)
})

test('a store that fails is tried again at the next round', async () => {
  let broken = true
  await open({
    retention: { messagesMs: hour },
    store: (store): Store => ({
      ...store,
      unit: (work) => (broken ? Promise.reject(new Error('disk I/O')) : store.unit(work)),
    }),
  })
  await t.hear('a')
  t.clock.pass(2 * hour)
  await t.hear('b')
  const sleep = t.clock.sleep
  t.clock.sleep = async (ms, signal) => {
    await sleep(ms, signal)
    t.clock.pass(ms)
  }
  void t.janitor.run(t.signal)
  await until(() => t.log.text().includes('pruning has to wait'), 'a round that failed')
  broken = false
  await until(async () => (await left('a')).length === 0, 'a round that worked')
  expect(await left('b')).toEqual(['b'])
})

test('what is asked for while others have their turn is not pruned under their hands', async () => {
  let found = false
  const store = (real: Store): Store => ({
    ...real,
    unit: (work) =>
      real.unit((unit) =>
        work({
          ...unit,
          async oldMedia(...asked) {
            const old = await unit.oldMedia(...asked)
            found ||= old.media.length > 0
            return old
          },
        }),
      ),
  })
  await open({ store, retention: { mediaMs: day } })
  const said = await t.hear('a')
  const media = await t.keep('one')
  t.clock.pass(2 * day)
  await t.hear('b')
  let asked = false
  const { sleep } = t.clock
  t.clock.sleep = async (ms, signal) => {
    if (found && !asked && (await t.has('one'))[1]) {
      asked = true
      await t.database.store.unit((unit) => unit.enqueue(lane, postOf(said, media), t.clock.now()))
    }
    return sleep(ms, signal)
  }
  await t.round()
  expect(found).toBe(true)
  expect((await t.has('one'))[1]).toBe(asked)
})

test('bytes that the disk lost are fetched and kept again, once', async () => {
  await open()
  const media = await t.keep('one')
  await rm(join(t.mediaDir, 'bytes'), { recursive: true })
  expect(await t.has('one')).toEqual([true, false])
  t.asked.length = 0
  for (let n = 0; n < 3; n++) expect(await t.read(media)).toBe(sha256(Buffer.from('one')))
  expect(t.asked).toEqual([media.id])
  expect(await t.has('one')).toEqual([true, true])
})
