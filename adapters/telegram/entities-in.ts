import { count, type Json, records, text } from './updates-json.ts'

/** A run of the text that Telegram marks, checked: in UTF-16 units, within the text, never empty. */
interface Marked {
  readonly type: string
  readonly from: number
  readonly to: number
  readonly entity: Json
}

/** What goes between two characters: addresses, then the end of a line, then the sign of a quotation. */
interface Between {
  links: string
  breaks: boolean
  quotes: boolean
}

/**
 * A text of Telegram's as plain words for WeChat, which shows no markup: an address stands behind the words that
 * lead to it, quoted lines are marked, code stands on its own lines. `entities` is what Telegram sent, whatever that is.
 */
export function plainText(said: string, entities: unknown): string {
  const between = new Map<number, Between>()
  const at = (index: number): Between => {
    const where = insidePair(said, index) ? index + 1 : index
    const known = between.get(where)
    if (known) return known
    const fresh = { links: '', breaks: false, quotes: false }
    between.set(where, fresh)
    return fresh
  }

  for (const marked of markedIn(said, entities)) {
    if (marked.type === 'text_link') link(said, marked, at)
    if (blocks.has(marked.type)) ownLines(said, marked, at)
    if (quotes.has(marked.type)) quote(said, marked, at)
  }

  let plain = ''
  let done = 0
  for (const [index, { links, breaks, quotes }] of [...between].sort(([a], [b]) => a - b)) {
    plain += said.slice(done, index) + links + (breaks ? '\n' : '') + (quotes ? '> ' : '')
    done = index
  }
  return (plain + said.slice(done)).toWellFormed()
}

const quotes = new Set(['blockquote', 'expandable_blockquote'])
const blocks = new Set(['pre', ...quotes])
/** Telegram keeps a hundred. */
const mostEntities = 1000
const longestAddress = 2000

function markedIn(said: string, entities: unknown): readonly Marked[] {
  return records(entities)
    .slice(0, mostEntities)
    .flatMap((entity) => {
      const type = text(entity.type)
      const from = count(entity.offset)
      const length = count(entity.length)
      if (!type || from === undefined || length === undefined) return []
      const to = Math.min(from + length, said.length)
      return from < to ? [{ type, from, to, entity }] : []
    })
}

type At = (index: number) => Between

function link(said: string, { from, to, entity }: Marked, at: At): void {
  const url = text(entity.url)
  const shown = said.slice(from, to).trimEnd()
  if (!url || !isAddress(url) || isSame(shown, url)) return
  at(from + shown.length).links += shown === '' ? `(${url})` : ` (${url})`
}

/** Nothing but addresses that lead somewhere: others are tricks, or mean something to Telegram only. */
const isAddress = (url: string): boolean =>
  url.length <= longestAddress && /^(?:https?:\/\/|mailto:|tel:|tg:\/\/)[^\s\p{Cc}]+$/iu.test(url)

function isSame(shown: string, url: string): boolean {
  const bare = (address: string) =>
    address
      .trim()
      .replace(/^(?:https?:\/\/|mailto:|tel:)/i, '')
      .replace(/\/$/, '')
      .toLowerCase()
  return bare(shown) === bare(url)
}

function ownLines(said: string, { from, to }: Marked, at: At): void {
  if (from > 0 && said[from - 1] !== '\n') at(from).breaks = true
  if (to < said.length && said[to] !== '\n' && said[to - 1] !== '\n') at(to).breaks = true
}

function quote(said: string, { from, to }: Marked, at: At): void {
  at(from).quotes = true
  for (let end = said.indexOf('\n', from); end >= 0 && end + 1 < to; ) {
    at(end + 1).quotes = true
    end = said.indexOf('\n', end + 1)
  }
}

const insidePair = (said: string, index: number): boolean =>
  /[\ud800-\udbff]/.test(said[index - 1] ?? '') && /[\udc00-\udfff]/.test(said[index] ?? '')
