import type { Bytes } from '../../src/ports/outlet.ts'

/** Which bytes, both ends counted. */
export interface Range {
  readonly from: number
  readonly to: number
}

/**
 * What a `Range` header asks of `size` bytes (RFC 9110 §14). Undefined: all of it, also for what is not understood
 * and for several ranges at once, which a server may pass over.
 */
export function rangeOf(header: string | undefined, size: number): Range | 'outside' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (!first && !last) return undefined
  if (!first) {
    const length = Math.min(Number(last), size)
    return length > 0 ? { from: size - length, to: size - 1 } : 'outside'
  }
  const from = Number(first)
  const to = last ? Math.min(Number(last), size - 1) : size - 1
  if (last && Number(last) < from) return undefined
  return from < size ? { from, to } : 'outside'
}

/** The part of a stream from one byte to another, both counted. What comes before is read and dropped. */
export function part(stream: Bytes, from: number, to: number): Bytes {
  const reader = stream.getReader()
  let at = 0
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read()
          if (done) return controller.close()
          const start = at
          at += value.byteLength
          const wanted = value.subarray(Math.max(0, from - start), Math.max(0, to + 1 - start))
          if (wanted.byteLength) controller.enqueue(wanted)
          if (at > to) {
            controller.close()
            return reader.cancel()
          }
          if (wanted.byteLength) return
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}
