import type { Article, Content } from '../../../src/core/message.ts'
import { cleanLine, cleanText } from '../text.ts'
import { child, children, contentXml, type Xml, xmlText } from '../xml.ts'
import { httpUrl } from './address.ts'
import { type App, maybe } from './app-message.ts'
import type { Incoming } from './incoming.ts'

/** No push is shown with more articles than this; real ones have at most eight. */
const most = 50

/** A push of an official account: type 5 with a reader document (protocol §5.6). */
export function readArticles({ xml, source }: App): Content | undefined {
  return articlesOf(child(xml, 'mmreader'), source)
}

/** The reader document as a MsgType 1 of an official account. From anybody else it is a text somebody typed. */
export function readArticlesOnly({ mp, mine, payload }: Incoming): Content | undefined {
  if (!mp || mine || !/^\s*(<|&lt;)mmreader/.test(payload)) return undefined
  return articlesOf(child(contentXml(payload), 'mmreader'), '')
}

function articlesOf(reader: Xml, fallback: string): Content | undefined {
  if (reader === undefined) return undefined
  const articles = children(reader, 'category', 'item').slice(0, most).map(articleOf)
  const told = articles.filter((each) => each.title !== '' || each.url !== '')
  if (told.length === 0) return undefined
  const source = cleanLine(xmlText(reader, 'category', 'name')) || fallback
  return { kind: 'articles', articles: told, ...maybe('source', source) }
}

function articleOf(item: Xml): Article {
  const url = ['url', 'longurl', 'shorturl']
    .map((each) => httpUrl(xmlText(item, each)))
    .find((each) => each !== '')
  return {
    title: cleanLine(xmlText(item, 'title'), 500),
    url: url ?? '',
    ...maybe('digest', cleanText(xmlText(item, 'digest'), 1000)),
  }
}
