import type { MessageEntity } from '@grammyjs/types'
import type { Rich, Run } from '../../src/core/runs.ts'
import { bodyText, isBlank } from './shown-text.ts'

/** A text as Telegram wants it: offsets and lengths of entities are in UTF-16 units (ecosystem §2.1). */
export interface Marked {
  readonly text: string
  readonly entities: MessageEntity[]
}

/** More than these are ignored by Telegram, whichever they are. */
const mostEntities = 100
/** A quotation longer than this is shown folded. */
const longQuote = { units: 400, lines: 6 }

export interface Marking {
  /**
   * The words are the bridge's own, so a command in them may be tapped. One that somebody wrote in WeChat, or that is
   * quoted, is shown as code, which sends nothing when it is touched.
   */
  readonly ours?: boolean
  /** Addresses stand behind their words. */
  readonly bare?: boolean
}

/**
 * Runs as a text with entities. Nothing in a run is ever markup, and only absolute http and https addresses become links;
 * those that Telegram does not take for one are shown. What is quoted stands on lines of its own.
 */
export function marked(rich: Rich, { ours = false, bare = false }: Marking = {}): Marked {
  const { text, spans } = laidOut(rich, bare)
  const links = bare ? [] : spans.flatMap((span) => linkOf(span, text))
  const quotes = quotesIn(spans).flatMap((range) => quoteOf(range, text))
  const dangerous = commandsIn(text).filter(
    (command) =>
      !links.some((link) => meet(link, command)) &&
      (!ours || quotes.some((quote) => meet(quote, command))),
  )
  const weights = spans.flatMap((span) => weightsOf(span, dangerous, text))
  const codes = dangerous.map((range) => ({ type: 'code' as const, ...range }))
  // Where there are too many, an address that is not shown is lost, a weight is not missed.
  const entities = [...links, ...codes, ...quotes, ...weights].slice(0, mostEntities)
  return { text, entities: entities.sort((a, b) => a.offset - b.offset || b.length - a.length) }
}

/**
 * The same in at most `limit` UTF-16 units, where the runs have no more: what would be added (lines of their own for what is
 * quoted, then addresses behind their words) gives way, because Telegram refuses a text that is longer.
 */
export function markedWithin(limit: number, rich: Rich, marking: Marking = {}): Marked {
  const unquoted = rich.map(({ quote: _, ...run }) => run)
  for (const each of [rich, unquoted]) {
    const fitting = marked(each, marking)
    if (fitting.text.length <= limit) return fitting
  }
  return marked(
    unquoted.map(({ href: _, ...run }) => run),
    marking,
  )
}

interface Range {
  readonly offset: number
  readonly length: number
}
interface Span extends Range {
  readonly run: Run
}

function laidOut(
  rich: Rich,
  bare: boolean,
): {
  readonly text: string
  readonly spans: readonly Span[]
} {
  let text = ''
  let isQuote: boolean | undefined
  const spans: Span[] = []
  for (const run of rich) {
    const said = wordsOf(run, bare)
    if (!said) continue
    const quote = run.quote === true
    const isTurn = isQuote !== undefined && isQuote !== quote
    if (isTurn && !text.endsWith('\n') && !said.startsWith('\n')) text += '\n'
    isQuote = quote
    spans.push({ run, offset: text.length, length: said.length })
    text += said
  }
  return { text, spans }
}

function wordsOf(run: Run, bare: boolean): string {
  const said = bodyText(run.text)
  const url = webAddress(run.href)
  if (!url) return said
  // An address needs something to touch.
  if (isBlank(said)) return url
  const isShown = said === url || said === run.href
  return isShown || (!bare && isTouchable(url)) ? said : `${said} (${url})`
}

function linkOf({ run, ...range }: Span, text: string): MessageEntity.TextLinkMessageEntity[] {
  const url = webAddress(run.href)
  return url && isTouchable(url)
    ? trimmed(range, text).map((each) => ({ type: 'text_link', ...each, url }))
    : []
}

/** An absolute http(s) address as a browser writes it. Undefined: it is none. */
export function webAddress(href: string | undefined): string | undefined {
  if (!href || !URL.canParse(href)) return undefined
  const url = new URL(href)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
}

/** Telegram refuses a message with a link to a host without a dot. */
const isTouchable = (url: string): boolean => /^[^.[]+(?:\.[^.]+)+$/.test(new URL(url).hostname)

/** Quoted runs that follow each other are one quotation. */
function quotesIn(spans: readonly Span[]): readonly Range[] {
  const quotes: Range[] = []
  let before: Run | undefined
  for (const { run, offset, length } of spans) {
    const last = quotes.at(-1)
    if (run.quote && before?.quote && last) {
      quotes[quotes.length - 1] = { offset: last.offset, length: offset + length - last.offset }
    } else if (run.quote) quotes.push({ offset, length })
    before = run
  }
  return quotes
}

function quoteOf(range: Range, text: string): MessageEntity.CommonMessageEntity[] {
  return trimmed(range, text).map((each) => {
    const said = text.slice(each.offset, each.offset + each.length)
    const isLong = said.length > longQuote.units || said.split('\n').length > longQuote.lines
    return { type: isLong ? 'expandable_blockquote' : 'blockquote', ...each }
  })
}

/** What Telegram makes a command of by itself: touching it says it. */
function commandsIn(text: string): readonly Range[] {
  const command = /(?<![\p{L}\p{N}_/<>])\/\w{1,64}(?:@\w{3,32})?(?![\p{L}\p{N}_/<>])/gu
  return [...text.matchAll(command)].map((found) => ({
    offset: found.index,
    length: found[0].length,
  }))
}

function weightsOf(
  { run, ...range }: Span,
  without: readonly Range[],
  text: string,
): MessageEntity.CommonMessageEntity[] {
  const types = [run.bold && ('bold' as const), run.italic && ('italic' as const)]
  const pieces = minus(range, without).flatMap((piece) => trimmed(piece, text))
  return types.flatMap((type) => (type ? pieces.map((piece) => ({ type, ...piece })) : []))
}

/** What is left of a range without others, which are in their order: code has no other weight. */
function minus({ offset, length }: Range, others: readonly Range[]): readonly Range[] {
  const pieces: Range[] = []
  let at = offset
  const end = offset + length
  for (const other of others) {
    if (!meet({ offset: at, length: end - at }, other)) continue
    if (other.offset > at) pieces.push({ offset: at, length: other.offset - at })
    at = Math.min(end, other.offset + other.length)
  }
  if (at < end) pieces.push({ offset: at, length: end - at })
  return pieces
}

const meet = (one: Range, other: Range): boolean =>
  one.offset < other.offset + other.length && other.offset < one.offset + one.length

/** Without blanks at its ends, which Telegram leaves out of entities. None: there is nothing else in it. */
function trimmed({ offset, length }: Range, text: string): readonly Range[] {
  const said = text.slice(offset, offset + length)
  const before = said.length - said.trimStart().length
  const rest = said.trim().length
  return rest ? [{ offset: offset + before, length: rest }] : []
}
