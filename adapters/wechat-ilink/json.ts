// Reading JSON that may be anything. Ids of 64 bits are kept to the last digit: nothing here becomes a wrong number.

export type Raw = Readonly<Record<string, unknown>>

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown

/**
 * JSON with the integers that a double cannot hold as strings of their digits (`ecosystem §1.3`: `message_id` is a
 * uint64). Throws a SyntaxError, or a RangeError for what is nested too deeply.
 */
export function parseJson(body: string): unknown {
  const keep: Reviver = (_, value, { source = '' }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
      ? source
      : value
  return JSON.parse(body, keep as (this: unknown, key: string, value: unknown) => unknown)
}

export const isObject = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object as a record; anything else is an empty one. */
export function record(value: unknown): Raw {
  return isObject(value) ? value : {}
}

/** The objects of a list; what is no list is empty. */
export function records(value: unknown): readonly Raw[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** A field as text: numbers become decimals, everything else that is no string becomes ''. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : ''
}

/** A field as a finite number, also where it is one in quotes: 0 where it is none. */
export function number(value: unknown): number {
  if (typeof value !== 'string' && typeof value !== 'number') return 0
  const read = Number(value)
  return Number.isFinite(read) ? read : 0
}

/** A value as JSON, for keeping; nested too deeply to be written, it is said to be so. */
export function printed(raw: Raw): string {
  try {
    return JSON.stringify(raw)
  } catch {
    const message_id = text(raw.message_id)
    return JSON.stringify({ unprintable: Object.keys(raw).slice(0, 50), message_id })
  }
}
