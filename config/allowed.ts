import { z } from 'zod'

/**
 * What a schema allows, in words that stand after "expected": `a whole number from 0 to 65535`, `one of zh, en`,
 * `an origin like https://host:port, without a path, or null`. Messages that a schema has of its own are taken as they are.
 */
export function allowedWords(schema: z.ZodType): string {
  if (schema instanceof z.ZodNullable) {
    const inner = allowedWords(schema.unwrap() as z.ZodType)
    return `${inner}${inner.includes(',') ? ',' : ''} or null`
  }
  if (schema instanceof z.ZodPipe) return allowedWords(schema.in as z.ZodType)
  if (schema instanceof z.ZodUnion) return said(schema._zod.def) ?? unionWords(schema)
  if (schema instanceof z.ZodEnum) return choice(schema.options)
  if (schema instanceof z.ZodLiteral) return choice([...schema.values])
  if (schema instanceof z.ZodBoolean) return 'true or false'
  if (schema instanceof z.ZodNumber) return numberWords(checksOf(schema))
  if (schema instanceof z.ZodString) return textWords(checksOf(schema))
  if (schema instanceof z.ZodArray)
    return `a list, each ${allowedWords(schema.element as z.ZodType)}`
  if (schema instanceof z.ZodRecord) return mapWords(schema)
  return schema instanceof z.ZodObject ? 'a section with options' : 'any value'
}

/** One thing a schema looks at beside the type, as far as words are made of it. */
interface Check {
  readonly check?: string
  readonly error?: unknown
  readonly format?: string
  readonly value?: number | bigint | Date
  readonly inclusive?: boolean
  readonly minimum?: number
  readonly maximum?: number
}

function checksOf(schema: z.ZodType): readonly Check[] {
  const { checks } = schema._zod.def as { readonly checks?: readonly { _zod: { def: Check } }[] }
  return (checks ?? []).map((each) => each._zod.def)
}

/** The message a schema or a check was given, without its "expected". */
function said({ error }: { readonly error?: unknown }): string | undefined {
  const message = typeof error === 'function' ? (error as (issue: object) => unknown)({}) : error
  return typeof message === 'string' ? message.replace(/^expected /, '') : undefined
}

function choice(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.join(', ')}`
}

function unionWords(schema: z.ZodUnion): string {
  const words = schema.options.map((option) => allowedWords(option as z.ZodType))
  return words.join(' or ')
}

function numberWords(checks: readonly Check[]): string {
  const own = checks.map(said).find((words) => words !== undefined)
  if (own) return own
  const whole = checks.some(({ format }) => format === 'safeint')
  const least = checks.find(({ check }) => check === 'greater_than')
  const most = checks.find(({ check }) => check === 'less_than')
  const kind = whole ? 'a whole number' : 'a number'
  const from = least && (least.inclusive ? `${least.value} or more` : `above ${least.value}`)
  const to = most && (most.inclusive ? `at most ${most.value}` : `below ${most.value}`)
  if (least?.inclusive && most?.inclusive) return `${kind} from ${least.value} to ${most.value}`
  if (from && to) return `${kind} ${from} and ${to}`
  if (from) return least.inclusive ? `${kind}, ${from}` : `${kind} ${from}`
  return to ? `${kind}, ${to}` : kind
}

function textWords(checks: readonly Check[]): string {
  const own = checks.map(said).find((words) => words !== undefined)
  if (own) return own
  const least = checks.find(({ check }) => check === 'min_length')?.minimum ?? 0
  const most = checks.find(({ check }) => check === 'max_length')?.maximum
  if (most !== undefined) return `a text of ${least} to ${most} characters`
  if (least > 1) return `a text of at least ${least} characters`
  return least === 1 ? 'a text that is not empty' : 'a text'
}

function mapWords(schema: z.ZodRecord): string {
  const name = allowedWords(schema.keyType as z.ZodType)
  const value = schema.valueType as z.ZodType
  const each = value instanceof z.ZodRecord ? 'a map' : allowedWords(value)
  return name === 'a text' ? `a map of names, each to ${each}` : `a map: ${name}; each to ${each}`
}
