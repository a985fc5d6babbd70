import type { MessageEntity } from '@grammyjs/types'
import type { Marked } from './entities.ts'
import { addLink } from './html.ts'
import { byteAt, MarkupError } from './markup-error.ts'

/** Telegram's MarkdownV2, by the rules and with the errors of its `parse_markdown_v2`. */
export function parseMarkdownV2(source: string): Marked {
  const open: Open[] = []
  const entities: MessageEntity[] = []
  let out = ''
  let quoted = false
  // Only marks have come in this line.
  let mayQuote = true
  const reserved = (at: number) =>
    new MarkupError(
      `Character '${source[at]}' is reserved and must be escaped with the preceding '\\'`,
    )
  for (let i = 0; i < source.length; i++) {
    const char = source[i] ?? ''
    if (char === '\\' && isEscapable(source, i + 1)) {
      out += source[++i]
      mayQuote = source[i] === '\n'
      continue
    }
    const top = open.at(-1)
    const special = top && isCode(top) ? '`' : '_*[]()~`>#+-=|{}.!\n'
    if (!special.includes(char)) {
      out += char
      mayQuote &&= char === '\r'
      continue
    }
    if (top && endsHere(source, i, top, quoted)) {
      if (char !== '\n') {
        open.pop()
        i = finish(source, i, top, out, entities)
        continue
      }
      out += '\n'
      const quote = lastQuote(source, i, open)
      if (!quote) throw endless(open.at(-1) ?? top)
      finish(source, i, quote, out, entities)
      quoted = false
      mayQuote = true
      continue
    }
    if (char === '\n') {
      out += '\n'
      mayQuote = true
      continue
    }
    if (char === '>') {
      if (!mayQuote) throw reserved(i)
      if (quoted) continue
      quoted = true
      open.push({ type: 'blockquote', from: out.length, at: byteAt(source, i), language: '' })
      continue
    }
    const begun = begin(source, i, out.length)
    if (!begun) throw reserved(i)
    open.push(begun.open)
    i = begun.last
  }
  const last = quoted && lastQuote(source, source.length, open)
  if (last) finish(source, source.length, last, out, entities)
  const left = open.at(-1)
  if (left) throw endless(left)
  return { text: out, entities }
}

interface Open {
  readonly type: MessageEntity['type']
  /** Where it began in what has been read, and at which byte of the source. */
  readonly from: number
  readonly at: number
  readonly language: string
}

/** The quote that ends at `at`, no longer open; a spoiler begun just before says that it can be expanded. */
function lastQuote(source: string, at: number, open: Open[]): Open | undefined {
  const top = open.at(-1)
  const line = source[at - 1] === '\r' ? at - 1 : at
  const expands = top?.type === 'spoiler' && top.at === byteAt(source, line - 2)
  if (expands) open.pop()
  if (open.at(-1)?.type !== 'blockquote') return undefined
  const quote = open.pop()
  return quote && { ...quote, type: expands ? 'expandable_blockquote' : 'blockquote' }
}

const names: Readonly<Record<string, string>> = {
  pre: 'Pre',
  code: 'Code',
  bold: 'Bold',
  italic: 'Italic',
  underline: 'Underline',
  strikethrough: 'Strikethrough',
  spoiler: 'Spoiler',
  text_link: 'TextUrl',
  custom_emoji: 'CustomEmoji',
  blockquote: 'BlockQuote',
}

const endless = ({ type, language, at }: Open): MarkupError =>
  new MarkupError(
    `Can't find end of ${language ? 'PreCode' : names[type]} entity at byte offset ${at}`,
  )

const isCode = ({ type }: Open): boolean => type === 'code' || type === 'pre'

function isEscapable(source: string, at: number): boolean {
  const code = source.charCodeAt(at)
  return code > 0 && code <= 126
}

function begin(source: string, at: number, from: number): { open: Open; last: number } | undefined {
  const made = (type: MessageEntity['type'], last = at, language = '') => ({
    open: { type, from, at: byteAt(source, at), language },
    last,
  })
  const twice = source[at + 1] === source[at]
  switch (source[at]) {
    case '_':
      return twice ? made('underline', at + 1) : made('italic')
    case '*':
      return made('bold')
    case '~':
      return made('strikethrough')
    case '|':
      return twice ? made('spoiler', at + 1) : undefined
    case '[':
      return made('text_link')
    case '!':
      return source[at + 1] === '[' ? made('custom_emoji', at + 1) : undefined
    case '`': {
      if (!source.startsWith('```', at)) return made('code')
      const found = /^([^\s`]+(?=\s))?(?:\r\n|\n\r|[\n\r])?/.exec(source.slice(at + 3))
      return made('pre', at + 2 + (found?.[0].length ?? 0), found?.[1] ?? '')
    }
    default:
      return undefined
  }
}

function endsHere(source: string, at: number, { type }: Open, quoted: boolean): boolean {
  const char = source[at]
  if (quoted && char === '\n' && source[at + 1] !== '>') return true
  const twice = source[at + 1] === char
  switch (type) {
    case 'bold':
      return char === '*'
    case 'italic':
      return char === '_' && !twice
    case 'underline':
      return char === '_' && twice
    case 'strikethrough':
      return char === '~'
    case 'spoiler':
      return char === '|' && twice
    case 'code':
      return char === '`'
    case 'pre':
      return source.startsWith('```', at)
    case 'text_link':
    case 'custom_emoji':
      return char === ']'
    default:
      return false
  }
}

/** Adds the entity that ends at `at`. Returns the last place that belongs to its end. */
function finish(
  source: string,
  at: number,
  { type, from, language }: Open,
  out: string,
  entities: MessageEntity[],
): number {
  const range = { offset: from, length: out.length - from }
  const add = (fields: object) => {
    if (range.length > 0) entities.push({ ...range, ...fields } as MessageEntity)
  }
  if (type === 'text_link') {
    if (source[at + 1] !== '(') {
      addLink(out.slice(from), add)
      return at
    }
    const { url, end } = address(source, at + 2, 'a URL')
    addLink(url, add)
    return end
  }
  if (type === 'custom_emoji') {
    if (source[at + 1] !== '(')
      throw new MarkupError('Custom emoji entity must contain a tg://emoji URL')
    const { url, end } = address(source, at + 2, 'a custom emoji URL')
    const id = /^tg:\/\/emoji\?id=(\d+)$/.exec(url)?.[1]
    if (!id) throw new MarkupError('Custom emoji URL must have an emoji identifier')
    add({ type, custom_emoji_id: id })
    return end
  }
  add({ type, ...(language && { language }) })
  if (type === 'underline' || type === 'spoiler') return at + 1
  return type === 'pre' ? at + 2 : at
}

function address(source: string, at: number, what: string): { url: string; end: number } {
  let url = ''
  let i = at
  for (; i < source.length && source[i] !== ')'; i++) {
    if (source[i] === '\\' && isEscapable(source, i + 1)) i++
    url += source[i]
  }
  if (source[i] !== ')')
    throw new MarkupError(`Can't find end of ${what} at byte offset ${byteAt(source, at)}`)
  return { url, end: i }
}

/** The first Markdown, which is still taken: no nesting, no escape but before `_`, `*`, `` ` `` and `[`. */
export function parseMarkdown(source: string): Marked {
  const entities: MessageEntity[] = []
  let out = ''
  let i = 0
  while (i < source.length) {
    const char = source[i] ?? ''
    if (char === '\\' && '_*`['.includes(source[i + 1] ?? ' ')) {
      out += source[i + 1]
      i += 2
      continue
    }
    if (!'_*`['.includes(char)) {
      out += char
      i++
      continue
    }
    const pre = source.startsWith('```', i)
    const mark = pre ? '```' : char === '[' ? ']' : char
    const start = i + (pre ? 3 : 1)
    const end = source.indexOf(mark, start)
    if (end < 0)
      throw new MarkupError(
        `Can't find end of the entity starting at byte offset ${byteAt(source, i)}`,
      )
    const from = out.length
    out += source.slice(start, end)
    const range = { offset: from, length: end - start }
    const add = (fields: object) => {
      if (range.length > 0) entities.push({ ...range, ...fields } as MessageEntity)
    }
    i = end + mark.length
    if (char === '[') {
      const close = source[i] === '(' ? source.indexOf(')', i) : -1
      addLink(close < 0 ? out.slice(from) : source.slice(i + 1, close), add)
      if (close >= 0) i = close + 1
    } else add({ type: pre ? 'pre' : { _: 'italic', '*': 'bold', '`': 'code' }[char] })
  }
  return { text: out, entities }
}
