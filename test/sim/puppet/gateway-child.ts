import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { GatewayOptions } from './gateway.ts'
import type { Order, Told } from './gateway-process.ts'

const script = fileURLToPath(new URL('./gateway-process.ts', import.meta.url))

export interface GatewayChild {
  readonly pid: number | undefined
  /** What it was asked to send, over all of its life. */
  readonly sent: readonly { readonly to: string; readonly text: string }[]
  order(order: Order): void
  /** Kills it, at whatever it is, and waits. */
  kill(): Promise<void>
}

/** Resolves when it listens. */
export async function startGatewayChild(options: GatewayOptions): Promise<GatewayChild> {
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const last = () => child.kill('SIGKILL')
  process.once('exit', last)
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ready = Promise.withResolvers<void>()
  const sent: { to: string; text: string }[] = []
  child.on('message', (told: Told) => {
    if ('ready' in told) ready.resolve()
    else sent.push(told.sent)
  })
  await Promise.race([
    ready.promise,
    ended.then(() => {
      throw new Error('the gateway did not start')
    }),
  ])
  return {
    pid: child.pid,
    sent,
    order: (order) => void child.send(order),
    async kill() {
      child.kill('SIGKILL')
      await ended
      process.off('exit', last)
    },
  }
}
