import type { ContactId } from '../../src/core/ids.ts'
import type { Rich, Run } from '../../src/core/runs.ts'
import type { Pointed } from '../../src/ports/hub.ts'

/** How a stretch of text looks, beside whether it is quoted. */
export type Look = Pick<Run, 'bold' | 'italic' | 'strike' | 'code' | 'href'>

/** What a document says: as plain text for WeChat, and as runs for hubs that show formatting. */
export interface Said {
  readonly text: string
  readonly rich: Rich
  /** Stretches of `text` that name somebody. */
  readonly points: readonly Pointed[]
}

/** A document as lines, built from its beginning to its end. */
export interface Lines {
  /** Words of a paragraph: blanks and line ends in it are one blank. */
  words(text: string, look: Look): void
  /** Words as they are, with their lines. */
  exactly(text: string, look: Look): void
  /** Words that name a contact. */
  naming(text: string, look: Look, who: ContactId): void
  /** An address behind words that lead to it: runs have it already. */
  address(url: string): void
  /** A line ends here, even an empty one. */
  ends(): void
  /** What is before and what is after are on lines of their own, with so many empty ones between. */
  parted(empty: 0 | 1): void
  quoted(more: 1 | -1): void
  /** A list begins or ends. Its lines stand further in. */
  listed(more: 1 | -1): void
  /** The next line is an item with this sign. */
  item(sign: string): void
  said(): Said
}

interface Piece {
  readonly look: Look
  text: string
  readonly who?: ContactId
  /** In the plain text only. */
  readonly plain?: true
}

interface Line {
  readonly quotes: number
  readonly lead: string
  readonly pieces: Piece[]
}

const mostBreaks = 4
const mostQuotes = 4
const mostIndent = 6

export function createLines(): Lines {
  const lines: Line[] = []
  let breaks = 0
  let blank: Look | undefined
  let quotes = 0
  let lists = 0
  let sign: string | undefined

  const leadNow = (): string => {
    if (lists <= 0) return ''
    const mark = sign
    sign = undefined
    const depth = Math.min(lists, mostIndent)
    return mark === undefined ? '  '.repeat(depth) : '  '.repeat(depth - 1) + mark
  }

  /** The line that is written on: the last one, or a fresh one after what has ended. */
  const line = (): Line => {
    const last = lines.at(-1)
    if (last && breaks === 0) return last
    const depth = Math.min(quotes, mostQuotes)
    for (let empty = 1; last && empty < breaks; empty++) {
      lines.push({ quotes: Math.min(last.quotes, depth), lead: '', pieces: [] })
    }
    const fresh = { quotes: depth, lead: leadNow(), pieces: [] }
    lines.push(fresh)
    breaks = 0
    blank = undefined
    return fresh
  }

  const add = (piece: Piece) => {
    const { pieces } = line()
    if (blank && pieces.length > 0) joined(pieces, { text: ' ', look: blank })
    blank = undefined
    joined(pieces, piece)
  }

  const ends = () => {
    if (lines.length > 0 || sign !== undefined) breaks = Math.min(breaks + 1, mostBreaks)
    blank = undefined
  }

  return {
    words(text, look) {
      const plain = text.replace(/[ \t\n\r\f]+/g, ' ')
      const words = plain.replace(/^ | $/g, '')
      if (plain.startsWith(' ')) blank ??= look
      if (words === '') return
      add({ text: words, look })
      if (plain.endsWith(' ')) blank = look
    },
    exactly(text, look) {
      for (const [at, part] of text.split(/\r\n?|\n/).entries()) {
        if (at > 0) ends()
        if (part !== '') add({ text: part, look })
      }
    },
    naming: (text, look, who) => add({ text, look, who }),
    address: (url) => add({ text: url, look: {}, plain: true }),
    ends,
    parted(empty) {
      // In a list, the lines say enough.
      breaks = Math.max(breaks, lists > 0 ? 1 : 1 + empty)
      blank = undefined
    },
    quoted(more) {
      quotes += more
    },
    listed(more) {
      lists += more
      sign = undefined
    },
    item(mark) {
      sign = mark
    },
    said: () => ({ ...plainOf(lines), rich: richOf(lines) }),
  }
}

function plainOf(lines: readonly Line[]): Pick<Said, 'text' | 'points'> {
  const points: Pointed[] = []
  let text = ''
  for (const [at, { quotes, lead, pieces }] of lines.entries()) {
    if (at > 0) text += '\n'
    const quoted = '> '.repeat(quotes) + lead
    text += pieces.length > 0 ? quoted : quoted.trimEnd()
    for (const piece of pieces) {
      const start = text.length
      text += piece.text
      if (piece.who !== undefined) points.push({ start, end: text.length, who: piece.who })
    }
  }
  return { text, points }
}

function richOf(lines: readonly Line[]): Rich {
  const runs: Run[] = []
  const add = (run: Run) => {
    const last = runs.at(-1)
    if (last && isSame(last, run)) runs[runs.length - 1] = { ...last, text: last.text + run.text }
    else if (run.text !== '') runs.push(run)
  }
  for (const [at, { quotes, lead, pieces }] of lines.entries()) {
    const quote = quotes > 0 ? { quote: true as const } : {}
    // The end of a line belongs to what it ends, and looks like what goes on behind it.
    const before = lines[at - 1]
    if (before) {
      const last = before.pieces.at(-1)?.look
      const first = pieces[0]?.look
      const isOne = last && first && lead === '' && before.quotes === quotes && isSame(last, first)
      add({ text: '\n', ...(isOne && last), ...(before.quotes > 0 && { quote: true }) })
    }
    add({ text: '> '.repeat(Math.max(0, quotes - 1)) + lead, ...quote })
    for (const { text, look, who, plain } of pieces) {
      if (plain) continue
      const mention = who !== undefined && { mention: { type: 'contact', contact: who } as const }
      add({ text, ...look, ...quote, ...mention })
    }
  }
  return runs
}

function joined(pieces: Piece[], piece: Piece): void {
  const last = pieces.at(-1)
  const alone = last?.plain || piece.plain || last?.who !== undefined || piece.who !== undefined
  if (last && !alone && isSame(last.look, piece.look)) last.text += piece.text
  else pieces.push({ ...piece })
}

const isSame = (one: Omit<Run, 'text'>, other: Omit<Run, 'text'>): boolean =>
  one.bold === other.bold &&
  one.italic === other.italic &&
  one.strike === other.strike &&
  one.code === other.code &&
  one.quote === other.quote &&
  one.href === other.href &&
  one.mention === undefined &&
  other.mention === undefined
