import { BridgeError } from '../core/errors.ts'

/** Nothing was changed, and nothing will be until a person does something else. */
export const notDone = (message: string, cause?: unknown): BridgeError =>
  new BridgeError(
    message,
    { code: 'refused', heal: 'never', certain: true },
    cause === undefined ? undefined : { cause },
  )

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined

/** What opening or locking a database throws while a bridge has it. */
export const isTaken = (error: unknown): boolean =>
  error instanceof BridgeError && error.message.startsWith('Another bridge is using')
