// Texts from WeChat are hostile. Telegram takes them as plain text, but drops what turns the direction of a line, control
// characters and line separators, which would glue words together; so it is done here, where it is seen.

const turning = /[\u202a-\u202e\u2066-\u2069\ufeff]/gu
const breaks = /\r\n?|[\u2028\u2029]/gu
const unprintable = /(?![\n\t])\p{Cc}/gu
/** What Telegram takes for nothing: a message of it alone is refused as empty. */
const invisible =
  /[\s\p{Cf}\p{Mn}\p{Zs}\u115f\u1160\u180e\u2800\u3164\uffa0\ufff9-\ufffc\u{e0000}-\u{e0fff}]/gu

/** A text with its lines: what cannot be shown is marked, not dropped. At most as long as it was. */
export function bodyText(text: string): string {
  return text
    .toWellFormed()
    .replace(breaks, '\n')
    .replace(turning, '')
    .replace(unprintable, '\ufffd')
}

/** Is there anything in it to see? */
export const isBlank = (text: string): boolean => text.replace(invisible, '') === ''
