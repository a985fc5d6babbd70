/**
 * Cuts a text into pieces of at most `limit` UTF-16 units, at a line end where one is near, else at a blank, and
 * never inside a surrogate pair. Joined again the pieces give the text. An empty text gives no piece.
 */
export function split(text: string, limit: number): readonly string[] {
  const pieces: string[] = []
  let start = 0
  while (start < text.length) {
    const end = cut(text, start, limit)
    pieces.push(text.slice(start, end))
    start = end
  }
  return pieces
}

function cut(text: string, start: number, limit: number): number {
  const hard = start + Math.max(2, limit)
  if (hard >= text.length) return text.length
  const near = start + Math.floor(limit * 0.7)
  for (const mark of ['\n', ' ']) {
    const found = text.lastIndexOf(mark, hard - 1)
    if (found >= near) return found + 1
  }
  return isLowSurrogate(text.charCodeAt(hard)) ? hard - 1 : hard
}

const isLowSurrogate = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff
