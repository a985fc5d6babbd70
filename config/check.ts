import { z } from 'zod'
import { allowedWords } from './allowed.ts'
import type { Fault } from './faults.ts'
import type { Options } from './kinds.ts'
import type { Given } from './layer.ts'
import { found, foundWhole } from './masking.ts'
import { nearest } from './nearest.ts'
import { readSecretFile } from './secret-file.ts'
import { valueAt } from './tree.ts'
import { typed } from './typed.ts'

/** The value an option was given, or all that is wrong with it; `read` is what that was found in, where it is a map. */
export type Checked =
  | { readonly value: unknown }
  | { readonly faults: readonly Fault[]; readonly read?: unknown }

/** Reads a value as its option means it, from the file it names where it does. Never throws; faults hold no secret. */
export function checked(given: Given, options: Options): Checked {
  const { where, line, path, option } = given
  const fail = (words: string): Checked => ({ faults: [{ where, line, path, option, words }] })
  const allowed = options.allows(option)
  if (given.isFile) {
    const read = readSecretFile(given.value)
    if ('words' in read) return fail(read.words)
    if (allowed.safeParse(read.value).success) return { value: read.value }
    const wanted = allowedWords(allowed).replace(/,? or null$/, '')
    return fail(`the file ${read.name}: expected ${wanted}; found (secret)`)
  }
  const read = given.isText ? typed(given.value as string, allowed) : { value: given.value }
  if ('problem' in read) {
    const { path: inside, words } = read.problem
    return fail(inside === '' ? words : `${inside}: ${words}`)
  }
  const { value } = read
  const parsed = allowed.safeParse(value)
  if (parsed.success) return { value }
  const isSecret = options.secrets.includes(option)
  const faults = parsed.error.issues.map((issue) => faultOf(issue, given, value, allowed, isSecret))
  return { faults, read: value }
}

function faultOf(
  issue: z.core.$ZodIssue,
  given: Given,
  whole: unknown,
  allowed: z.ZodType,
  isSecret: boolean,
): Fault {
  const { where, option, yaml } = given
  const path = [given.path, ...issue.path.map(String)].join('.')
  const line = yaml?.lines.get(path) ?? given.line
  if (issue.code === 'invalid_key') {
    const expected = issue.issues[0]?.message ?? 'expected another name'
    return { where, line, path, option, words: `${expected}; found ${found(issue.path.at(-1))}` }
  }
  const value = valueAt(whole, issue.path)
  const schema = inside(allowed, issue.path)
  const isHidden = isSecret && value !== null && value !== ''
  const isQuoted = isMeantAsText(value, yaml?.written.get(path), schema)
  const isWhole = schema instanceof z.ZodRecord || schema instanceof z.ZodArray
  const seen = isWhole ? foundWhole(value) : found(value)
  const words = `expected ${allowedWords(schema)}; found ${isHidden ? '(secret)' : seen}`
  const near = schema instanceof z.ZodEnum && typeof value === 'string' && nearTo(value, schema)
  return {
    where,
    line,
    path,
    option,
    words: words + (near || (isQuoted ? ' (put it in quotes)' : '')),
  }
}

function nearTo(value: string, { options }: z.ZodEnum): string {
  const near = nearest(value, options.map(String))
  return near === undefined ? '' : `, did you mean ${near}?`
}

/** YAML reads 2.0 as a number, where a text may have been meant. */
function isMeantAsText(value: unknown, written: string | undefined, schema: z.ZodType): boolean {
  if (typeof value !== 'number' && typeof value !== 'boolean') return false
  return schema.safeParse(written ?? String(value)).success
}

/** The schema of what stands at a path inside a map or a list. */
function inside(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType {
  return path.reduce<z.ZodType>((outer) => {
    if (outer instanceof z.ZodRecord) return outer.valueType as z.ZodType
    return outer instanceof z.ZodArray ? (outer.element as z.ZodType) : z.unknown()
  }, schema)
}
