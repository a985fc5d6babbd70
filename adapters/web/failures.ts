import type { Code, Heal } from '../../src/core/errors.ts'
import { BridgeError } from '../../src/core/errors.ts'

/** Any fault of this adapter as the bridge's error. All that can fail here happens before anything is shown. */
export const toBridgeError = (thrown: unknown, doing: string): BridgeError =>
  made(thrown, (why) => `${doing} failed${why}; it will be tried again.`, 'server', 'retry')

/** `what` cannot be: trying again will not help until the configuration changes. */
export const misconfigured = (thrown: unknown, what: string): BridgeError =>
  made(thrown, (why) => `${what}${why}. Choose another in the configuration.`, 'config', 'never')

export function gone(thrown: unknown, what: string): BridgeError {
  const isThere = (thrown as NodeJS.ErrnoException | undefined)?.code !== 'ENOENT'
  if (isThere) return toBridgeError(thrown, 'Opening a file that was sent from the local page')
  return made(thrown, () => `${what}, so it was not sent.`, 'gone', 'never')
}

function made(
  thrown: unknown,
  sentence: (why: string) => string,
  code: Code,
  heal: Heal,
): BridgeError {
  if (thrown instanceof BridgeError) return thrown
  const word = (thrown as NodeJS.ErrnoException | undefined)?.code
  const why = word ? ` (${word})` : ''
  return new BridgeError(sentence(why), { code, heal, certain: true }, { cause: thrown })
}
