import { expect, test } from 'vitest'
import { createPace } from '../../src/bridge/pace.ts'
import { realClock } from '../support/ports.ts'
import { settled } from './pump-items.ts'
import { virtualClock } from './virtual.ts'

const turn = (bucket: string) => ({ bucket, media: false, isOpen: () => true })
const quick = { count: 1000, perMs: 10 }

test('what still waits when the lane stops is never begun, and nobody waits for it', async () => {
  const pace = createPace({ concurrency: 1, lane: quick, bucket: quick }, realClock)
  const stop = new AbortController()
  const hold = Promise.withResolvers<void>()
  const first = Promise.withResolvers<void>()
  const done: string[] = []
  const begun = pace.run(turn('a'), stop.signal, async () => {
    first.resolve()
    await hold.promise
    done.push('begun')
  })
  const waiting = pace.run(turn('b'), stop.signal, async () => void done.push('waiting'))
  await first.promise
  stop.abort()
  await waiting
  hold.resolve()
  await begun
  // Behind both in the lane: when it has run, the one between had its chance.
  await pace.run(turn('c'), new AbortController().signal, async () => void done.push('later'))
  expect(done).toEqual(['begun', 'later'])
})

test('in no window more begins than the lane and the bucket allow, whatever the clock is set to', async () => {
  const clock = virtualClock()
  const rate = {
    concurrency: 3,
    lane: { count: 5, perMs: 1_000 },
    bucket: { count: 2, perMs: 4_000 },
  }
  const pace = createPace(rate, clock)
  const begun: { readonly at: number; readonly bucket: string }[] = []
  const { signal } = new AbortController()
  const all = Array.from({ length: 40 }, async (_, n) => {
    const bucket = `b${n % 4}`
    await pace.run(turn(bucket), signal, async () => {
      begun.push({ at: clock.steady(), bucket })
      await clock.sleep(100 + 37 * (n % 5), signal)
    })
  })
  await clock.pass(1_500, settled)
  clock.set(-31_536_000_000)
  await clock.pass(30_000, settled)
  await Promise.all(all)
  const most = (list: readonly { readonly at: number }[], ms: number) =>
    Math.max(...list.map(({ at }) => list.filter((one) => one.at >= at && one.at < at + ms).length))
  expect(begun).toHaveLength(40)
  expect(most(begun, 1_000)).toBeLessThanOrEqual(5)
  for (const bucket of ['b0', 'b1', 'b2', 'b3']) {
    expect(
      most(
        begun.filter((one) => one.bucket === bucket),
        4_000,
      ),
    ).toBe(2)
  }
  // And not slower than that.
  expect(begun.at(-1)?.at).toBeLessThan(17_500)
})

test('what waits for the same room at the same moment does not all get it', async () => {
  const clock = virtualClock()
  const pace = createPace({ concurrency: 4, lane: { count: 1, perMs: 1_000 } }, clock)
  const { signal } = new AbortController()
  const begun: number[] = []
  const all = ['a', 'b', 'c', 'd'].map((bucket) =>
    pace.run(turn(bucket), signal, async () => void begun.push(clock.steady())),
  )
  await clock.pass(5_000, settled)
  await Promise.all(all)
  expect(begun).toEqual([0, 1_000, 2_000, 3_000])
})

test('a bucket that waited long for the lane is not forgotten for it', async () => {
  const clock = virtualClock()
  const pace = createPace({ concurrency: 1, bucket: { count: 1, perMs: 10_000 } }, clock)
  const { signal } = new AbortController()
  const begun: number[] = []
  const begin = async () => void begun.push(clock.steady())
  const hold = Promise.withResolvers<void>()
  const long = pace.run(turn('long'), signal, () => hold.promise)
  await settled()
  const first = pace.run(turn('a'), signal, begin)
  await clock.pass(20_000, settled)
  hold.resolve()
  await Promise.all([long, first])
  for (let n = 0; n < 600; n++) await pace.run(turn(`${n}`), signal, async () => undefined)
  const second = pace.run(turn('a'), signal, begin)
  await clock.pass(20_000, settled)
  await second
  expect(begun).toEqual([20_000, 30_000])
})

test('a bucket keeps to all of its rates, and each bucket to its own', async () => {
  const clock = virtualClock()
  const buckets = (name: string) => [
    { count: 1, perMs: 1_000 },
    ...(name.startsWith('-') ? [{ count: 5, perMs: 60_000 }] : []),
  ]
  const pace = createPace({ concurrency: 8, buckets }, clock)
  const { signal } = new AbortController()
  const begun = new Map<string, number[]>([
    ['-group', []],
    ['friend', []],
  ])
  const all = [...begun.keys()].flatMap((bucket) =>
    Array.from({ length: 12 }, () =>
      pace.run(turn(bucket), signal, async () => void begun.get(bucket)?.push(clock.steady())),
    ),
  )
  await clock.pass(130_000, settled)
  await Promise.all(all)
  expect(begun.get('friend')).toEqual(Array.from({ length: 12 }, (_, n) => n * 1_000))
  const seconds = begun.get('-group')?.map((at) => at / 1_000)
  expect(seconds).toEqual([0, 1, 2, 3, 4, 60, 61, 62, 63, 64, 120, 121])
})

test('in a long window a slow answer counts from when it came, and in a short one from its beginning', async () => {
  for (const [perMs, times] of [
    [60_000, [0, 60_300, 120_600]],
    [1_000, [0, 1_000, 2_000]],
  ] as const) {
    const clock = virtualClock()
    const pace = createPace({ concurrency: 8, bucket: { count: 1, perMs } }, clock)
    const { signal } = new AbortController()
    const begun: number[] = []
    const all = [0, 1, 2].map(() =>
      pace.run(turn('a'), signal, async () => {
        begun.push(clock.steady())
        await clock.sleep(300, signal)
      }),
    )
    await clock.pass(130_000, settled)
    await Promise.all(all)
    expect(begun).toEqual(times)
  }
})

test('a paused bucket waits, also for what stands in it already, and others go on', async () => {
  const clock = virtualClock()
  const pace = createPace({ concurrency: 8, bucket: { count: 1, perMs: 1_000 } }, clock)
  const { signal } = new AbortController()
  const begun: string[] = []
  const go = (bucket: string) =>
    pace.run(turn(bucket), signal, async () => {
      begun.push(`${bucket} ${clock.steady()}`)
      if (begun.length === 1) pace.pause?.('a', 7_000)
    })
  const all = [go('a'), go('a'), go('b'), go('b')]
  await clock.pass(20_000, settled)
  await Promise.all(all)
  expect(begun).toEqual(['a 0', 'b 0', 'b 1000', 'a 7000'])
})
