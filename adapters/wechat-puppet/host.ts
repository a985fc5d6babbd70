import { MessageChannel, Worker } from 'node:worker_threads'
import type { Bytes } from '../../src/ports/outlet.ts'
import { Trouble } from './fault.ts'
import type { FromHost, HostData, HostFault, ToHost } from './protocol.ts'
import { receive, serve } from './relay.ts'

export interface HostEars {
  event(name: string, payload: unknown): void
  memory(text: string): void
  warn(text: string): void
}

export interface Asked {
  readonly signal?: AbortSignal | undefined
  /** How long the answer is waited for, in milliseconds. */
  readonly ms?: number
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (thrown: unknown) => void
}

const callMs = 30_000
const stopMs = 3_000

/**
 * A puppet in a thread of its own. Wechaty's libraries print what is said, throw where nobody listens and keep timers
 * running: in there they print to nobody and end with the thread.
 */
export class Host {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #started = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<HostFault>()
  readonly #stopped = Promise.withResolvers<void>()
  #next = 0
  #over: HostFault | undefined

  constructor(data: HostData, ears: HostEars, execArgv?: readonly string[]) {
    this.#started.promise.catch(() => undefined)
    this.#worker = new Worker(new URL('./host/entry.ts', import.meta.url), {
      workerData: data,
      env: quietEnv(),
      stdout: true,
      stderr: true,
      ...(execArgv && { execArgv: [...execArgv] }),
    })
    this.#worker.stdout.resume()
    this.#worker.stderr.resume()
    this.#worker.on('message', (told: FromHost) => this.#hear(told, ears))
    this.#worker.on('error', (thrown) =>
      ears.warn(`the thread of the puppet broke (${nameOf(thrown)})`),
    )
    this.#worker.on('exit', () =>
      this.#end({ kind: 'gone', message: 'its thread ended', sent: 'maybe' }),
    )
  }

  /** Resolves when the puppet runs; rejects with a {@link Trouble} when it ended before. */
  get started(): Promise<void> {
    return this.#started.promise
  }

  /** Resolves with the reason once nothing comes from it any more. */
  get ended(): Promise<HostFault> {
    return this.#ended.promise
  }

  get isOver(): boolean {
    return this.#over !== undefined
  }

  /** Throws a {@link Trouble}, or the reason of the signal. */
  call(op: string, args: readonly unknown[], asked: Asked = {}): Promise<unknown> {
    return this.#ask(op, args, asked)
  }

  /** What a call answers, and the bytes that come with it. */
  async open(
    op: string,
    args: readonly unknown[],
    asked: Asked = {},
  ): Promise<{ readonly told: unknown; readonly stream: Bytes }> {
    const { port1, port2 } = new MessageChannel()
    const stream = receive(port1)
    try {
      return { told: await this.#ask(op, args, asked, port2), stream }
    } catch (thrown) {
      await stream.cancel().catch(() => undefined)
      throw thrown
    }
  }

  /** A call that takes bytes. */
  async give(
    op: string,
    args: readonly unknown[],
    stream: Bytes,
    asked: Asked = {},
  ): Promise<unknown> {
    const { port1, port2 } = new MessageChannel()
    const given = serve(port1, stream)
    try {
      return await this.#ask(op, args, asked, port2)
    } finally {
      port1.close()
      await given
    }
  }

  async stop(): Promise<void> {
    if (!this.#over) {
      this.#worker.postMessage({ type: 'stop' } satisfies ToHost)
      const late = setTimeout(() => this.#stopped.resolve(), stopMs)
      await this.#stopped.promise
      clearTimeout(late)
    }
    await this.#worker.terminate()
  }

  #ask(
    op: string,
    args: readonly unknown[],
    { signal, ms = callMs }: Asked,
    port?: MessageChannel['port1'],
  ): Promise<unknown> {
    if (this.#over) return Promise.reject(new Trouble({ ...this.#over, sent: 'no' }))
    if (signal?.aborted) return Promise.reject(signal.reason)
    const id = this.#next++
    const answer = Promise.withResolvers<unknown>()
    this.#waiting.set(id, answer)
    const late = setTimeout(() => {
      answer.reject(new Trouble({ kind: 'late', message: 'no answer in time', sent: 'maybe' }))
    }, ms)
    const stop = () => answer.reject(signal?.reason)
    signal?.addEventListener('abort', stop, { once: true })
    const call: ToHost = { type: 'call', id, op, args, ...(port && { port }) }
    this.#worker.postMessage(call, port ? [port] : [])
    return answer.promise.finally(() => {
      clearTimeout(late)
      signal?.removeEventListener('abort', stop)
      this.#waiting.delete(id)
    })
  }

  #hear(told: FromHost, ears: HostEars): void {
    if (told.type === 'event') ears.event(told.name, told.payload)
    else if (told.type === 'memory') ears.memory(told.text)
    else if (told.type === 'warn') ears.warn(told.text)
    else if (told.type === 'started') this.#started.resolve()
    else if (told.type === 'stopped') this.#stopped.resolve()
    else if (told.type === 'ended') this.#end(told.fault)
    else if (told.type === 'done') this.#waiting.get(told.id)?.resolve(told.value)
    else this.#waiting.get(told.id)?.reject(new Trouble(told.fault))
  }

  #end(fault: HostFault): void {
    if (this.#over) return
    this.#over = fault
    this.#started.reject(new Trouble(fault))
    this.#ended.resolve(fault)
    this.#stopped.resolve()
    for (const { reject } of this.#waiting.values())
      reject(new Trouble({ ...fault, sent: 'maybe' }))
  }
}

/** Only the configuration tells a puppet what to do; and it prints nothing. */
function quietEnv(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(WECHATY|BROLOG|DEBUG)/.test(name))
  return { ...Object.fromEntries(kept), WECHATY_LOG: 'silent', BROLOG_LEVEL: 'silent' }
}

const nameOf = (thrown: unknown) => (thrown instanceof Error ? thrown.name : 'error')
