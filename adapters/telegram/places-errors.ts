import { BridgeError, toBridgeError } from '../../src/core/errors.ts'

const minute = 60_000

/** A person asked for what cannot be: the sentence is for them, in their language. */
export const refusal = (sentence: string): BridgeError =>
  new BridgeError(sentence, { code: 'refused', heal: 'never', certain: true })

/** Nothing can be posted there for now; it waits, and is tried again in a minute. */
export const held = (sentence: string, cause?: unknown): BridgeError =>
  new BridgeError(
    sentence,
    { code: 'refused', heal: 'retry', certain: true, afterMs: minute, reason: 'shut' },
    { cause },
  )

/** The room has no place: the bridge asks for one anew. */
export const nowhere = (): BridgeError =>
  new BridgeError(
    'The chat has no place in Telegram yet; nothing was delivered. It is given one, and tried again.',
    { code: 'gone', heal: 'retry', certain: true },
  )

/** Whatever went wrong before anything was posted: it surely was not delivered. */
export function surely(thrown: unknown): never {
  const { message, failure } = toBridgeError(thrown)
  throw new BridgeError(message, { ...failure, certain: true }, { cause: thrown })
}

/** Nobody owns the bridge, so there is nobody to show anything to. */
export const unowned = (): BridgeError =>
  new BridgeError(
    'Nobody owns the bot yet; nothing was delivered. Messages wait until somebody does.',
    // The lane closes at once: this is only met by what began just before.
    { code: 'refused', heal: 'retry', certain: true, afterMs: 1_000, reason: 'shut' },
  )
