import type { Of } from '../../../src/core/message.ts'
import { number, text } from '../raw.ts'
import { cleanName, cleanText, decodeText } from '../text.ts'
import type { Incoming } from './incoming.ts'

/**
 * What none of the parsers reads: its type, and its `title` or, where none is given, the words that come with it.
 * `app` is the type of an app message.
 */
export function unsupported(message: Incoming, app = 0, title?: string): Of<'unsupported'> {
  const { type, raw, payload } = message
  const shown = title ?? (cleanName(text(raw.FileName)) || plainWords(payload))
  const kind = app || (type === 49 ? number(raw.AppMsgType) : 0)
  return {
    kind: 'unsupported',
    type: kind ? `${type}/${kind}` : String(type),
    summary: shown,
  }
}

/** Words in place of XML; markup is no such thing. */
function plainWords(payload: string): string {
  const decoded = decodeText(payload.slice(0, 4000)).trim()
  return decoded.startsWith('<') ? '' : cleanText(decoded, 300)
}
