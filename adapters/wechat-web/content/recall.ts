import type { Content, RecallGuess } from '../../../src/core/message.ts'
import { cleanText } from '../text.ts'
import { child, type Xml, xmlText } from '../xml.ts'

/** A `<sysmsg>` read: a recall, the words of some other notice, or neither. */
export type SystemMessage =
  | { readonly type: 'recall'; readonly content: Extract<Content, { kind: 'recall' }> }
  | { readonly type: 'other'; readonly name: string; readonly text: string }

/** Reads MsgType 10002 (protocol §5.7). Undefined: no `<sysmsg>`. */
export function readSystemMessage(document: Xml): SystemMessage | undefined {
  const sysmsg = child(document, 'sysmsg')
  if (sysmsg === undefined) return undefined
  const name = xmlText(sysmsg, '@_type') || 'unknown'
  const revoke = child(sysmsg, 'revokemsg')
  if (name === 'revokemsg' || revoke !== undefined)
    return { type: 'recall', content: recall(revoke) }
  return { type: 'other', name: cleanText(name, 60), text: noticeText(sysmsg) }
}

/** Do these words say that oneself recalled it (protocol §5.7, "Operator")? */
export function isOwnRecall(text: string): boolean {
  return /^[你您]已?(撤回|收回)|^You(?:'ve| have)? recalled\b/i.test(text)
}

function recall(revoke: Xml): Extract<Content, { kind: 'recall' }> {
  const [fresh, plain, old] = ['newmsgid', 'msgid', 'oldmsgid'].map((each) => xmlText(revoke, each))
  const aliases = [fresh, plain, old].filter(
    (each): each is string => each !== undefined && /^\d{1,20}$/.test(each) && Number(each) !== 0,
  )
  const guess = guessOf(fresh ?? '', plain ?? '')
  return {
    kind: 'recall',
    target: { aliases: [...new Set(aliases)], preview: '' },
    text: cleanText(xmlText(revoke, 'replacemsg'), 500),
    ...(guess ? { guess } : {}),
  }
}

/** Steps 2 and 3 of the matching algorithm (protocol §5.7). */
function guessOf(fresh: string, plain: string): RecallGuess | undefined {
  if (fresh !== '' && Number(fresh) !== 0) return undefined
  if (/^0+$/.test(plain)) return 'mine'
  return plain.length < 11 ? 'sender' : undefined
}

function noticeText(sysmsg: Xml): string {
  const places = [
    ['pat', 'template'],
    ['sysmsgtemplate', 'content_template', 'plain'],
    ['sysmsgtemplate', 'content_template', 'template'],
    ['roomtoolstips', 'todo', 'title'],
    ['replacemsg'],
    ['template'],
    ['plain'],
  ]
  for (const place of places) {
    const found = cleanText(xmlText(sysmsg, ...place), 500)
    if (found) return found
  }
  return ''
}
