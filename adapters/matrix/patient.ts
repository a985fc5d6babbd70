import { BridgeError } from '../../src/core/errors.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Json } from './json.ts'

/** A call of the client-server API, as `Homeserver` and a `Puppet` make it. */
interface Caller<Asked extends { readonly what: string }> {
  call(call: Asked, signal: AbortSignal): Promise<Json>
}

export interface PatientPorts {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

const firstMs = 500
const slowestMs = 10_000
/** What the homeserver asks for is waited for, but not by whoever was told a year. */
const longestAskedMs = 15 * 60_000

/**
 * The same calls for work in the background, which nobody repeats: it waits as long as the homeserver asks for, or a
 * little longer each time while it is away or in trouble, and tries again until the signal aborts. Any other error is
 * thrown at once. Only for calls that may be made twice: an answer that was lost is asked for again.
 */
export function createPatient<Asked extends { readonly what: string }>(
  caller: Caller<Asked>,
  { clock, random, log }: PatientPorts,
): Caller<Asked> {
  return {
    async call(call, signal) {
      for (let attempt = 0; ; attempt++) {
        try {
          return await caller.call(call, signal)
        } catch (error) {
          const ms = waitOf(error, attempt, random)
          if (signal.aborted || ms === undefined) throw error
          const reason = error instanceof Error ? error.message : String(error)
          log.debug({ doing: call.what, reason, attempt, ms }, 'A call is made again.')
          // Aborted while it waits: the error that made it wait says more than the abort does.
          await clock.sleep(ms, signal).catch(() => Promise.reject(error))
        }
      }
    },
  }
}

/** Milliseconds until the call is worth another try. Undefined: it is not. */
export function waitOf(error: unknown, attempt: number, random: Random): number | undefined {
  if (!(error instanceof BridgeError)) return undefined
  const { code, heal, afterMs } = error.failure
  if (heal === 'never') return undefined
  // Those who were told the same must not come back in the same moment.
  if (code === 'rate') return Math.min(afterMs ?? firstMs, longestAskedMs) + random() * 250
  if (code !== 'server' && code !== 'network' && code !== 'timeout') return undefined
  const own = Math.min(slowestMs, firstMs * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2)
  return Math.max(own, Math.min(afterMs ?? 0, longestAskedMs))
}
