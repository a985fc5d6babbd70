// Reading JSON that may be anything (protocol §1.4: numbers as strings, absent fields, null lists).

export type Raw = Readonly<Record<string, unknown>>

/** An object as a record; anything else is an empty one. */
export function record(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {}
}

/** The objects of a list; what is no list is empty. */
export function records(value: unknown): readonly Raw[] {
  if (!Array.isArray(value)) return []
  return value.filter((each) => typeof each === 'object' && each !== null && !Array.isArray(each))
}

/** A field as text: numbers become decimals, everything else that is no string becomes ''. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : ''
}

/** A field as a finite number: 0 where it is none. */
export function number(value: unknown): number {
  // Number() calls methods an object brings along: `{"toString":false}` would throw.
  if (typeof value !== 'string' && typeof value !== 'number') return 0
  const read = Number(value)
  return Number.isFinite(read) ? read : 0
}

/** A raw object as JSON, for keeping; nested too deeply to be written, it is said to be so. */
export function printed(raw: Raw): string {
  try {
    return JSON.stringify(raw)
  } catch {
    return JSON.stringify({ unprintable: Object.keys(raw).slice(0, 50), MsgId: text(raw.MsgId) })
  }
}

/**
 * JSON with its long ids kept: `NewMsgId` and any other id sent as a number above 2^53 is quoted first
 * (protocol §5.1). A fraction or an exponent is no id and stays as it is. Throws a SyntaxError.
 */
export function parseJson(body: string): unknown {
  return JSON.parse(body.replace(/("\w*I[dD]"\s*:\s*)(\d{15,})(?![\d.eE])/g, '$1"$2"'))
}
