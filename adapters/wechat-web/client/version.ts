import { readFileSync } from 'node:fs'
import { record, text } from '../raw.ts'

/** The version of the package. */
export const version: string = text(
  record(JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')))
    .version,
)
