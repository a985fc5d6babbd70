import { bad, type Call, type Uploaded } from './method.ts'

/**
 * Parameters as the Bot API reads them: every value is text first, whichever way it came, so a number may be `"5"` and an
 * object JSON in a form. What is missing or empty is undefined; what cannot be read is a 400 in Telegram's words.
 */
export function text(call: Call, name: string): string | undefined {
  const value = call.params[name]
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** As `text`; missing: 400 `<name> is empty`, or what `missing` says instead. */
export function needText(call: Call, name: string, missing = `${name} is empty`): string {
  const value = text(call, name)
  if (value === undefined) throw bad(missing)
  return value
}

/** A whole number that JavaScript is sure of. */
export function int(call: Call, name: string, wrong?: string): number | undefined {
  const value = text(call, name)?.trim()
  if (value === undefined) return undefined
  const number = /^[+-]?\d+$/.test(value) ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(number)) throw bad(wrong ?? `invalid ${name} specified`)
  return number
}

/** As `int`; missing: 400 as well. */
export function needInt(call: Call, name: string, missing = `${name} is empty`): number {
  const value = int(call, name, missing)
  if (value === undefined) throw bad(missing)
  return value
}

/** A number with a fraction: latitudes and the like. */
export function float(call: Call, name: string, wrong?: string): number | undefined {
  const value = text(call, name)
  if (value === undefined) return undefined
  const number = Number(value)
  if (!Number.isFinite(number)) throw bad(wrong ?? `invalid ${name} specified`)
  return number
}

/** `true`, `yes` and `1` are, whatever the case; anything else is not, as Telegram has it. */
export const bool = (call: Call, name: string): boolean =>
  ['true', 'yes', '1'].includes(text(call, name)?.toLowerCase() ?? '')

/**
 * An object or a list: as JSON had it, or JSON as text. `what` names it in the error: `can't parse <what> JSON object`.
 */
export function json(call: Call, name: string, what = name.replaceAll('_', ' ')): unknown {
  const value = call.params[name]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    throw bad(`can't parse ${what} JSON object`)
  }
}

/** As `json`, an object. */
export function object(
  call: Call,
  name: string,
  what = name.replaceAll('_', ' '),
): Record<string, unknown> | undefined {
  const value = json(call, name, what)
  if (value === undefined) return undefined
  if (!isObject(value)) throw bad(`object expected as ${what}`)
  return value
}

/** As `json`, a list. */
export function list(
  call: Call,
  name: string,
  what = name.replaceAll('_', ' '),
): readonly unknown[] | undefined {
  const value = json(call, name, what)
  if (value === undefined) return undefined
  if (!Array.isArray(value)) throw bad(`expected an Array of ${what}`)
  return value
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A file of a call: uploaded under the parameter's own name or by `attach://NAME`; or text, which is a `file_id`, a URL
 * or (local servers) a path.
 */
export const file = (call: Call, name: string): Uploaded | string | undefined => {
  const own = call.files.get(name)
  if (own) return own
  const value = text(call, name)
  return value === undefined ? undefined : attached(call, value)
}

/** What a value within JSON (`media` of an album's member) refers to. */
export function attached(call: Call, value: string): Uploaded | string {
  if (!value.startsWith('attach://')) return value
  const found = call.files.get(value.slice('attach://'.length))
  if (!found) throw bad('wrong file identifier/HTTP URL specified')
  return found
}
