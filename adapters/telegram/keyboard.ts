import type { InlineKeyboardButton, InlineKeyboardMarkup } from '@grammyjs/types'
import { oneLine } from '../../src/core/one-line.ts'
import type { Button, Buttons } from '../../src/core/post.ts'

/** A keyboard, and the labels of what could not be a button. */
export interface Keyboard {
  readonly markup?: InlineKeyboardMarkup
  readonly left: readonly string[]
}

/** Bytes of what a button says (ecosystem §2.1). */
const mostBytes = 64
const mostButtons = 100
const longestLabel = 60

/**
 * Buttons as Telegram has them: those that say words carry them joined by blanks (`wordsOf` reads them), those with
 * an address lead there. What does not fit is left out.
 */
export function keyboardOf(buttons: Buttons | undefined): Keyboard {
  const left: string[] = []
  const rows: InlineKeyboardButton[][] = []
  let count = 0
  for (const row of buttons ?? []) {
    const made: InlineKeyboardButton[] = []
    for (const button of row) {
      const one = count < mostButtons ? buttonOf(button) : undefined
      if (one) made.push(one)
      else left.push(button.label)
      if (one) count++
    }
    if (made.length) rows.push(made)
  }
  return { ...(rows.length && { markup: { inline_keyboard: rows } }), left }
}

/** The same without what leads to an address: Telegram refuses some addresses, and the whole message with them. */
export function withoutAddresses(markup: InlineKeyboardMarkup): InlineKeyboardMarkup | undefined {
  const rows = markup.inline_keyboard
    .map((row) => row.filter((button) => !('url' in button)))
    .filter((row) => row.length > 0)
  return rows.length ? { inline_keyboard: rows } : undefined
}

function buttonOf(button: Button): InlineKeyboardButton | undefined {
  const text = oneLine(button.label, longestLabel)
  if (!text) return undefined
  if ('url' in button) return isAddress(button.url) ? { text, url: button.url } : undefined
  const data = button.words.join(' ')
  const isWhole = button.words.length > 0 && button.words.every((word) => /^\S+$/.test(word))
  if (!isWhole || Buffer.byteLength(data) > mostBytes) return undefined
  return { text, callback_data: data }
}

const isAddress = (url: string): boolean =>
  URL.canParse(url) && ['http:', 'https:', 'tg:'].includes(new URL(url).protocol)
