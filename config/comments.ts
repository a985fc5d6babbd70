import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml'

/**
 * The comment directly above each key of a YAML text, by the key's path (`matrix.listen.port`), its lines as one. A key
 * without a comment is there with an empty one. Under the empty path stands the comment at the head of the text, which an
 * empty line ends.
 */
export function commentsOf(text: string): ReadonlyMap<string, string> {
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter })
  const lines = text.split('\n')
  const found = new Map([['', headOf(lines)]])
  const visit = (map: YAMLMap, prefix: string) => {
    for (const { key, value } of map.items) {
      if (!isScalar(key) || !key.range) continue
      const path = prefix + String(key.value)
      const { line, col } = counter.linePos(key.range[0])
      // One that shares its line with another has no line above that is its own.
      const isFirst = (lines[line - 1] ?? '').slice(0, col - 1).trim() === ''
      found.set(path, isFirst ? above(lines, line - 1) : '')
      if (isMap(value)) visit(value, `${path}.`)
    }
  }
  if (isMap(document.contents)) visit(document.contents, '')
  return found
}

/** The lines of comment that end directly above line `at` (from 0). */
function above(lines: readonly string[], at: number): string {
  let first = at
  while (first > 0 && isComment(lines[first - 1])) first--
  return joined(lines.slice(first, at))
}

function headOf(lines: readonly string[]): string {
  const end = lines.findIndex((line) => !isComment(line))
  return lines[end]?.trim() === '' ? joined(lines.slice(0, end)) : ''
}

const isComment = (line: string | undefined) => line?.trimStart().startsWith('#') ?? false

function joined(lines: readonly string[]): string {
  return lines.map((line) => line.trim().replace(/^#\s?/, '')).join(' ')
}
