import type { Of } from '../../../src/core/message.ts'
import { clip, decodeText, foldName, plainControls } from '../text.ts'

/** The longest text taken over whole; the rest of a longer one is cut with an ellipsis. */
const longest = 200_000

/** A text message (protocol §5.4), prefix already gone. */
export function readText(payload: string): Of<'text'> {
  return { kind: 'text', text: plainControls(decodeText(clip(payload, longest)).toWellFormed()) }
}

/**
 * Does a text name one of these (decoded) names after an `@` (protocol §5.10)? The name ends with U+2005, any other blank,
 * or the text.
 */
export function mentions(text: string, names: readonly string[]): boolean {
  const folded = fold(text)
  return names.some((name) => {
    const mark = `@${fold(name)}`
    if (mark === '@') return false
    for (let at = folded.indexOf(mark); at >= 0; at = folded.indexOf(mark, at + 1)) {
      const end = at + mark.length
      if (end === folded.length || folded[end] === ' ') return true
    }
    return false
  })
}

/** Names lose what is unseen in them and all blanks but one: so must the text they are looked for in. */
const fold = (text: string): string =>
  foldName(text)
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\s+/gu, ' ')
    .trim()
