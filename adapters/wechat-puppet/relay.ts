import type { MessagePort } from 'node:worker_threads'
import type { Bytes } from '../../src/ports/outlet.ts'

// Bytes from one thread to another, one chunk at a time: the next is only read when it is asked for.

type Asked = 'pull' | 'cancel'
type Told = { readonly chunk: Uint8Array } | { readonly done: true } | { readonly failed: string }

const chunkBytes = 65_536

/** Gives a stream to whoever holds the other end of the port. Resolves when there is nothing more to give. */
export function serve(port: MessagePort, stream: Bytes): Promise<void> {
  const reader = stream.getReader()
  const over = Promise.withResolvers<void>()
  let rest = new Uint8Array()
  const tell = (told: Told) => port.postMessage(told)
  const next = async () => {
    while (rest.length === 0) {
      const { done, value } = await reader.read()
      if (done) {
        tell({ done: true })
        over.resolve()
        return
      }
      rest = new Uint8Array(value)
    }
    tell({ chunk: rest.slice(0, chunkBytes) })
    rest = rest.subarray(chunkBytes)
  }
  const drop = () => {
    reader.cancel().catch(() => undefined)
    over.resolve()
  }
  port.on('message', (asked: Asked) => {
    if (asked === 'cancel') return drop()
    next().catch((thrown: unknown) => {
      tell({ failed: thrown instanceof Error ? thrown.message : 'the stream broke' })
      over.resolve()
    })
  })
  port.on('close', drop)
  return over.promise.finally(() => port.close())
}

/** The stream that comes through a port. It errors when the other end goes away before its end. */
export function receive(port: MessagePort): Bytes {
  let open = true
  let wait: PromiseWithResolvers<void> | undefined
  let control: ReadableStreamDefaultController<Uint8Array> | undefined
  const settle = (end: () => void, last: boolean) => {
    if (!open) return
    if (last) open = false
    end()
    wait?.resolve()
    wait = undefined
    if (last) port.close()
  }
  port.on('message', (told: Told) => {
    if ('chunk' in told) settle(() => control?.enqueue(told.chunk), false)
    else if ('done' in told) settle(() => control?.close(), true)
    else settle(() => control?.error(new Error(told.failed)), true)
  })
  port.on('close', () => {
    settle(() => control?.error(new Error('the other side went away')), true)
  })
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        control = controller
      },
      pull: () => {
        wait = Promise.withResolvers()
        port.postMessage('pull' satisfies Asked)
        return wait.promise
      },
      cancel: () => {
        if (!open) return
        open = false
        port.postMessage('cancel' satisfies Asked)
        wait?.resolve()
        setImmediate(() => port.close())
      },
    },
    { highWaterMark: 0 },
  )
}
