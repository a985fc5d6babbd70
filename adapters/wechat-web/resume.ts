import { WireFault } from './fault.ts'
import type { Transfer } from './transfer.ts'

export interface Resume {
  /** The size it must have in the end, in bytes, where known. */
  readonly size: number | undefined
  /** Asks for it anew from this byte on; undefined where that part is not given. */
  reopen(from: number): Promise<Transfer | undefined>
  pause(ms: number): Promise<void>
  /** Waits before the tries to go on after one break; progress starts them anew. */
  readonly pauses: readonly number[]
  failed(thrown: unknown): Error
}

/** However often it breaks, this often it goes on. */
const maxBreaks = 50

/**
 * The bytes of a transfer, as fast as they are read and never more held than one chunk. Where the server serves
 * parts, it goes on after a break from the byte where it broke (protocol §6.3); else the stream fails.
 */
export function streamOf(first: Transfer, how: Resume): ReadableStream<Uint8Array> {
  let transfer = first
  let seen = 0
  let breaks = 0
  let tries = 0

  return new ReadableStream<Uint8Array>({
    start: (controller) => hand(controller, first.head),
    async pull(controller) {
      try {
        const chunk = await next()
        if (chunk) hand(controller, chunk)
        else controller.close()
      } catch (thrown) {
        transfer.body.destroy()
        controller.error(how.failed(thrown))
      }
    },
    cancel() {
      transfer.body.destroy()
    },
  })

  function hand(controller: ReadableStreamDefaultController<Uint8Array>, chunk: Uint8Array): void {
    seen += chunk.length
    controller.enqueue(chunk)
  }

  async function next(): Promise<Uint8Array | undefined> {
    for (;;) {
      try {
        const read = await transfer.rest.next()
        const over = how.size !== undefined && seen + (read.value?.length ?? 0) > how.size
        if (over) throw new WireFault('garbage', 'download')
        if (!read.done) {
          tries = 0
          return read.value
        }
        if (how.size === undefined || seen === how.size) return undefined
        throw new WireFault('cut', 'download')
      } catch (thrown) {
        const fault =
          thrown instanceof WireFault ? thrown : new WireFault('cut', 'download', { cause: thrown })
        const head = fault.kind === 'cut' && transfer.parts ? await goOn(fault) : undefined
        if (!head) throw fault
        return head
      }
    }
  }

  /** The bytes after the break. Throws the break itself when there is no way on. */
  async function goOn(broken: WireFault): Promise<Uint8Array> {
    transfer.body.destroy()
    for (;;) {
      const pause = how.pauses[tries]
      if (pause === undefined || breaks >= maxBreaks) throw broken
      tries += 1
      breaks += 1
      await how.pause(pause)
      const again = await how.reopen(seen).catch((thrown: unknown) => {
        if (thrown instanceof WireFault) return undefined
        throw thrown
      })
      if (!again) continue
      if (again.total === first.total) {
        transfer = again
        return again.head
      }
      // It is not the same any more: its parts would not fit together.
      again.body.destroy()
      throw broken
    }
  }
}
