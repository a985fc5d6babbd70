import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { part, rangeOf } from '../../../adapters/web/range.ts'

describe('a range', () => {
  it.each([
    ['bytes=0-', { from: 0, to: 99 }],
    ['bytes=0-1', { from: 0, to: 1 }],
    ['bytes=99-200', { from: 99, to: 99 }],
    ['bytes=-10', { from: 90, to: 99 }],
    ['bytes=-200', { from: 0, to: 99 }],
    ['bytes=100-', 'outside'],
    ['bytes=-0', 'outside'],
    ['bytes=5-4', undefined],
    ['bytes=-', undefined],
    ['bytes=0-1,3-4', undefined],
    ['lines=0-1', undefined],
    ['bytes=0x1-2', undefined],
    [`bytes=${'9'.repeat(40)}-`, undefined],
    [undefined, undefined],
  ])('of %s', (header, range) => {
    expect(rangeOf(header, 100)).toEqual(range)
  })

  it('gives just those bytes, however the stream is cut', async () => {
    const bytes = Uint8Array.from({ length: 100 }, (_, at) => at)
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })
    const ends = fc.tuple(fc.nat(99), fc.nat(99))
    await fc.assert(
      fc.asyncProperty(cuts, ends, async (sizes, [one, other]) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)]
        const seen = await new Response(part(streamOf(bytes, sizes), from, to)).bytes()
        expect(Buffer.from(seen)).toEqual(Buffer.from(bytes.slice(from, to + 1)))
      }),
    )
  })

  it('lets go of what it reads once it has its bytes, and when nobody wants more', async () => {
    for (const leaves of [false, true]) {
      let cancelled = 0
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(10)),
        cancel: () => void cancelled++,
      })
      const wanted = part(endless, 5, leaves ? 1e9 : 25)
      if (leaves) await wanted.cancel()
      else expect((await new Response(wanted).bytes()).length).toBe(21)
      expect(cancelled).toBe(1)
    }
  })
})

function streamOf(bytes: Uint8Array, sizes: readonly number[]): ReadableStream<Uint8Array> {
  let at = 0
  let turn = 0
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close()
      const size = sizes[turn++ % sizes.length] ?? 1
      controller.enqueue(bytes.slice(at, at + size))
      at += size
    },
  })
}
