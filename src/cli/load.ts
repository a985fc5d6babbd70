import { readFileSync } from 'node:fs'
import type { Loaded } from '../../config/load.ts'
import type { ConnectorKind } from '../ports/connector-kind.ts'
import { unfit } from './refusals.ts'

/** What the command line names of the configuration. */
export interface Named {
  readonly files: readonly string[]
  readonly sets: readonly string[]
}

/** The configuration, and the ways into WeChat it may name. Throws a BridgeError of code `config` that tells all faults. */
export async function load({
  files,
  sets,
}: Named): Promise<{ readonly loaded: Loaded; readonly kinds: readonly ConnectorKind[] }> {
  // Imported late: whoever asks it to stop is heard before.
  const [{ kinds }, { loadConfig }] = await Promise.all([
    import('../main.ts'),
    import('../../config/load.ts'),
  ])
  const dotenv = dotenvText()
  const sources = { files, ...(dotenv !== undefined && { dotenv }), env: process.env, sets }
  return { loaded: loadConfig(sources, kinds), kinds }
}

/** Undefined: there is none. */
function dotenvText(): string | undefined {
  try {
    return readFileSync('.env', 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw unfit(
      `.env: cannot be read (${code}). Let the user of the bridge read it, or take it out of the folder the bridge is started in.`,
      error,
    )
  }
}
