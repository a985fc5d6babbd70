import { BridgeError } from '../src/core/errors.ts'
import { safeName } from './masking.ts'

/** One thing that is wrong with the configuration. */
export interface Fault {
  /** A file, `.env NAME`, `environment NAME` or `--set`. Absent: the layers together. */
  readonly where?: string
  /** The path of the option or section, as it was written; empty for a file as a whole. */
  readonly path: string
  /** The option that was meant, where that is known: nothing else has to be said of it then. */
  readonly option?: string
  /** What was expected, and what was found. Never a secret. */
  readonly words: string
  readonly line?: number | undefined
}

/** `bridge.yaml: web.port: expected a whole number from 0 to 65535; found "eighty" (line 3)` */
export function faultLine({ where, path, words, line }: Fault): string {
  const place = [where, safeName(path)].filter(Boolean).map((part) => `${part}: `)
  return `${place.join('')}${words}${line === undefined ? '' : ` (line ${line})`}`
}

/** All of them in one error, each on a line of its own; none twice. */
export function configError(faults: readonly Fault[]): BridgeError {
  const lines = new Set(faults.map((fault) => `  ${faultLine(fault)}`))
  return new BridgeError(['The configuration cannot be used:', ...lines].join('\n'), {
    code: 'config',
    heal: 'never',
    certain: true,
  })
}
