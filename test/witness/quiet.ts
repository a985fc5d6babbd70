import { type Logger, logger } from 'matrix-js-sdk/lib/logger.js'

const nothing = () => undefined

/** The SDK tells of every request; a test's output is for its facts. */
export const quiet: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  getChild: () => quiet,
}

/** Parts of the SDK ignore the logger they could be given, and take this one. */
export function hush(): void {
  Object.assign(logger, quiet)
}
