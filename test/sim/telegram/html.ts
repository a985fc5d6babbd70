import type { MessageEntity } from '@grammyjs/types'
import type { Marked } from './entities.ts'
import { linkOf, userOfLink } from './links.ts'
import { byteAt, MarkupError } from './markup-error.ts'

/** Telegram's HTML, by the rules and with the errors of its `parse_html`. */
export function parseHtml(source: string): Marked {
  const open: Tag[] = []
  const entities: MessageEntity[] = []
  let out = ''
  let i = 0
  while (i < source.length) {
    const char = source[i] ?? ''
    if (char === '&') {
      const decoded = reference(source, i)
      out += decoded.text
      i = decoded.next
    } else if (char !== '<') {
      out += char
      i++
    } else if (source[i + 1] === '/') {
      const end = endTag(source, i, open.at(-1))
      const tag = open.pop()
      if (tag) close(tag, out, entities)
      i = end
    } else {
      const { tag, next } = startTag(source, i, out.length)
      open.push(tag)
      i = next
    }
  }
  const left = open.at(-1)
  if (left) throw new MarkupError(`Can't find end tag corresponding to start tag "${left.name}"`)
  return { text: out, entities: entities.map(({ ...one }) => withoutClass(one)) }
}

interface Tag {
  readonly name: string
  /** `href`, the language, `expandable`… */
  readonly argument: string | undefined
  readonly from: number
}

const known = new Set(
  'a b strong i em s strike del u ins tg-spoiler tg-emoji span pre code blockquote'.split(' '),
)

function startTag(source: string, begin: number, from: number): { tag: Tag; next: number } {
  const where = byteAt(source, begin)
  const unclosed = new MarkupError(`Unclosed start tag at byte offset ${where}`)
  let i = begin + 1
  while (i < source.length && !/[\s>]/.test(source[i] ?? '')) i++
  if (i >= source.length) throw unclosed
  const name = source.slice(begin + 1, i).toLowerCase()
  if (!known.has(name))
    throw new MarkupError(`Unsupported start tag "${name}" at byte offset ${where}`)
  let argument: string | undefined
  for (;;) {
    while (/\s/.test(source[i] ?? '')) i++
    if (source[i] === '>') break
    const start = i
    while (i < source.length && !/[\s=>]/.test(source[i] ?? '')) i++
    const attribute = source.slice(start, i)
    if (i >= source.length) throw unclosed
    if (attribute === '')
      throw new MarkupError(`Empty attribute name in the tag "${name}" at byte offset ${where}`)
    while (/\s/.test(source[i] ?? '')) i++
    let value = ''
    if (source[i] === '=') {
      const read = attributeValue(source, i + 1, where)
      value = read.value
      i = read.next
    } else if (!(name === 'blockquote' && attribute === 'expandable'))
      throw new MarkupError(
        `Expected equal sign in declaration of an attribute of the tag "${name}" at byte offset ${where}`,
      )
    argument = argumentOf(name, attribute, value) ?? argument
  }
  if (name === 'span' && argument !== 'spoiler')
    throw new MarkupError(`Tag "span" must have class "tg-spoiler" at byte offset ${where}`)
  return { tag: { name, argument, from }, next: i + 1 }
}

function attributeValue(
  source: string,
  at: number,
  where: number,
): { value: string; next: number } {
  let i = at
  while (/\s/.test(source[i] ?? '')) i++
  if (i >= source.length) throw new MarkupError(`Unclosed start tag at byte offset ${where}`)
  const quote = source[i] ?? ''
  let value = ''
  if (quote !== '"' && quote !== "'") {
    const start = i
    while (/[A-Za-z\d.-]/.test(source[i] ?? '')) i++
    if (!/[\s>]/.test(source[i] ?? ''))
      throw new MarkupError(`Unexpected end of name token at byte offset ${byteAt(source, start)}`)
    return { value: source.slice(start, i).toLowerCase(), next: i }
  }
  i++
  while (i < source.length && source[i] !== quote) {
    const read = source[i] === '&' ? reference(source, i) : { text: source[i] ?? '', next: i + 1 }
    value += read.text
    i = read.next
  }
  if (i + 1 >= source.length) throw new MarkupError(`Unclosed start tag at byte offset ${where}`)
  return { value, next: i + 1 }
}

function argumentOf(tag: string, attribute: string, value: string): string | undefined {
  if (tag === 'a' && attribute === 'href') return value
  if (tag === 'code' && attribute === 'class' && value.startsWith('language-'))
    return value.slice('language-'.length)
  if (tag === 'span' && attribute === 'class' && value.startsWith('tg-'))
    return value.slice('tg-'.length)
  if (tag === 'tg-emoji' && attribute === 'emoji-id') return value
  if (tag === 'blockquote' && attribute === 'expandable') return 'expandable'
  return undefined
}

function endTag(source: string, begin: number, open: Tag | undefined): number {
  const where = byteAt(source, begin)
  if (!open) throw new MarkupError(`Unexpected end tag at byte offset ${where}`)
  let i = begin + 2
  while (i < source.length && !/[\s>]/.test(source[i] ?? '')) i++
  const name = source.slice(begin + 2, i).toLowerCase()
  while (/\s/.test(source[i] ?? '')) i++
  if (source[i] !== '>') throw new MarkupError(`Unclosed end tag at byte offset ${where}`)
  if (name !== '' && name !== open.name)
    throw new MarkupError(
      `Unmatched end tag at byte offset ${where}, expected "</${open.name}>", found "</${name}>"`,
    )
  return i + 1
}

const styles: Readonly<Record<string, MessageEntity['type']>> = {
  i: 'italic',
  em: 'italic',
  b: 'bold',
  strong: 'bold',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  u: 'underline',
  ins: 'underline',
  'tg-spoiler': 'spoiler',
  span: 'spoiler',
}

function close({ name, argument, from }: Tag, out: string, entities: MessageEntity[]): void {
  const range = { offset: from, length: out.length - from }
  if (range.length === 0) return
  const add = (fields: object) => entities.push({ ...range, ...fields } as MessageEntity)
  const last = entities.at(-1)
  const same = last && last.offset === range.offset && last.length === range.length
  if (styles[name]) add({ type: styles[name] })
  else if (name === 'tg-emoji') {
    if (!/^\d+$/.test(argument ?? ''))
      throw new MarkupError('Invalid custom emoji identifier specified')
    add({ type: 'custom_emoji', custom_emoji_id: argument })
  } else if (name === 'a') addLink(argument || out.slice(from), add)
  else if (name === 'blockquote') add({ type: argument ? 'expandable_blockquote' : 'blockquote' })
  else if (name === 'pre' && same && last.type === 'code' && 'language' in last)
    entities[entities.length - 1] = { ...last, type: 'pre' } as MessageEntity
  else if (name === 'code' && same && last.type === 'pre' && argument)
    entities[entities.length - 1] = { ...last, language: argument }
  else add({ type: name, ...(argument && name === 'code' && { language: argument }) })
}

/** The entity of a link; none where Telegram would not take the address. */
export function addLink(address: string, add: (fields: object) => void): void {
  const user = userOfLink(address)
  const url = linkOf(address)
  if (user !== undefined)
    add({ type: 'text_mention', user: { id: user, is_bot: false, first_name: '' } })
  else if (url) add({ type: 'text_link', url })
}

// A language is only one within `pre`.
function withoutClass(entity: MessageEntity): MessageEntity {
  if (entity.type !== 'code' || !('language' in entity)) return entity
  const { offset, length } = entity
  return { type: 'code', offset, length }
}

function reference(source: string, at: number): { text: string; next: number } {
  const found = /^&(?:#x([\da-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot)(?![a-z]));?/i.exec(
    source.slice(at, at + 12),
  )
  const code = found?.[1] ? Number.parseInt(found[1], 16) : Number(found?.[2] ?? 0)
  const named = { lt: '<', gt: '>', amp: '&', quot: '"' }[found?.[3] ?? '']
  if (!found || (!named && (code === 0 || code >= 0x10ffff))) return { text: '&', next: at + 1 }
  return { text: named ?? String.fromCodePoint(code), next: at + found[0].length }
}
