import { afterEach, expect, test } from 'vitest'
import { noticing, watched } from '../../src/bridge/watchdog.ts'
import type { Failure } from '../../src/core/errors.ts'
import { flowing } from './pump-flow.ts'
import { hour, minute, settled } from './pump-items.ts'
import { openPumpWorld, type PumpWorld } from './pump-world.ts'
import { virtualClock } from './virtual.ts'

const second = 1_000
const patience = { stuckMs: minute, what: 'testing' }
const timeout: Failure = { code: 'timeout', heal: 'retry', certain: false }

let world: PumpWorld | undefined
afterEach(() => world?.close())

/** Watches one piece of work; `end` is what came of it. */
function watching(work: Parameters<typeof watched<string>>[3]) {
  const clock = virtualClock()
  const stop = new AbortController()
  const late: string[] = []
  let end: unknown
  watched(clock, patience, stop.signal, work, (value) => late.push(value)).then(
    (value) => {
      end = value
    },
    (error: unknown) => {
      end = error
    },
  )
  const pass = (ms: number) => clock.pass(ms, settled)
  return { clock, stop, late, pass, end: () => end }
}

test('what ends is not held up, and nothing is aborted afterwards', async () => {
  let signal: AbortSignal | undefined
  const it = watching(async (given) => {
    signal = given
    return 'done'
  })
  await it.pass(0)
  expect(it.end()).toBe('done')
  await it.pass(hour)
  expect(signal?.aborted).toBe(false)
  expect(it.clock.next()).toBeUndefined()
})

test('what does nothing is aborted; what then ends by itself says how', async () => {
  const it = watching(
    (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('x')))),
  )
  await it.pass(minute - 1)
  expect(it.end()).toBeUndefined()
  await it.pass(1)
  expect(it.end()).toMatchObject({ failure: timeout })
})

test('what ignores that too is abandoned, and heard should it end after all', async () => {
  const work = Promise.withResolvers<string>()
  const it = watching(() => work.promise)
  await it.pass(minute + 9 * second)
  expect(it.end()).toBeUndefined()
  await it.pass(second)
  expect(it.end()).toMatchObject({ failure: timeout })
  work.resolve('late')
  await settled()
  expect(it.late).toEqual(['late'])
})

test('as long as something moves it goes on', async () => {
  let move: () => void = () => undefined
  const work = Promise.withResolvers<string>()
  const it = watching((_signal, progress) => {
    move = progress
    return work.promise
  })
  for (let n = 0; n < 10; n++) {
    await it.pass(50 * second)
    move()
  }
  work.resolve('done')
  await it.pass(0)
  expect([it.end(), it.late]).toEqual(['done', []])
})

test('when the bridge stops, what ignores it is waited for only a moment', async () => {
  const it = watching(() => new Promise(() => undefined))
  await it.pass(second)
  it.stop.abort(new Error('stop'))
  await it.pass(2 * second)
  expect(it.end()).toMatchObject({ failure: timeout })
  expect(it.clock.next()).toBeUndefined()
})

test('bytes that flow are progress; all of them come, and giving up reaches their source', async () => {
  let moves = 0
  let cancelled: unknown
  const source = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(10))
        if (moves > 20) controller.close()
      },
      cancel(reason) {
        cancelled = reason
      },
    })
  const open = noticing(
    async () => ({ stream: source(), mime: 'image/png', bytes: 220 }),
    () => moves++,
  )
  const { stream, ...rest } = await open({} as never)
  expect(rest).toEqual({ mime: 'image/png', bytes: 220 })
  expect(moves).toBe(1)
  let bytes = 0
  for await (const chunk of stream) bytes += chunk.length
  expect(bytes).toBeGreaterThan(200)
  expect(moves).toBeGreaterThan(20)
  moves = 0
  const again = await open({} as never)
  await again.stream.cancel('enough')
  expect(cancelled).toBe('enough')
})

test('a send that hangs for ever holds up neither its line nor the others, and is asked about', async () => {
  world = await openPumpWorld('wechat', 1, ['lostUnknown'])
  world.setObeys(false)
  await world.enqueue(0, false)
  await world.enqueue(0, false)
  await world.enqueue(1, false)
  expect(world.open()).toHaveLength(1)
  await world.pass(5 * minute + 10 * second)
  world.setObeys(true)
  await flowing(world, 10 * minute)
  expect([...world.entries.values()].map(({ end, arrived }) => end ?? arrived)).toEqual([
    'unknown',
    1,
    1,
  ])
  // Long after, its answer comes.
  world.tries[0]?.resolve({ ids: ['late'], at: 1 })
  await settled()
  expect(await world.store.unit((unit) => unit.depth())).toEqual({ queued: 0, dead: 0 })
  expect(world.tries).toHaveLength(3)
})

test('an answer that comes while proof is waited for settles it, and nobody is asked', async () => {
  world = await openPumpWorld('wechat', 1, ['doneUnknown'])
  world.setObeys(false)
  await world.enqueue(0, false)
  await world.pass(5 * minute + 15 * second)
  world.tries[0]?.resolve({ ids: ['late'], at: 1 })
  await world.pass(5 * minute)
  expect([...world.entries.values()][0]?.end).toBeUndefined()
  expect(await world.store.unit((unit) => unit.depth())).toEqual({ queued: 0, dead: 0 })
})

test.each(['address', 'find'] as const)('%s that hangs is given up, too', async (what) => {
  let hangs = true
  world = await openPumpWorld('hub', 1, ['absent'], {
    route: {
      async address(job) {
        if (hangs && what === 'address') await new Promise(() => undefined)
        return job
      },
    },
  })
  if (what === 'find') {
    const { outlet } = world.route()
    const { find } = outlet
    outlet.find = (job, since, signal) =>
      hangs ? new Promise(() => undefined) : find(job, since, signal)
  }
  await world.enqueue(0, false)
  if (what === 'find') await world.answer('uncertain')
  await world.pass(5 * minute)
  expect(world.tries).toHaveLength(what === 'find' ? 1 : 0)
  hangs = false
  await flowing(world, 20 * minute)
  expect([...world.entries.values()][0]?.arrived).toBe(1)
})

test('the bridge stops although a send hangs; it is settled at the next start', async () => {
  world = await openPumpWorld('wechat', 1, ['present'])
  world.setObeys(false)
  await world.enqueue(0, false)
  let stopped = false
  void world.stop().then(() => {
    stopped = true
  })
  await world.pass(5 * second)
  expect(stopped).toBe(false)
  await world.pass(2 * second)
  expect(stopped).toBe(true)
  await world.restart()
  await world.pass(minute)
  expect(await world.store.unit((unit) => unit.depth())).toEqual({ queued: 0, dead: 0 })
  expect(world.tries).toHaveLength(1)
})
