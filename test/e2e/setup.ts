import { existsSync } from 'node:fs'
import { aptInstall } from './apt.ts'
import { obtainSynapse } from './synapse-install.ts'

/** Vitest's global setup: what the suites need from Debian. What cannot be had makes them skip, with the reason. */
export async function setup(): Promise<void> {
  await obtainSynapse()
  if (!chromiumPath()) await aptInstall('chromium')
}

/** Where a Chromium is, if this machine has one. */
export function chromiumPath(): string | undefined {
  const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  return places.find((place) => existsSync(place))
}
