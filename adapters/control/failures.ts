import { BridgeError, type Code } from '../../src/core/errors.ts'

/** What the bridge at the other end said no to. */
export const toldNo = (message: string, code: Code): BridgeError =>
  new BridgeError(message, { code, heal: 'never', certain: true })

/** It listens, but no answer came. Whether it did what it was asked is not known. */
export const noAnswer = (path: string, cause: unknown): BridgeError =>
  new BridgeError(
    `The bridge that listens on ${path} did not answer. Look at its log, and at "status" in a while; if it hangs, restart it.`,
    { code: 'timeout', heal: 'retry', certain: false },
    { cause },
  )

/** What came back makes no sense here. */
export const otherVersion = (cause?: unknown): BridgeError =>
  new BridgeError(
    'The running bridge answers in words of another version. Restart it, so that both are of one version.',
    { code: 'config', heal: 'never', certain: false },
    { cause },
  )
