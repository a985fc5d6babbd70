import { flood } from './limits.ts'
import { ApiError } from './method.ts'
import type { SimFault } from './sim.ts'

/**
 * What tests make go wrong. A fault without a method is for any call but `getUpdates`; downloads have the method `file`
 * (`slow` and `reset`: half of the bytes come first).
 */
export interface Faults {
  add(fault: SimFault): void
  /** The oldest fault that fits this call, used up by it. */
  take(method: string): SimFault['what'] | undefined
}

export function createFaults(): Faults {
  const waiting: { readonly fault: SimFault; left: number }[] = []
  return {
    add: (fault) => void waiting.push({ fault, left: fault.times ?? 1 }),

    take(method) {
      const at = waiting.findIndex(({ fault }) => fits(fault, method))
      const found = waiting[at]
      if (!found) return undefined
      if (--found.left <= 0) waiting.splice(at, 1)
      return found.fault.what
    },
  }
}

const fits = (fault: SimFault, method: string): boolean =>
  fault.method === undefined
    ? method !== 'getUpdates' && method !== 'file'
    : fault.method.toLowerCase() === method.toLowerCase()

/** The error of a refusal, if the fault is one. */
export function refusal(what: SimFault['what'] | undefined): ApiError | undefined {
  if (typeof what !== 'object' || !('status' in what)) return undefined
  const { status, description, retryAfter } = what
  if (status === 429 && description === undefined) return flood(retryAfter ?? 1)
  return new ApiError(
    status,
    description ?? words[status] ?? `Error ${status}`,
    retryAfter === undefined ? undefined : { retry_after: retryAfter },
  )
}

const words: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden: bot was blocked by the user',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Request Entity Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}
