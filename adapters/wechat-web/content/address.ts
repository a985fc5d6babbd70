/** An absolute http(s) address in its safe spelling, or '' for anything else (scripts, paths, phone links). */
export function httpUrl(text: string): string {
  const trimmed = text.trim()
  if (trimmed.length > 8000 || !/^https?:\/\//i.test(trimmed) || !URL.canParse(trimmed)) return ''
  const { href } = new URL(trimmed)
  return href.length > 16_000 ? '' : href
}

/** An address in a JSON field, where only `&` is escaped (protocol §5.4). */
export function wireUrl(wire: string): string {
  return httpUrl(wire.replaceAll('&amp;', '&'))
}
