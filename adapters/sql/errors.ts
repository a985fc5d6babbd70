import { BridgeError } from '../../src/core/errors.ts'

/** The database cannot be opened as things are: a person has to act. Nothing was read or written. */
export const cannotOpen = (what: string, cure: string, cause?: unknown): BridgeError =>
  new BridgeError(
    `${what} ${cure}`,
    { code: 'config', heal: 'never', certain: true },
    cause === undefined ? undefined : { cause },
  )

/** It could not be read or written now; nothing of the unit was kept, so it can be done again. */
export const cannotWrite = (why: string, cause?: unknown): BridgeError =>
  new BridgeError(
    `The database could not be written: ${why}. Nothing was changed; it will be tried again.`,
    { code: 'server', heal: 'retry', certain: true },
    { cause },
  )

/** It is damaged: trying again does not help. */
export const damaged = (why: string, cause?: unknown): BridgeError =>
  new BridgeError(
    `The database is damaged: ${why}. Nothing was changed. Stop the bridge and restore a backup.`,
    { code: 'server', heal: 'never', certain: true },
    { cause },
  )

/** The store was asked for something that makes no sense. Nothing was changed. */
export const misuse = (what: string, cause?: unknown): BridgeError =>
  new BridgeError(what, { code: 'bug', heal: 'retry', certain: true }, { cause })

/** Someone else has taken over the lane: whatever the loser of it did may have happened. */
export const staleLease = (lane: string): BridgeError =>
  new BridgeError(`The lease of lane ${lane} was lost to another worker. Nothing was changed.`, {
    code: 'gone',
    heal: 'never',
    certain: false,
  })

/** The item is no longer waiting: its delivery was proven, or it was given up. */
export const settledAlready = (seq: number): BridgeError =>
  new BridgeError(`Delivery ${seq} is no longer waiting to be sent. It was not sent again.`, {
    code: 'gone',
    heal: 'never',
    certain: false,
  })

/** Its job was replaced after it was claimed: it is claimed anew. */
export const changed = (seq: number): BridgeError =>
  new BridgeError(`Delivery ${seq} was changed while it waited. It was not sent yet.`, {
    code: 'gone',
    heal: 'never',
    certain: true,
  })

export const closed = (): BridgeError =>
  new BridgeError('The database is closed. Nothing was changed.', {
    code: 'server',
    heal: 'never',
    certain: true,
  })
