import { expect, test } from 'vitest'
import { createPace } from '../../src/bridge/pace.ts'

const quick = { count: 1000, perMs: 10 }

test('what still waits when the lane stops is never begun, and nobody waits for it', async () => {
  const pace = createPace({ concurrency: 1, lane: quick, bucket: quick })
  const stop = new AbortController()
  const hold = Promise.withResolvers<void>()
  const done: string[] = []
  const begun = pace.run('a', stop.signal, async () => {
    await hold.promise
    done.push('begun')
  })
  const waiting = pace.run('b', stop.signal, async () => void done.push('waiting'))
  stop.abort()
  await waiting
  hold.resolve()
  await begun
  // Behind both in the lane: when it has run, the one between had its chance.
  await pace.run('c', new AbortController().signal, async () => void done.push('later'))
  expect(done).toEqual(['begun', 'later'])
})
