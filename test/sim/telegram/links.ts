/** An address as Telegram keeps it, with a scheme and a path. Undefined: it would not take it. */
export function linkOf(given: string): string | undefined {
  const url = given.trim()
  if (/^(tg|ton|tonsite):/i.test(url)) return url
  const found = /^(?:(https?):\/\/)?([^\s/?#]+)([^\s]*)$/i.exec(url)
  const host = found?.[2]
  if (!host || !/^(?:[^@\s]*@)?[^\s:@]*\.[^\s.:@]+(?::\d+)?$/.test(host)) return undefined
  const rest = found[3] ?? ''
  const path = rest.startsWith('/') ? rest : `/${rest}`
  return `${(found[1] ?? 'http').toLowerCase()}://${host.toLowerCase()}${path}`
}

/** Of `tg://user?id=5`. */
export function userOfLink(url: string): number | undefined {
  const found = /^tg:(?:\/\/)?user\?id=(\d+)$/i.exec(url)
  return found?.[1] ? Number(found[1]) : undefined
}
