import { expect, test } from 'vitest'
import { createGathering } from '../../../adapters/matrix/gathering.ts'
import type { Clock } from '../../../src/ports/clock.ts'

const owns = (user: string) => user.startsWith('@wechat_')
const ghost = { sender: '@wechat_1:localhost' }
const alice = { sender: '@alice:localhost' }
const many = Array.from({ length: 50 }, () => ghost)

/** A clock in which no time passes unless it is told to. */
function stopped() {
  const sleeping: { readonly ms: number; readonly wake: () => void }[] = []
  let now = 0
  const clock: Clock = {
    now: () => now,
    steady: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleeping.push({ ms, wake: resolve })
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
  }
  const pass = (ms: number) => {
    now += ms
  }
  return { clock, sleeping, pass }
}

/** For how long each of these transactions is kept waiting, so many milliseconds after the one before. */
async function waits(everyMs: number, transactions: readonly (readonly unknown[])[]) {
  const { clock, sleeping, pass } = stopped()
  const gather = createGathering(owns, clock, new AbortController().signal)
  const found: number[] = []
  for (const events of transactions) {
    const before = sleeping.length
    const waiting = gather(events)
    const slept = sleeping.length > before ? sleeping.at(-1) : undefined
    found.push(slept?.ms ?? 0)
    slept?.wake()
    await waiting
    pass(everyMs)
  }
  return found
}

test('a transaction of our own posts waits, so that the homeserver gathers what we say meanwhile', async () => {
  const { clock, sleeping } = stopped()
  const gather = createGathering(owns, clock, new AbortController().signal)
  let isOver = false
  const waiting = gather([ghost, ghost]).then(() => {
    isOver = true
  })
  await Promise.resolve()
  expect([isOver, sleeping.length]).toEqual([false, 1])
  sleeping[0]?.wake()
  await waiting
})

test('it waits the longer the more we said lately, but never long enough that a person would notice', async () => {
  expect(await waits(100, [[ghost], [ghost], [ghost, ghost], many, many])).toEqual([
    0, 40, 120, 400, 400,
  ])
})

test('while we say little it is answered at once, whatever we said before', async () => {
  expect(await waits(1_000, [many, [ghost], [ghost]])).toEqual([400, 0, 0])
})

test.each([
  ['somebody else', [...many, alice]],
  ['nobody', []],
  ['nobody who is named', [{}, null, 7]],
])('what %s says is answered at once', async (_, events) => {
  expect(await waits(10, [many, events])).toEqual([400, 0])
})

test('a stop ends the waiting', async () => {
  const { clock } = stopped()
  const stopping = new AbortController()
  const waiting = createGathering(owns, clock, stopping.signal)(many)
  stopping.abort(new Error('enough'))
  await waiting
})
