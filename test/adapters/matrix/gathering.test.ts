import { expect, test } from 'vitest'
import { createGathering } from '../../../adapters/matrix/gathering.ts'
import type { Clock } from '../../../src/ports/clock.ts'

const owns = (user: string) => user.startsWith('@wechat_')
const ghost = { sender: '@wechat_1:localhost' }
const alice = { sender: '@alice:localhost' }

/** A clock in which no time passes unless it is told to. */
function stopped() {
  const sleeping: (() => void)[] = []
  const clock: Clock = {
    now: () => 0,
    steady: () => 0,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        sleeping.push(resolve)
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
  }
  return { clock, sleeping }
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
  sleeping[0]?.()
  await waiting
})

test.each([
  ['somebody else', [ghost, alice]],
  ['nobody', []],
  ['nobody who is named', [{}, null, 7]],
])('what %s says is answered at once', async (_, events) => {
  const { clock, sleeping } = stopped()
  await createGathering(owns, clock, new AbortController().signal)(events)
  expect(sleeping).toEqual([])
})

test('a stop ends the waiting', async () => {
  const { clock } = stopped()
  const stopping = new AbortController()
  const waiting = createGathering(owns, clock, stopping.signal)([ghost])
  stopping.abort(new Error('enough'))
  await waiting
})
