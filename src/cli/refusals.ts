import { BridgeError, toBridgeError } from '../core/errors.ts'
import { usage } from './usage.ts'

/** What the command line ends with (docs/operating.md): supervisors go by them. */
export const exits = {
  fine: 0,
  /** It failed, or it found something that is wrong. */
  failed: 1,
  /** EX_USAGE of sysexits: the words were not understood. */
  usage: 64,
  /** EX_CONFIG of sysexits: a supervisor should not start it again before somebody changed something. */
  config: 78,
} as const

/** Says what was not understood, and what could have been. Returns the exit code. */
export function misused(why: string): number {
  console.error(`${why}\n\n${usage}`)
  return exits.usage
}

/** Says why a command failed; with a stack only where nobody foresaw it. Returns the exit code. */
export function refused(thrown: unknown): number {
  const error = toBridgeError(thrown)
  console.error(error.failure.code === 'bug' ? thrown : error.message)
  return error.failure.code === 'config' ? exits.config : exits.failed
}

/** Something the command line cannot work with as it is: a person has to change it. */
export const unfit = (message: string, cause?: unknown): BridgeError =>
  new BridgeError(message, { code: 'config', heal: 'never', certain: true }, { cause })

/** Why this Node cannot run the bridge. Undefined: it can. */
export function tooOld(version: string): string | undefined {
  const major = Number(version.split('.')[0])
  if (major >= 24) return undefined
  return `Node ${version} is too old: 24 or newer is needed. "npm ci" brings one along; run the bridge with "npm start".`
}
