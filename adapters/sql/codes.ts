/** SQLite's primary result codes that mean something of their own to us (sqlite.org/rescode.html). */
export const resultCodes = { busy: 5, corrupt: 11, full: 13, notADatabase: 26 } as const

/** No permission, busy, locked, no memory, read-only, I/O error, full, cannot open: they pass, or can be mended. */
const passing: readonly number[] = [3, 5, 6, 7, 8, 10, 13, 14]

/** Of what was thrown, or of an extended code. Undefined: SQLite did not say this. */
export function primaryCode(thrown: unknown): number | undefined {
  if (typeof thrown === 'number') return thrown & 0xff
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return undefined
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : undefined
}

/** The bytes of the file make no sense. */
export function isBroken(thrown: unknown): boolean {
  const code = primaryCode(thrown)
  return code === resultCodes.corrupt || code === resultCodes.notADatabase
}

export const isBusy = (thrown: unknown): boolean => primaryCode(thrown) === resultCodes.busy

export function isPassing(thrown: unknown): boolean {
  const code = primaryCode(thrown)
  return code !== undefined && passing.includes(code)
}

/** As if SQLite had met the damage itself. */
export const flaw = (why: string): Error =>
  Object.assign(new Error(why), { errcode: resultCodes.corrupt })

/** What the operating system called an error: `ENOSPC`… Undefined: it was not its error. */
export function errnoOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}
