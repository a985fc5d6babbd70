/**
 * Rows of cells below one another, each column as wide as it needs to be, up to `widest` columns of the screen: longer
 * cells go on in the next line. Chinese characters are two columns wide.
 */
export function columns(rows: readonly (readonly string[])[], widest = 26): string {
  const count = Math.max(...rows.map((row) => row.length))
  const wrapped = rows.map((row) =>
    Array.from({ length: count }, (_, at) => wrap(row[at] ?? '', widest)),
  )
  const widths = Array.from({ length: count }, (_, at) =>
    Math.max(...wrapped.flatMap((row) => (row[at] ?? []).map(widthOf))),
  )
  const lines = wrapped.flatMap((row) => {
    const height = Math.max(...row.map((cell) => cell.length))
    return Array.from({ length: height }, (_, line) =>
      row
        .map((cell, at) => padded(cell[line] ?? '', widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  })
  return lines.join('\n')
}

function wrap(text: string, widest: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  // Western words stay whole; Chinese may break anywhere.
  for (const piece of text.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+|\s+/gu) ?? []) {
    if (line && widthOf(line + piece.trimEnd()) > widest) {
      lines.push(line.trimEnd())
      line = ''
    }
    line += line ? piece : piece.trimStart()
  }
  return [...lines, line.trimEnd()]
}

const padded = (text: string, width: number): string => text + ' '.repeat(width - widthOf(text))

const widthOf = (text: string): number =>
  [...text].reduce(
    (sum, sign) =>
      sum +
      (/[\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]/.test(sign)
        ? 2
        : 1),
    0,
  )
