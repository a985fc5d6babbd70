import { describe } from 'vitest'
import { synapseUnavailable } from './synapse-install.ts'

/** Tests that need a real Synapse: where there can be none they are skipped, and say why. */
export function onSynapse(what: string, tests: () => void): void {
  const why = synapseUnavailable()
  describe.skipIf(why !== undefined)(why === undefined ? what : `${what} (skipped: ${why})`, tests)
}
