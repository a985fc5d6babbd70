import { pino } from 'pino'
import type { Log } from '../../src/ports/telemetry.ts'

/** JSON lines on standard error, which leaves standard output to what people read. */
export function createLog(level: 'debug' | 'info' | 'warn' | 'error'): Log {
  const out = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  )
  return {
    debug: (fields, text) => out.debug(fields, text),
    info: (fields, text) => out.info(fields, text),
    warn: (fields, text) => out.warn(fields, text),
    error: (fields, text) => out.error(fields, text),
  }
}
