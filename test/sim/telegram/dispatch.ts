import { refusal } from './faults.ts'
import type { Limits } from './limits.ts'
import { ApiError, type Call } from './method.ts'
import type { SimFault } from './sim.ts'
import type { Transcript } from './transcript.ts'

/** As `Method`; and `gone` aborts when nobody waits for the answer any more. */
export type Handler = (call: Call, gone: AbortSignal) => unknown

/** What a client gets: an answer, or its connection is reset. */
export type Outcome =
  | { readonly result: unknown }
  | { readonly error: ApiError }
  | { readonly reset: true }

export interface Dispatch {
  /** The method's name as documented, however it is spelled. Undefined: there is none. */
  resolve(name: string): string | undefined
  /** Does what a call asks for, or what a fault does with it. Never throws. */
  run(call: Call, fault: SimFault['what'] | undefined, gone: AbortSignal): Promise<Outcome>
}

export interface DispatchParts {
  readonly handlers: ReadonlyMap<string, Handler>
  readonly limits: Limits | undefined
  readonly transcript: Transcript
}

export function createDispatch({ handlers, limits, transcript }: DispatchParts): Dispatch {
  const names = new Map([...handlers.keys()].map((name) => [name.toLowerCase(), name]))
  return {
    resolve: (name) => names.get(name.toLowerCase()),

    async run(call, fault, gone) {
      const outcome = await answered(call, fault, gone)
      if (typeof fault === 'object' && 'slow' in fault) await fault.slow
      if ('error' in outcome) transcript.refused(call, outcome.error)
      else transcript.done(call, outcome.result)
      return fault === 'lost' && 'result' in outcome ? { reset: true } : outcome
    },
  }

  async function answered(
    call: Call,
    fault: SimFault['what'] | undefined,
    gone: AbortSignal,
  ): Promise<{ readonly result: unknown } | { readonly error: ApiError }> {
    const refused = refusal(fault)
    if (refused) return { error: refused }
    let undo = () => {}
    try {
      undo = limits?.admit(call) ?? undo
      return { result: await handlers.get(call.method)?.(call, gone) }
    } catch (error) {
      undo()
      return { error: error instanceof ApiError ? error : broken(call, error) }
    }
  }
}

/** A defect of the simulator: loud, so that nobody takes it for a behaviour of Telegram's. */
function broken({ method }: Call, error: unknown): ApiError {
  console.error(`The Telegram simulator broke in ${method}:`, error)
  return new ApiError(500, 'Internal Server Error: the simulator broke')
}
