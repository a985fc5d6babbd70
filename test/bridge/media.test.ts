import { afterEach, expect, test } from 'vitest'
import { BridgeError } from '../../src/core/errors.ts'
import { type JanitorOptions, janitorWorld, picture, sha256 } from './janitor-world.ts'

type World = Awaited<ReturnType<typeof janitorWorld>>
let t: World
const open = async (options?: JanitorOptions) => {
  t = await janitorWorld(options)
  return t
}
afterEach(() => t.close())

/** A source that counts what is taken of it; `end` is where it ends by itself. */
function counting(end: number, told?: number) {
  const state = { taken: 0, cancelled: false }
  const opened = () => ({
    mime: 'application/octet-stream',
    ...(told !== undefined && { bytes: told }),
    stream: new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (state.taken >= end) return controller.close()
          state.taken += 1_000
          controller.enqueue(new Uint8Array(1_000))
        },
        cancel() {
          state.cancelled = true
        },
      },
      { highWaterMark: 0 },
    ),
  })
  return { state, opened }
}

const tooLarge = {
  message: expect.stringContaining('It is larger than the bridge relays (4.9 kB).'),
  failure: { code: 'tooLarge', heal: 'never', certain: true },
}

test('what is known to be too large is refused before a byte of it moves', async () => {
  await open({ maxMediaBytes: 5_000 })
  const { state, opened } = counting(1e9, 6_000)
  t.source.set(picture('big').id, opened)
  await expect(t.media.open(picture('big'))).rejects.toMatchObject(tooLarge)
  expect(state).toEqual({ taken: 0, cancelled: true })
})

test('what turns out to be too large is stopped at the limit, and leaves nothing', async () => {
  await open({ maxMediaBytes: 5_000 })
  const { state, opened } = counting(1e9)
  t.source.set(picture('big').id, opened)
  await expect(t.media.open(picture('big'))).rejects.toMatchObject(tooLarge)
  expect(state).toEqual({ taken: 6_000, cancelled: true })
  expect(await t.has('big')).toEqual([false, false])
  expect(t.space.state()).toEqual({ passed: 0, full: false, failing: false })
})

test('what is relayed without being kept is stopped at the limit too', async () => {
  await open({ maxMediaBytes: 5_000, retention: { mediaBytes: 100, keepUnder: 10 } })
  await t.keep('one', Buffer.alloc(90))
  await t.round()
  const { state, opened } = counting(1e9)
  t.source.set(picture('big').id, opened)
  const big = { ...picture('big'), bytes: 200 }
  await expect(t.read(big)).rejects.toMatchObject({ failure: { code: 'tooLarge' } })
  expect(state).toEqual({ taken: 6_000, cancelled: true })
})

test('two who want the same bytes share one transfer', async () => {
  await open()
  const bytes = Buffer.alloc(100_000, 'shared')
  t.source.set(picture('a').id, bytes)
  const read = await Promise.all([1, 2, 3].map(() => t.read(picture('a'))))
  expect(read).toEqual(Array(3).fill(sha256(bytes)))
  expect(t.asked).toHaveLength(1)
})

test('a source that fails midway is not taken for a disk that fails', async () => {
  await open()
  const broken = () => ({
    mime: 'a/b',
    stream: new ReadableStream<Uint8Array>({
      pull(controller) {
        const failure = { code: 'server', heal: 'retry', certain: true } as const
        controller.error(new BridgeError('connection lost', failure))
      },
    }),
  })
  t.source.set(picture('a').id, broken)
  await expect(t.media.open(picture('a'))).rejects.toThrow('connection lost')
  expect(t.space.state()).toEqual({ passed: 0, full: false, failing: false })
  expect(await t.notices()).toEqual([])
})
