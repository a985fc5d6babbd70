import type { InlineKeyboardButton, InlineKeyboardMarkup } from '@grammyjs/types'
import { linkOf } from './links.ts'
import { bad, type Call } from './method.ts'
import { isObject, object } from './params.ts'

/**
 * The buttons of a call. Undefined: none that stand under the message (keyboards in place of the letters do not).
 * Throws a 400 for what Telegram would not take.
 */
export function inlineKeyboard(call: Call): InlineKeyboardMarkup | undefined {
  const markup = object(call, 'reply_markup', 'reply keyboard markup')
  if (!markup) return undefined
  if (markup.inline_keyboard === undefined) {
    checkOther(markup)
    return undefined
  }
  const rows = markup.inline_keyboard
  if (!Array.isArray(rows)) throw bad("can't parse inline keyboard: expected an Array of Array")
  const parsed = rows.map((row: unknown) => {
    if (!Array.isArray(row)) throw bad("can't parse inline keyboard row: expected an Array")
    return row.map(button)
  })
  if (parsed.flat().length > 100) throw bad('REPLY_MARKUP_TOO_LONG')
  const kept = parsed.filter((row) => row.length > 0)
  return kept.length > 0 ? { inline_keyboard: kept } : undefined
}

/** Are `reply_markup` and what a message has the same buttons? */
export const isSameKeyboard = (
  one: InlineKeyboardMarkup | undefined,
  other: InlineKeyboardMarkup | undefined,
): boolean =>
  JSON.stringify(one?.inline_keyboard ?? []) === JSON.stringify(other?.inline_keyboard ?? [])

const others = ['keyboard', 'remove_keyboard', 'force_reply']

function checkOther(markup: Record<string, unknown>): void {
  if (!others.some((name) => name in markup))
    throw bad("can't parse reply keyboard markup JSON object")
}

function button(value: unknown): InlineKeyboardButton {
  if (!isObject(value)) throw bad("can't parse inline keyboard button: expected an Object")
  const { text, callback_data: data, url, ...rest } = value
  if (typeof text !== 'string')
    throw bad('can\'t parse inline keyboard button: Can\'t find field "text"')
  if (text.trim() === '') throw bad('inline keyboard button text must be non-empty')
  if (url !== undefined) {
    const link = linkOf(String(url))
    if (!link) throw bad(`inline keyboard button URL '${String(url)}' is invalid: Wrong HTTP URL`)
    return { text, url: link }
  }
  if (data !== undefined) {
    const bytes = Buffer.byteLength(String(data))
    if (bytes < 1 || bytes > 64) throw bad('BUTTON_DATA_INVALID')
    return { text, callback_data: String(data) }
  }
  const kind = [
    'copy_text',
    'web_app',
    'switch_inline_query',
    'switch_inline_query_current_chat',
    'login_url',
    'pay',
  ].find((name) => rest[name] !== undefined)
  if (!kind)
    throw bad(
      "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    )
  return { text, [kind]: rest[kind] } as unknown as InlineKeyboardButton
}
