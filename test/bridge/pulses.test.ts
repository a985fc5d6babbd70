import { expect, test } from 'vitest'
import { createPulses } from '../../src/bridge/pulses.ts'
import { BridgeError, type Code } from '../../src/core/errors.ts'
import { hubId } from '../../src/core/ids.ts'
import { memoryLog } from '../support/ports.ts'
import { virtualClock } from './virtual.ts'

const id = hubId('matrix')
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
const failed = (code: Code) => new BridgeError('Nobody.', { code, heal: 'retry', certain: true })

function world(answers: (signal: AbortSignal) => Promise<void>) {
  const clock = virtualClock()
  const log = memoryLog()
  const pulses = createPulses({ clock, log })
  const stop = new AbortController()
  const asked: number[] = []
  const over = pulses.run(
    {
      id,
      answers(signal) {
        asked.push(clock.passed)
        return answers(signal)
      },
    },
    stop.signal,
  )
  return {
    log,
    asked,
    isThere: () => pulses.isThere(id),
    pass: (ms: number) => clock.pass(ms, settled),
    async stop() {
      stop.abort(new Error('over'))
      await over
    },
  }
}

test('a hub that does not answer twice in a row is away until it answers', async () => {
  let fails: Code | undefined
  const { pass, isThere, asked, log, stop } = world(async () => {
    if (fails) throw failed(fails)
  })
  await pass(60_000)
  expect(asked).toEqual([30_000, 60_000])
  fails = 'network'
  await pass(30_000)
  expect(isThere()).toBe(true)
  await pass(5_000)
  expect(isThere()).toBe(false)
  await pass(60_000)
  // Soon, once it is away.
  expect(asked.length).toBe(3 + 1 + 12)
  fails = undefined
  await pass(5_000)
  expect(isThere()).toBe(true)
  expect(log.lines.map((line) => line.split(' {')[0])).toEqual([
    'warn the hub does not answer; what is for it waits',
    'info the hub answers again',
  ])
  await stop()
})

test('one question in vain is nothing, and neither is any answer that refuses', async () => {
  const codes: (Code | undefined)[] = ['server', undefined, 'timeout', undefined]
  const { pass, isThere, asked, stop } = world(async () => {
    const code = codes.length > 0 ? codes.shift() : 'refused'
    if (code) throw failed(code)
  })
  for (let time = 0; time < 100; time++) {
    await pass(5_000)
    expect(isThere()).toBe(true)
  }
  expect(asked.length).toBeGreaterThan(10)
  await stop()
})

test('a question that is never answered ends, and is no answer', async () => {
  const ended: unknown[] = []
  const { pass, isThere, stop } = world(
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          ended.push(signal.reason)
          reject(signal.reason)
        })
      }),
  )
  await pass(40_000)
  expect(ended).toHaveLength(1)
  expect(isThere()).toBe(true)
  await pass(15_000)
  expect(isThere()).toBe(false)
  await stop()
  // Who asks no more knows nothing.
  expect(isThere()).toBe(true)
})

test('a fault in the adapter is not taken for a hub that is away; a hub without a question is there', async () => {
  const { pass, isThere, stop } = world(() => {
    throw new TypeError('a fault')
  })
  await pass(120_000)
  expect(isThere()).toBe(true)
  await stop()
  const pulses = createPulses({ clock: virtualClock(), log: memoryLog() })
  expect(pulses.run({ id }, new AbortController().signal)).toBeUndefined()
  expect(pulses.isThere(id)).toBe(true)
})
