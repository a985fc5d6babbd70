/** JSON from outside: nothing about it is known until it has been looked at. */
export type Json = Readonly<Record<string, unknown>>

/** The value if it is a JSON object (not an array, not null). */
export function record(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : undefined
}

/** The records of an array; nothing where it is none. */
export function records(value: unknown): readonly Json[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : []
  return all.map(record).filter((each) => each !== undefined)
}

/** The value if it is a string with something in it. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The value if it is a whole number that is surely exact. */
export function whole(value: unknown): number | undefined {
  // JSON can say -0, which it would not say again.
  return typeof value === 'number' && Number.isSafeInteger(value) ? value + 0 : undefined
}

/** The value if it is a whole number from 0 up. */
export function count(value: unknown): number | undefined {
  const number = whole(value)
  return number !== undefined && number >= 0 ? number : undefined
}

/** What a JSON text says, if it is one. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** A field with a value, or no field. */
export const optional = <Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [N in Name]?: Value } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [N in Name]?: Value }
