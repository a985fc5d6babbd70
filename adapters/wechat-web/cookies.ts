/** One flat name → value map for all hosts of a session, as W4U keeps it (protocol §1.5). Plain data. */
export type Cookies = Record<string, string>

/** Stores `Set-Cookie` lines. An empty value, a past `Expires` or a `Max-Age` of 0 or less removes the cookie. */
export function storeCookies(
  jar: Cookies,
  lines: string | readonly string[] | undefined,
  now: number,
): void {
  for (const line of typeof lines === 'string' ? [lines] : (lines ?? [])) {
    const [pair = '', ...attributes] = line.split(';')
    const cut = pair.indexOf('=')
    const name = cut < 0 ? '' : pair.slice(0, cut).trim()
    const value = pair.slice(cut + 1).trim()
    if (!/^[\w.-]{1,100}$/.test(name) || name === '__proto__') continue
    if (value === '' || value.length > 8192 || isOver(attributes, now)) delete jar[name]
    else if (!hasControl(value) && (name in jar || hasRoom(jar, value))) jar[name] = value
  }
}

/** A jar is sent with every request and sealed at every save: a server must not be able to blow it up. */
function hasRoom(jar: Cookies, value: string): boolean {
  const values = Object.values(jar)
  const size = values.reduce((sum, each) => sum + each.length, value.length)
  return values.length < 50 && size <= 32_768
}

/** The `Cookie` header; values go back verbatim. Undefined: there is none. */
export function cookieHeader(jar: Cookies): string | undefined {
  const pairs = Object.entries(jar).map(([name, value]) => `${name}=${value}`)
  return pairs.length > 0 ? pairs.join('; ') : undefined
}

function isOver(attributes: readonly string[], now: number): boolean {
  for (const attribute of attributes) {
    const [key = '', ...rest] = attribute.split('=')
    const value = rest.join('=').trim()
    const name = key.trim().toLowerCase()
    if (name === 'max-age' && /^-?\d+$/.test(value)) return Number(value) <= 0
    if (name === 'expires' && Date.parse(value) <= now) return true
  }
  return false
}

function hasControl(value: string): boolean {
  return [...value].some((each) => each < ' ' || each > '~')
}
