import type { FileHandle } from 'node:fs/promises'
import type { ByteRange } from '../../src/ports/media.ts'
import type { Bytes } from '../../src/ports/outlet.ts'
import { toDiskError } from './errors.ts'
import { wentBy } from './garbage.ts'

/** How much is read at once. */
const chunkBytes = 65_536

/**
 * A file as a stream, or a range of it: read as fast as it is taken, never more than one chunk ahead. Closes the file
 * at the end, on an error, and when it is cancelled. Fails when the file ends before `size`.
 */
export function streamOf(file: FileHandle, range: ByteRange | undefined, size: number): Bytes {
  let at = range?.from ?? 0
  const end = Math.min(range ? range.to + 1 : size, size)
  const close = () => file.close().catch(() => undefined)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const length = Math.min(chunkBytes, end - at)
          if (length > 0) {
            const { bytesRead, buffer } = await file.read(
              Buffer.allocUnsafeSlow(length),
              0,
              length,
              at,
            )
            if (bytesRead === 0) throw new Error('the file was cut')
            at += bytesRead
            wentBy(bytesRead)
            controller.enqueue(buffer.subarray(0, bytesRead))
          }
          if (at < end) return
          await close()
          controller.close()
        } catch (thrown) {
          await close()
          controller.error(toDiskError(thrown))
        }
      },
      async cancel() {
        await close()
      },
    },
    { highWaterMark: 0 },
  )
}
