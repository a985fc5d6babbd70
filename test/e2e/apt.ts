import { existsSync } from 'node:fs'
import { execute as run } from '../support/execute.ts'

/** Installs Debian packages where that is allowed. Resolves false where it is not, or where it fails. */
export async function aptInstall(...packages: readonly string[]): Promise<boolean> {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  try {
    await run('apt-get', install, { env })
    return true
  } catch {
    // The package lists of a fresh machine are empty or old.
  }
  try {
    await run('apt-get', ['update'], { env })
    await run('apt-get', install, { env })
    return true
  } catch {
    return false
  }
}
