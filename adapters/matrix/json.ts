/** JSON from outside: nothing about it is known until it has been looked at. */
export type Json = Readonly<Record<string, unknown>>

/** The value if it is a JSON object (not an array, not null). */
export function record(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : undefined
}

/** The value if it is a string with something in it. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The value if it is a whole number from 0 up. */
export function count(value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) return undefined
  // JSON can say -0, which it would not say again.
  return value + 0
}

/** What a JSON text says, if it is one. */
export function parse(json: string | undefined): unknown {
  if (json === undefined) return undefined
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
