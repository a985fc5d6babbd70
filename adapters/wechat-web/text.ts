// Text on the wire (protocol §3.8, §5.4). Everything returned is plain text.

/** Text of a message or a grey line: emoji spans, line breaks, then ONE unescape (protocol §5.4). */
export function decodeText(wire: string): string {
  return unescapeOnce(breaks(emoji(wire)))
}

/** A name, title or signature: emoji spans, then one unescape. Not yet fit to show: see {@link cleanName}. */
export function decodeName(wire: string): string {
  return unescapeOnce(emoji(wire))
}

/** A decoded name made harmless: one line, no control characters, no bidi overrides, at most 200 units. */
export function cleanName(wire: string): string {
  return cleanLine(decodeName(wire))
}

/** A line for people: a decoded text (from XML, say) made harmless like a name. */
export function cleanLine(decoded: string, limit = 200): string {
  const seen = decoded.toWellFormed().replace(/\s+/gu, ' ').replace(unseen, '')
  // What stood between two blanks may be gone.
  const flat = seen.replace(/ {2,}/g, ' ')
  return clip(flat.trim(), limit)
}

/** Lines for people: like a name, but with its line breaks, and longer. */
export function cleanText(decoded: string, limit = 2000): string {
  return clip(decoded.toWellFormed().replace(controls, '').trim(), limit)
}

/** A name as it is compared: U+FE0F never comes back from the server (protocol §3.8). */
export function foldName(name: string): string {
  return name.replaceAll('\ufe0f', '')
}

/** Without the control characters that no typed text holds and that stores and hubs choke on. */
export function plainControls(text: string): string {
  return text.replace(typeless, '')
}

/** Is any of it written in Chinese characters? Then words of our own beside it should be Chinese too. */
export function isChinese(...texts: readonly string[]): boolean {
  return texts.some((text) => /\p{Script=Han}/u.test(text))
}

/** Cut to `limit` UTF-16 units with an ellipsis, never in the middle of a character. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

/** Emoji spans to Unicode, also the unterminated ones. */
export function emoji(wire: string): string {
  return wire.replace(/<span[^<>]*?class="emoji emoji([0-9a-fA-F]+)"><\/span>?/g, (_, hex) =>
    emojiOf(hex.toLowerCase()),
  )
}

/** `<br/>` in its three spellings to line feeds. */
export function breaks(wire: string): string {
  return wire.replace(/<br ?\/?>/g, '\n')
}

/** HTML-unescape exactly once: `&amp;lt;` becomes `&lt;`. */
export function unescapeOnce(wire: string): string {
  return wire.replace(
    /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6}));/g,
    (all, name, decimal, hex) => {
      if (name) return entities[name as keyof typeof entities]
      const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
      return printable(code) ? String.fromCodePoint(code) : all
    },
  )
}

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

// Control characters but not the zero-width joiner of emoji; bidi marks could turn a name or a line around.
const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb]/g
const typeless =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g
const unseen = new RegExp(controls.source, 'g')

/** The server names the wrong glyph for these faces (protocol §3.8). */
const mistaken: Readonly<Record<string, string>> = {
  '1f63c': '1f601',
  '1f63a': '1f603',
  '1f4ab': '1f616',
  '1f63b': '1f60d',
  '1f63d': '1f618',
  '1f64e': '1f621',
  '1f63f': '1f622',
  '1f639': '1f602',
  '1f64d': '1f614',
}

/** How many hex digits each code point has, by the length of the run. */
const shapes: Readonly<Record<number, readonly number[]>> = {
  4: [4],
  5: [5],
  6: [2, 4],
  8: [4, 4],
  10: [5, 5],
}

function emojiOf(hex: string): string {
  const shape = shapes[hex.length]
  const run = mistaken[hex] ?? hex
  if (!shape) return '[emoji]'
  let at = 0
  const codes = shape.map((digits) => {
    const code = Number.parseInt(run.slice(at, at + digits), 16)
    at += digits
    return code
  })
  if (!codes.every((code) => code > 0x20 && printable(code))) return '[emoji]'
  const parts = codes.map((code) => String.fromCodePoint(code))
  if (codes[1] === 0x20e3) return parts.join('\ufe0f')
  return parts.length === 1 && wantsColour(codes[0] ?? 0) ? `${parts[0]}\ufe0f` : parts.join('')
}

/** Shown as a picture only with U+FE0F, which the server dropped. */
function wantsColour(code: number): boolean {
  return code < 0x2e80 && !/^\p{Emoji_Presentation}/u.test(String.fromCodePoint(code))
}

function printable(code: number): boolean {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false
  return code === 9 || code === 10 || code === 13 || (code >= 32 && !(code >= 127 && code < 160))
}
