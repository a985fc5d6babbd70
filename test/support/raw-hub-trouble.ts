import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { systemClock } from '../../adapters/system/clock.ts'
import type { RawCall } from './raw-hub-wire.ts'

/** Breaks the next calls of a kind. */
export interface RawFault {
  readonly call: RawCall
  /** How many; default 1. */
  readonly times?: number
  /** Let so many pass before. Default 0. */
  readonly skip?: number
  readonly how:
    | 'refuse' // the connection is cut, and nothing was done
    | 'reset' // it was done, and the connection is cut before the answer
    | 'hang' // nothing is done, and nothing is answered, until the client gives up
    | '500'
    | '429'
    | { readonly delayMs: number } // the true answer, that much later
}

/** What can go wrong with a raw hub. */
export class RawHubTrouble {
  readonly #server: Server
  readonly #faults: { readonly fault: RawFault; skip: number; left: number }[] = []
  #port = 0
  /** It accepts connections and answers nobody any more, until this is false again. */
  halfOpen = false

  constructor(server: Server) {
    this.#server = server
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** How many faults have not struck yet. */
  get pending(): number {
    return this.#faults.reduce((sum, { left }) => sum + left, 0)
  }

  /** Every connection there is. */
  cut(): void {
    this.#server.closeAllConnections()
  }

  fault(fault: RawFault): void {
    this.#faults.push({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 })
  }

  /** Nobody listens on the port any more; what is open is cut. */
  async down(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }

  /** Listens: at first on a free port, then on the same again. */
  async up(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(this.#port, '127.0.0.1', resolve)
    })
    this.#port = (this.#server.address() as AddressInfo).port
  }

  /** What becomes of a call: served, served with the answer lost, or over already. */
  async meet(call: string, response: ServerResponse): Promise<'serve' | 'lost' | 'over'> {
    const how = this.halfOpen ? 'hang' : this.#strike(call)
    if (how === undefined) return 'serve'
    if (typeof how === 'object') {
      await systemClock.sleep(how.delayMs, new AbortController().signal)
      return 'serve'
    }
    if (how === 'reset') return 'lost'
    if (how === 'hang') return 'over'
    if (how === 'refuse') response.socket?.resetAndDestroy()
    else {
      response.writeHead(Number(how), { 'retry-after': '1', 'content-length': 0 })
      response.end()
    }
    return 'over'
  }

  #strike(call: string): RawFault['how'] | undefined {
    for (const waiting of this.#faults) {
      if (waiting.fault.call !== call || waiting.left <= 0) continue
      if (waiting.skip > 0) {
        waiting.skip -= 1
        continue
      }
      waiting.left -= 1
      return waiting.fault.how
    }
    return undefined
  }
}
