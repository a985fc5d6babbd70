/** Hostile names: one line, no control characters, not endless. */
export function cleanName(name: string | undefined, most = 200): string {
  const line = (name ?? '').toWellFormed().replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
  return clip(line.trim(), most)
}

/** Words are kept as they are, but for what no store and no hub takes. */
export function cleanText(text: string | undefined): string {
  return (text ?? '').toWellFormed().replaceAll('\0', '')
}

/** An absolute http(s) address, or nothing. */
export function cleanUrl(url: string | undefined): string {
  if (url === undefined || !URL.canParse(url)) return ''
  const { protocol, href } = new URL(url)
  return protocol === 'https:' || protocol === 'http:' ? href : ''
}

function clip(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).toWellFormed()}…` : text
}

/** A type of media as it can stand in a header. */
export function headerMime(mime: string): string {
  const isPlain = /^[\w.+-]+\/[\w.+-]+(; ?[\w.+-]+="?[\w.+-]+"?)*$/.test(mime)
  return isPlain ? mime : 'application/octet-stream'
}
