import { BridgeError } from '../core/errors.ts'
import type { Item } from '../ports/store.ts'

/** None of its tries delivered it. */
export function without({ doubtful: _, ...item }: Item): Item {
  return item
}

/** It surely was not delivered. */
export function surely(error: BridgeError): BridgeError {
  return new BridgeError(error.message, { ...error.failure, certain: true }, { cause: error })
}

/** It may have been delivered. */
export function unsure(error: BridgeError): BridgeError {
  return new BridgeError(error.message, { ...error.failure, certain: false }, { cause: error })
}

/** A process died over it. */
export function restarted(): BridgeError {
  const failure = { code: 'timeout', heal: 'retry', certain: false, reason: 'stopped' } as const
  return new BridgeError('The bridge was stopped while this was being sent.', failure)
}
