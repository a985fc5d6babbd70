import { BridgeError, type Failure } from '../../src/core/errors.ts'
import type { HostFault } from './protocol.ts'

/** A call to a puppet that failed, inside this adapter. */
export class Trouble extends Error {
  override readonly name = 'Trouble'
  readonly fault: HostFault
  constructor(fault: HostFault) {
    super(`${fault.kind}: ${fault.message}`)
    this.fault = fault
  }
}

/** The puppet is there, and does not tell this: it says no, or nothing. */
export function isUntold(thrown: unknown): boolean {
  return thrown instanceof Trouble && ['puppet', 'late'].includes(thrown.fault.kind)
}

/** What was to be done, for sentences: "The `what` was not `done`". */
export interface Deed {
  /** Default `sent`. */
  readonly done?: string
  /** Failing, it has changed nothing. */
  readonly harmless?: boolean
}

/** Any failure as the error the bridge understands. */
export function toBridgeError(thrown: unknown, what: string, deed: Deed = {}): BridgeError {
  if (thrown instanceof BridgeError) return thrown
  const { done = 'sent', harmless = false } = deed
  const isTrouble = thrown instanceof Trouble
  const certain = harmless || (isTrouble && thrown.fault.sent === 'no')
  const end = certain
    ? `The ${what} was not ${done}.`
    : `The ${what} may or may not have been ${done}.`
  const [why, failure] = isTrouble ? ofPuppet(thrown.fault) : ofBridge(thrown)
  return new BridgeError(`${why} ${end}`, { ...failure, certain }, { cause: thrown })
}

type Part = readonly [string, Omit<Failure, 'certain'>]

function ofPuppet(fault: HostFault): Part {
  if (fault.kind === 'gone' || fault.kind === 'late') {
    return ['The WeChat gateway does not answer.', { code: 'network', heal: 'retry' }]
  }
  if (fault.kind === 'source') {
    return ['Its bytes could not be read to the end.', { code: 'network', heal: 'retry' }]
  }
  const said = fault.message === '' ? {} : { said: fault.message }
  return ['The WeChat gateway refused.', { code: 'refused', heal: 'never', ...said }]
}

function ofBridge(thrown: unknown): Part {
  if (thrown instanceof Error && ['AbortError', 'TimeoutError'].includes(thrown.name)) {
    return ['It was given up before the gateway answered.', { code: 'timeout', heal: 'retry' }]
  }
  return ['The bridge met a fault of its own.', { code: 'bug', heal: 'retry' }]
}

/** Nobody is logged in (`relogin`), or the gateway is away and comes back by itself. */
export function offline(what: string, relogin: boolean): BridgeError {
  if (!relogin) {
    const text = `The WeChat gateway is away. The ${what} was not sent; it waits.`
    return new BridgeError(text, { code: 'network', heal: 'retry', certain: true })
  }
  const text = `WeChat is not logged in. The ${what} was not sent; it waits.`
  return new BridgeError(text, { code: 'session', heal: 'relogin', certain: true })
}

/** What is of an account that is not the one logged in. */
export function elsewhere(what: string, done: string): BridgeError {
  const text = `Another WeChat account is logged in. The ${what} was not ${done}; it waits.`
  return new BridgeError(text, { code: 'session', heal: 'relogin', certain: true })
}

/** This puppet has no way to do it. */
export function unable(what: string): BridgeError {
  return refused(`${what} is not possible through this gateway. Use the phone for it.`)
}

export function refused(message: string): BridgeError {
  return new BridgeError(message, { code: 'refused', heal: 'never', certain: true })
}

export function gone(message: string): BridgeError {
  return new BridgeError(message, { code: 'gone', heal: 'never', certain: true })
}

/** A send that could not be written down before it was made. */
export function unnoted(cause: unknown): BridgeError {
  const text = 'The bridge could not note the message down before sending it. It was not sent.'
  return new BridgeError(text, { code: 'bug', heal: 'retry', certain: true }, { cause })
}

export function misconfigured(message: string, cause?: unknown): BridgeError {
  const failure = { code: 'config', heal: 'never', certain: true } as const
  return new BridgeError(message, failure, { cause })
}
