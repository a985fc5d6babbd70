import { oneLine } from '../../src/core/one-line.ts'
import { plainText } from './entities-in.ts'
import type { IngressWords } from './ingress-words.ts'
import { nameOf } from './updates.ts'
import { type Json, record, text, whole } from './updates-json.ts'

/** Ids of those whose words are nobody else's: the person's own, and what our bot has posted for others. */
export interface Own {
  readonly person: number
  readonly bot: string | undefined
}

/** The line in front of something that was forwarded; empty where it was not, or where it says nothing. */
export function forwardLine(body: Json, own: Own, words: IngressWords): string {
  const origin = record(body.forward_origin)
  if (!origin) return ''
  const user = record(origin.sender_user)
  const id = whole(user?.id)
  // What our bot posted says itself who said it.
  if (id !== undefined && (id === own.person || String(id) === own.bot)) return ''
  const name = originName(origin)
  return name && words.forwarded(name)
}

/**
 * What is quoted from somewhere that the bridge shows nothing of, or the part of a message that a person picked to
 * answer, as marked lines; empty where the answer says all by itself.
 */
export function quotedLines(body: Json, words: IngressWords): string {
  const quote = record(body.quote)
  const said = quote ? plainText(text(quote.text) ?? '', quote.entities).trim() : ''
  const elsewhere = record(body.external_reply)
  if (elsewhere) {
    const name = originName(record(elsewhere.origin) ?? {})
    const kind = Object.keys(elsewhere).find((field) => words.quoted[field] !== undefined)
    const what = said || (kind === undefined ? '' : (words.quoted[kind] ?? ''))
    return marked([name, what].filter((part) => part !== '').join(': '))
  }
  const whole = text(record(body.reply_to_message)?.text)
  return quote?.is_manual === true && said !== whole ? marked(said) : ''
}

const marked = (lines: string): string => (lines === '' ? '' : lines.replace(/^/gm, '> '))

function originName(origin: Json): string {
  const user = record(origin.sender_user)
  if (user) return nameOf(user)
  const chat = record(origin.sender_chat) ?? record(origin.chat)
  const title = text(origin.sender_user_name) ?? text(chat?.title) ?? text(chat?.username)
  return oneLine(title ?? '', 80)
}
