/** The Matrix user whom a link names (a pill): `https://matrix.to/#/@…` or `matrix:u/…`. Never throws. */
export function pilled(href: string): string | undefined {
  const match = /^(?:https?:\/\/matrix\.to\/#\/(?<to>[^?/]+)|matrix:u\/(?<uri>[^?/]+))/i.exec(href)
  const { to, uri } = match?.groups ?? {}
  const said = unescaped(to ?? (uri === undefined ? '' : `@${uri}`))
  return isUser(said) ? said : undefined
}

/** A user id that could be one: `@localpart:server`, at most 255 bytes (Matrix appendix, user identifiers). */
export const isUser = (id: string): boolean =>
  /^@[^\s:\p{Cc}]+:[A-Za-z0-9.[\]:-]+$/u.test(id) && Buffer.byteLength(id) <= 255

/** Where `@room` stands in a text, as a word of its own; undefined: nowhere. */
export function everybodyIn(text: string): { start: number; end: number } | undefined {
  const match = /(?<![\p{L}\p{N}_@.])@room(?![\p{L}\p{N}_])/u.exec(text)
  return match ? { start: match.index, end: match.index + match[0].length } : undefined
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
