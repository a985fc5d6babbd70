import type { Log } from './ports/telemetry.ts'

/** Each line tells whose it is. */
export function logFor(log: Log, person: string): Log {
  return {
    debug: (fields, text) => log.debug({ ...fields, person }, text),
    info: (fields, text) => log.info({ ...fields, person }, text),
    warn: (fields, text) => log.warn({ ...fields, person }, text),
    error: (fields, text) => log.error({ ...fields, person }, text),
  }
}
