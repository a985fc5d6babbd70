import type { Of, RecallGuess } from '../../../src/core/message.ts'
import { breaks, cleanText, emoji, unescapeOnce } from '../text.ts'
import { type Xml, xmlText } from '../xml.ts'

type Recall = Of<'recall'>

/** Reads a `<revokemsg>` (protocol §5.7). Whoever did it, and in whatever language it is told. */
export function readRecall(revoke: Xml): Recall {
  return recall((name) => xmlText(revoke, name))
}

/** A recall in a document too broken to parse: a recalled message must be known as such all the same. */
export function looseRecall(payload: string): Recall | undefined {
  const document = unescapeOnce(breaks(emoji(payload.slice(0, 20_000))))
  if (!/<sysmsg[^<>]{0,200}["']revokemsg["']/.test(document)) return undefined
  return recall((name) => {
    const start = document.indexOf(`<${name}>`)
    const end = document.indexOf(`</${name}>`, start)
    if (start < 0 || end < 0) return ''
    const inner = document.slice(start + name.length + 2, end).trim()
    return inner.replace('<![CDATA[', '').replace(/\]\]>$/, '')
  })
}

/** Do these words say that oneself recalled it (protocol §5.7, "Operator")? */
export function isOwnRecall(text: string): boolean {
  return /^[你您]已?(撤回|收回)|^You(?:'ve| have)? recalled\b/i.test(text)
}

function recall(field: (name: string) => string): Recall {
  const [fresh = '', plain = '', old = ''] = ['newmsgid', 'msgid', 'oldmsgid'].map(field)
  const aliases = [fresh, plain, old].filter((each) => /^\d{1,20}$/.test(each) && !isNought(each))
  const guess = guessOf(fresh, plain)
  return {
    kind: 'recall',
    target: { aliases: [...new Set(aliases)], preview: '' },
    text: cleanText(field('replacemsg'), 500),
    ...(guess ? { guess } : {}),
  }
}

/** Steps 2 and 3 of the matching algorithm (protocol §5.7). */
function guessOf(fresh: string, plain: string): RecallGuess | undefined {
  if (fresh !== '' && !isNought(fresh)) return undefined
  if (isNought(plain)) return 'mine'
  return plain.length < 11 ? 'sender' : undefined
}

const isNought = (id: string): boolean => /^0+$/.test(id)
