// Reading what a puppet gives, which may be anything.

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
  return typeof value === 'number' ? String(value) : ''
}

/** A field as a finite number: 0 where it is none. */
export function number(value: unknown): number {
  if (typeof value !== 'string' && typeof value !== 'number') return 0
  const read = Number(value)
  return Number.isFinite(read) ? read : 0
}

/** The texts of a list, without empty ones and repetitions. */
export function texts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return []
  return [...new Set(value.map(text).filter(Boolean))]
}

/** A name on one line: without control characters and what turns the direction of writing. */
export function cleanName(name: string): string {
  return clip(name.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu, ' ').trim(), 200)
}

/** At most so many UTF-16 units, never half a character. */
export function clip(words: string, limit: number): string {
  if (words.length <= limit) return words
  const cut = words.slice(0, limit - 1)
  return `${cut.replace(/[\ud800-\udbff]$/, '')}…`
}

/** An absolute http(s) address, or ''. */
export function urlOf(value: unknown): string {
  const address = text(value).trim()
  if (address.length > 8_000 || !URL.canParse(address)) return ''
  return /^https?:$/.test(new URL(address).protocol) ? address : ''
}

/** As JSON, for keeping. */
export function printed(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '{}'
  } catch {
    return '{"unprintable":true}'
  }
}
