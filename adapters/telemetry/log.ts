import { pino } from 'pino'
import type { Fields, Log } from '../../src/ports/telemetry.ts'
import { maskFields, maskWords } from './redact.ts'

type Level = 'debug' | 'info' | 'warn' | 'error'

/**
 * JSON lines on standard error, which leaves standard output to what people read. `to` takes them instead. What looks
 * like a secret is not in them (`redact.ts`).
 */
export function createLog(
  level: Level,
  to: { write(line: string): void } = pino.destination({ fd: 2, sync: true }),
): Log {
  const timestamp = pino.stdTimeFunctions.isoTime
  // An error has become plain fields when it gets there.
  const out = pino({ level, base: null, timestamp, serializers: { err: (plain) => plain } }, to)
  const at = (at: Level) => (fields: Fields, text: string) => {
    // What is not written costs nothing.
    if (out.isLevelEnabled(at)) out[at](maskFields(fields), maskWords(text))
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
