const graphemes = new Intl.Segmenter()

/**
 * One line of at most `limit` characters as people count them, without what is invisible and turns around how the
 * rest of a line is read. For hostile text that stands within a sentence of ours.
 */
export function oneLine(text: string, limit: number): string {
  const line = text
    .slice(0, 2000)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim()
  if (line.length <= limit) return line
  const all = [...graphemes.segment(line)].map((each) => each.segment)
  return all.length <= limit ? line : `${all.slice(0, limit - 1).join('')}…`
}
