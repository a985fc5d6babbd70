import type { Content } from '../../../src/core/message.ts'
import { decodeText, foldName } from '../text.ts'

/** A text message (protocol §5.4), prefix already gone. */
export function textContent(payload: string): Content {
  return { kind: 'text', text: decodeText(payload).toWellFormed() }
}

/**
 * Does a text name one of these (decoded) names, or everyone, after an `@` (protocol §5.10)? The name ends with
 * U+2005, any blank, or the text.
 */
export function mentions(text: string, names: readonly string[]): boolean {
  const folded = foldName(text)
  return [...names, '所有人', 'All', 'all'].some((name) => {
    const mark = `@${foldName(name)}`
    for (let at = folded.indexOf(mark); at >= 0; at = folded.indexOf(mark, at + 1)) {
      const after = folded.slice(at + mark.length)
      if (after === '' || /^[\s\u2005]/.test(after)) return true
    }
    return false
  })
}
