import type { Fields } from '../../src/ports/telemetry.ts'

// The last net of the log. Whoever writes a line leaves secrets and words of people out; should somebody forget it, or a
// library say in an error what it was given, this catches what can be known by its name or its looks.

const hidden = '[hidden]'
/** No line needs more of a string, in characters. */
const longest = 8_192
/** A secret that begins before the cut is whole in what is looked at. */
const beyond = 1_024
const deepest = 6
const widest = 100

/** Words that make the name of a field one of something that no log should hold. */
const secretNames: ReadonlySet<string> = new Set(
  `authorization bodies body caption cookie cookies credential credentials passphrase passwd password passwords
  secret secrets text token tokens`.split(/\s+/),
)

/**
 * What a secret looks like within words; where there is a group, that stays. Each is tried at every place with a bounded
 * number of steps, or runs on without turning back, so that hostile text of any length costs time in proportion.
 */
const looks: readonly RegExp[] = [
  // A Telegram bot's token, as in the address of each call.
  /\d{6,16}:[A-Za-z0-9_-]{30,}/g,
  // In addresses, forms and JSON.
  /((?:token|secret|password|passwd|ticket|skey|sid|signature|authorization)(?:=|"\s?:\s?"))[^\s"'&#;,)<>]+/gi,
  /\b(Bearer |Basic )[A-Za-z0-9._~+/=-]{8,}/gi,
  // Access tokens of Synapse and of its authentication service.
  /\b(?:syt|mat|mct|mpt)_[A-Za-z0-9_-]{10,}/g,
  // name:password@ of an address.
  /(:\/\/)[^\s/:@]{1,100}:[^\s/@]{1,200}(?=@)/g,
]
/** 32 random bytes as base64url, like the tokens of a registration. An event of Matrix looks the same behind its `$`. */
const random = /(?<![\w$-])[A-Za-z0-9_-]{43}(?![\w-])/g

/** A string of a log line, without what looks like a secret, and not too long. */
export function maskWords(words: string): string {
  const seen = words.slice(0, longest + beyond)
  let masked = seen
  for (const look of looks) {
    masked = masked.replace(look, (_, kept: unknown) =>
      typeof kept === 'string' ? `${kept}${hidden}` : hidden,
    )
  }
  masked = masked.replace(random, (word) => (isMixed(word) ? hidden : word))
  if (words.length <= longest) return masked
  // At the end there may be the beginning of one.
  const end = Math.max(0, masked.length - (seen.length - longest))
  return `${masked.slice(0, end)}… (${words.length} characters)`
}

/** The fields of a log line, the same way all the way down. Numbers and the like are no secrets, whatever they are called. */
export function maskFields(fields: Fields): Fields {
  return maskAll(fields, 0)
}

function maskAll(fields: object, depth: number): Fields {
  const masked: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(fields).slice(0, widest)) {
    masked[name] = isSecretName(name) && isHidden(value) ? hidden : mask(value, depth + 1)
  }
  return masked
}

function mask(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return maskWords(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > deepest) return '[deeper]'
  if (value instanceof Error) return maskError(value, depth)
  if (value instanceof Date) return value
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  if (Array.isArray(value)) return value.slice(0, widest).map((each) => mask(each, depth + 1))
  return maskAll(value, depth)
}

function maskError(error: Error, depth: number): unknown {
  const { name, message, stack, cause } = error
  return {
    type: name,
    message: maskWords(message),
    ...('code' in error && { code: mask(error.code, depth + 1) }),
    ...('failure' in error && { failure: mask(error.failure, depth + 1) }),
    ...(stack !== undefined && { stack: maskWords(stack) }),
    ...(cause !== undefined && { cause: mask(cause, depth + 1) }),
  }
}

/** `asToken`, `access_token` and `set-cookie` are, `tokens` of a length in `tokenBytes` too, as long as it is no number. */
function isSecretName(name: string): boolean {
  const words = name.slice(0, 100).split(/(?<=[a-z\d])(?=[A-Z])|[^A-Za-z\d]+/)
  return words.some((word) => secretNames.has(word.toLowerCase()))
}

const isHidden = (value: unknown): boolean =>
  typeof value === 'string' ? value !== '' : typeof value === 'object' && value !== null

const isMixed = (word: string): boolean =>
  /[a-z]/.test(word) && /[A-Z]/.test(word) && /\d/.test(word)
