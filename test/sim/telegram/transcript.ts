import type { ApiError, Call, Entry } from './method.ts'
import type { SimClock } from './sim.ts'

/** What became of every call but `getUpdates`, in the order in which they were answered. */
export interface Transcript {
  readonly calls: readonly Entry[]
  readonly floods: readonly number[]
  done(call: Call, result: unknown): void
  refused(call: Call, error: ApiError): void
}

export function createTranscript(clock: SimClock): Transcript {
  const calls: Entry[] = []
  const floods: number[] = []
  return {
    calls,
    floods,

    done: ({ method, params }, result) => {
      if (method === 'getUpdates') return
      calls.push({ at: clock.now(), method, params, ok: true, result: structuredClone(result) })
    },

    refused: ({ method, params }, { code, message: description }) => {
      if (code === 429) floods.push(clock.now())
      if (method === 'getUpdates') return
      calls.push({ at: clock.now(), method, params, ok: false, code, description })
    },
  }
}
