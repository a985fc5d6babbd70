import type { z } from 'zod'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { GatewayClient } from './client.ts'
import { GatewayFault } from './faults.ts'
import { pauseAfter, type Timings } from './timings.ts'

/** So many failures in a row are an absence. */
const tries = 3

export interface AskingParts {
  readonly client: GatewayClient
  readonly clock: Clock
  readonly random: Random
  readonly timings: Timings
}

/** Questions that change nothing. Throws a GatewayFault, or the signal's reason. */
export class Asking {
  readonly #parts: AskingParts

  constructor(parts: AskingParts) {
    this.#parts = parts
  }

  /** `moreMs`: how long the gateway may wait before it answers. */
  ask<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal, moreMs = 0): Promise<T> {
    const { client, timings } = this.#parts
    return client.ask({ method: 'GET', path, patienceMs: timings.askMs + moreMs }, schema, signal)
  }

  /** A few times: what fails then is thrown; and at once what the gateway itself refuses. */
  async insist<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal, moreMs = 0): Promise<T> {
    const { clock, random, timings } = this.#parts
    for (let failures = 1; ; failures++) {
      try {
        return await this.ask(path, schema, signal, moreMs)
      } catch (thrown) {
        signal.throwIfAborted()
        const isFinal = !(thrown instanceof GatewayFault) || isSettled(thrown)
        if (isFinal || failures >= tries) throw thrown
        await clock.sleep(pauseAfter(timings, failures, random), signal)
      }
    }
  }
}

/** "Not now" and "too much for now" are no last word. */
const isSettled = ({ error, status }: GatewayFault): boolean =>
  error !== undefined && status !== 503 && status !== 429
