import { Parser } from 'htmlparser2'
import type { ContactId } from '../../src/core/ids.ts'
import { createLines, type Lines, type Look, type Said } from './html-lines.ts'
import { pilled } from './mentions-in.ts'
import { bodyText } from './text.ts'

/** What stands where a user is named (a pill): its words, and the contact it means if it is one. */
export type Naming = (
  user: string,
  words: string,
) => { readonly text: string; readonly who?: ContactId | undefined }

/** An event has at most 65536 bytes; what is longer is none. */
const longestHtml = 100_000
/** What is deeper, or behind so many tags, is said without formatting. */
const deepest = 60
const mostTags = 5_000
const longestAddress = 2_000

/**
 * The HTML of a message as what it says (Matrix client-server API, m.room.message formats). It is read, never passed on:
 * tags are known here or leave no trace but their text. Undefined: it is too long. Never throws.
 */
export function htmlIn(html: string, naming: Naming): Said | undefined {
  if (html.length > longestHtml) return undefined
  const lines = createLines()
  const reader = createReader(lines, naming)
  const parser = new Parser(reader)
  parser.write(html)
  parser.end()
  return lines.said()
}

/** A link that is being read, and the words it has so far. */
interface Link {
  readonly href: string
  readonly user: string | undefined
  readonly look: Look
  shown: string
}

interface Element {
  readonly name: string
  readonly look: Look
  readonly closes: (() => void) | undefined
}

type Attributes = Readonly<Record<string, string | undefined>>

function createReader(lines: Lines, naming: Naming) {
  const open: Element[] = []
  const lists: { next: number | undefined }[] = []
  let tags = 0
  let hiddenAt: number | undefined
  let exact = 0
  let link: Link | undefined
  let cells = 0

  const lookNow = (): Look => open.at(-1)?.look ?? {}

  const said = (data: string) => {
    const text = bodyText(data).replaceAll('\u00a0', ' ')
    if (link) link.shown += text
    // What names somebody is said when it is known whom.
    if (link?.user !== undefined) return
    const look = lookNow()
    if (exact > 0) lines.exactly(text, look)
    else if (look.code) lines.exactly(text.replace(/\s+/g, ' '), look)
    else lines.words(text, look)
  }

  const block = (empty: 0 | 1, closes?: () => void) => {
    lines.parted(empty)
    return () => {
      closes?.()
      lines.parted(empty)
    }
  }

  const linkEnds = () => {
    const ended = link
    link = undefined
    if (!ended) return
    const shown = ended.shown.replace(/\s+/g, ' ').trim()
    if (ended.user !== undefined) {
      const { text, who } = naming(ended.user, shown || ended.user)
      if (who === undefined) lines.words(text, ended.look)
      else lines.naming(text, ended.look, who)
    } else if (shown === '') lines.words(ended.href, { ...ended.look, ...linked(ended.href) })
    else if (!isSame(shown, ended.href)) lines.address(` (${ended.href})`)
  }

  const anchor = (attributes: Attributes, look: Look): Pick<Element, 'look' | 'closes'> => {
    linkEnds()
    const href = attributes.href?.trim() ?? ''
    if (!isAddress(href)) return { look, closes: undefined }
    const user = pilled(href)
    link = { href, user, look, shown: '' }
    const own = link
    const closes = () => {
      if (link === own) linkEnds()
    }
    return { look: user === undefined ? { ...look, ...linked(href) } : look, closes }
  }

  const list = (next: number | undefined) => {
    const closes = block(lists.length === 0 ? 1 : 0, () => {
      lists.pop()
      lines.listed(-1)
    })
    lists.push({ next })
    lines.listed(1)
    return closes
  }

  const item = () => {
    const own = lists.at(-1)
    const closes = block(0)
    const sign = own?.next === undefined ? '• ' : `${own.next++}. `
    if (own) lines.item(sign)
    else said(sign)
    return closes
  }

  /** What an element does where it begins, and where it ends. */
  const begins = (name: string, attributes: Attributes): (() => void) | undefined => {
    if (paragraphs.has(name)) return block(1)
    if (blocks.has(name)) return block(0)
    switch (name) {
      case 'br':
        lines.ends()
        return undefined
      case 'hr':
        lines.parted(0)
        said('———')
        lines.parted(0)
        return undefined
      case 'pre':
        exact++
        return block(1, () => exact--)
      case 'blockquote':
        lines.parted(0)
        lines.quoted(1)
        return () => {
          lines.parted(0)
          lines.quoted(-1)
        }
      case 'ul':
        return list(undefined)
      case 'ol':
        return list(/^\d{1,9}$/.test(attributes.start ?? '') ? Number(attributes.start) : 1)
      case 'li':
        return item()
      case 'tr':
        cells = 0
        return block(0)
      case 'td':
      case 'th':
        if (cells++ > 0) said(' | ')
        return undefined
      case 'img':
        said(attributes.alt || attributes.title || '')
        return undefined
      case 'span':
        return spoiler(attributes)
      case 'div': {
        lines.parted(0)
        const closes = spoiler(attributes)
        return () => {
          closes?.()
          lines.parted(0)
        }
      }
      default:
        return undefined
    }
  }

  /** WeChat hides nothing: what was hidden is marked. */
  const spoiler = (attributes: Attributes) => {
    const reason = attributes['data-mx-spoiler']
    if (reason === undefined) return undefined
    said(reason.trim() === '' ? '||' : `(${reason.trim()}) ||`)
    return () => said('||')
  }

  return {
    onopentag(name: string, attributes: Attributes) {
      const look = lookNow()
      const isPlain = ++tags > mostTags || open.length >= deepest || hiddenAt !== undefined
      if (hiddenAt === undefined && hidden.has(name)) hiddenAt = open.length
      if (isPlain || hiddenAt !== undefined) {
        // A break is a break, however many there are.
        if (hiddenAt === undefined && name === 'br') lines.ends()
        open.push({ name, look, closes: undefined })
        return
      }
      if (name === 'a') return void open.push({ name, ...anchor(attributes, look) })
      const closes = begins(name, attributes)
      open.push({ name, look: { ...look, ...looks[name] }, closes })
    },
    onclosetag() {
      const element = open.pop()
      element?.closes?.()
      if (hiddenAt === open.length) hiddenAt = undefined
    },
    ontext(data: string) {
      if (hiddenAt === undefined) said(data)
    },
  }
}

const without = <T>(
  entries: Readonly<Record<string, T>>,
): Readonly<Record<string, T | undefined>> => Object.assign(Object.create(null), entries)

const looks = without<Look>({
  b: { bold: true },
  strong: { bold: true },
  h1: { bold: true },
  h2: { bold: true },
  h3: { bold: true },
  h4: { bold: true },
  h5: { bold: true },
  h6: { bold: true },
  th: { bold: true },
  i: { italic: true },
  em: { italic: true },
  del: { strike: true },
  s: { strike: true },
  strike: { strike: true },
  code: { code: true },
  pre: { code: true },
})

const paragraphs = new Set(['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'table'])
const blocks = new Set(['caption', 'details', 'summary', 'section', 'article', 'dl', 'dt', 'dd'])

/** The message that is answered, which stands elsewhere; and what is no text. */
const hidden = new Set([
  'mx-reply',
  'script',
  'style',
  'head',
  'title',
  'template',
  'iframe',
  'object',
  'noembed',
  'noframes',
  'textarea',
  'select',
])

/** Runs have links of the web only. */
const linked = (href: string): Pick<Look, 'href'> =>
  /^https?:/i.test(href) && URL.canParse(href) ? { href: new URL(href).href } : {}

/** Nothing but addresses that lead somewhere: others are tricks. */
const isAddress = (url: string): boolean =>
  url.length <= longestAddress && /^(?:https?:\/\/|mailto:|tel:|matrix:)[^\s\p{Cc}]+$/iu.test(url)

function isSame(shown: string, url: string): boolean {
  const bare = (address: string) =>
    address
      .replace(/^(?:https?:\/\/|mailto:|tel:)/i, '')
      .replace(/\/$/, '')
      .toLowerCase()
  return bare(shown) === bare(url)
}
