/**
 * The text of the first element of that name, or ''. Puppets give WeChat's XML as text, whole or with its brackets written
 * as entities; a parser would be asked to read anything.
 */
export function field(source: string, name: string): string {
  const xml = unwrapped(source)
  const start = new RegExp(`<${name}(?:\\s[^<>]*)?>`, 'i').exec(xml)
  if (!start) return ''
  const from = start.index + start[0].length
  const end = xml.indexOf(`</${name}>`, from)
  if (end < 0) return ''
  const inner = xml.slice(from, end).trim()
  const data = /^<!\[CDATA\[([\s\S]*)\]\]>$/.exec(inner)
  return data ? (data[1] ?? '') : decoded(inner)
}

/** An attribute of the first tag that has it, or ''. */
export function attribute(source: string, name: string): string {
  const found = new RegExp(`[\\s"]${name}\\s*=\\s*"([^"]*)"`, 'i').exec(unwrapped(source))
  return decoded(found?.[1] ?? '')
}

export const isXml = (source: string): boolean =>
  /^\s*<\??\w/.test(unwrapped(source.slice(0, 2000)))

function unwrapped(source: string): string {
  const text = source.slice(0, 200_000)
  return /^[^<]{0,200}&lt;/.test(text)
    ? text
        .replace(/<br\s*\/>/g, '\n')
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .replace(/&amp;/g, '&')
    : text
}

function decoded(text: string): string {
  return text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&apos;/g, "'")
    .replace(/&amp;/g, '&')
}
