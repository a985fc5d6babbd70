// Names and texts from WeChat are hostile. Matrix takes them as plain text, but control characters break databases
// behind it (NUL) and terminals, and direction overrides let one name pose as another.

const controls = /[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff]/gu
const unprintable = /(?![\n\t])\p{Cc}/gu

/** A name on one line: no control characters, at most `longest` UTF-16 units; `otherwise` if nothing is left. */
export function nameText(name: string, otherwise: string, longest = 200): string {
  const line = name.toWellFormed().replace(controls, ' ').replace(/\s+/gu, ' ').trim()
  return cut(line, longest) || otherwise
}

/** A text with its lines: what cannot be shown is marked, not dropped. */
export function bodyText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(unprintable, '\ufffd')
}

/** The last part of a path, as a file name to show. */
export function fileName(name: string | undefined, otherwise: string): string {
  return nameText((name ?? '').split(/[\\/]/).at(-1) ?? '', otherwise)
}

function cut(line: string, longest: number): string {
  if (line.length <= longest) return line
  const end = /[\ud800-\udbff]$/.test(line.slice(0, longest - 1)) ? longest - 2 : longest - 1
  return `${line.slice(0, end)}…`
}
