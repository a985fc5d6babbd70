import { contentWords, previewWords, quotedWords } from './content-words.ts'
import { historyWords } from './history.ts'
import type { Content } from './message.ts'
import type { Rich, Run } from './runs.ts'
import type { Language } from './words.ts'

/** Addresses longer than this stand as text, which can be split; a link cannot. */
const longestHref = 2000

/** A content as formatted words: links can be followed, what is quoted is set apart. */
export function richOf(content: Content, language: Language): Rich {
  switch (content.kind) {
    case 'link':
      return [
        ...linked(content.title, content.url),
        ...under(content.description),
        ...under(content.source),
      ]
    case 'articles':
      return content.articles.flatMap((article, at) => [
        ...(at ? [{ text: '\n' }] : []),
        ...linked(article.title, article.url),
        ...under(article.digest),
      ])
    case 'music':
      return [{ text: '🎵 ' }, ...linked(content.title, content.url), ...under(content.artist)]
    case 'location':
      return linked(contentWords(content, language), mapUrl(content.latitude, content.longitude))
    case 'quote': {
      const { who = '' } = content.target
      const said = previewWords(content.target, language)
      return [...quoted(quotedWords(who, said, language)), { text: content.text }]
    }
    case 'history': {
      const title = content.title ? [{ text: `${content.title}\n`, bold: true } as const] : []
      return [...title, ...quoted(historyWords(content.lines, language))]
    }
    case 'channel':
    case 'miniProgram':
    case 'groupInvite':
      return linked(contentWords({ ...content, url: '' }, language), content.url, false)
    case 'text':
      return content.rich && saysTheSame(content.rich, content.text)
        ? content.rich
        : [{ text: content.text }]
    default:
      return [{ text: contentWords(content, language) }]
  }
}

/** Formatting is only worn by the words that went to WeChat: what else there is in it was said to nobody. */
function saysTheSame(rich: Rich, text: string): boolean {
  const said = lettersOf(rich.map((run) => run.text).join(''))
  if (said === '') return false
  // In plain text, an address stands behind its words.
  const bare = rich.reduce(
    (left, { href }) => (href ? left.replace(` (${href})`, () => '') : left),
    text,
  )
  const behind = unformatted(rich).map((run) => run.text)
  return said === lettersOf(bare) || lettersOf(behind.join('')) === lettersOf(text)
}

/** Without blanks, and the marks of lines that are quoted. */
const lettersOf = (text: string): string => text.replace(/^[>\s]+|\s+/gm, '')

/** Words set apart as what somebody else said. */
export const quoted = (text: string): Rich => (text ? [{ text, quote: true }] : [])

/** Runs without markup, for hubs that have none: an address stands behind its words, quoted lines are marked. */
export function unformatted(rich: Rich): Rich {
  const text = rich
    .map((run, at) => {
      const said = run.href && run.href !== run.text ? `${run.text} ${run.href}` : run.text
      if (!run.quote) return said
      const after = at < rich.length - 1 && !said.endsWith('\n') ? '\n' : ''
      return `${said.replace(/^/gm, '> ')}${after}`
    })
    .join('')
  return [{ text }]
}

/** The map WeChat itself links to: its coordinates are those of Chinese maps, some hundred metres off elsewhere. */
const mapUrl = (latitude: number, longitude: number): string =>
  Number.isFinite(latitude) && Number.isFinite(longitude)
    ? `https://apis.map.qq.com/uri/v1/geocoder?coord=${latitude},${longitude}`
    : ''

function linked(title: string, url: string, bold = true): Run[] {
  const weight = bold ? { bold: true as const } : {}
  if (!url) return [{ text: title || ' ', ...weight }]
  if (url.length <= longestHref) return [{ text: title || url, ...weight, href: url }]
  return [...(title ? [{ text: `${title}\n`, ...weight }] : []), { text: url }]
}

const under = (line: string | undefined): Run[] => (line ? [{ text: `\n${line}` }] : [])
