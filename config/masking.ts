/** What stands for a secret that is set. */
export const masked = '(set)'

/** Names of values in free maps (what a puppet is given) that hold secrets as a rule. */
const secretName = /token|secret|passw|passphrase|credential|apikey|api_key|(^|[._-])(key|auth)$/i

/** A value as JSON, for everybody's eyes: without the passwords in addresses, and the secrets in maps. */
export function shown(value: unknown): string {
  return JSON.stringify(value, (name, each: unknown) => {
    if (typeof each !== 'string') return each
    return secretName.test(name) ? masked : withoutPasswords(each)
  })
}

/**
 * What was found where something else was expected. It may be anything, also a secret in the wrong place: what looks like
 * one is not shown, nor what is inside maps and lists.
 */
export function found(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'a map'
  if (typeof value === 'number' && String(value).length > 12) return 'a long number'
  if (typeof value !== 'string') return String(value)
  if (looksSecret(value)) return 'a text that is not shown, since it may be a secret'
  const text = withoutPasswords(value)
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)
}

/** The same where sections, maps or lists were expected: the text might be what was to be in them. */
export const foundWhole = (value: unknown) => (typeof value === 'string' ? 'a text' : found(value))

/** The name of an option or file as somebody wrote it, which may have put a secret there. On one line. */
export function safeName(name: string): string {
  if (looksSecret(name)) return '(a name that is not shown)'
  const line = onOneLine(name)
  return line.length > 200 ? `${line.slice(0, 200)}…` : line
}

/** What would begin a new line, or is not to be seen, is written as JSON has it. */
export const onOneLine = (text: string) =>
  JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll('\\\\', '\\')

/** Long, of letters and digits without a space, and no path: or a bot's token anywhere in it. */
function looksSecret(text: string): boolean {
  if (/\d{5,20}:[\w-]{20,}/.test(text)) return true
  return /^[\w+/=~-]{24,}$/.test(text) && /\d/.test(text) && !isPath(text)
}

/** Written so that nobody would take it for anything else. */
export const isPath = (text: string) => /^(~|\.{1,2})?[\\/]|^[A-Za-z]:[\\/]/.test(text)

function withoutPasswords(text: string): string {
  return withoutUser(text).replace(
    /([?&;#][\w-]*(?:token|secret|key|passw\w*|auth\w*|signature)=)[^&#;\s]+/gi,
    '$1…',
  )
}

function withoutUser(text: string): string {
  if (URL.canParse(text)) {
    const { username, password, host } = new URL(text)
    if (host !== '' && username === '' && password === '') return text
  }
  return text.includes('://')
    ? text.replace(/:\/\/\S*@/g, '://…@')
    : text.replace(/^[^\s:@/]+:[^\s@]+@(?=\S)/, '…@')
}
